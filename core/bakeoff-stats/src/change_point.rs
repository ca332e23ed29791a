//! Where a series changes its level: optimal partition and e-divisive (METHODS.md A8). Indices are the first of the new regime.

use crate::descriptive::{MAD_SCALE, mad};
use crate::draws::Draws;
use crate::sample::{SampleError, require};

/// Longest series that is searched value by value; longer ones are gathered into means of neighbours first.
const VALUES_MOST: usize = 2000;
/// Longest series that e-divisive accepts: it looks at all pairs of values.
pub const DIVISIVE_MOST: usize = 1000;

/// A series cut into segments of one level each.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// First index of each segment but the first.
    pub changes: Vec<usize>,
    /// Squared distances from the segment means plus the penalty of each change: what was minimised.
    pub objective: f64,
}

/// The best cut of a series at a penalty per change, squared cost (Jackson 2005), pruned as PELT (Killick 2012).
///
/// Beyond 2000 values neighbours are first gathered into equal blocks, which a change then coincides with.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
///
/// # Panics
///
/// If the penalty is negative or not a number.
pub fn optimal_partition(series: &[f64], penalty: f64) -> Result<Partition, SampleError> {
    assert!(penalty >= 0.0, "penalty {penalty}");
    require(series, 1)?;
    let width = series.len().div_ceil(VALUES_MOST);
    let blocks: Vec<&[f64]> = series.chunks(width).collect();
    let centre = crate::sample::mean(series);
    // Prefix sums of count, distance and squared distance from the overall mean, which keeps the digits.
    let mut prefix = vec![(0.0, 0.0, 0.0)];
    for block in &blocks {
        let (count, sum, squares) = prefix[prefix.len() - 1];
        let add: (f64, f64) =
            block.iter().map(|v| v - centre).fold((0.0, 0.0), |(s, q), d| (s + d, q + d * d));
        prefix.push((count + block.len() as f64, sum + add.0, squares + add.1));
    }
    let cost = |from: usize, to: usize| {
        let (a, b) = (prefix[from], prefix[to]);
        (b.2 - a.2 - (b.1 - a.1).powi(2) / (b.0 - a.0)).max(0.0)
    };
    let mut best = vec![-penalty];
    let mut last_change = vec![0];
    let mut candidates = vec![0];
    for to in 1..=blocks.len() {
        let (mut least, mut from_least) = (f64::INFINITY, 0);
        for &from in &candidates {
            let total = best[from] + cost(from, to) + penalty;
            if total < least {
                (least, from_least) = (total, from);
            }
        }
        candidates.retain(|&from| best[from] + cost(from, to) <= least);
        candidates.push(to);
        best.push(least);
        last_change.push(from_least);
    }
    let mut changes = Vec::new();
    let mut at = last_change[blocks.len()];
    while at > 0 {
        changes.push(at * width);
        at = last_change[at];
    }
    changes.reverse();
    let objective = best[blocks.len()];
    if !objective.is_finite() {
        return Err(SampleError::Overflow);
    }
    Ok(Partition { changes, objective })
}

/// The spread of the noise, whatever the level does: 1.4826 MAD(differences)/sqrt 2 (METHODS.md A10).
///
/// # Errors
///
/// [`SampleError`] for fewer than three values or values not finite.
pub fn noise_sd(series: &[f64]) -> Result<f64, SampleError> {
    require(series, 3)?;
    let steps: Vec<f64> = series.windows(2).map(|w| w[1] - w[0]).collect();
    Ok(MAD_SCALE * mad(&steps)? / std::f64::consts::SQRT_2)
}

/// Where two parts of a series differ most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// First index of the new regime.
    pub tau: usize,
    /// End of the new regime.
    pub kappa: usize,
    /// The energy statistic.
    pub q: f64,
}

/// The split with the largest energy statistic of `Z[..tau]` against `Z[tau..kappa]` (Matteson & James 2014); `None` below two values.
///
/// # Errors
///
/// [`SampleError`] if a value is not finite.
///
/// # Panics
///
/// If there are more than 1000 values.
pub fn best_split(series: &[f64]) -> Result<Option<Split>, SampleError> {
    require(series, 0)?;
    assert!(series.len() <= DIVISIVE_MOST, "{} values", series.len());
    Ok(split_of(series))
}

fn split_of(series: &[f64]) -> Option<Split> {
    let total = series.len();
    let mut best: Option<Split> = None;
    // within[k]: pairwise distances within Z[tau..k]; across[k]: between Z[..tau] and Z[tau..k].
    let mut before = 0.0;
    let mut distance_to_left = vec![0.0; total];
    for tau in 1..total {
        before += series[..tau - 1].iter().map(|v| (v - series[tau - 1]).abs()).sum::<f64>();
        for (k, distance) in distance_to_left.iter_mut().enumerate().skip(tau) {
            *distance += (series[k] - series[tau - 1]).abs();
        }
        let (mut within, mut across) = (0.0, 0.0);
        for kappa in tau + 1..=total {
            let new = series[kappa - 1];
            within += series[tau..kappa - 1].iter().map(|v| (v - new).abs()).sum::<f64>();
            across += distance_to_left[kappa - 1];
            let (n, m) = (tau as f64, (kappa - tau) as f64);
            let part = |weight: f64, size: f64, sum: f64| {
                if size > 1.0 { 2.0 * weight / ((m + n) * (size - 1.0)) * sum } else { 0.0 }
            };
            let q = 2.0 / (m + n) * across - part(m, n, before) - part(n, m, within);
            if best.is_none_or(|best| q > best.q) {
                best = Some(Split { tau, kappa, q });
            }
        }
    }
    best
}

/// The change points of a series by repeated splitting, each kept if fewer than `alpha` of the shuffled segments split as well.
///
/// A segment of fewer than four values is left whole. p = (hits + 1)/(shuffles + 1).
///
/// # Errors
///
/// [`SampleError`] if a value is not finite.
///
/// # Panics
///
/// If there are more than 1000 values.
pub fn divisive(
    series: &[f64],
    alpha: f64,
    shuffles: u32,
    seed: u64,
) -> Result<Vec<usize>, SampleError> {
    require(series, 0)?;
    assert!(series.len() <= DIVISIVE_MOST, "{} values", series.len());
    let mut draws = Draws::seeded(seed);
    let mut changes = Vec::new();
    let mut open = vec![(0, series.len())];
    while let Some((from, to)) = open.pop() {
        if to - from < 4 {
            continue;
        }
        let Some(split) = best_split(&series[from..to])? else { continue };
        let mut shuffled = series[from..to].to_vec();
        let mut hits = 1;
        for _ in 0..shuffles {
            draws.shuffle(&mut shuffled);
            // A shuffle of the same values in another order of summing is a tie.
            hits += u32::from(split_of(&shuffled).is_some_and(|s| s.q >= split.q * (1.0 - 1e-12)));
        }
        if f64::from(hits) / f64::from(shuffles + 1) <= alpha {
            changes.push(from + split.tau);
            open.push((from, from + split.tau));
            open.push((from + split.tau, to));
        }
    }
    changes.sort_unstable();
    Ok(changes)
}

/// How far apart two samples are (Szekely & Rizzo), by all pairs, own ones included (V-form).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Energy {
    /// e = 2E|X-Y| - E|X-X'| - E|Y-Y'|.
    pub distance: f64,
    /// t = nm/(n+m) e.
    pub statistic: f64,
    /// h = e/(2E|X-Y|), from 0 to 1; 0 where all values are equal.
    pub share: f64,
}

/// The energy distance of two samples.
///
/// # Errors
///
/// [`SampleError`] if a sample is empty or a value not finite.
pub fn energy(first: &[f64], second: &[f64]) -> Result<Energy, SampleError> {
    require(first, 1)?;
    require(second, 1)?;
    let (x, y) = (crate::sample::sorted(first), crate::sample::sorted(second));
    let (n, m) = (x.len() as f64, y.len() as f64);
    let mut both = first.to_vec();
    both.extend_from_slice(second);
    let (xx, yy, all) = (spread(&x), spread(&y), spread(&crate::sample::sorted(&both)));
    let across = (all - xx - yy) / (n * m);
    let distance = (2.0 * across - 2.0 * xx / (n * n) - 2.0 * yy / (m * m)).max(0.0);
    let share = if across > 0.0 { distance / (2.0 * across) } else { 0.0 };
    Ok(Energy { distance, statistic: n * m / (n + m) * distance, share })
}

/// The sum of distances over all unordered pairs of ascending values.
fn spread(sorted: &[f64]) -> f64 {
    let (mut total, mut before) = (0.0, 0.0);
    for (count, value) in sorted.iter().enumerate() {
        total += count as f64 * value - before;
        before += value;
    }
    total
}
