//! One candidate against another on one metric (METHODS.md A4, A5).

use std::cell::RefCell;
use std::collections::BTreeMap;

use bakeoff_stats::anytime::PriorVariance;
use bakeoff_stats::autocorrelation;
use bakeoff_stats::hierarchy::{self, Unit};
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{IntervalKind, PLANNED_LOOKS, Stopping};
use bakeoff_stats::paired;
use bakeoff_stats::rank::RankLimits;
use bakeoff_stats::sample::Moments;
use bakeoff_stats::trend::mann_kendall;
use bakeoff_stats::verdict::{Margin, Verdict, judge, rounds_to_settle};

use super::cells::Pairs;
use crate::metric::Direction;
use crate::trials::Design;

/// Rounds beyond which "more rounds" is no advice.
const ROUNDS_MOST: usize = 10_000;
/// The p below which a trend of the differences blocks a verdict.
pub(super) const TREND_P: f64 = 0.01;

/// What a pair's numbers say, before anything is known of the rig.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Compared {
    pub(super) rounds: usize,
    /// ln(a/b), in the metric's own direction.
    pub(super) mean: f64,
    pub(super) interval: Option<Interval>,
    pub(super) kind: &'static str,
    pub(super) verdict: Verdict,
    pub(super) rounds_needed: Option<u32>,
    pub(super) notes: Vec<String>,
    /// p of the paired t test, where there is one.
    pub(super) p: Option<f64>,
    /// p of a trend in the differences, where they have one.
    pub(super) trend_p: Option<f64>,
    pub(super) a_mean: f64,
    pub(super) b_mean: f64,
}

/// How a pair is to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'d> {
    pub(super) stopping: &'d Stopping,
    pub(super) prior: PriorVariance,
    pub(super) level: Level,
    pub(super) margin: Margin,
    pub(super) better: Direction,
    pub(super) exact: bool,
    pub(super) ranks: &'d Ranks,
}

/// Limits of rank intervals, kept by number of rounds and level: finding them costs more than using
/// them a thousand times.
#[derive(Debug, Default)]
pub(super) struct Ranks(RefCell<BTreeMap<(usize, u64), RankLimits>>);

impl Ranks {
    /// What the rank interval says, lower being better.
    fn verdict(&self, differences: &[f64], rules: Rules<'_>) -> Option<Verdict> {
        let key = (differences.len(), rules.level.alpha().to_bits());
        let limits = *self
            .0
            .borrow_mut()
            .entry(key)
            .or_insert_with(|| RankLimits::of(differences.len(), rules.level));
        match rules.better {
            Direction::Lower => limits.verdict(differences, rules.margin),
            Direction::Higher => {
                let negated: Vec<f64> = differences.iter().map(|d| -d).collect();
                limits.verdict(&negated, rules.margin)
            }
        }
    }
}

/// The stop rule of a design.
pub(super) fn stopping(design: &Design, prior: PriorVariance) -> Stopping {
    let rounds = design.stop.rounds.map_or(usize::MAX, |rounds| rounds as usize);
    match design.stop.kind.as_str() {
        "anytime" => Stopping::Anytime { prior },
        "planned" if design.stop.looks.is_empty() => {
            Stopping::Planned { looks: PLANNED_LOOKS.to_vec() }
        }
        "planned" => Stopping::Planned {
            looks: design.stop.looks.iter().map(|look| *look as usize).collect(),
        },
        "precision" => {
            Stopping::Precision { half_width: design.stop.half_width.unwrap_or(0.05).ln_1p() }
        }
        _ => Stopping::Fixed { rounds },
    }
}

/// Compares; the error says why there is no ratio.
pub(super) fn compare(pairs: &Pairs, rules: Rules<'_>) -> Result<Compared, String> {
    if pairs.a.is_empty() {
        return Err("no round has both".to_owned());
    }
    if rules.exact {
        return exact(pairs, rules);
    }
    if pairs.a.iter().chain(&pairs.b).any(|value| *value <= 0.0) {
        return Err("a value is zero, so there is no ratio".to_owned());
    }
    let differences = paired::log_differences(&pairs.a, &pairs.b).map_err(|e| e.to_string())?;
    let (a_mean, b_mean) = (geometric_mean(&pairs.a), geometric_mean(&pairs.b));
    if differences.len() < 2 {
        return Ok(Compared {
            rounds: differences.len(),
            mean: differences[0],
            interval: None,
            kind: "t",
            verdict: Verdict::Inconclusive,
            rounds_needed: None,
            notes: vec!["one round has no spread".to_owned()],
            p: None,
            trend_p: None,
            a_mean,
            b_mean,
        });
    }
    let mut compared = sampled(&differences, pairs, rules)?;
    (compared.a_mean, compared.b_mean) = (a_mean, b_mean);
    Ok(compared)
}

/// The verdict on sampled numbers.
fn sampled(differences: &[f64], pairs: &Pairs, rules: Rules<'_>) -> Result<Compared, String> {
    let mut notes = Vec::new();
    let rounds = differences.len();
    let look = look(differences, rules, &mut notes)?;
    let (moments, kind) = (look.moments, look.kind);
    let mut interval = by_builds(differences, pairs, rules, &mut notes).unwrap_or(look.interval);
    let inflation = autocorrelation::memory(differences).map_or(1.0, |memory| memory.inflation);
    if inflation > 1.0 && interval.is_bounded() {
        interval = Interval::around(moments.mean, interval.half_width() * inflation);
        notes.push(format!("rounds resemble one another: interval widened {inflation:.2} times"));
    }
    let judged = judge(oriented(interval, rules.better), rules.margin);
    let mut verdict = judged.verdict;
    if judged.immaterial {
        notes.push("detectable but immaterial".to_owned());
    }
    if interval.is_bounded()
        && let Some(by_ranks) = rules.ranks.verdict(differences, rules)
        && by_ranks != verdict
    {
        if verdict != Verdict::Inconclusive {
            notes.push(format!("outlier-sensitive: {} by the t interval only", verdict.name()));
        }
        verdict = Verdict::Inconclusive;
    }
    let trend_p = mann_kendall(differences).ok().map(|trend| trend.p()).filter(|p| *p < TREND_P);
    if trend_p.is_some() {
        notes.push("blocked: the difference itself drifts over the run".to_owned());
        verdict = Verdict::Inconclusive;
    }
    let settled = verdict.is_settled();
    let rounds_needed = (!settled && trend_p.is_none())
        .then(|| {
            let critical = |n| rules.stopping.critical(n, rules.level);
            let needed = rounds_to_settle(
                moments.mean,
                moments.sd * inflation,
                rules.margin,
                ROUNDS_MOST,
                critical,
            )?;
            // An outlier asks for more rounds even where the spread alone would not.
            Some(needed.max(rounds + 1) as u32)
        })
        .flatten();
    let paired = paired::inflated_mean(differences, inflation, rules.level).ok();
    Ok(Compared {
        rounds,
        mean: moments.mean,
        interval: interval.is_bounded().then_some(interval),
        kind,
        verdict,
        rounds_needed,
        notes,
        p: paired.and_then(|paired| paired.p()),
        trend_p,
        a_mean: 0.0,
        b_mean: 0.0,
    })
}

struct Looked {
    moments: Moments,
    interval: Interval,
    kind: &'static str,
}

/// The interval that the stop rule grants; rounds added to a fixed run make it the anytime one.
fn look(differences: &[f64], rules: Rules<'_>, notes: &mut Vec<String>) -> Result<Looked, String> {
    let mut look =
        rules.stopping.look(differences, rules.level).map_err(|error| error.to_string())?;
    if look.switched {
        let anytime = Stopping::Anytime { prior: rules.prior };
        look = anytime.look(differences, rules.level).map_err(|error| error.to_string())?;
        notes.push("rounds were added after the first look: anytime-valid interval".to_owned());
    }
    let kind = match (look.kind, rules.stopping) {
        (IntervalKind::T, Stopping::Precision { .. }) => "precision",
        (
            IntervalKind::T | IntervalKind::Anytime | IntervalKind::Planned,
            Stopping::Fixed { .. }
            | Stopping::Anytime { .. }
            | Stopping::Planned { .. }
            | Stopping::Precision { .. },
        ) => look.kind.name(),
    };
    Ok(Looked { moments: look.moments, interval: look.interval, kind })
}

/// The interval of means of builds, where there are several builds and they differ (METHODS.md A7).
fn by_builds(
    differences: &[f64],
    pairs: &Pairs,
    rules: Rules<'_>,
    notes: &mut Vec<String>,
) -> Option<Interval> {
    let mut builds: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for (build, difference) in pairs.builds.iter().zip(differences) {
        builds.entry(*build).or_default().push(*difference);
    }
    if builds.len() < 2 {
        return None;
    }
    let groups: Vec<Vec<f64>> = builds.into_values().collect();
    let nested = hierarchy::nested(&groups, rules.level).ok()?;
    match nested.unit {
        Unit::Build => {
            notes.push(format!("builds differ: interval of {} means of builds", groups.len()));
            Some(nested.mean.interval)
        }
        Unit::Round => None,
    }
}

/// The interval as if lower were better.
fn oriented(interval: Interval, better: Direction) -> Interval {
    match better {
        Direction::Lower => interval,
        Direction::Higher => interval.negated(),
    }
}

/// Counted metrics: the last numbers side by side, no interval (METHODS.md A3).
fn exact(pairs: &Pairs, rules: Rules<'_>) -> Result<Compared, String> {
    let last = |values: &[f64]| values[values.len() - 1];
    let (a, b) = (last(&pairs.a), last(&pairs.b));
    let mean = match (a > 0.0, b > 0.0) {
        (true, true) => (a / b).ln(),
        (false, false) => 0.0,
        (true, false) | (false, true) => {
            return Err(format!("{a} against {b}: a value is zero, so there is no ratio"));
        }
    };
    let differs = |values: &[f64]| values.iter().any(|value| *value != values[0]);
    let mut notes = Vec::new();
    if differs(&pairs.a) || differs(&pairs.b) {
        notes.push("repeats of a counted number differ".to_owned());
    }
    let point = oriented(Interval::around(mean, 0.0), rules.better);
    Ok(Compared {
        rounds: pairs.a.len(),
        mean,
        interval: None,
        kind: "exact",
        verdict: judge(point, rules.margin).verdict,
        rounds_needed: None,
        notes,
        p: None,
        trend_p: None,
        a_mean: a,
        b_mean: b,
    })
}

/// exp of the mean logarithm of values above zero.
fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp()
}
