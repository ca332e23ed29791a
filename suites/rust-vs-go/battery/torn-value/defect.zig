//! One thread swaps a slice while another reads it.
const std = @import("std");

var current: []const u8 = "a";

fn swap() void {
    const shared: *volatile []const u8 = &current;
    for (0..20_000_000) |i| {
        shared.* = if (i % 2 == 0) "a" else "bbbbbbbbbb"; // DEFECT
    }
}

pub fn main() !void {
    const thread = try std.Thread.spawn(.{}, swap, .{});
    const shared: *volatile []const u8 = &current;
    var torn = false;
    for (0..20_000_000) |_| {
        const seen = shared.*; // DEFECT
        if ((seen.ptr[0] == 'a') != (seen.len == 1)) torn = true;
    }
    thread.join();
    std.debug.print("{s}\n", .{if (torn) "torn" else "consistent"});
}
