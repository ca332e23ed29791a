//! Adds up order values in 32 bits.
const std = @import("std");

var orders: usize = 3;

pub fn main() void {
    const count: *volatile usize = &orders;
    var sum: i32 = 0;
    for (0..count.*) |_| {
        sum += 1_000_000_000; // DEFECT
    }
    std.debug.print("{d}\n", .{sum});
}
