//! The small pieces from which the beta and gamma functions are put together without cancellation.

use libm::lgamma;
use std::f64::consts::PI;

/// `ln(1 + u) - u`, accurate also where `u` is near zero.
///
/// Source: series in r = u/(2+u), as in Loader (2000), "Fast and accurate computation of binomial probabilities".
pub(crate) fn ln_1p_minus(u: f64) -> f64 {
    if u.abs() > 0.5 {
        return u.ln_1p() - u;
    }
    let r = u / (2.0 + u);
    let r2 = r * r;
    let mut power = r2 * r;
    let mut sum = 0.0;
    for k in 0..40 {
        let term = power / f64::from(2 * k + 3);
        sum += term;
        if term.abs() <= f64::EPSILON * sum.abs() {
            break;
        }
        power *= r2;
    }
    2.0 * sum - u * r
}

/// What Stirling's formula leaves of `ln Γ(z)`, for `z` above zero.
///
/// Source: Abramowitz & Stegun 6.1.41; below 10 the difference is taken itself.
pub(crate) fn stirling_rest(z: f64) -> f64 {
    if z < 10.0 {
        return lgamma(z) - ((z - 0.5) * z.ln() - z + 0.5 * (2.0 * PI).ln());
    }
    let w = 1.0 / (z * z);
    let tail = 1.0 / 1188.0 - w * (691.0 / 360_360.0 - w / 156.0);
    (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w * tail)))) / z
}
