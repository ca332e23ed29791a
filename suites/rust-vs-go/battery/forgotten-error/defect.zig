//! Saves an order and reports success, whatever the disk says.
const std = @import("std");

fn save() !void {
    return error.DiskFull;
}

pub fn main() void {
    save(); // DEFECT
    std.debug.print("saved\n", .{});
}
