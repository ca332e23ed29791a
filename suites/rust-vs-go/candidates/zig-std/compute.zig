//! The CPU-bound kernel: a sieve of Eratosthenes.

const std = @import("std");

/// How many primes lie below `n`, and their sum.
pub const Primes = struct { n: usize, primes: u64, sum: u64 };

pub fn primesBelow(allocator: std.mem.Allocator, n: usize) !Primes {
    const composite = try allocator.alloc(bool, n);
    defer allocator.free(composite);
    @memset(composite, false);
    var i: usize = 2;
    while (i * i < n) : (i += 1) {
        if (composite[i]) continue;
        var multiple = i * i;
        while (multiple < n) : (multiple += i) composite[multiple] = true;
    }

    var result: Primes = .{ .n = n, .primes = 0, .sum = 0 };
    var number: usize = 2;
    while (number < n) : (number += 1) {
        if (!composite[number]) {
            result.primes += 1;
            result.sum += number;
        }
    }
    return result;
}
