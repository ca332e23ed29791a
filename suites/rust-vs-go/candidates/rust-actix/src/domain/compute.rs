//! The CPU-bound kernel: a sieve of Eratosthenes.

use serde::Serialize;

/// How many primes lie below `n`, and their sum.
#[derive(Debug, Serialize)]
pub struct Primes {
    n: usize,
    primes: u64,
    sum: u64,
}

pub fn primes_below(n: usize) -> Primes {
    let mut composite = vec![false; n];
    let mut i = 2;
    while i * i < n {
        if !composite[i] {
            for multiple in (i * i..n).step_by(i) {
                composite[multiple] = true;
            }
        }
        i += 1;
    }

    let mut primes = 0;
    let mut sum = 0;
    for (number, composite) in composite.iter().enumerate().skip(2) {
        if !composite {
            primes += 1;
            sum += number as u64;
        }
    }
    Primes { n, primes, sum }
}
