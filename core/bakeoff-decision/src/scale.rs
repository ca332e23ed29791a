//! The scale that turns normals into Student's t: `1 / sqrt(c / df)`, `c` chi-squared (METHODS.md B4).

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use std::collections::BTreeMap;
use std::rc::Rc;

use bakeoff_stats::distributions::{chi_squared, normal};

use crate::sampler::{LANES, Lanes};

/// Normal deviates beyond this do not occur: 31 bits end at 6.6.
const REACH: f64 = 6.75;

/// Nodes of the table; 0.013 apart, where linear interpolation errs by less than 3e-5.
const NODES: usize = PER_KNOT * KNOTS + 1;

/// Exact quantiles behind the nodes; cubics between them err by less than 1e-6.
const KNOTS: usize = 128;
const PER_KNOT: usize = 8;

/// `sqrt(df / c(z))` tabulated over normal deviates, `c` the chi-squared quantile of `Phi(z)`.
///
/// One normal a draw instead of df of them, and smooth in it: Wilson & Hilferty (1931) say that
/// the cube root of `c` is close to linear in `z`.
#[derive(Debug)]
pub(crate) struct Scale {
    nodes: Vec<f32>,
}

impl Scale {
    fn new(df: f64) -> Self {
        let step = 2.0 * REACH / KNOTS as f64;
        let middle = KNOTS / 2;
        let z = |at: usize| step * at as f64 - REACH;
        let mut knots = vec![0.0; KNOTS + 1];
        knots[middle] = chi_squared::quantile(0.5, df).ln();
        for at in middle + 1..=KNOTS {
            knots[at] = refined(knots[at - 1], z(at), df);
        }
        for at in (0..middle).rev() {
            knots[at] = refined(knots[at + 1], z(at), df);
        }
        let ln_normal = |z: f64| -0.5 * z * z - 0.5 * (2.0 * core::f64::consts::PI).ln();
        let slope = |at: usize| (ln_normal(z(at)) - ln_density(knots[at], df)).exp() * step;
        let slopes: Vec<f64> = (0..=KNOTS).map(slope).collect();
        let node = |at: usize| {
            let left = (at / PER_KNOT).min(KNOTS - 1);
            let t = (at - left * PER_KNOT) as f64 / PER_KNOT as f64;
            let rest = 1.0 - t;
            // Hermite's cubic through both knots with their slopes.
            let ln_c = knots[left] * (1.0 + 2.0 * t) * rest * rest
                + knots[left + 1] * (1.0 + 2.0 * rest) * t * t
                + slopes[left] * t * rest * rest
                - slopes[left + 1] * rest * t * t;
            (df / ln_c.exp()).sqrt() as f32
        };
        Self { nodes: (0..NODES).map(node).collect() }
    }

    /// The scale of each draw, from a normal of its own.
    #[inline(always)]
    pub(crate) fn of_normals(&self, normals: &Lanes, out: &mut Lanes) {
        const PER_UNIT: f32 = ((NODES - 1) as f64 / (2.0 * REACH)) as f32;
        for lane in 0..LANES {
            let place = (normals[lane] + REACH as f32) * PER_UNIT;
            let left = (place as usize).min(NODES - 2);
            let share = place - left as f32;
            out[lane] = self.nodes[left] + share * (self.nodes[left + 1] - self.nodes[left]);
        }
    }
}

/// Logarithm of the density of x = ln c: c f(c).
fn ln_density(x: f64, df: f64) -> f64 {
    let c = x.exp();
    0.5 * df * (c / 2.0).ln() - c / 2.0 - ln_gamma_half(df)
}

/// The logarithm of the quantile at `z`, by Newton on the logarithm of the nearer tail, from that of the
/// knot beside it.
fn refined(beside: f64, z: f64, df: f64) -> f64 {
    let mut x = beside;
    for _ in 0..20 {
        let c = x.exp();
        let log_density = ln_density(x, df);
        let (tail, wanted, sign) = if z < 0.0 {
            (chi_squared::cdf(c, df), normal::cdf(z), 1.0)
        } else {
            (chi_squared::sf(c, df), normal::sf(z), -1.0)
        };
        let slope = sign * (log_density - tail.ln()).exp();
        let step = ((wanted / tail).ln() / slope).clamp(-2.0, 2.0);
        x += step;
        if step.abs() < 1e-9 {
            break;
        }
    }
    x
}

/// `ln Gamma(df / 2)`, by recurrence from 1/2 or 1 for whole df, else by Stirling's series.
fn ln_gamma_half(df: f64) -> f64 {
    let mut a = df / 2.0;
    let mut shift = 0.0;
    while a < 10.0 {
        shift += a.ln();
        a += 1.0;
    }
    let series = 1.0 / (12.0 * a) - 1.0 / (360.0 * a.powi(3)) + 1.0 / (1260.0 * a.powi(5));
    (a - 0.5) * a.ln() - a + 0.5 * (2.0 * core::f64::consts::PI).ln() + series - shift
}

/// Tables by degrees of freedom, each made once.
#[derive(Debug, Default)]
pub(crate) struct ScaleTable {
    made: BTreeMap<u64, Rc<Scale>>,
}

impl ScaleTable {
    pub(crate) fn of(&mut self, df: f64) -> Rc<Scale> {
        Rc::clone(self.made.entry(df.to_bits()).or_insert_with(|| Rc::new(Scale::new(df))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_agrees_with_exact_quantiles_of_chi_squared() {
        for df in [1.0, 2.0, 3.0, 7.0, 19.0, 31.0, 99.0] {
            let scale = Scale::new(df);
            for step in -50..=50 {
                let z = f64::from(step) * 0.1 + 0.003;
                let mut out = [0.0; LANES];
                scale.of_normals(&[z as f32; LANES], &mut out);
                let exact = (df / chi_squared::quantile(normal::cdf(z), df)).sqrt();
                let error = (f64::from(out[0]) / exact - 1.0).abs();
                // The worst is one degree of freedom, deep in the lower tail.
                let allowed = if df < 2.0 { 1e-3 } else { 2e-4 };
                assert!(error < allowed, "df {df}, z {z}: off by {error}");
            }
        }
    }
}
