//! The beta distribution: from it come t, F, the binomial and the limits of a proportion.

use super::Tails;
use super::root::increasing_root;
use super::series::{ln_1p_minus, stirling_rest};
use std::f64::consts::PI;

/// Both tails at `x`, with `y = 1 - x` given beside it, so that neither end loses digits.
///
/// # Panics
///
/// If a shape is not above zero and finite.
pub fn tails(a: f64, b: f64, x: f64, y: f64) -> Tails {
    assert!(a > 0.0 && b > 0.0 && (a + b).is_finite(), "beta shapes {a}, {b}");
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if y <= 0.0 {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    let power = power_term(a, b, x, y);
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (power * fraction(a, b, x) / a).min(1.0);
        Tails { lower, upper: 1.0 - lower }
    } else {
        let upper = (power * fraction(b, a, y) / b).min(1.0);
        Tails { lower: 1.0 - upper, upper }
    }
}

/// The logit `ln(x / (1 - x))` of the point with `lower` below it and `upper` above it (they sum to one).
///
/// In the logit the logarithm of either tail is concave, so Newton cannot miss. Infinite at either end.
pub fn quantile_logit(a: f64, b: f64, lower: f64, upper: f64) -> f64 {
    if lower <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if upper <= 0.0 {
        return f64::INFINITY;
    }
    if lower > upper {
        return -quantile_logit(b, a, upper, lower);
    }
    lower_quantile_logit(a, b, lower, (a / b).ln())
}

/// As [`quantile_logit`], from the lower tail alone and a guess of the answer.
pub(crate) fn lower_quantile_logit(a: f64, b: f64, lower: f64, guess: f64) -> f64 {
    let ln_lower = lower.ln();
    increasing_root(guess, |z| {
        let (x, y) = (1.0 / (1.0 + (-z).exp()), 1.0 / (1.0 + z.exp()));
        let at = tails(a, b, x, y).lower;
        (at.ln() - ln_lower, power_term(a, b, x, y) / at)
    })
}

/// The point with probability `p` below it.
pub fn quantile(p: f64, a: f64, b: f64) -> f64 {
    1.0 / (1.0 + (-quantile_logit(a, b, p, 1.0 - p)).exp())
}

/// `ln B(a, b)`.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    (a + b) * 0.5_f64.ln() - power_term(a, b, 0.5, 0.5).ln()
}

/// `x^a y^b / B(a, b)`, from the deviances about the mean (Loader 2000), which keep their digits for any size.
pub(crate) fn power_term(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let (mean, rest) = (a / n, b / n);
    // How far the point lies above the mean, taken at the end where nothing cancels.
    let above = if x < 0.5 { x - mean } else { rest - y };
    let deviance = |count: f64, at: f64, centre: f64, distance: f64| {
        let u = distance / centre;
        if u < -0.5 { count * ((at / centre).ln() - u) } else { count * ln_1p_minus(u) }
    };
    // The linear parts of both deviances cancel exactly, since x + y = 1.
    let exponent = deviance(a, x, mean, above) + deviance(b, y, rest, -above) + stirling_rest(n)
        - stirling_rest(a)
        - stirling_rest(b);
    exponent.exp() * (a * rest / (2.0 * PI)).sqrt()
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..200_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    h
}
