//! Whether rounds remember the rounds before them, and what that does to an interval (METHODS.md A8).

use crate::distributions::{chi_squared, normal};
use crate::sample::{SampleError, mean, require, square_sum};

/// The p below which a positive lag-1 correlation widens the interval.
const INFLATE_BELOW: f64 = 0.01;
/// Longest lag that is looked at for the effective sample size.
const LAG_MOST: usize = 1000;

/// How strongly neighbouring values resemble one another. A series that does not vary resembles nothing: 2 and 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Von Neumann's ratio: squared steps over squared distances from the mean; 2 under independence.
    pub von_neumann: f64,
    /// One-sided p of a ratio so small, by its normal approximation.
    pub p: f64,
    /// Lag-1 autocorrelation, denominator n.
    pub lag1: f64,
    /// What the standard error of the mean must be multiplied by: 1 unless the correlation is positive with p < 0.01.
    pub inflation: f64,
}

/// The memory of a series in the order measured.
///
/// # Errors
///
/// [`SampleError`] for fewer than four values or values not finite.
pub fn memory(series: &[f64]) -> Result<Memory, SampleError> {
    require(series, 4)?;
    memory_about(series, mean(series))
}

/// As [`memory`], of finite values whose mean is at hand.
pub(crate) fn memory_about(series: &[f64], centre: f64) -> Result<Memory, SampleError> {
    if series.len() < 4 {
        return Err(SampleError::TooFew { got: series.len(), needed: 4 });
    }
    // Three sums in one pass: each waits for its own last addition only.
    let first = series[0] - centre;
    let (mut squares, mut steps, mut lagged) = (first * first, 0.0, 0.0);
    for two in series.windows(2) {
        let (before, after) = (two[0] - centre, two[1] - centre);
        let step = two[1] - two[0];
        squares += after * after;
        steps += step * step;
        lagged += before * after;
    }
    if !squares.is_finite() {
        return Err(SampleError::Overflow);
    }
    if squares == 0.0 {
        return Ok(Memory { von_neumann: 2.0, p: 0.5, lag1: 0.0, inflation: 1.0 });
    }
    let n = series.len() as f64;
    let von_neumann = steps / squares;
    let sd = (4.0 * (n - 2.0) / (n * n - 1.0)).sqrt();
    let p = normal::cdf((von_neumann - 2.0) / sd);
    let lag1 = lagged / squares;
    let inflates = lag1 > 0.0 && p < INFLATE_BELOW;
    let inflation = if inflates { ((1.0 + lag1) / (1.0 - lag1)).sqrt() } else { 1.0 };
    Ok(Memory { von_neumann, p, lag1, inflation })
}

/// The autocorrelation at each lag from 1 to `lags`, denominator n; zeros for a series that does not vary.
///
/// # Errors
///
/// [`SampleError`] for no more values than lags or values not finite.
pub fn autocorrelations(series: &[f64], lags: usize) -> Result<Vec<f64>, SampleError> {
    require(series, lags + 1)?;
    let centre = mean(series);
    let squares = square_sum(series, centre);
    if !squares.is_finite() {
        return Err(SampleError::Overflow);
    }
    let at = |lag| if squares > 0.0 { covariance(series, centre, lag) / squares } else { 0.0 };
    Ok((1..=lags).map(at).collect())
}

/// Ljung and Box's test that the first `lags` autocorrelations are nothing (1978).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LjungBox {
    /// `Q = n(n+2) sum r_j^2/(n-j)`.
    pub q: f64,
    /// Its p-value, chi-squared with as many degrees of freedom as lags.
    pub p: f64,
}

/// # Errors
///
/// [`SampleError`] for no more values than lags or values not finite.
///
/// # Panics
///
/// If there are no lags.
pub fn ljung_box(series: &[f64], lags: usize) -> Result<LjungBox, SampleError> {
    assert!(lags > 0, "no lags");
    let n = series.len() as f64;
    let terms = autocorrelations(series, lags)?;
    let sum: f64 = terms.iter().enumerate().map(|(j, r)| r * r / (n - (j + 1) as f64)).sum();
    let q = n * (n + 2.0) * sum;
    Ok(LjungBox { q, p: chi_squared::sf(q, lags as f64) })
}

/// How many independent values a series is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectiveSize {
    /// Integrated autocorrelation time, in values.
    pub tau: f64,
    /// n/tau; where values alternate, at most n log10 n.
    pub values: f64,
}

/// The effective sample size by Geyer's initial positive sequence (1992).
///
/// # Errors
///
/// [`SampleError`] for fewer than four values or values not finite.
pub fn effective_size(series: &[f64]) -> Result<EffectiveSize, SampleError> {
    require(series, 4)?;
    let n = series.len() as f64;
    let centre = mean(series);
    let squares = square_sum(series, centre);
    if !squares.is_finite() {
        return Err(SampleError::Overflow);
    }
    if squares == 0.0 {
        return Ok(EffectiveSize { tau: 1.0, values: n });
    }
    let r = |lag: usize| if lag == 0 { 1.0 } else { covariance(series, centre, lag) / squares };
    let mut sum = 0.0;
    for j in 0..series.len().min(LAG_MOST) / 2 {
        let pair = r(2 * j) + r(2 * j + 1);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
    }
    let tau = 2.0 * sum - 1.0;
    // Stan's bound: alternation helps, but not without end.
    Ok(EffectiveSize { tau, values: n / tau.max(1.0 / n.log10().max(1.0)) })
}

fn covariance(series: &[f64], centre: f64, lag: usize) -> f64 {
    series.iter().zip(&series[lag..]).map(|(a, b)| (a - centre) * (b - centre)).sum()
}
