//! Reads a setting that nobody made.
const std = @import("std");

fn setting(name: []const u8) ?u32 {
    return if (std.mem.eql(u8, name, "port")) 8080 else null;
}

pub fn main() void {
    const timeout = setting("timeout").?; // DEFECT
    std.debug.print("{d}\n", .{timeout});
}
