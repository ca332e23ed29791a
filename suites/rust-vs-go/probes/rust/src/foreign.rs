//! Calls into C, and back.

use std::hint::black_box;
use std::time::Instant;

use crate::report::seconds;

const CALLS: i64 = 20_000_000;
const CALLBACKS: i64 = 5_000_000;

unsafe extern "C" {
    safe fn foreign_add(a: i64, b: i64) -> i64;
    safe fn foreign_repeat(times: i64, callback: extern "C" fn(i64) -> i64) -> i64;
}

extern "C" fn twice(value: i64) -> i64 {
    value * 2
}

pub fn run() {
    let start = Instant::now();
    let sum = (0..CALLS).fold(0, |sum, i| foreign_add(black_box(sum), i));
    assert_eq!(sum, CALLS * (CALLS - 1) / 2);
    seconds("foreign-call", start.elapsed().as_secs_f64() / CALLS as f64);

    let start = Instant::now();
    let sum = foreign_repeat(CALLBACKS, twice);
    assert_eq!(sum, CALLBACKS * (CALLBACKS - 1));
    seconds("foreign-callback", start.elapsed().as_secs_f64() / CALLBACKS as f64);
}
