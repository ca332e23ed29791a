//! Two candidates that share rounds: tests without a distribution, and what the rounds themselves look like
//! (METHODS.md A4 to A8).

use std::collections::BTreeMap;

use bakeoff_stats::anytime::{PriorVariance, ln_e_value, running_intersection};
use bakeoff_stats::autocorrelation::{effective_size, ljung_box};
use bakeoff_stats::bootstrap::{ROUNDS_LEAST, bootstrap};
use bakeoff_stats::change_point::{divisive, energy, noise_sd, optimal_partition};
use bakeoff_stats::comparison::{self, Comparison, Question, ROUNDS_NEEDED_MOST, Rounds, compare};
use bakeoff_stats::descriptive::outliers;
use bakeoff_stats::equivalence::two_one_sided;
use bakeoff_stats::hierarchy::{cheapest_counts, one_way};
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::rounds_for;
use bakeoff_stats::paired::{self, LogRatio, log_ratio};
use bakeoff_stats::permutation::smallest_p;
use bakeoff_stats::plan::{pilot_sd_upper, rounds_for_power};
use bakeoff_stats::rank::{CrossCheck, signed_rank};
use bakeoff_stats::trend::{mann_kendall, theil_sen};
use serde::{Deserialize, Serialize};

use super::super::cells::Pairs;
use super::{Asked, Costs, Place, limits};
use crate::metric::Direction;

/// What samples are drawn with: a second opinion is the same whenever it is asked for.
const SEED: u64 = 1;
/// Rounds from which a spread is a pilot to plan by (METHODS.md A6).
const PILOT_LEAST: usize = 6;
/// Rounds from which changes of level are sought, and up to which e-divisive and the bootstrap take no time to speak of.
const CHANGES_LEAST: usize = 8;
const RESAMPLED_MOST: usize = 200;
/// Resamples of the bootstrap, shuffles of e-divisive, and the share of them that may split as well.
const RESAMPLES: usize = 9_999;
const SHUFFLES: u32 = 999;
const SPLIT_BELOW: f64 = 0.05;
/// The power that planning asks for.
const POWER: f64 = 0.8;
/// Most lags that Ljung and Box's test looks at.
const LAGS_MOST: usize = 10;

/// What other methods say of one comparison: `a` against `b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondOpinion {
    /// The workload; empty for probes.
    pub workload: String,
    /// The load's label; empty for probes.
    pub load: String,
    /// The metric.
    pub metric: String,
    /// The candidate spoken of.
    pub a: String,
    /// The candidate it is compared with.
    pub b: String,
    /// Rounds in which both have a sealed trial.
    pub rounds: u32,
    /// Confidence of the intervals: the level of the verdict.
    pub level: f64,
    /// Two-sided p of the sign-flip test; never 0.
    pub sign_flip_p: f64,
    /// Whether all sign patterns were counted, or a sample of them.
    pub sign_flip_exact: bool,
    /// The smallest p that so many rounds can yield.
    pub sign_flip_p_least: f64,
    /// Two-sided p of Wilcoxon's signed ranks; `None` where no round differs.
    pub signed_rank_p: Option<f64>,
    /// Hodges-Lehmann estimate of a over b, in the metric's own direction.
    pub rank_ratio: f64,
    /// Lower limit by ranks; `None` where so few rounds bound nothing.
    pub rank_lower: Option<f64>,
    /// Upper limit by ranks.
    pub rank_upper: Option<f64>,
    /// Whether ranks lead to the verdict of the t interval of the same level; `None` where they bound
    /// nothing.
    pub agrees: Option<bool>,
    /// Lower limit of the plain t interval, which the ranks are held against.
    pub t_lower: Option<f64>,
    /// Upper limit of the plain t interval.
    pub t_upper: Option<f64>,
    /// Two-sided p of the paired t test; `None` where no round differs from another.
    pub t_p: Option<f64>,
    /// `t_p` by Holm's rule over all primary comparisons.
    pub holm_p: Option<f64>,
    /// `t_p` by Benjamini and Hochberg's rule: the share of false alarms among the alarms.
    pub false_discovery_p: Option<f64>,
    /// p of the two one-sided tests that the difference exceeds the margin: small speaks for equivalence.
    pub equivalence_p: Option<f64>,
    /// What holds whenever one had stopped; `None` where the intervals of the rounds do not meet.
    pub anytime: Option<Anytime>,
    /// Whether rounds remember the ones before them; `None` below four rounds.
    pub memory: Option<Memory>,
    /// Whether the ratio drifts; `None` below three rounds.
    pub drift: Option<Drift>,
    /// What going first does; `None` where nobody noted it or one always went first.
    pub going_first: Option<GoingFirst>,
    /// Rounds at which the ratio took another level, by optimal partition; from eight rounds on.
    pub changes: Vec<Change>,
    /// Rounds at which it did by e-divisive; from eight rounds to 200.
    pub changes_by_energy: Vec<u32>,
    /// Rounds whose ratio stands out by Tukey's fences. They are listed, never dropped.
    pub outliers: Vec<Outlier>,
    /// How many rounds a new run would need, these being its pilot; from six rounds on.
    pub planning: Option<Planning>,
    /// What builds add, where there are several of the same number of rounds.
    pub builds: Option<Builds>,
    /// The ratio of the arithmetic means, from 30 rounds to 200.
    pub means: Option<Means>,
}

/// The anytime-valid interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Anytime {
    /// Lower limit of the ratio, by the intersection of the intervals after every round; `None` where so few rounds bound
    /// nothing.
    pub lower: Option<f64>,
    /// Upper limit of the ratio.
    pub upper: Option<f64>,
    /// Natural logarithm of the e-value against no difference; `None` where no round differs from another.
    pub ln_e_value: Option<f64>,
}

/// How rounds resemble the ones before them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Memory {
    /// Lag-1 autocorrelation of the log ratios.
    pub lag1: f64,
    /// One-sided p of von Neumann's ratio; below 0.01 the interval of the verdict is widened.
    pub p: f64,
    /// How many independent rounds they are worth.
    pub effective_rounds: f64,
    /// p of Ljung and Box's test of the first lags.
    pub ljung_box_p: Option<f64>,
}

/// A trend, as a factor a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Drift {
    /// Theil and Sen's slope: the factor from one round to the next.
    pub per_round: f64,
    /// Its lower limit.
    pub lower: f64,
    /// Its upper limit.
    pub upper: f64,
    /// Two-sided p of Mann and Kendall's test.
    pub p: f64,
}

/// What going first does to the ratio, as a factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GoingFirst {
    /// The factor on a over b in rounds that a opened; its inverse in the others.
    pub factor: f64,
    /// Its lower limit.
    pub lower: Option<f64>,
    /// Its upper limit.
    pub upper: Option<f64>,
    /// Its two-sided p; `None` where nothing varies.
    pub p: Option<f64>,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    /// The first round of the new level.
    pub round: u32,
    /// How far apart the rounds before and after are by energy distance, 0 to 1.
    pub distance: f64,
}

/// A round that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Outlier {
    /// The round.
    pub round: u32,
    /// Whether it lies beyond three interquartile ranges, not only one and a half.
    pub far: bool,
}

/// Rounds for a new run, with the spread of these at its upper 80 % bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Planning {
    /// Until the interval of the same stop rule is no wider than the margin to either side; `None` beyond 10 000.
    pub for_margin: Option<u32>,
    /// Until a true difference of one margin is found four times out of five; `None` beyond 10 000.
    pub to_find_margin: Option<u32>,
}

/// What builds add to the variation of the log ratios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Builds {
    /// Pairs of builds.
    pub builds: u32,
    /// Share of the variance that lies between builds (intraclass correlation).
    pub share: f64,
    /// Lower limit of that share.
    pub lower: f64,
    /// Upper limit of that share.
    pub upper: f64,
    /// p of the analysis of variance; `None` where nothing varies within builds.
    pub p: Option<f64>,
    /// The cheapest number of rounds of each build, where costs are given; `None` where builds add nothing, so that one
    /// serves for all rounds.
    pub rounds_a_build: Option<u32>,
}

/// The ratio of the arithmetic means (of sums: of costs), by resampling rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Means {
    /// The ratio.
    pub ratio: f64,
    /// Lower `BCa` limit.
    pub lower: f64,
    /// Upper `BCa` limit.
    pub upper: f64,
}

/// `None` for fewer than two rounds, or a value that is zero.
pub(super) fn of(
    at: Place<'_>,
    [a, b]: [&str; 2],
    pairs: &Pairs,
    asked: &Asked<'_>,
) -> Option<SecondOpinion> {
    let differences = pairs.log_differences()?;
    let level = asked.analyst.primary_level;
    let plain = log_ratio(&pairs.a, &pairs.b, level).ok()?;
    let question = Question {
        direction: match asked.better {
            Direction::Lower => paired::Direction::Lower,
            Direction::Higher => paired::Direction::Higher,
        },
        margin: asked.margin,
        criticals: asked.analyst.primary_looks.declared(),
    };
    let leads = leads(pairs);
    let rounds = Rounds { a: &pairs.a, b: &pairs.b, a_first: leads.as_deref().unwrap_or(&[]) };
    let seconds = comparison::second_opinions(rounds, &question, SEED).ok()?;
    let compared = compare(rounds, &question).ok()?;
    let own = |log: f64, interval: Interval| match asked.better {
        Direction::Lower => (log, interval),
        Direction::Higher => (-log, interval.negated()),
    };
    let (rank, rank_interval) = own(seconds.rank.estimate, seconds.rank.interval);
    let [rank_lower, rank_upper] = limits(rank_interval);
    let [t_lower, t_upper] = limits(plain.interval);
    Some(SecondOpinion {
        workload: at.workload.to_owned(),
        load: at.load.to_owned(),
        metric: at.metric.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        rounds: differences.len() as u32,
        level: level.fraction(),
        sign_flip_p: seconds.sign_flip.p(),
        sign_flip_exact: seconds.sign_flip.is_exact,
        sign_flip_p_least: smallest_p(differences.len()),
        signed_rank_p: signed_rank(differences).ok().map(|test| test.p),
        rank_ratio: rank.exp(),
        rank_lower,
        rank_upper,
        agrees: match seconds.cross_check {
            CrossCheck::Agrees => Some(true),
            CrossCheck::OutlierSensitive => Some(false),
            CrossCheck::Impossible => None,
        },
        t_lower,
        t_upper,
        t_p: paired::mean(differences, level).ok().and_then(|mean| mean.p()),
        holm_p: None,
        false_discovery_p: None,
        equivalence_p: equivalence(&plain, asked.margin.delta()),
        anytime: anytime(differences, asked.analyst.prior, level),
        memory: remembered(differences, &compared),
        drift: drift(differences, level),
        going_first: compared.order.map(|effect| {
            let (log, interval) = own(effect.order, effect.interval);
            let [lower, upper] = limits(interval);
            GoingFirst { factor: log.exp(), lower, upper, p: effect.p }
        }),
        changes: changes(differences, &pairs.rounds),
        changes_by_energy: by_energy(differences, &pairs.rounds),
        outliers: outlying(differences, &pairs.rounds),
        planning: planning(&plain, asked),
        builds: builds(differences, pairs, level, asked.costs),
        means: means(pairs, level),
    })
}

/// Whether a went first, round by round; `None` where somebody did not note it.
fn leads(pairs: &Pairs) -> Option<Vec<bool>> {
    let noted = pairs.order.iter().all(|order| order.is_ne());
    noted.then(|| pairs.order.iter().map(|order| order.is_lt()).collect())
}

fn equivalence(plain: &LogRatio, delta: f64) -> Option<f64> {
    let bounds = Interval::new(-delta, delta).ok()?;
    let df = plain.rounds as f64 - 1.0;
    two_one_sided(plain.mean, plain.se, df, bounds).map(|tests| tests.p())
}

fn anytime(differences: &[f64], prior: PriorVariance, level: Level) -> Option<Anytime> {
    let interval = running_intersection(differences, prior, level).ok()??;
    let [lower, upper] = limits(interval);
    Some(Anytime { lower, upper, ln_e_value: ln_e_value(differences, 0.0, prior).ok()? })
}

fn remembered(differences: &[f64], compared: &Comparison) -> Option<Memory> {
    let memory = compared.memory?;
    let lags = (differences.len() / 4).clamp(1, LAGS_MOST);
    Some(Memory {
        lag1: memory.lag1,
        p: memory.p,
        effective_rounds: effective_size(differences).ok()?.values,
        ljung_box_p: ljung_box(differences, lags).ok().map(|test| test.p),
    })
}

/// The drift of logarithms; `None` below three of them.
pub(super) fn drift(logs: &[f64], level: Level) -> Option<Drift> {
    let slope = theil_sen(logs, level).ok()?;
    let interval = slope.interval.exp();
    Some(Drift {
        per_round: slope.per_step.exp(),
        lower: interval.lower(),
        upper: interval.upper(),
        p: mann_kendall(logs).ok()?.p(),
    })
    .filter(|drift| drift.upper.is_finite())
}

/// Optimal partition at 3 sigma^2 ln n (METHODS.md A8, A10).
fn changes(differences: &[f64], rounds: &[u32]) -> Vec<Change> {
    if differences.len() < CHANGES_LEAST {
        return Vec::new();
    }
    let count = differences.len() as f64;
    let Ok(sd) = noise_sd(differences) else { return Vec::new() };
    // Rounding is no noise, nor is it a change.
    let sd = sd.max(1e-9);
    let Ok(found) = optimal_partition(differences, 3.0 * sd * sd * count.ln()) else {
        return Vec::new();
    };
    let mut edges = vec![0];
    edges.extend(&found.changes);
    edges.push(differences.len());
    let change = |edges: &[usize]| {
        let distance = energy(&differences[edges[0]..edges[1]], &differences[edges[1]..edges[2]]);
        Some(Change { round: rounds[edges[1]], distance: distance.ok()?.share })
    };
    edges.windows(3).filter_map(change).collect()
}

fn by_energy(differences: &[f64], rounds: &[u32]) -> Vec<u32> {
    if !(CHANGES_LEAST..=RESAMPLED_MOST).contains(&differences.len()) {
        return Vec::new();
    }
    let found = divisive(differences, SPLIT_BELOW, SHUFFLES, SEED).unwrap_or_default();
    found.into_iter().map(|at| rounds[at]).collect()
}

fn outlying(differences: &[f64], rounds: &[u32]) -> Vec<Outlier> {
    let Ok(found) = outliers(differences) else { return Vec::new() };
    let listed = |at: &[usize], far: bool| -> Vec<Outlier> {
        at.iter().map(|at| Outlier { round: rounds[*at], far }).collect()
    };
    let mut all = [listed(&found.mild, false), listed(&found.severe, true)].concat();
    all.sort_by_key(|outlier| outlier.round);
    all
}

fn planning(pilot: &LogRatio, asked: &Asked<'_>) -> Option<Planning> {
    if pilot.rounds < PILOT_LEAST {
        return None;
    }
    let (delta, level) = (asked.margin.delta(), pilot.level);
    let sd = pilot_sd_upper(pilot.sd, pilot.rounds);
    let stopping = asked.analyst.primary_looks.stopping_anew();
    let rounds = |found: Option<usize>| found.map(|rounds| rounds as u32);
    Some(Planning {
        for_margin: rounds(rounds_for(&stopping, sd, delta, level, ROUNDS_NEEDED_MOST)),
        to_find_margin: rounds(rounds_for_power(
            pilot.sd,
            pilot.rounds,
            delta,
            POWER,
            level,
            ROUNDS_NEEDED_MOST,
        )),
    })
}

fn builds(
    differences: &[f64],
    pairs: &Pairs,
    level: Level,
    costs: Option<Costs>,
) -> Option<Builds> {
    let mut groups: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for (build, difference) in pairs.builds.iter().zip(differences) {
        groups.entry(*build).or_default().push(*difference);
    }
    let groups: Vec<Vec<f64>> = groups.into_values().collect();
    let found = one_way(&groups, level).ok()?;
    let cheapest = costs.and_then(|costs| {
        let variances = [found.within, found.group_variance];
        cheapest_counts(&variances, &[costs.round, costs.build])[0]
    });
    Some(Builds {
        builds: groups.len() as u32,
        share: found.icc,
        lower: found.icc_interval.lower(),
        upper: found.icc_interval.upper(),
        p: found.p,
        rounds_a_build: cheapest.map(|rounds| rounds as u32),
    })
}

fn means(pairs: &Pairs, level: Level) -> Option<Means> {
    if !(ROUNDS_LEAST..=RESAMPLED_MOST).contains(&pairs.a.len()) {
        return None;
    }
    let sum = |values: &[f64], rows: &[usize]| rows.iter().map(|row| values[*row]).sum::<f64>();
    let ratio = |rows: &[usize]| sum(&pairs.a, rows) / sum(&pairs.b, rows);
    let found = bootstrap(pairs.a.len(), RESAMPLES, SEED, level, ratio).ok()?;
    Some(Means { ratio: found.estimate, lower: found.bca.lower(), upper: found.bca.upper() })
}
