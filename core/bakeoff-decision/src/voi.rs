//! What it would be worth to know more: perfect information, one criterion, the next measurement
//! (METHODS.md B8).

use bakeoff_stats::distributions::normal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// What knowledge is worth where two alternatives differ by a normal amount (METHODS.md B8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NormalVoi {
    /// Of knowing its cells exactly.
    pub evppi: f64,
    /// Of the next action on it.
    pub evsi: f64,
    /// Probability that the next action changes the decision.
    pub p_flip: f64,
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

/// Pieces of a regression, over three standard deviations to either side; beyond, the outer ones go on.
const PIECES: usize = 24;
/// How many draws' worth of reluctance to slope there is in a piece: where there are no draws the line
/// goes straight from neighbour to neighbour.
const STIFFNESS: f64 = 1.0;

/// Regression of what alternatives differ by on what they differ by in criterion `j`, for criteria
/// whose draws are correlated with others: the criterion's own part is known, the rest is a bent line
/// through the draws (METHODS.md B8; Strong & Oakley 2013). `means` are the mean values, `weight` that of `j`.
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

/// `E[total | own]` less its mean, draw by draw: `weight * own` and the least-squares line of the rest on
/// `own`, bent between the pieces.
fn expected(own: &[f32], total: &[f32], weight: f32) -> Vec<f32> {
    let n = own.len().max(1) as f64;
    let centre = mean(own);
    let sd = (own.iter().map(|x| (f64::from(*x) - centre).powi(2)).sum::<f64>() / n).sqrt();
    let start = centre - 3.0 * sd;
    let per_unit = if sd > 0.0 { PIECES as f64 / (6.0 * sd) } else { 0.0 };
    // The piece that a number lies on, and how far along it.
    let place = |x: f32| {
        let along = (f64::from(x) - start) * per_unit;
        let piece = (along as usize).min(PIECES - 1);
        (piece, along - piece as f64)
    };
    let mut pieces = [Piece::default(); PIECES];
    let mut whole = 0.0;
    for (own, total) in own.iter().zip(total) {
        let rest = f64::from(total - weight * own);
        let (piece, along) = place(*own);
        pieces[piece].add(along, rest);
        whole += rest;
    }
    let knots = bent_line(&pieces).map(|height| height - whole / n);
    let rest = |x: f32| {
        let (piece, along) = place(x);
        knots[piece] + along * (knots[piece + 1] - knots[piece])
    };
    own.iter().map(|x| weight * (x - centre as f32) + rest(*x) as f32).collect()
}

/// What a piece of the line must know of its draws: sums over how far along they lie and what they are.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    count: f64,
    along: f64,
    along_squared: f64,
    value: f64,
    along_value: f64,
}

impl Piece {
    fn add(&mut self, along: f64, value: f64) {
        self.count += 1.0;
        self.along += along;
        self.along_squared += along * along;
        self.value += value;
        self.along_value += along * value;
    }
}

/// The heights of the joints of the continuous bent line with the least squared distance from the draws: normal
/// equations of the hat functions, which have three diagonals, by elimination.
fn bent_line(pieces: &[Piece; PIECES]) -> [f64; PIECES + 1] {
    let (mut diagonal, mut right) = ([0.0; PIECES + 1], [0.0; PIECES + 1]);
    let mut beside = [0.0; PIECES];
    for (at, piece) in pieces.iter().enumerate() {
        diagonal[at] += piece.count - 2.0 * piece.along + piece.along_squared + STIFFNESS;
        diagonal[at + 1] += piece.along_squared + STIFFNESS;
        beside[at] = piece.along - piece.along_squared - STIFFNESS;
        right[at] += piece.value - piece.along_value;
        right[at + 1] += piece.along_value;
    }
    for at in 0..PIECES {
        let factor = beside[at] / diagonal[at];
        diagonal[at + 1] -= factor * beside[at];
        right[at + 1] -= factor * right[at];
    }
    let mut heights = right;
    heights[PIECES] /= diagonal[PIECES];
    for at in (0..PIECES).rev() {
        heights[at] = (right[at] - beside[at] * heights[at + 1]) / diagonal[at];
    }
    heights
}

/// As [`worth`], from a regression.
pub(crate) fn worth_by_regression(conditionals: &[Conditional], share: f64) -> Worth {
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
        worth_by_regression(&lines, share)
    }

    #[test]
    fn where_nothing_is_correlated_lines_agree_with_the_exact_expectation() {
        let sample = sample(|_| -0.05);
        let centres = [0.0, 0.0];
        for share in [1.0, 0.4] {
            let exact = worth(&sample, 0, [&centres, &[-0.05, 0.0]], 0.5, &[0, 1], share);
            let by_line = found(&sample, share);
            assert!((exact.gain - by_line.gain).abs() < 1e-4, "{exact:?}, {by_line:?}");
            assert!((exact.flip - by_line.flip).abs() < 1e-3, "{exact:?}, {by_line:?}");
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
        let by_line = found(&turned, 1.0);
        assert!((by_line.gain - exact).abs() < 0.003 * exact, "{by_line:?} for {exact}");
        assert!((by_line.flip - (1.0 - 2.0 * root)).abs() < 0.005, "{by_line:?}");
        assert!(found(&turned, 0.3).gain < by_line.gain);
    }
}
