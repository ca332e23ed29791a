//! Keeps reading a buffer that is back in the pool.
const std = @import("std");

var storage: [32]u8 = undefined;
var free: ?[]u8 = &storage;

fn take() []u8 {
    const buffer = free.?;
    free = null;
    return buffer;
}

fn give(buffer: []u8) void {
    free = buffer;
}

pub fn main() void {
    const first = take();
    @memcpy(first[0..5], "alice");
    give(first);
    const second = take();
    @memcpy(second[0..5], "bobby");
    std.debug.print("{s}\n", .{first[0..5]}); // DEFECT
}
