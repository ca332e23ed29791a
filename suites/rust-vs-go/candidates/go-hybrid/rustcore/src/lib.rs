//! The CPU-bound kernel of the pilot as a C library: a sieve of Eratosthenes.

/// How many primes lie below `n`, and their sum.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PrimesResult {
    primes: u64,
    sum: u64,
}

// SAFETY: no other library of this program has a function of that name.
#[unsafe(no_mangle)]
pub extern "C" fn rustcore_primes_below(n: u64) -> PrimesResult {
    let n = n as usize;
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
    PrimesResult { primes, sum }
}
