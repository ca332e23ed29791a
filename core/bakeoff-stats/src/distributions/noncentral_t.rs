//! The noncentral t distribution, for power and the smallest detectable effect.

use super::normal;
use super::series::{ln_1p_minus, stirling_rest};
use std::f64::consts::PI;

/// Panels of the quadrature: the density is a bump some ten deviations wide at most.
const PANELS: u32 = 64;

/// P(T > t), T noncentral t with `df` degrees of freedom (one at least) and shift `delta`.
///
/// T = (Z + delta)/W with W^2 ~ chi2/df, so P(T > t) is the mean of Phi(delta - t W) over W. The density of W is smooth
/// and falls like a normal density: composite Gauss-Legendre over where it is not nothing is exact to about 1e-10.
///
/// # Panics
///
/// If `df` is below one.
pub fn sf(t: f64, df: f64, delta: f64) -> f64 {
    assert!(df >= 1.0, "degrees of freedom {df}");
    let shape = df / 2.0;
    let scale = 2.0 * (shape / (2.0 * PI)).sqrt() * (-stirling_rest(shape)).exp();
    let density = |w: f64| {
        let above = w * w - 1.0;
        let deviance = if above < -0.5 { 2.0 * w.ln() - above } else { ln_1p_minus(above) };
        scale * (shape * deviance).exp() / w
    };
    // Laurent & Massart (2000), lemma 1: beyond these chi-squared has less than e^-60 on either side.
    let low = (1.0 - 2.0 * (60.0 / df).sqrt()).max(0.0).sqrt().cbrt();
    let high = (1.0 + 2.0 * (60.0 / df).sqrt() + 120.0 / df).sqrt().cbrt();
    let half = (high - low) / f64::from(PANELS) / 2.0;
    let mut sum = 0.0;
    for panel in 0..PANELS {
        let centre = low + half * f64::from(2 * panel + 1);
        for (node, weight) in GAUSS {
            for x in [centre - half * node, centre + half * node] {
                // W = x^3, so that the density has many derivatives at zero too.
                let w = x * x * x;
                sum += weight * 3.0 * x * x * density(w) * normal::cdf(delta - t * w);
            }
        }
    }
    (sum * half).clamp(0.0, 1.0)
}

/// P(T <= t); see [`sf`].
pub fn cdf(t: f64, df: f64, delta: f64) -> f64 {
    sf(-t, df, -delta)
}

/// Half the nodes and weights of the eight-point Gauss-Legendre rule.
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];
