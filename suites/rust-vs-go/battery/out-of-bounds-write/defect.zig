//! Copies a name into a field that is too short.
const std = @import("std");

const Account = struct { name: [8]u8 = @splat(0), balance: u32 = 100 };

fn rename(to: []u8, from: []const u8) void {
    for (from, 0..) |byte, i| {
        to[i] = byte; // DEFECT
    }
}

pub fn main() void {
    var account = Account{};
    rename(&account.name, "xxxxxxxxxxxx");
    std.debug.print("balance {d}\n", .{account.balance});
}
