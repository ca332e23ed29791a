//! Adds up one element too many.
const std = @import("std");

fn sum(values: []const u32, count: usize) u32 {
    var total: u32 = 0;
    var i: usize = 0;
    while (i <= count) : (i += 1) {
        total += values[i]; // DEFECT
    }
    return total;
}

pub fn main() void {
    var values = [_]u32{ 1, 2, 3 };
    std.debug.print("sum {d}\n", .{sum(&values, values.len)});
}
