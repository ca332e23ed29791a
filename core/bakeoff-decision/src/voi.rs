//! What it would be worth to know more: perfect information, one criterion, the next measurement
//! (METHODS.md B8).

use bakeoff_stats::distributions::normal;

use crate::lanes::{ZERO, raise, sum};
use crate::outcome::Sample;
use crate::sampler::LANES;

/// Unit normal linear loss, `phi(u) - u Phi(-u)` (Raiffa & Schlaifer 1961).
pub fn unit_normal_loss(u: f64) -> f64 {
    normal::density(u) - u * normal::sf(u)
}

/// What knowing a normal difference with this mean and standard deviation is worth:
/// `s phi(m/s) - |m| Phi(-|m|/s)` (METHODS.md B8).
pub fn two_normal(mean: f64, sd: f64) -> f64 {
    if sd <= 0.0 {
        return 0.0;
    }
    sd * unit_normal_loss(mean.abs() / sd)
}

/// Standard deviation of the mean that `extra` more rounds would give, seen from now:
/// `s^2 / sqrt(s^2 + sigma^2 / extra)`, `sigma` that of one round.
pub fn preposterior_sd(sd: f64, round_sd: f64, extra: f64) -> f64 {
    let noise = round_sd * round_sd / extra;
    let total = (sd * sd + noise).sqrt();
    if total > 0.0 { sd * sd / total } else { 0.0 }
}

/// Probability that the sign of a difference turns, given its preposterior standard deviation.
pub fn flip_probability(mean: f64, preposterior_sd: f64) -> f64 {
    if preposterior_sd <= 0.0 {
        return 0.0;
    }
    normal::cdf(-mean.abs() / preposterior_sd)
}

/// What information about one criterion is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Worth {
    /// Expected gain in value.
    pub(crate) gain: f64,
    /// Probability that another alternative would then be chosen.
    pub(crate) flip: f64,
}

/// Expected gain from learning a share of what is uncertain about criterion `j`: 1 is all of it
/// (EVPPI), less a preposterior shrunk towards the mean (EVSI), both by the exact inner
/// expectation of the additive model with independent criteria (METHODS.md B8).
///
/// `centres` are the mean cells of the sample, `means` the mean values of the alternatives.
/// `slopes` is the weight of the criterion, or for correlated criteria the regression slope of
/// each alternative's value on its own cell (Strong & Oakley 2013, linear).
pub(crate) fn worth(
    sample: &Sample,
    j: usize,
    [centres, means]: [&[f64]; 2],
    slopes: &[f64],
    eligible: &[usize],
    share: f64,
) -> Worth {
    let Some(now) = eligible.iter().copied().max_by(|a, b| means[*a].total_cmp(&means[*b])) else {
        return Worth { gain: 0.0, flip: 0.0 };
    };
    let root = share.clamp(0.0, 1.0).sqrt();
    let lines: Vec<(usize, [f32; 3])> = eligible
        .iter()
        .map(|&a| {
            let factor = (slopes[a] * root) as f32;
            (a, [factor, centres[a] as f32, (means[a] - means[now]) as f32])
        })
        .collect();
    let (mut gain, mut flips) = (0.0, 0);
    for start in (0..sample.draws).step_by(LANES) {
        let lanes = LANES.min(sample.draws - start);
        let mut best = [f32::NEG_INFINITY; LANES];
        let (mut leader, mut value) = (ZERO, ZERO);
        for (a, [factor, centre, offset]) in &lines {
            let cells = &sample.cells[j][*a][start..start + lanes];
            for (value, cell) in value.iter_mut().zip(cells) {
                *value = offset + factor * (cell - centre);
            }
            raise(&mut best, &value);
            if *a == now {
                leader = value;
            }
        }
        for (lead, best) in leader.iter_mut().zip(&best) {
            *lead = best - *lead;
        }
        gain += sum(&leader, lanes);
        flips += leader[..lanes].iter().map(|gain| u32::from(*gain > 0.0)).sum::<u32>();
    }
    let n = sample.draws as f64;
    Worth { gain: (gain / n).max(0.0), flip: f64::from(flips) / n }
}

/// Mean of single-precision numbers, block by block in double.
pub(crate) fn mean(values: &[f32]) -> f64 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let whole: f64 = blocks.iter().map(|block| sum(block, LANES)).sum();
    let rest: f64 = rest.iter().map(|x| f64::from(*x)).sum();
    (whole + rest) / values.len().max(1) as f64
}

/// Slope of an alternative's value on its own cell of criterion `j`, over the sample.
pub(crate) fn regression_slope(sample: &Sample, j: usize, alternative: usize) -> f64 {
    let cells = &sample.cells[j][alternative];
    let totals = &sample.totals[alternative];
    let (x, y) = (mean(cells), mean(totals));
    let (mut cross, mut square) = (0.0, 0.0);
    for (cell, total) in cells.iter().zip(totals) {
        let dx = f64::from(*cell) - x;
        cross += dx * (f64::from(*total) - y);
        square += dx * dx;
    }
    if square > 0.0 { cross / square } else { 0.0 }
}
