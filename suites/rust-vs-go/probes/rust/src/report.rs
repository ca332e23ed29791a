//! How measurements are printed, and what they have in common.

use std::time::{Duration, Instant};

pub fn seconds(metric: &str, value: f64) {
    println!(r#"{{"metric":"{metric}","value":{value:e},"unit":"s"}}"#);
}

pub fn bytes(metric: &str, value: f64) {
    println!(r#"{{"metric":"{metric}","value":{value},"unit":"B"}}"#);
}

/// The median of three runs after one that does not count.
pub fn median_of_three(mut work: impl FnMut()) -> Duration {
    work();
    let mut times = [(); 3].map(|()| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.sort_unstable();
    times[1]
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
