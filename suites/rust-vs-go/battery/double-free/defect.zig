//! Closes a connection in two places.
const std = @import("std");

pub fn main() !void {
    const allocator = std.heap.smp_allocator;
    const connection = try allocator.create([64]u8);
    allocator.destroy(connection);
    allocator.destroy(connection); // DEFECT
    const one = try allocator.create([64]u8);
    const two = try allocator.create([64]u8);
    one[0] = 1;
    two[0] = 2;
    if (one[0] != 1) {
        std.debug.print("one request wrote into the buffer of another\n", .{});
        return;
    }
    std.debug.print("done\n", .{});
}
