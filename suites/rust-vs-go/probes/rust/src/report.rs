//! How measurements are printed, and what they have in common.

use std::time::{Duration, Instant};

pub fn seconds(metric: &str, value: f64) {
    println!(r#"{{"metric":"{metric}","value":{value:e},"unit":"s"}}"#);
}

pub fn bytes(metric: &str, value: f64) {
    println!(r#"{{"metric":"{metric}","value":{value},"unit":"B"}}"#);
}

/// The fastest of nine runs after one that does not count: what else the machine did can only have made
/// the others slower (Chen and Revels 2016, arXiv:1608.04295).
pub fn fastest_of_nine(mut work: impl FnMut()) -> Duration {
    work();
    let times = (0..9).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

/// The value below which the share `p` of the sorted values lies.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() as f64 * p) as usize).min(sorted.len() - 1)]
}

/// Resident memory, in bytes.
pub fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("/proc/self/statm is readable");
    let pages: f64 = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("statm's second field is a number");
    pages * 4096.0
}
