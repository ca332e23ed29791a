//! Paired comparison by ranks: Wilcoxon's signed-rank test and the Hodges-Lehmann interval (METHODS.md A4).

use crate::distributions::normal;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{SampleError, require, sorted};
use crate::selection::{walsh_average, walsh_count};
use crate::verdict::{Margin, Verdict, judge};

/// Most differences for which the distribution of V is counted out.
const EXACT_MOST: usize = 100;

/// Wilcoxon's signed-rank test against zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of the positive differences; ties share their mean rank, zeros are left out.
    pub v: f64,
    /// One-sided p against differences that tend to be positive.
    pub p_greater: f64,
    /// Two-sided p; 1 where all differences are zero.
    pub p: f64,
    /// Whether p was counted out (up to 100 differences, ties allowed for) or approximated by the normal distribution.
    pub is_exact: bool,
}

/// The signed-rank test.
///
/// # Errors
///
/// [`SampleError`] if there is no difference or one is not finite.
pub fn signed_rank(differences: &[f64]) -> Result<SignedRank, SampleError> {
    require(differences, 1)?;
    let mut nonzero: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    nonzero.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Doubled, so that the mean rank of a tie is a whole number.
    let doubled = doubled_midranks(&nonzero, f64::abs);
    let observed: usize =
        nonzero.iter().zip(&doubled).filter(|(d, _)| **d > 0.0).map(|(_, rank)| rank).sum();
    let all: usize = doubled.iter().sum();
    let is_exact = nonzero.len() <= EXACT_MOST;
    let (p_greater, p_less) = if is_exact {
        let chances = subset_sums(&doubled, all);
        (chances[observed..].iter().sum(), chances[..=observed].iter().sum())
    } else {
        let variance = doubled.iter().map(|rank| (rank * rank) as f64).sum::<f64>() / 4.0;
        let centred = observed as f64 - all as f64 / 2.0;
        // Continuity: half a rank, doubled.
        let tail = |distance: f64| normal::sf((distance - 1.0) / variance.sqrt());
        (tail(centred), tail(-centred))
    };
    let p = (2.0 * f64::min(p_greater, p_less)).min(1.0);
    Ok(SignedRank { v: observed as f64 / 2.0, p_greater: p_greater.min(1.0), p, is_exact })
}

/// Twice the mean rank of each of the ascending values.
pub(crate) fn doubled_midranks(ascending: &[f64], key: impl Fn(f64) -> f64) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(ascending.len());
    for run in ascending.chunk_by(|a, b| key(*a) == key(*b)) {
        let before = ranks.len();
        ranks.extend(std::iter::repeat_n(2 * before + run.len() + 1, run.len()));
    }
    ranks
}

/// The chances that a random subset has each sum, every member being in with probability one half.
fn subset_sums(members: &[usize], all: usize) -> Vec<f64> {
    let mut chances = vec![0.0; all + 1];
    chances[0] = 1.0;
    let mut reached = 0;
    for &member in members {
        reached += member;
        for sum in (0..=reached).rev() {
            let with = if sum >= member { chances[sum - member] } else { 0.0 };
            chances[sum] = f64::midpoint(chances[sum], with);
        }
    }
    chances
}

/// The median of the Walsh averages with its exact interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HodgesLehmann {
    /// The pseudomedian.
    pub estimate: f64,
    /// Its interval; unbounded where so few differences cannot reach the level.
    pub interval: Interval,
    /// Rank of the lower limit among the Walsh averages, from 1; 0 if unbounded.
    pub rank: u64,
    /// The confidence achieved, at least the level.
    pub achieved: f64,
}

/// The Hodges-Lehmann estimate and interval: limits W_(c) and W_(Q+1-c), c the smallest with P(V <= c) > alpha/2.
///
/// # Errors
///
/// [`SampleError`] if there is no difference or one is not finite.
pub fn hodges_lehmann(differences: &[f64], level: Level) -> Result<HodgesLehmann, SampleError> {
    require(differences, 1)?;
    let sorted = sorted(differences);
    let n = sorted.len() as u64;
    let pairs = n * (n + 1) / 2;
    let (rank, achieved) = lower_rank(sorted.len(), level);
    let estimate = f64::midpoint(
        walsh_average(&sorted, pairs.div_ceil(2)),
        walsh_average(&sorted, pairs / 2 + 1),
    );
    let interval = if rank == 0 {
        Interval::UNBOUNDED
    } else {
        let limits = [rank, pairs + 1 - rank].map(|rank| walsh_average(&sorted, rank));
        Interval::new(limits[0], limits[1]).unwrap_or(Interval::UNBOUNDED)
    };
    Ok(HodgesLehmann { estimate, interval, rank, achieved })
}

fn lower_rank(n: usize, level: Level) -> (u64, f64) {
    let tail = level.alpha() / 2.0;
    if n > EXACT_MOST {
        let n = n as f64;
        let sd = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt();
        let rank = (n * (n + 1.0) / 4.0 + normal::quantile(tail) * sd).round().max(0.0);
        return (rank as u64, level.fraction());
    }
    let ranks: Vec<usize> = (1..=n).collect();
    let chances = subset_sums(&ranks, n * (n + 1) / 2);
    let (mut rank, mut below) = (0, 0.0);
    while rank < chances.len() && below + chances[rank] <= tail {
        below += chances[rank];
        rank += 1;
    }
    (rank as u64, 1.0 - 2.0 * below)
}

/// What the rank interval says of a verdict drawn from the t interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossCheck {
    /// The same.
    Agrees,
    /// Something else: a few outlying rounds decide, so the honest verdict is inconclusive (outlier-sensitive).
    OutlierSensitive,
    /// Nothing, since so few rounds bound no rank interval.
    Impossible,
}

/// Whether a verdict survives the rank interval of the same differences at the same margin (METHODS.md A4).
pub fn cross_check(verdict: Verdict, rank: Interval, margin: Margin) -> CrossCheck {
    if !rank.is_bounded() {
        CrossCheck::Impossible
    } else if judge(rank, margin).verdict == verdict {
        CrossCheck::Agrees
    } else {
        CrossCheck::OutlierSensitive
    }
}

/// Which Walsh averages bound the rank interval of `count` differences: the same for every such sample, so worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankLimits {
    count: usize,
    rank: u64,
}

impl RankLimits {
    /// The limits for so many differences at a level.
    pub fn of(count: usize, level: Level) -> Self {
        Self { count, rank: lower_rank(count, level).0 }
    }

    /// Whether the rank interval of differences in ascending order leads to this verdict by the table of METHODS.md A5;
    /// `None` where it is unbounded.
    ///
    /// The same answer as judging [`hodges_lehmann`]'s interval, by counting Walsh averages on either side of the margins
    /// instead of finding the limits: one to four passes instead of a search.
    ///
    /// # Panics
    ///
    /// If the number of differences is another one.
    pub fn agrees(self, ascending: &[f64], verdict: Verdict, margin: Margin) -> Option<bool> {
        assert_eq!(ascending.len(), self.count, "limits for another number of differences");
        if self.rank == 0 {
            return None;
        }
        let n = self.count as u64;
        let upper_rank = n * (n + 1) / 2 + 1 - self.rank;
        let delta = margin.delta();
        let below = |bound: f64| bound.next_down();
        let lower_above = |bound: f64| walsh_count(ascending, bound) < self.rank;
        let upper_up_to = |bound: f64| walsh_count(ascending, bound) >= upper_rank;
        let is_within = || lower_above(below(-delta)) && upper_up_to(delta);
        Some(match verdict {
            Verdict::Better => upper_up_to(below(-delta)),
            Verdict::Worse => lower_above(delta),
            Verdict::Equivalent => is_within(),
            Verdict::BetterSizeUnclear => {
                upper_up_to(below(0.0)) && !upper_up_to(below(-delta)) && !is_within()
            }
            Verdict::WorseSizeUnclear => lower_above(0.0) && !lower_above(delta) && !is_within(),
            Verdict::Inconclusive => !upper_up_to(below(0.0)) && !lower_above(0.0) && !is_within(),
        })
    }
}
