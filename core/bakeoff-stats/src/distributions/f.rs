//! Fisher's F distribution, as a beta of the share that the numerator has (Abramowitz & Stegun 26.6.2).

use super::{Tails, beta};

/// P(X <= x) with the degrees of freedom of numerator and denominator.
pub fn cdf(x: f64, numerator: f64, denominator: f64) -> f64 {
    tails(x, numerator, denominator).lower
}

/// P(X > x) with the degrees of freedom of numerator and denominator.
pub fn sf(x: f64, numerator: f64, denominator: f64) -> f64 {
    tails(x, numerator, denominator).upper
}

fn tails(x: f64, numerator: f64, denominator: f64) -> Tails {
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    let odds = numerator * x / denominator;
    let (below, above) = (1.0 / (1.0 + 1.0 / odds), 1.0 / (1.0 + odds));
    beta::tails(numerator / 2.0, denominator / 2.0, below, above)
}

/// The point with probability `p` below it.
///
/// # Panics
///
/// If `p` is not within 0 to 1 or a number of degrees of freedom not above zero.
pub fn quantile(p: f64, numerator: f64, denominator: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "probability {p}");
    let logit = beta::quantile_logit(numerator / 2.0, denominator / 2.0, p, 1.0 - p);
    denominator / numerator * logit.exp()
}
