//! What a closed loop hid: latencies corrected for coordinated omission (METHODS.md A3). Our own load counts from the
//! intended start and needs none of this; imported histograms may.

use hdrhistogram::Histogram;

/// Latencies in whole units of the caller's, to three digits, from 1 unit to any.
#[derive(Clone, Debug)]
pub struct Latencies {
    histogram: Histogram<u64>,
}

/// Why latencies could not be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("latency {value} is beyond what a histogram holds")]
pub struct UnrecordableLatency {
    /// The latency.
    pub value: u64,
}

impl Latencies {
    /// No latency yet.
    ///
    /// # Panics
    ///
    /// Never: three digits is a precision that histograms have.
    pub fn new() -> Self {
        Self { histogram: Histogram::new(3).expect("three digits are supported") }
    }

    /// Records a latency `count` times.
    ///
    /// # Errors
    ///
    /// [`UnrecordableLatency`] if the value is too large for a histogram.
    pub fn record(&mut self, value: u64, count: u64) -> Result<(), UnrecordableLatency> {
        self.histogram.record_n(value, count).map_err(|_| UnrecordableLatency { value })
    }

    /// The latencies as they would have been had requests been due every `interval`: each adds those it kept waiting.
    #[must_use]
    pub fn corrected(&self, interval: u64) -> Self {
        Self { histogram: self.histogram.clone_correct(interval) }
    }

    /// How many latencies there are.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Their mean; zero of none.
    pub fn mean(&self) -> f64 {
        self.histogram.mean()
    }

    /// The latency that a share `q` (0 to 1) does not exceed, type 1.
    pub fn quantile(&self, q: f64) -> u64 {
        self.histogram.value_at_quantile(q)
    }

    /// The share at or below a latency.
    pub fn share_up_to(&self, value: u64) -> f64 {
        self.histogram.quantile_below(value)
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}
