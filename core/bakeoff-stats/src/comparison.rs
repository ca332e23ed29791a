//! One metric of two candidates, from raw rounds to a verdict with its caveats: everything `analyse` says of a pair.

use crate::autocorrelation::{Memory, memory_about};
use crate::interval::Interval;
use crate::level::Level;
use crate::look::{Criticals, Look};
use crate::order::{OrderEffect, order_effect};
use crate::paired::{Direction, log_differences, mean};
use crate::permutation::{SignFlip, sign_flip};
use crate::rank::{CrossCheck, HodgesLehmann, cross_check, hodges_lehmann};
use crate::sample::{self, SampleError};
use crate::trend::{Trend, mann_kendall_sorting};
use crate::verdict::{Judgement, Margin, judge, rounds_to_settle};

/// The p below which a trend in the ratios blocks a verdict, and an order effect is worth a note. With many comparisons a
/// larger one would block something in most runs.
pub const FLAG_BELOW: f64 = 0.01;
/// The most rounds that are ever said to settle a verdict.
pub const ROUNDS_NEEDED_MOST: usize = 10_000;

/// Sign patterns sampled where not all are counted: fewer the more rounds there are, within these limits.
const SAMPLES_MOST: usize = 9_999;
const SAMPLES_LEAST: usize = 999;
/// Signs drawn in all, by which the number of patterns is found.
const SIGNS_MOST: usize = 5_000_000;

/// The rounds of a pair, in the order measured. The three series have one entry a round.
#[derive(Clone, Copy, Debug)]
pub struct Rounds<'a> {
    /// The metric of the candidate spoken of, in any one unit, above zero.
    pub a: &'a [f64],
    /// The metric of the other, in the same unit.
    pub b: &'a [f64],
    /// Whether the first of the pair went first; empty if nobody noted it.
    pub a_first: &'a [bool],
}

/// What is asked of a pair; declared before the data.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Which way is better.
    pub direction: Direction,
    /// The difference that matters.
    pub margin: Margin,
    /// Stopping rule and level, with their critical values.
    pub criticals: &'a Criticals,
}

/// The answer. "Log scale" is ln(A/B) of the metric turned so that lower is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Rounds measured.
    pub rounds: usize,
    /// A over B in the metric's own direction: of throughput, above 1 speaks for A.
    pub ratio: f64,
    /// The interval of that ratio.
    pub interval: Interval,
    /// Mean, spread and interval, log scale; the interval already allows for memory.
    pub look: Look,
    /// The verdict on A.
    pub judgement: Judgement,
    /// Rounds that would probably settle the verdict in a run declared with so many; `None` if it is settled, or that would
    /// take more than 10 000.
    pub rounds_needed: Option<usize>,
    /// Whether rounds resemble the ones before them; `None` below four rounds.
    pub memory: Option<Memory>,
    /// The trend of the log ratios; `None` below three rounds.
    pub trend: Option<Trend>,
    /// The effect of going first; `None` where it was not noted or one always did.
    pub order: Option<OrderEffect>,
    /// The log differences in ascending order, for what goes by ranks.
    pub ascending: Vec<f64>,
    /// A trend that pairing did not cancel: the verdict must not be used (METHODS.md A8).
    pub is_blocked: bool,
}

/// Compares A with B.
///
/// # Errors
///
/// [`SampleError`] for fewer than two rounds, series of unequal length, or values not finite or not above zero.
pub fn compare(rounds: Rounds<'_>, question: &Question<'_>) -> Result<Comparison, SampleError> {
    compare_differences(&turned(rounds, question.direction)?, rounds.a_first, question)
}

/// As [`compare`], from log differences at hand, turned so that lower is better: for thousands of pairs of the same
/// few candidates, whose logarithms need taking only once.
///
/// # Errors
///
/// [`SampleError`] for fewer than two differences or values not finite.
pub fn compare_differences(
    differences: &[f64],
    a_first: &[bool],
    question: &Question<'_>,
) -> Result<Comparison, SampleError> {
    let look = question.criticals.look(differences)?;
    sample::require(differences, 2)?;
    let all = look.moments.count == differences.len();
    let centre = if all { look.moments.mean } else { sample::mean(differences) };
    let memory = memory_about(differences, centre).ok();
    let inflation = memory.map_or(1.0, |memory| memory.inflation);
    let look = look.inflated(inflation);
    let judgement = judge(look.interval, question.margin);
    let needed = || {
        let (centre, sd) = (look.moments.mean, look.moments.sd * inflation);
        let critical = |rounds: usize| question.criticals.if_declared(rounds);
        rounds_to_settle(centre, sd, question.margin, ROUNDS_NEEDED_MOST, critical)
    };
    let mut ascending = differences.to_vec();
    let trend = mann_kendall_sorting(&mut ascending).ok();
    if trend.is_none() {
        ascending.sort_by(f64::total_cmp);
    }
    let (log, interval) = match question.direction {
        Direction::Lower => (look.moments.mean, look.interval),
        Direction::Higher => (-look.moments.mean, look.interval.negated()),
    };
    Ok(Comparison {
        rounds: differences.len(),
        ratio: log.exp(),
        interval: interval.exp(),
        look,
        judgement,
        rounds_needed: if judgement.verdict.is_settled() { None } else { needed() },
        memory,
        trend,
        order: order_of(differences, a_first, question.criticals.level())?,
        ascending,
        is_blocked: trend.is_some_and(|trend| trend.p() < FLAG_BELOW),
    })
}

/// The second opinions of the appendix (METHODS.md A4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SecondOpinions {
    /// The sign-flip test.
    pub sign_flip: SignFlip,
    /// The Hodges-Lehmann interval, log scale.
    pub rank: HodgesLehmann,
    /// Whether it leads to the verdict of the t interval.
    pub cross_check: CrossCheck,
}

/// Asks for second opinions on the same rounds. `seed` matters beyond 20 rounds only.
///
/// Like is held against like: the rank interval against the plain t interval of the same level, whatever interval the
/// stopping rule or memory calls for. Otherwise its being narrower would pass for sensitivity to outliers.
///
/// Beyond 20 rounds this takes about a millisecond: ask for the comparisons that are shown, not for all.
///
/// # Errors
///
/// [`SampleError`] as [`compare`].
pub fn second_opinions(
    rounds: Rounds<'_>,
    question: &Question<'_>,
    seed: u64,
) -> Result<SecondOpinions, SampleError> {
    let differences = turned(rounds, question.direction)?;
    let level = question.criticals.level();
    let rank = hodges_lehmann(&differences, level)?;
    let plain = judge(mean(&differences, level)?.interval, question.margin).verdict;
    let samples = (SIGNS_MOST / differences.len().max(1)).clamp(SAMPLES_LEAST, SAMPLES_MOST);
    Ok(SecondOpinions {
        sign_flip: sign_flip(&differences, samples as u32, seed)?,
        rank,
        cross_check: cross_check(plain, rank.interval, question.margin),
    })
}

/// The log differences, turned so that lower is better.
fn turned(rounds: Rounds<'_>, direction: Direction) -> Result<Vec<f64>, SampleError> {
    match direction {
        Direction::Lower => log_differences(rounds.a, rounds.b),
        Direction::Higher => log_differences(rounds.b, rounds.a),
    }
}

fn order_of(
    differences: &[f64],
    a_first: &[bool],
    level: Level,
) -> Result<Option<OrderEffect>, SampleError> {
    if a_first.is_empty() {
        return Ok(None);
    }
    if a_first.len() != differences.len() {
        let (first, second) = (differences.len(), a_first.len());
        return Err(SampleError::Unequal { first, second });
    }
    let opened = |a: bool| -> Vec<f64> {
        let rounds = differences.iter().zip(a_first);
        rounds.filter(|(_, first)| **first == a).map(|(d, _)| *d).collect()
    };
    Ok(order_effect(&opened(true), &opened(false), level).ok())
}
