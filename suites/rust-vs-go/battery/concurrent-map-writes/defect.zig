//! Two threads fill one cache.
const std = @import("std");

var cache: std.AutoHashMapUnmanaged(u64, u64) = .empty;

fn fill(from: u64) void {
    for (0..10_000) |i| {
        cache.put(std.heap.smp_allocator, from + i, i) catch return; // DEFECT
    }
}

pub fn main() !void {
    const one = try std.Thread.spawn(.{}, fill, .{0});
    const two = try std.Thread.spawn(.{}, fill, .{10_000});
    one.join();
    two.join();
    std.debug.print("{d}\n", .{cache.count()});
}
