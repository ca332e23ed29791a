//! Counts requests from two threads.
const std = @import("std");

var served: u64 = 0;

fn serve() void {
    for (0..100_000) |_| {
        const seen: *volatile u64 = &served;
        seen.* += 1; // DEFECT
    }
}

pub fn main() !void {
    const one = try std.Thread.spawn(.{}, serve, .{});
    const two = try std.Thread.spawn(.{}, serve, .{});
    one.join();
    two.join();
    std.debug.print("{d}\n", .{served});
}
