//! How large a share of failures may really be: Clopper and Pearson's exact limits (METHODS.md A3).

use crate::distributions::beta;
use crate::interval::Interval;
use crate::level::Level;

/// A count out of a number that is smaller, or out of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} out of {total} is no share")]
pub struct InvalidShare {
    /// How many.
    pub count: u64,
    /// Out of how many.
    pub total: u64,
}

/// The two-sided exact interval of a share (Clopper & Pearson 1934).
///
/// # Errors
///
/// [`InvalidShare`] if `total` is zero or below `count`.
pub fn interval(count: u64, total: u64, level: Level) -> Result<Interval, InvalidShare> {
    check(count, total)?;
    let half = level.alpha() / 2.0;
    Ok(Interval::new(lower(count, total, half), upper(count, total, half))
        .unwrap_or(Interval::UNBOUNDED))
}

/// The one-sided upper bound of a share: for none in n it is 1 - alpha^(1/n), about 3/n at 95 %.
///
/// # Errors
///
/// [`InvalidShare`] if `total` is zero or below `count`.
pub fn upper_bound(count: u64, total: u64, level: Level) -> Result<f64, InvalidShare> {
    check(count, total)?;
    Ok(upper(count, total, level.alpha()))
}

fn check(count: u64, total: u64) -> Result<(), InvalidShare> {
    if total == 0 || count > total { Err(InvalidShare { count, total }) } else { Ok(()) }
}

fn lower(count: u64, total: u64, tail: f64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    from_logit(beta::quantile_logit(count as f64, (total - count) as f64 + 1.0, tail, 1.0 - tail))
}

fn upper(count: u64, total: u64, tail: f64) -> f64 {
    if count == total {
        return 1.0;
    }
    from_logit(beta::quantile_logit(count as f64 + 1.0, (total - count) as f64, 1.0 - tail, tail))
}

fn from_logit(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
