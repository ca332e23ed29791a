//! Metrics that are counted, not sampled: binary size, dependencies, lines (METHODS.md A3). They have no interval.

use crate::sample::{SampleError, require};

/// A counted metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The value of the last repeat.
    pub value: f64,
    /// The smallest of the repeats.
    pub least: f64,
    /// The largest of the repeats.
    pub most: f64,
}

impl Exact {
    /// Whether repeats differ, which deserves a warning: then it is not exact.
    pub fn differs(&self) -> bool {
        self.least < self.most
    }
}

/// Reads the repeats of a counted metric.
///
/// # Errors
///
/// [`SampleError`] if there is none or one is not finite.
pub fn exact(repeats: &[f64]) -> Result<Exact, SampleError> {
    require(repeats, 1)?;
    let least = repeats.iter().copied().fold(f64::INFINITY, f64::min);
    let most = repeats.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(Exact { value: repeats[repeats.len() - 1], least, most })
}
