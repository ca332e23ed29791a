//! Whether a series drifts: Mann-Kendall's test and the Theil-Sen slope (METHODS.md A8).

use crate::distributions::normal;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{SampleError, require};

/// Longest series without ties whose p-value is exact.
const EXACT_MOST: usize = 40;
/// Longest series all of whose pairwise slopes are taken.
const SLOPES_MOST: usize = 1000;

/// Mann-Kendall's test of a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Pairs that rise less pairs that fall.
    pub s: f64,
    /// Variance of S without a trend, ties allowed for.
    pub variance: f64,
    /// S in standard deviations, with continuity correction.
    pub z: f64,
    /// S over the number of pairs, from -1 to 1.
    pub tau: f64,
    /// Two-sided p by the normal approximation.
    pub p_normal: f64,
    /// Two-sided p, exact; only for up to 40 values without ties.
    pub p_exact: Option<f64>,
}

impl Trend {
    /// The p-value to use: exact where there is one.
    pub fn p(&self) -> f64 {
        self.p_exact.unwrap_or(self.p_normal)
    }
}

/// Mann-Kendall's test of the series in the order measured, in time n log n. Without variation there is no trend: p = 1.
///
/// # Errors
///
/// [`SampleError`] for fewer than three values or values not finite.
pub fn mann_kendall(series: &[f64]) -> Result<Trend, SampleError> {
    mann_kendall_sorting(&mut series.to_vec())
}

/// As [`mann_kendall`], of a series that is in ascending order afterwards: for thousands of series that must be sorted for
/// something else too. Where it fails the series is left alone.
///
/// # Errors
///
/// As [`mann_kendall`].
pub fn mann_kendall_sorting(series: &mut [f64]) -> Result<Trend, SampleError> {
    require(series, 3)?;
    let mut scratch = vec![0.0; series.len()];
    let falls = sort_counting_falls(series, &mut scratch);
    let n = series.len() as f64;
    let (mut tied_pairs, mut tied_variance) = (0.0, 0.0);
    for run in series.chunk_by(|a, b| a == b) {
        let t = run.len() as f64;
        tied_pairs += t * (t - 1.0) / 2.0;
        tied_variance += t * (t - 1.0) * (2.0 * t + 5.0);
    }
    let pairs = n * (n - 1.0) / 2.0;
    let s = pairs - tied_pairs - 2.0 * falls as f64;
    let variance = ((n * (n - 1.0) * (2.0 * n + 5.0) - tied_variance) / 18.0).max(0.0);
    let z = if s == 0.0 || variance == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
    let exact = tied_pairs == 0.0 && series.len() <= EXACT_MOST;
    Ok(Trend {
        s,
        variance,
        z,
        tau: s / pairs,
        p_normal: (2.0 * normal::sf(z.abs())).min(1.0),
        p_exact: exact.then(|| exact_p(series.len(), falls.min(pairs as u64 - falls) as usize)),
    })
}

/// Mann-Kendall's test within groups, each in the order measured: S and its variance are summed over the groups (Hirsch,
/// Slack & Smith 1982), so that what sets one group apart from another is no trend. Groups of fewer than three say nothing;
/// `None` where there are no others.
pub fn mann_kendall_within(groups: &[Vec<f64>]) -> Option<Trend> {
    let tests: Vec<Trend> = groups.iter().filter_map(|group| mann_kendall(group).ok()).collect();
    let s: f64 = tests.iter().map(|test| test.s).sum();
    let variance: f64 = tests.iter().map(|test| test.variance).sum();
    let pairs: f64 = groups
        .iter()
        .map(|group| group.len() as f64)
        .filter(|n| *n >= 3.0)
        .map(|n| n * (n - 1.0) / 2.0)
        .sum();
    let z = if s == 0.0 || variance == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
    let p_normal = (2.0 * normal::sf(z.abs())).min(1.0);
    (!tests.is_empty()).then_some(Trend { s, variance, z, tau: s / pairs, p_normal, p_exact: None })
}

/// Values up to so many are sorted by insertion.
const INSERTED_MOST: usize = 16;

/// Merge sort that counts the pairs out of order on the way (Knight 1966).
fn sort_counting_falls(values: &mut [f64], scratch: &mut [f64]) -> u64 {
    let n = values.len();
    if n <= INSERTED_MOST {
        return insert_counting_falls(values);
    }
    let middle = n / 2;
    let mut falls = sort_counting_falls(&mut values[..middle], &mut scratch[..middle])
        + sort_counting_falls(&mut values[middle..], &mut scratch[middle..]);
    let (mut left, mut right, mut at) = (0, middle, 0);
    // Which half is next is a coin's toss to the processor: arithmetic on the answer, and no branch.
    while left < middle && right < n {
        let falling = usize::from(values[left] > values[right]);
        let next = left + falling * (right - left);
        scratch[at] = values[next];
        falls += (falling * (middle - left)) as u64;
        left += 1 - falling;
        right += falling;
        at += 1;
    }
    // What is left of the second half lies where it belongs; what is left of the first goes behind all else.
    values.copy_within(left..middle, at);
    values[..at].copy_from_slice(&scratch[..at]);
    falls
}

fn insert_counting_falls(values: &mut [f64]) -> u64 {
    let mut falls = 0;
    for end in 1..values.len() {
        let value = values[end];
        let mut at = end;
        while at > 0 && values[at - 1] > value {
            values[at] = values[at - 1];
            at -= 1;
        }
        values[at] = value;
        falls += (end - at) as u64;
    }
    falls
}

/// Twice the probability of at most so many inversions in a random permutation (Kendall 1938).
fn exact_p(n: usize, inversions: usize) -> f64 {
    let mut ways = vec![0.0; inversions + 1];
    ways[0] = 1.0;
    let mut next = ways.clone();
    for size in 2..=n {
        let mut window = 0.0;
        for k in 0..=inversions {
            window += ways[k];
            if k >= size {
                window -= ways[k - size];
            }
            // A probability from the start, so that n! never overflows.
            next[k] = window / size as f64;
        }
        std::mem::swap(&mut ways, &mut next);
    }
    (2.0 * ways.iter().sum::<f64>()).clamp(f64::MIN_POSITIVE, 1.0)
}

/// The median of all pairwise slopes, with its interval (Theil 1950, Sen 1968).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Change per step.
    pub per_step: f64,
    /// Its interval by Kendall's variance.
    pub interval: Interval,
}

/// The Theil-Sen slope per step of the series. Beyond 1000 values neighbours are first gathered into medians, which bounds the time.
///
/// # Errors
///
/// [`SampleError`] for fewer than three values or values not finite.
pub fn theil_sen(series: &[f64], level: Level) -> Result<Slope, SampleError> {
    require(series, 3)?;
    let width = series.len().div_ceil(SLOPES_MOST);
    let points: Vec<f64> = series
        .chunks_exact(width)
        .map(|chunk| {
            let mut chunk = chunk.to_vec();
            chunk.sort_by(f64::total_cmp);
            f64::midpoint(chunk[(width - 1) / 2], chunk[width / 2])
        })
        .collect();
    let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    for (i, first) in points.iter().enumerate() {
        for (j, second) in points.iter().enumerate().skip(i + 1) {
            slopes.push((second - first) / ((j - i) * width) as f64);
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let count = slopes.len();
    let spread = -normal::quantile(level.alpha() / 2.0) * mann_kendall(&points)?.variance.sqrt();
    // Ranks by Sen (1968), rounded as scipy.stats.theilslopes does, counted here from 0.
    let low = ((count as f64 - spread) / 2.0).round_ties_even().max(1.0) as usize - 1;
    let high = f64::midpoint(count as f64, spread).round_ties_even() as usize;
    let (low, high) = (low.min(count - 1), high.min(count - 1));
    let per_step = f64::midpoint(slopes[(count - 1) / 2], slopes[count / 2]);
    if !(slopes[0].is_finite() && slopes[count - 1].is_finite()) {
        return Err(SampleError::Overflow);
    }
    let (lower, upper) = (slopes[low].min(slopes[high]), slopes[high].max(slopes[low]));
    Ok(Slope { per_step, interval: Interval::new(lower, upper).unwrap_or(Interval::UNBOUNDED) })
}
