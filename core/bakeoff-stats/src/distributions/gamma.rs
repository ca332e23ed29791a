//! The incomplete gamma function, for chi-squared.

use super::Tails;
use super::root::increasing_root;
use super::series::{ln_1p_minus, stirling_rest};
use std::f64::consts::PI;

/// Both tails of the gamma distribution with the given shape and unit scale.
///
/// Source: DLMF 8.11.4 (series) below the mean, 8.9.2 (continued fraction) above it.
pub(crate) fn tails(shape: f64, x: f64) -> Tails {
    assert!(shape > 0.0 && shape.is_finite(), "gamma shape {shape}");
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if x == f64::INFINITY {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    let power = power_term(shape, x);
    if x < shape + 1.0 {
        let (mut term, mut sum, mut k) = (1.0, 1.0, shape);
        while term > f64::EPSILON * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        let lower = (power * sum / shape).min(1.0);
        return Tails { lower, upper: 1.0 - lower };
    }
    let upper = (power * fraction(shape, x)).min(1.0);
    Tails { lower: 1.0 - upper, upper }
}

/// The point with probability `p` below it.
pub(crate) fn quantile(p: f64, shape: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let start = shape.ln();
    let z = if p <= 0.5 {
        increasing_root(start, |z| {
            let at = tails(shape, z.exp()).lower;
            (at.ln() - p.ln(), power_term(shape, z.exp()) / at)
        })
    } else {
        -increasing_root(-start, |z| {
            let x = (-z).exp();
            let at = tails(shape, x).upper;
            (at.ln() - (1.0 - p).ln(), power_term(shape, x) / at)
        })
    };
    z.exp()
}

/// `x^a e^-x / Γ(a)`, from the deviance about the mean (Loader 2000).
fn power_term(a: f64, x: f64) -> f64 {
    let u = (x - a) / a;
    let deviance = if u < -0.5 { (x / a).ln() - u } else { ln_1p_minus(u) };
    (a * deviance - stirling_rest(a)).exp() * (a / (2.0 * PI)).sqrt()
}

fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / guard(b);
    let mut h = d;
    for i in 1..200_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / guard(an * d + b);
        c = guard(b + an / c);
        h *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    h
}
