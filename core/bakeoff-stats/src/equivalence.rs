//! Two one-sided tests that a difference lies within bounds (METHODS.md A5; Schuirmann 1987, Lakens 2017).

use crate::distributions::t;
use crate::interval::Interval;

/// The two one-sided tests. The verdicts of this crate use the stricter rule of one interval for all; this is the appendix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoOneSided {
    /// t against the lower bound.
    pub t_lower: f64,
    /// p of lying below the lower bound.
    pub p_lower: f64,
    /// t against the upper bound.
    pub t_upper: f64,
    /// p of lying above the upper bound.
    pub p_upper: f64,
}

impl TwoOneSided {
    /// The p of the procedure: the larger of the two.
    pub fn p(&self) -> f64 {
        self.p_lower.max(self.p_upper)
    }
}

/// Tests a difference with its standard error and degrees of freedom against bounds; `None` if the standard error is zero.
pub fn two_one_sided(difference: f64, se: f64, df: f64, bounds: Interval) -> Option<TwoOneSided> {
    if se <= 0.0 || !se.is_finite() || !difference.is_finite() {
        return None;
    }
    let t_lower = (difference - bounds.lower()) / se;
    let t_upper = (difference - bounds.upper()) / se;
    let (p_lower, p_upper) = (t::sf(t_lower, df), t::cdf(t_upper, df));
    Some(TwoOneSided { t_lower, p_lower, t_upper, p_upper })
}
