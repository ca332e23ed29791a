//! Quantiles of a sample, each by a named definition, and their intervals by order statistics (METHODS.md A11).

use crate::distributions::binomial;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{SampleError, require, sorted};

/// Which of the definitions of Hyndman & Fan (1996): a quantile without one is ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// Type 1: inverse of the empirical distribution; always a value that occurred. For histograms.
    InverseEcdf,
    /// Type 7: linear, p at rank 1 + p(n - 1). For samples.
    Linear,
}

/// The `p` quantile of values in any order.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
///
/// # Panics
///
/// If `p` is not within 0 to 1.
pub fn quantile(values: &[f64], p: f64, definition: Definition) -> Result<f64, SampleError> {
    require(values, 1)?;
    Ok(of_sorted(&sorted(values), p, definition))
}

/// The median, the mean of the middle two if the number is even.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
pub fn median(values: &[f64]) -> Result<f64, SampleError> {
    quantile(values, 0.5, Definition::Linear)
}

/// The `p` quantile of finite values in ascending order.
///
/// # Panics
///
/// If there is no value or `p` is not within 0 to 1.
pub fn of_sorted(sorted: &[f64], p: f64, definition: Definition) -> f64 {
    assert!(!sorted.is_empty(), "quantile of nothing");
    assert!((0.0..=1.0).contains(&p), "quantile {p}");
    let n = sorted.len() as f64;
    match definition {
        Definition::InverseEcdf => at_rank(sorted, snapped(n * p).ceil()),
        Definition::Linear => between_ranks(sorted, 1.0 + (n - 1.0) * p),
    }
}

/// Where a rank is a whole number but for rounding, that number: 0.9 x 10 must be the ninth value, not the tenth.
fn snapped(rank: f64) -> f64 {
    let whole = rank.round();
    if (rank - whole).abs() <= 4.0 * f64::EPSILON * whole.abs() { whole } else { rank }
}

fn at_rank(sorted: &[f64], rank: f64) -> f64 {
    sorted[(rank as usize).clamp(1, sorted.len()) - 1]
}

fn between_ranks(sorted: &[f64], rank: f64) -> f64 {
    let rank = snapped(rank).clamp(1.0, sorted.len() as f64);
    let (low, share) = (rank.floor(), rank.fract());
    let value = at_rank(sorted, low);
    if share == 0.0 { value } else { value + share * (at_rank(sorted, low + 1.0) - value) }
}

/// The order statistics that bound a quantile, and the confidence they reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankInterval {
    /// Rank of the lower limit, from 1; `None` if so few values bound nothing below.
    pub lower: Option<usize>,
    /// Rank of the upper limit, from 1; `None` if so few values bound nothing above.
    pub upper: Option<usize>,
    /// The confidence achieved, at least the level asked for.
    pub achieved: f64,
}

/// Which order statistics of `n` independent values bound quantile `q`, with at most half of alpha beyond each (METHODS.md A11).
///
/// # Panics
///
/// If `q` is not within 0 to 1, ends excluded.
pub fn rank_interval(n: usize, q: f64, level: Level) -> RankInterval {
    assert!(0.0 < q && q < 1.0, "quantile {q}");
    let (tail, count) = (level.alpha() / 2.0, n as u64);
    // Largest l with P(X <= l - 1) <= tail, smallest u with P(X >= u) <= tail, for X ~ Bin(n, q).
    let lower = last_true(0, n, |l| l == 0 || binomial::cdf(l as u64 - 1, count, q) <= tail);
    let upper =
        n + 1 - last_true(0, n, |k| k == 0 || binomial::sf((n - k) as u64, count, q) <= tail);
    let below = if lower == 0 { 0.0 } else { binomial::cdf(lower as u64 - 1, count, q) };
    let above = if upper > n { 0.0 } else { binomial::sf(upper as u64 - 1, count, q) };
    RankInterval {
        lower: (lower > 0).then_some(lower),
        upper: (upper <= n).then_some(upper),
        achieved: 1.0 - below - above,
    }
}

/// The interval of quantile `q` from independent values; a side that no value bounds is infinite, never the extreme value.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
///
/// # Panics
///
/// If `q` is not within 0 to 1, ends excluded.
pub fn interval(values: &[f64], q: f64, level: Level) -> Result<(Interval, f64), SampleError> {
    require(values, 1)?;
    let sorted = sorted(values);
    let ranks = rank_interval(values.len(), q, level);
    let lower = ranks.lower.map_or(f64::NEG_INFINITY, |rank| sorted[rank - 1]);
    let upper = ranks.upper.map_or(f64::INFINITY, |rank| sorted[rank - 1]);
    // A discrete lower rank never exceeds the upper one while alpha is below one.
    let interval = Interval::new(lower.min(upper), upper.max(lower)).unwrap_or(Interval::UNBOUNDED);
    Ok((interval, ranks.achieved))
}

/// The least number of values for a finite two-sided interval of quantile `q`: n >= ln(alpha/2)/ln of the likelier side (METHODS.md A3).
///
/// # Panics
///
/// If `q` is not within 0 to 1, ends excluded.
pub fn values_needed(q: f64, level: Level) -> usize {
    assert!(0.0 < q && q < 1.0, "quantile {q}");
    let exact = (level.alpha() / 2.0).ln() / q.max(1.0 - q).ln();
    snapped(exact).ceil().max(1.0) as usize
}

/// The last of `from..=to` for which a condition holds that holds up to some point and no further.
fn last_true(from: usize, to: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut at, mut above) = (from, to + 1);
    while at + 1 < above {
        let middle = usize::midpoint(at, above);
        if holds(middle) {
            at = middle;
        } else {
            above = middle;
        }
    }
    at
}
