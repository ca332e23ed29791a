//! A state was added; one place does not know it.
const std = @import("std");

const State = enum { open, paid, cancelled };

fn refund(state: State, amount: u32) u32 {
    return switch (state) { // DEFECT
        .open => 0,
        .paid => amount,
    };
}

pub fn main() void {
    std.debug.print("refund {d}\n", .{refund(.cancelled, 30)});
}
