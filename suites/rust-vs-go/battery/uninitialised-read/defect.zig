//! Counts errors in a counter that only some paths set.
const std = @import("std");

var failed: u32 = 0;

pub fn main() void {
    var errors: u32 = undefined;
    const seen: *volatile u32 = &failed;
    if (seen.* > 0) errors = 1;
    std.debug.print("{d}\n", .{errors}); // DEFECT
}
