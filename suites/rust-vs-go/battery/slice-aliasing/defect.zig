//! Extends one list of rights in two ways.
const std = @import("std");

pub fn main() void {
    var base = [_]u32{ 1, 2, 0, 0 };
    const readers = base[0..3];
    const writers = base[0..3];
    readers[2] = 3;
    writers[2] = 4; // DEFECT
    std.debug.print("[{d} {d} {d}] [{d} {d} {d}]\n", .{
        readers[0], readers[1], readers[2], writers[0], writers[1], writers[2],
    });
}
