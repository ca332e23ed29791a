//! The chi-squared distribution: gamma of half the degrees of freedom at half the point (Abramowitz & Stegun 26.4.19).

use super::gamma;

/// P(X <= x) with `df` degrees of freedom.
pub fn cdf(x: f64, df: f64) -> f64 {
    gamma::tails(df / 2.0, x / 2.0).lower
}

/// P(X > x) with `df` degrees of freedom.
pub fn sf(x: f64, df: f64) -> f64 {
    gamma::tails(df / 2.0, x / 2.0).upper
}

/// The point with probability `p` below it.
///
/// # Panics
///
/// If `p` is not within 0 to 1 or `df` not above zero.
pub fn quantile(p: f64, df: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "probability {p}");
    2.0 * gamma::quantile(p, df / 2.0)
}
