//! Greets a customer who was not found.
const std = @import("std");

const Customer = struct { name: []const u8 };

var ada = Customer{ .name = "Ada" };

fn find(id: u32) ?*Customer {
    return if (id == 1) &ada else null;
}

pub fn main() void {
    const customer = find(2);
    std.debug.print("{s}\n", .{customer.name}); // DEFECT
}
