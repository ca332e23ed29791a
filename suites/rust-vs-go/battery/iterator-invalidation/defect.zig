//! Appends to a list while holding a slice of it.
const std = @import("std");

pub fn main() !void {
    const allocator = std.heap.smp_allocator;
    var jobs: std.ArrayList(u32) = .empty;
    try jobs.appendSlice(allocator, &.{ 1, 2, 3 });
    var sum: u32 = 0;
    for (jobs.items) |*job| {
        for (0..64) |_| try jobs.append(allocator, 100_000);
        const other = try allocator.alloc(u32, 8);
        @memset(other, 9);
        sum += job.*; // DEFECT
    }
    std.debug.print("{d}\n", .{sum});
}
