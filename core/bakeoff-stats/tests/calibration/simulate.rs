//! Data whose truth is known: log ratios and levels drawn from a seed.

use bakeoff_stats::draws::Draws;

/// Independent normal values.
pub(crate) fn normal(draws: &mut Draws, count: usize, mean: f64, sd: f64) -> Vec<f64> {
    (0..count).map(|_| mean + sd * draws.normal()).collect()
}

/// A first-order autoregression with unit innovations.
pub(crate) fn autoregression(draws: &mut Draws, count: usize, phi: f64) -> Vec<f64> {
    let mut at = draws.normal() / (1.0 - phi * phi).sqrt();
    let step = |_| {
        at = phi * at + draws.normal();
        at
    };
    (0..count).map(step).collect()
}

/// The share of `sets` data sets, each from its own stream of the seed, of which `holds` is true.
pub(crate) fn share(sets: u32, seed: u64, holds: impl Fn(&mut Draws) -> bool) -> f64 {
    let mut draws = Draws::seeded(seed);
    f64::from((0..sets).filter(|_| holds(&mut draws)).count() as u32) / f64::from(sets)
}
