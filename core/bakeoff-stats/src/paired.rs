//! How one candidate compares with another, round by round: the paired log ratio and its t interval (METHODS.md A4).

use crate::distributions::t;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{Moments, SampleError, logarithms};

/// What the mean of paired differences is, with its t interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedMean {
    /// Mean, spread and number of the differences.
    pub moments: Moments,
    /// The standard error used for the interval: that of the mean, times the inflation if there is one.
    pub se: f64,
    /// The interval, on the scale of the differences.
    pub interval: Interval,
    /// The level of the interval.
    pub level: Level,
}

impl PairedMean {
    /// t of the mean against zero; `None` where the differences do not vary.
    pub fn t(&self) -> Option<f64> {
        (self.se > 0.0).then(|| self.moments.mean / self.se)
    }

    /// The two-sided p-value against zero; `None` where the differences do not vary.
    pub fn p(&self) -> Option<f64> {
        self.t().map(|value| t::two_sided(value, self.moments.df()))
    }
}

/// The log ratio of two paired series of a metric of which lower is better, with its interval on the log scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRatio {
    /// Mean of ln(A/B) over the rounds.
    pub mean: f64,
    /// Standard deviation over the rounds, denominator R - 1.
    pub sd: f64,
    /// Standard error of the mean.
    pub se: f64,
    /// Rounds.
    pub rounds: usize,
    /// Interval of the mean, log scale.
    pub interval: Interval,
    /// Its level.
    pub level: Level,
}

impl LogRatio {
    /// Ratio of the geometric means, A over B.
    pub fn ratio(&self) -> f64 {
        self.mean.exp()
    }

    /// Lower limit, log scale.
    pub fn lower(&self) -> f64 {
        self.interval.lower()
    }

    /// Upper limit, log scale.
    pub fn upper(&self) -> f64 {
        self.interval.upper()
    }

    /// The same comparison spoken of B against A.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self { mean: -self.mean, interval: self.interval.negated(), ..*self }
    }
}

/// Whether more or less of a metric is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Less is better: latency, memory, CPU, size.
    Lower,
    /// More is better: throughput.
    Higher,
}

/// `ln a - ln b` for each round.
///
/// # Errors
///
/// [`SampleError`] for unequal lengths, or values not finite or not above zero.
pub fn log_differences(a: &[f64], b: &[f64]) -> Result<Vec<f64>, SampleError> {
    if a.len() != b.len() {
        return Err(SampleError::Unequal { first: a.len(), second: b.len() });
    }
    let (a, b) = (logarithms(a)?, logarithms(b)?);
    Ok(a.iter().zip(&b).map(|(a, b)| a - b).collect())
}

/// The paired log ratio with its t interval: one look at a number of rounds fixed beforehand (METHODS.md A4).
///
/// # Errors
///
/// [`SampleError`] for fewer than two rounds, unequal lengths, or values not finite or not above zero.
pub fn log_ratio(a: &[f64], b: &[f64], level: Level) -> Result<LogRatio, SampleError> {
    of_log_differences(&log_differences(a, b)?, level)
}

/// As [`log_ratio`], from log differences at hand.
///
/// # Errors
///
/// [`SampleError`] for fewer than two rounds or values not finite.
pub fn of_log_differences(differences: &[f64], level: Level) -> Result<LogRatio, SampleError> {
    let paired = mean(differences, level)?;
    let Moments { count, mean, sd } = paired.moments;
    Ok(LogRatio { mean, sd, se: paired.se, rounds: count, interval: paired.interval, level })
}

/// The mean of differences with its t interval: for metrics that can be zero, and for anything already paired.
///
/// # Errors
///
/// [`SampleError`] for fewer than two differences or values not finite.
pub fn mean(differences: &[f64], level: Level) -> Result<PairedMean, SampleError> {
    inflated_mean(differences, 1.0, level)
}

/// As [`mean`], with what multiplies the standard error at hand: finding the quantile costs more than all else.
///
/// # Errors
///
/// [`SampleError`] for fewer than two differences or values not finite.
pub fn mean_at(
    differences: &[f64],
    critical: f64,
    level: Level,
) -> Result<PairedMean, SampleError> {
    mean_of(Moments::of(differences)?, critical, level)
}

/// As [`mean_at`], of differences whose mean and spread are at hand.
///
/// # Errors
///
/// [`SampleError`] if they are too far apart to compute with.
pub fn mean_of(moments: Moments, critical: f64, level: Level) -> Result<PairedMean, SampleError> {
    let half = critical * moments.se();
    if !half.is_finite() {
        return Err(SampleError::Overflow);
    }
    let interval = Interval::around(moments.mean, half);
    Ok(PairedMean { moments, se: moments.se(), interval, level })
}

/// What multiplies the standard error of so many differences, two at least: the t quantile of the level.
pub fn critical(count: usize, level: Level) -> f64 {
    t::upper_quantile(level.alpha() / 2.0, count as f64 - 1.0)
}

/// As [`mean`], with the standard error multiplied by `inflation` (autocorrelation; METHODS.md A8).
///
/// # Errors
///
/// [`SampleError`] for fewer than two differences or values not finite.
pub fn inflated_mean(
    differences: &[f64],
    inflation: f64,
    level: Level,
) -> Result<PairedMean, SampleError> {
    let moments = Moments::of(differences)?;
    let se = moments.se() * inflation;
    let half = t::upper_quantile(level.alpha() / 2.0, moments.df()) * se;
    if !half.is_finite() {
        return Err(SampleError::Overflow);
    }
    Ok(PairedMean { moments, se, interval: Interval::around(moments.mean, half), level })
}
