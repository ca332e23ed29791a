//! Serves two requests; the first one's handler fails.
const std = @import("std");

var prices = [_]u32{ 10, 20 };

fn handle(id: usize) u32 {
    const slice: []u32 = &prices;
    return if (slice[id] > 0) 200 else 500; // DEFECT
}

var wanted: usize = 7;

pub fn main() void {
    const id: *volatile usize = &wanted;
    std.debug.print("first request: {d}\n", .{handle(id.*)});
    std.debug.print("second request: {d}\n", .{handle(1)});
}
