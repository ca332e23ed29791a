//! Student's t distribution, for any real number of degrees of freedom, as a beta (Abramowitz & Stegun 26.7.1).

use super::{beta, normal};

/// Beyond this many degrees of freedom t is the normal distribution to the last digit.
const NORMAL_FROM: f64 = 1e16;

/// P(T <= t) with `df` degrees of freedom.
pub fn cdf(t: f64, df: f64) -> f64 {
    sf(-t, df)
}

/// P(T > t) with `df` degrees of freedom.
///
/// # Panics
///
/// If `df` is not above zero.
pub fn sf(t: f64, df: f64) -> f64 {
    assert!(df > 0.0, "degrees of freedom {df}");
    if df > NORMAL_FROM {
        return normal::sf(t);
    }
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    // One division by the larger of the two keeps both parts finite.
    let square = t * t / df;
    let (x, y) = (1.0 / (1.0 + square), 1.0 / (1.0 + 1.0 / square));
    let tails = beta::tails(df / 2.0, 0.5, x, y);
    if t >= 0.0 { 0.5 * tails.lower } else { 0.5 + 0.5 * tails.upper }
}

/// The two-sided p-value of `t`: P(|T| >= |t|).
pub fn two_sided(t: f64, df: f64) -> f64 {
    2.0 * sf(t.abs(), df)
}

/// The point with probability `p` below it; infinite at 0 and 1.
///
/// # Panics
///
/// If `p` is not within 0 to 1 or `df` not above zero.
pub fn quantile(p: f64, df: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "probability {p}");
    if p < 0.5 { -upper_quantile(p, df) } else { upper_quantile(1.0 - p, df) }
}

/// The point with probability `q`, at most one half, above it: what keeps its digits for a tiny tail.
///
/// # Panics
///
/// If `q` is not within 0 to 0.5 or `df` not above zero.
pub fn upper_quantile(q: f64, df: f64) -> f64 {
    assert!((0.0..=0.5).contains(&q), "upper tail {q}");
    assert!(df > 0.0, "degrees of freedom {df}");
    if df > NORMAL_FROM {
        return -normal::quantile(q);
    }
    if q == 0.5 {
        return 0.0;
    }
    let logit = if df < 1.0 || q > 0.25 {
        beta::quantile_logit(df / 2.0, 0.5, 2.0 * q, 1.0 - 2.0 * q)
    } else {
        beta::lower_quantile_logit(df / 2.0, 0.5, 2.0 * q, logit_guess(q, df))
    };
    df.sqrt() * (-logit / 2.0).exp()
}

/// A logit good to some digits, for Newton to start from.
fn logit_guess(q: f64, df: f64) -> f64 {
    let z = -normal::quantile(q);
    let (z2, w) = (z * z, 1.0 / df);
    if z2 * w > 1.0 {
        // The far tail is a power law: I_x(a, b) ~ x^a/(a B(a, b)).
        let a = df / 2.0;
        return ((2.0 * q).ln() + a.ln() + beta::ln_beta(a, 0.5)) / a;
    }
    // The normal quantile, stretched: Abramowitz & Stegun 26.7.5.
    let first = (z2 + 1.0) / 4.0;
    let second = ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let third = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    let t = z * (1.0 + w * (first + w * (second + w * third)));
    df.ln() - 2.0 * t.ln()
}
