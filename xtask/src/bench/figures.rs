//! What one run of one generator gave.

/// What one run of one generator gave; what it does not tell is absent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// Requests answered.
    pub answered: Option<f64>,
    /// Requests answered a second.
    pub rate: Option<f64>,
    /// User and system time of the whole process, in seconds.
    pub cpu_seconds: f64,
    /// Wall time of the whole process, in seconds.
    pub wall_seconds: f64,
    /// Largest resident memory, in bytes.
    pub memory_bytes: f64,
    /// Latency as the tool reports it, in seconds: p50, p95, p99, p99.9, max.
    pub latency: [Option<f64>; 5],
    /// Send lag p99, in seconds, if the tool knows it.
    pub lag_p99: Option<f64>,
}

impl Figures {
    /// CPU-seconds a million answered requests.
    pub(super) fn cost(&self) -> Option<f64> {
        let answered = self.answered.filter(|answered| *answered > 0.0)?;
        Some(self.cpu_seconds / answered * 1e6)
    }

    /// Share of one core.
    pub(super) fn share(&self) -> f64 {
        self.cpu_seconds / self.wall_seconds.max(1e-9)
    }
}
