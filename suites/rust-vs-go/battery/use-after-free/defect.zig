//! Reports on an order after destroying it.
const std = @import("std");

const Order = struct { id: u32 };

pub fn main() !void {
    const allocator = std.heap.smp_allocator;
    const order = try allocator.create(Order);
    order.id = 7;
    allocator.destroy(order);
    const other = try allocator.create(Order);
    other.id = 8;
    std.debug.print("order {d}\n", .{order.id}); // DEFECT
    allocator.destroy(other);
}
