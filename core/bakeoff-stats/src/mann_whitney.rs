//! Two samples without rounds by ranks: Mann-Whitney's test, exact with ties, and the shift with its interval (METHODS.md A4).

use crate::distributions::normal;
use crate::interval::Interval;
use crate::level::Level;
use crate::rank::doubled_midranks;
use crate::sample::{SampleError, require, sorted};
use crate::selection::difference;

/// Most values, both samples together, for which all relabellings are counted.
const EXACT_MOST: usize = 80;

/// Mann-Whitney's test of two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the first exceeds the second, ties counted half.
    pub u: f64,
    /// The same with the samples swapped.
    pub u_other: f64,
    /// Two-sided p over all relabellings of the pooled values, ties included; up to 80 values.
    pub p_exact: Option<f64>,
    /// Two-sided p by the normal distribution, corrected for ties and continuity; 1 where nothing varies.
    pub p_normal: f64,
}

impl MannWhitney {
    /// The p-value to use: exact where there is one.
    pub fn p(&self) -> f64 {
        self.p_exact.unwrap_or(self.p_normal)
    }
}

/// The smallest two-sided p that two samples of these sizes without ties can yield: 2/C(n1 + n2, n1).
pub fn smallest_p(n1: usize, n2: usize) -> f64 {
    let orders = (1..=n1).fold(1.0, |product, k| product * (n2 + k) as f64 / k as f64);
    (2.0 / orders).min(1.0)
}

/// The Mann-Whitney test.
///
/// # Errors
///
/// [`SampleError`] if a sample is empty or a value not finite.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<MannWhitney, SampleError> {
    require(first, 1)?;
    require(second, 1)?;
    let mut pooled: Vec<(f64, bool)> = first.iter().map(|value| (*value, true)).collect();
    pooled.extend(second.iter().map(|value| (*value, false)));
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    let values: Vec<f64> = pooled.iter().map(|(value, _)| *value).collect();
    let doubled = doubled_midranks(&values, |value| value);
    let sum: usize =
        pooled.iter().zip(&doubled).filter(|((_, own), _)| *own).map(|(_, rank)| rank).sum();
    let (n1, n2) = (first.len(), second.len());
    let doubled_u = sum - n1 * (n1 + 1);
    let u = doubled_u as f64 / 2.0;
    let p_exact = (values.len() <= EXACT_MOST).then(|| exact_p(&doubled, n1, sum));
    let p_normal = normal_p(&values, n1, n2, u);
    Ok(MannWhitney { u, u_other: (n1 * n2) as f64 - u, p_exact, p_normal })
}

/// Twice the smaller tail of the rank sum over all choices of `size` ranks.
fn exact_p(doubled: &[usize], size: usize, observed: usize) -> f64 {
    let most: usize = doubled.iter().rev().take(size).sum();
    // ways[k][s]: choices of k ranks with sum s.
    let mut ways = vec![vec![0.0; most + 1]; size + 1];
    ways[0][0] = 1.0;
    for &rank in doubled {
        for k in (1..=size).rev() {
            let (smaller, larger) = ways.split_at_mut(k);
            let from = &smaller[k - 1];
            for sum in rank..=most {
                larger[0][sum] += from[sum - rank];
            }
        }
    }
    let total: f64 = ways[size].iter().sum();
    let lower: f64 = ways[size][..=observed].iter().sum();
    let upper: f64 = ways[size][observed..].iter().sum();
    (2.0 * lower.min(upper) / total).min(1.0)
}

fn normal_p(sorted: &[f64], n1: usize, n2: usize, u: f64) -> f64 {
    let (n, product) = (sorted.len() as f64, n1 as f64 * n2 as f64);
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let t = run.len() as f64;
            t * t * t - t
        })
        .sum();
    let variance = product / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((u - product / 2.0).abs() - 0.5).max(0.0);
    (2.0 * normal::sf(distance / variance.sqrt())).min(1.0)
}

/// The median of the pairwise differences with its interval from the distribution of U.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// By how much the first exceeds the second.
    pub estimate: f64,
    /// The interval; unbounded where so few values cannot reach the level.
    pub interval: Interval,
    /// The confidence achieved, at least the level.
    pub achieved: f64,
}

/// The shift of the first sample against the second.
///
/// # Errors
///
/// [`SampleError`] if a sample is empty or a value not finite.
pub fn shift(first: &[f64], second: &[f64], level: Level) -> Result<Shift, SampleError> {
    require(first, 1)?;
    require(second, 1)?;
    let (x, y) = (sorted(first), sorted(second));
    let pairs = (x.len() * y.len()) as u64;
    let (rank, achieved) = lower_rank(x.len(), y.len(), level);
    let estimate =
        f64::midpoint(difference(&x, &y, pairs.div_ceil(2)), difference(&x, &y, pairs / 2 + 1));
    let interval = if rank == 0 {
        Interval::UNBOUNDED
    } else {
        let limits = [rank, pairs + 1 - rank].map(|rank| difference(&x, &y, rank));
        Interval::new(limits[0], limits[1]).unwrap_or(Interval::UNBOUNDED)
    };
    Ok(Shift { estimate, interval, achieved })
}

/// The smallest c with P(U <= c) > alpha/2, and the confidence that the limits of that rank reach.
fn lower_rank(n1: usize, n2: usize, level: Level) -> (u64, f64) {
    let tail = level.alpha() / 2.0;
    if n1 + n2 > EXACT_MOST {
        let product = n1 as f64 * n2 as f64;
        let sd = (product * (n1 + n2 + 1) as f64 / 12.0).sqrt();
        let rank = (product / 2.0 + normal::quantile(tail) * sd).round().max(0.0);
        return (rank as u64, level.fraction());
    }
    let chances = u_chances(n1, n2);
    let (mut rank, mut below) = (0, 0.0);
    while rank < chances.len() && below + chances[rank] <= tail {
        below += chances[rank];
        rank += 1;
    }
    (rank as u64, 1.0 - 2.0 * below)
}

/// The distribution of U without ties: the coefficients of the Gaussian binomial (Mann & Whitney 1947).
fn u_chances(n1: usize, n2: usize) -> Vec<f64> {
    let most = n1 * n2;
    let mut chances = vec![0.0; most + 1];
    chances[0] = 1.0;
    for k in 1..=n1 {
        // Times (1 - q^(n2 + k)), then divided by (1 - q^k), each scaled to stay a probability.
        for sum in (n2 + k..=most).rev() {
            chances[sum] -= chances[sum - n2 - k];
        }
        for sum in k..=most {
            chances[sum] += chances[sum - k];
        }
        let scale = k as f64 / (n2 + k) as f64;
        for chance in &mut chances {
            *chance *= scale;
        }
    }
    chances
}
