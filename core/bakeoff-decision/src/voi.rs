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
pub(crate) fn worth(
    sample: &Sample,
    j: usize,
    [centres, means]: [&[f64]; 2],
    weight: f64,
    eligible: &[usize],
    share: f64,
) -> Worth {
    let Some(now) = leading(means, eligible) else { return Worth { gain: 0.0, flip: 0.0 } };
    let root = share.clamp(0.0, 1.0).sqrt();
    let lines: Vec<(usize, [f32; 3])> = eligible
        .iter()
        .map(|&a| {
            let factor = (weight * root) as f32;
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

/// Who has the largest mean value.
fn leading(means: &[f64], eligible: &[usize]) -> Option<usize> {
    eligible.iter().copied().max_by(|a, b| means[*a].total_cmp(&means[*b]))
}

/// What is expected of one alternative against the one that leads, once a criterion is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conditional {
    /// Mean difference of value to the one that leads.
    offset: f32,
    /// What the expected difference deviates by, draw by draw.
    deviations: Vec<f32>,
}

/// Bins of a regression, three standard deviations to either side.
const BINS: usize = 24;
/// Draws below which a bin says nothing.
const BIN_LEAST: u32 = 30;

/// Regression of what alternatives differ by on what they differ by in criterion `j`, for criteria
/// whose draws are correlated with others: the criterion's own part is known, the rest is the mean of a
/// bin (METHODS.md B8; Strong & Oakley 2013). `means` are the mean values, `weight` that of `j`.
pub(crate) fn conditionals(
    sample: &Sample,
    j: usize,
    weight: f64,
    means: &[f64],
    eligible: &[usize],
) -> Vec<Conditional> {
    let Some(now) = leading(means, eligible) else { return Vec::new() };
    let of = |a: usize| {
        let difference = |values: &[Vec<f32>]| -> Vec<f32> {
            values[a].iter().zip(&values[now]).map(|(a, now)| a - now).collect()
        };
        Conditional {
            offset: (means[a] - means[now]) as f32,
            deviations: expected(
                &difference(&sample.cells[j]),
                &difference(&sample.totals),
                weight as f32,
            ),
        }
    };
    eligible.iter().copied().filter(|a| *a != now).map(of).collect()
}

/// `E[total | own]` less its mean, draw by draw: `weight * own` and, by bins of `own` with straight lines
/// between their middles, the rest.
fn expected(own: &[f32], total: &[f32], weight: f32) -> Vec<f32> {
    let n = own.len().max(1) as f64;
    let centre = mean(own);
    let sd = (own.iter().map(|x| (f64::from(*x) - centre).powi(2)).sum::<f64>() / n).sqrt();
    let start = (centre - 3.0 * sd) as f32;
    let per_unit = if sd > 0.0 { (BINS as f64 / (6.0 * sd)) as f32 } else { 0.0 };
    let bin = |x: f32| (((x - start) * per_unit) as usize).min(BINS - 1);
    let mut bins = [(0.0, 0u32); BINS];
    let mut whole = 0.0;
    for (own, total) in own.iter().zip(total) {
        let rest = f64::from(total - weight * own);
        let (sum, count) = &mut bins[bin(*own)];
        (*sum, *count) = (*sum + rest, *count + 1);
        whole += rest;
    }
    let known = |(sum, count): &(f64, u32)| {
        (*count >= BIN_LEAST).then(|| (sum / f64::from(*count) - whole / n) as f32)
    };
    let rests: Vec<Option<f32>> = bins.iter().map(known).collect();
    // A bin that says nothing says what the nearest does.
    let nearest = |at: usize| {
        let known = (0..BINS).filter_map(|other| Some((other.abs_diff(at), rests[other]?)));
        known.min_by_key(|(distance, _)| *distance).map_or(0.0, |(_, rest)| rest)
    };
    let rests: Vec<f32> = (0..BINS).map(nearest).collect();
    let rest = |x: f32| {
        let place = ((x - start) * per_unit - 0.5).clamp(0.0, (BINS - 1) as f32);
        let left = (place as usize).min(BINS - 2);
        rests[left] + (place - left as f32) * (rests[left + 1] - rests[left])
    };
    own.iter().map(|x| weight * (x - centre as f32) + rest(*x)).collect()
}

/// As [`worth`], from a regression.
pub(crate) fn worth_by_bins(conditionals: &[Conditional], share: f64) -> Worth {
    let root = share.clamp(0.0, 1.0).sqrt() as f32;
    let draws = conditionals.first().map_or(0, |first| first.deviations.len());
    let (mut gain, mut flips) = (0.0, 0u32);
    for draw in 0..draws {
        let ahead = conditionals.iter().map(|c| c.offset + root * c.deviations[draw]);
        let most = ahead.fold(0.0_f32, f32::max);
        gain += f64::from(most);
        flips += u32::from(most > 0.0);
    }
    let n = draws.max(1) as f64;
    Worth { gain: gain / n, flip: f64::from(flips) / n }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 20_000;

    /// Two alternatives: the second is nothing, the first `own` in the criterion and `rest(own)` elsewhere.
    fn sample(rest: impl Fn(f32) -> f32) -> Sample {
        let own: Vec<f32> = (0..DRAWS).map(|at| (at as f32 + 0.5) / DRAWS as f32 - 0.5).collect();
        let total = own.iter().map(|x| 0.5 * x + rest(*x)).collect();
        let nothing = vec![0.0; DRAWS];
        Sample {
            draws: DRAWS,
            cells: vec![vec![own, nothing.clone()]],
            weights: Vec::new(),
            feasible: Vec::new(),
            totals: vec![total, nothing],
        }
    }

    fn found(sample: &Sample, share: f64) -> Worth {
        let means = [mean(&sample.totals[0]), 0.0];
        let lines = conditionals(sample, 0, 0.5, &means, &[0, 1]);
        worth_by_bins(&lines, share)
    }

    #[test]
    fn where_nothing_is_correlated_bins_agree_with_the_exact_expectation() {
        let sample = sample(|_| -0.05);
        let centres = [0.0, 0.0];
        for share in [1.0, 0.4] {
            let exact = worth(&sample, 0, [&centres, &[-0.05, 0.0]], 0.5, &[0, 1], share);
            let by_bins = found(&sample, share);
            assert!((exact.gain - by_bins.gain).abs() < 1e-4, "{exact:?}, {by_bins:?}");
            assert!((exact.flip - by_bins.flip).abs() < 1e-3, "{exact:?}, {by_bins:?}");
        }
    }

    #[test]
    fn what_the_rest_does_with_the_criterion_counts_though_no_line_shows_it() {
        // Symmetric: the slope of the rest on the criterion is nought, its mean 1/12 - 0.1.
        let rest = |x: f32| -0.5 * x + x * x - 0.1;
        let turned = sample(rest);
        // E max(0, x^2 - 0.1): from sqrt(0.1) to 0.5 on either side.
        let root = 0.1_f64.sqrt();
        let exact = 2.0 * ((0.125 - root.powi(3)) / 3.0 - 0.1 * (0.5 - root));
        let by_bins = found(&turned, 1.0);
        assert!((by_bins.gain - exact).abs() < 0.05 * exact, "{by_bins:?} for {exact}");
        assert!((by_bins.flip - (1.0 - 2.0 * root)).abs() < 0.05, "{by_bins:?}");
        assert!(found(&turned, 0.3).gain < by_bins.gain);
    }
}
