//! Whether the order of trials matters: the effect of going first, and orders in which nothing can be told (METHODS.md A8).

use crate::distributions::t;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{SampleError, mean, require, square_sum};

/// What the order of the trials in a round does to ln(A/B), and what is left without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderEffect {
    /// The difference of the candidates: (mean AB + mean BA)/2, log scale.
    pub treatment: f64,
    /// What A gains or loses by going first: (mean AB - mean BA)/2, log scale.
    pub order: f64,
    /// Standard error of either.
    pub se: f64,
    /// Degrees of freedom, n1 + n2 - 2.
    pub df: f64,
    /// Interval of the order effect.
    pub interval: Interval,
    /// Two-sided p of the order effect; `None` where nothing varies.
    pub p: Option<f64>,
}

/// The order effect without its interval: what a screen of thousands of pairs needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoingFirst {
    /// As [`OrderEffect::treatment`].
    pub treatment: f64,
    /// As [`OrderEffect::order`].
    pub order: f64,
    /// As [`OrderEffect::se`].
    pub se: f64,
    /// As [`OrderEffect::df`].
    pub df: f64,
    /// As [`OrderEffect::p`].
    pub p: Option<f64>,
}

/// The order effect from the log ratios of the rounds that A opened and of those that B opened.
///
/// # Errors
///
/// [`SampleError`] if either has no round, both together fewer than three, or a value is not finite.
pub fn order_effect(ab: &[f64], ba: &[f64], level: Level) -> Result<OrderEffect, SampleError> {
    let GoingFirst { treatment, order, se, df, p } = going_first(ab, ba)?;
    let half = t::upper_quantile(level.alpha() / 2.0, df) * se;
    if !half.is_finite() {
        return Err(SampleError::Overflow);
    }
    Ok(OrderEffect { treatment, order, se, df, interval: Interval::around(order, half), p })
}

/// As [`order_effect`], without the interval.
///
/// # Errors
///
/// As there.
pub fn going_first(ab: &[f64], ba: &[f64]) -> Result<GoingFirst, SampleError> {
    require(ab, 1)?;
    require(ba, 1)?;
    let total = ab.len() + ba.len();
    if total < 3 {
        return Err(SampleError::TooFew { got: total, needed: 3 });
    }
    let df = (total - 2) as f64;
    let (mean_ab, mean_ba) = (mean(ab), mean(ba));
    let variance = (square_sum(ab, mean_ab) + square_sum(ba, mean_ba)) / df;
    let se = (variance * (1.0 / ab.len() as f64 + 1.0 / ba.len() as f64)).sqrt() / 2.0;
    let (treatment, order) = (f64::midpoint(mean_ab, mean_ba), (mean_ab - mean_ba) / 2.0);
    if !(treatment.is_finite() && order.is_finite() && se.is_finite()) {
        return Err(SampleError::Overflow);
    }
    let p = (se > 0.0).then(|| t::two_sided(order / se, df));
    Ok(GoingFirst { treatment, order, se, df, p })
}

/// Two candidates that were measured one after the other instead of side by side, by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "all trials of candidate {first} came before those of candidate {second}: drift and difference look the same"
)]
pub struct Blocked {
    /// Whose trials came first.
    pub first: usize,
    /// Whose trials came after.
    pub second: usize,
}

/// Requires that no candidate was measured wholly before another, given the candidates' indices (from 0, without
/// gaps to speak of) in the order measured.
///
/// Blocks turn 10 % of drift into a 100 % chance of a false verdict (METHODS.md A2). One trial of each is no block.
///
/// # Errors
///
/// [`Blocked`] with the first such pair.
pub fn require_interleaved(sequence: &[usize]) -> Result<(), Blocked> {
    let candidates = sequence.iter().max().map_or(0, |most| most + 1);
    let mut spans: Vec<Option<(usize, usize)>> = vec![None; candidates];
    for (at, &candidate) in sequence.iter().enumerate() {
        let span = spans[candidate].get_or_insert((at, at));
        span.1 = at;
    }
    for (first, earlier) in spans.iter().enumerate() {
        for (second, later) in spans.iter().enumerate() {
            let (Some(earlier), Some(later)) = (earlier, later) else { continue };
            let repeated = earlier.0 < earlier.1 || later.0 < later.1;
            if repeated && earlier.1 < later.0 {
                return Err(Blocked { first, second });
            }
        }
    }
    Ok(())
}
