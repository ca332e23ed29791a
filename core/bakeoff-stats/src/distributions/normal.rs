//! The normal distribution, by the complementary error function (DLMF 7.2.2; Abramowitz & Stegun 26.2.29).

use libm::erfc;
use statrs::function::erf::erfc_inv;
use std::f64::consts::{PI, SQRT_2};

/// The density at `z`.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// P(Z <= z).
pub fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// P(Z > z).
pub fn sf(z: f64) -> f64 {
    cdf(-z)
}

/// The point with probability `p` below it; infinite at 0 and 1.
///
/// One step of Halley's method takes the library's inverse to full precision.
///
/// # Panics
///
/// If `p` is not within 0 to 1.
pub fn quantile(p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "probability {p}");
    if p == 0.5 {
        return 0.0;
    }
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    let z = -SQRT_2 * erfc_inv(2.0 * p);
    let density = density(z);
    if density == 0.0 {
        return z;
    }
    let error = (cdf(z) - p) / density;
    z - error / (1.0 + z * error / 2.0)
}
