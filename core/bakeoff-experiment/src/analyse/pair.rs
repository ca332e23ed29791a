//! One candidate against another on one metric (METHODS.md A4, A5).

use std::cell::RefCell;
use std::collections::BTreeMap;

use bakeoff_stats::anytime::PriorVariance;
use bakeoff_stats::comparison::{Question, compare_differences};
use bakeoff_stats::descriptive::geometric_mean;
use bakeoff_stats::exact::exact as counted;
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{Criticals, IntervalKind, PLANNED_LOOKS, Stopping};
use bakeoff_stats::paired;
use bakeoff_stats::rank::RankLimits;
use bakeoff_stats::unpaired::welch_log;
use bakeoff_stats::verdict::{Margin, Verdict, judge};

use super::basis::Basis;
use super::cells::Pairs;
use super::second::Costs;
use crate::analysis::{Apart, BuildLevels};
use crate::metric::Direction;
use crate::trials::Design;

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
    /// How rounds and builds vary, where there are several builds.
    pub(super) builds: Option<BuildLevels>,
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
    pub(super) criticals: &'d Looks,
    pub(super) level: Level,
    pub(super) margin: Margin,
    pub(super) better: Direction,
    pub(super) exact: bool,
    pub(super) ranks: &'d Ranks,
    pub(super) costs: Costs,
}

impl Rules<'_> {
    fn direction(self) -> paired::Direction {
        match self.better {
            Direction::Lower => paired::Direction::Lower,
            Direction::Higher => paired::Direction::Higher,
        }
    }

    /// Log differences as if lower were better.
    fn turned(self, differences: &[f64]) -> Vec<f64> {
        match self.better {
            Direction::Lower => differences.to_vec(),
            Direction::Higher => differences.iter().map(|difference| -difference).collect(),
        }
    }

    /// A logarithm that was turned as if lower were better, in the metric's own direction.
    fn own_log(self, log: f64) -> f64 {
        match self.better {
            Direction::Lower => log,
            Direction::Higher => -log,
        }
    }

    /// An interval that was turned as if lower were better, in the metric's own direction; and back.
    fn own(self, interval: Interval) -> Interval {
        match self.better {
            Direction::Lower => interval,
            Direction::Higher => interval.negated(),
        }
    }
}

/// The critical values of one level: of the declared stop rule, and of the anytime one that rounds
/// added to a fixed run call for.
#[derive(Debug)]
pub(super) struct Looks {
    stopping: Stopping,
    declared: Criticals,
    anytime: Criticals,
}

/// Rounds up to which critical values are worked out once.
const TABLE_MOST: usize = 1000;

impl Looks {
    pub(super) fn new(
        stopping: &Stopping,
        prior: PriorVariance,
        level: Level,
        rounds: usize,
    ) -> Self {
        let table = |stopping: Stopping| Criticals::new(stopping, level, rounds.min(TABLE_MOST));
        Self {
            stopping: stopping.clone(),
            declared: table(stopping.clone()),
            anytime: table(Stopping::Anytime { prior }),
        }
    }

    /// The critical values of the stop rule.
    pub(super) fn declared(&self) -> &Criticals {
        &self.declared
    }

    /// The stop rule as a new run would declare it, of however many rounds.
    pub(super) fn stopping_anew(&self) -> Stopping {
        match &self.stopping {
            Stopping::Fixed { .. } => Stopping::Fixed { rounds: usize::MAX },
            other @ (Stopping::Anytime { .. }
            | Stopping::Planned { .. }
            | Stopping::Precision { .. }) => other.clone(),
        }
    }

    /// Whether so many rounds are more than were declared.
    fn switches(&self, rounds: usize) -> bool {
        let anytime = matches!(self.stopping, Stopping::Anytime { .. });
        !anytime && self.stopping.kind(rounds) == IntervalKind::Anytime
    }

    /// The rounds after which one would look who needs so many: of a planned run the next look, if there is one.
    fn looked_at(&self, rounds: usize) -> usize {
        match &self.stopping {
            Stopping::Planned { looks } => {
                looks.iter().copied().find(|look| rounds <= *look).unwrap_or(rounds)
            }
            Stopping::Fixed { .. } | Stopping::Anytime { .. } | Stopping::Precision { .. } => {
                rounds
            }
        }
    }

    /// The critical values for so many rounds.
    fn in_force(&self, rounds: usize) -> &Criticals {
        if self.switches(rounds) { &self.anytime } else { &self.declared }
    }

    fn kind_name(&self, kind: IntervalKind) -> &'static str {
        match (kind, &self.stopping) {
            (IntervalKind::T, Stopping::Precision { .. }) => "precision",
            (
                IntervalKind::T | IntervalKind::Anytime | IntervalKind::Planned,
                Stopping::Fixed { .. }
                | Stopping::Anytime { .. }
                | Stopping::Planned { .. }
                | Stopping::Precision { .. },
            ) => kind.name(),
        }
    }
}

/// Limits of rank intervals and t quantiles, kept by number of rounds and level: finding them costs
/// more than using them a thousand times.
#[derive(Debug, Default)]
pub(super) struct Ranks(RefCell<BTreeMap<(usize, u64), (RankLimits, f64)>>);

impl Ranks {
    /// Of so many differences, two at least.
    fn of(&self, rounds: usize, level: Level) -> (RankLimits, f64) {
        let find = || (RankLimits::of(rounds, level), paired::critical(rounds, level));
        *self.0.borrow_mut().entry((rounds, level.alpha().to_bits())).or_insert_with(find)
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

/// How far apart a pair is where no ratio says so: the mean difference, by the stop rule (METHODS.md A4).
pub(super) fn apart(pairs: &Pairs, rules: Rules<'_>) -> Option<Apart> {
    if rules.exact {
        return None;
    }
    let differences: Vec<f64> = pairs.a.iter().zip(&pairs.b).map(|(a, b)| a - b).collect();
    let look = rules.criticals.in_force(differences.len()).look(&differences).ok()?;
    let limit = |limit: f64| Some(limit).filter(|limit| limit.is_finite());
    Some(Apart {
        mean: look.moments.mean,
        lower: limit(look.interval.lower()),
        upper: limit(look.interval.upper()),
        level: rules.level.fraction(),
    })
}

/// Compares; the error says why there is no ratio.
pub(super) fn compare(pairs: &Pairs, rules: Rules<'_>) -> Result<Compared, String> {
    if pairs.a.is_empty() {
        return Err("no round has both".to_owned());
    }
    if rules.exact {
        return exact(pairs, rules);
    }
    let Some(differences) = pairs.log_differences() else {
        return Err("a value is zero, so there is no ratio".to_owned());
    };
    let [a_mean, b_mean] = pairs.geometric_means();
    if pairs.a.len() < 2 {
        return Ok(Compared {
            rounds: 1,
            mean: (a_mean / b_mean).ln(),
            interval: None,
            kind: "t",
            verdict: Verdict::Inconclusive,
            rounds_needed: None,
            builds: None,
            notes: vec!["one round has no spread".to_owned()],
            p: None,
            trend_p: None,
            a_mean,
            b_mean,
        });
    }
    let mut compared = sampled(pairs, &rules.turned(differences), rules)?;
    (compared.a_mean, compared.b_mean) = (a_mean, b_mean);
    Ok(compared)
}

/// Compares candidates that share no round: Welch on logarithms, which nothing cancels (METHODS.md A4).
pub(super) fn unpaired([a, b]: &[Vec<f64>; 2], rules: Rules<'_>) -> Result<Compared, String> {
    if a.len() < 2 || b.len() < 2 {
        return Err("no round has both".to_owned());
    }
    let no_ratio = |_| "a value is zero, so there is no ratio".to_owned();
    let found = welch_log(a, b, rules.level).map_err(no_ratio)?;
    let [a_mean, b_mean] = [geometric_mean(a), geometric_mean(b)].map(Result::ok);
    let judged = judge(rules.own(found.interval), rules.margin);
    let mut notes =
        vec!["no round has both: unpaired, so that drift is in the difference".to_owned()];
    let mut verdict = judged.verdict;
    let rounds = a.len().min(b.len());
    let once = matches!(rules.criticals.stopping, Stopping::Fixed { .. });
    if !once || rules.criticals.switches(rounds) {
        notes.push(
            "looked at more than once: an unpaired interval does not allow for that".to_owned(),
        );
        verdict = Verdict::Inconclusive;
    } else if judged.immaterial {
        notes.push("detectable but immaterial".to_owned());
    }
    Ok(Compared {
        rounds,
        mean: found.difference,
        interval: Some(found.interval),
        kind: "welch",
        verdict,
        rounds_needed: None,
        builds: None,
        notes,
        p: found.p,
        trend_p: None,
        a_mean: a_mean.unwrap_or_default(),
        b_mean: b_mean.unwrap_or_default(),
    })
}

/// The verdict on sampled numbers, from their log differences turned as if lower were better.
fn sampled(pairs: &Pairs, turned: &[f64], rules: Rules<'_>) -> Result<Compared, String> {
    let mut notes = Vec::new();
    let rounds = pairs.a.len();
    let switched = rules.criticals.switches(rounds);
    if switched {
        notes.push("rounds were added after the first look: anytime-valid interval".to_owned());
    }
    let question = Question {
        direction: rules.direction(),
        margin: rules.margin,
        criticals: rules.criticals.in_force(rounds),
    };
    let found = compare_differences(turned, &[], &question).map_err(|error| error.to_string())?;
    let basis = Basis::of(turned, &pairs.builds, &found, &question, rules.costs)
        .map_err(|error| error.to_string())?;
    notes.extend(basis.note);
    let judged = judge(basis.interval, rules.margin);
    if judged.immaterial {
        notes.push("detectable but immaterial".to_owned());
    }
    let mut verdict = judged.verdict;
    // Like is held against like (METHODS.md A4): ranks against the plain t interval of the same level,
    // since an anytime interval is wider for another reason.
    let (ranks, critical) = rules.ranks.of(basis.ascending.len(), rules.level);
    let plain = paired::mean_of(basis.moments, critical, rules.level).ok();
    let by_t = plain.map(|plain| judge(plain.interval, rules.margin).verdict);
    let agrees = by_t.and_then(|by_t| ranks.agrees(&basis.ascending, by_t, rules.margin));
    if agrees == Some(false) {
        if verdict != Verdict::Inconclusive {
            notes.push(format!("outlier-sensitive: {} by the t interval only", verdict.name()));
        }
        verdict = Verdict::Inconclusive;
    }
    if basis.trend_p.is_some() {
        notes.push("blocked: the difference itself drifts over the run".to_owned());
        verdict = Verdict::Inconclusive;
    }
    let more = !verdict.is_settled() && basis.trend_p.is_none();
    Ok(Compared {
        rounds,
        mean: rules.own_log(basis.mean),
        interval: basis.interval.is_bounded().then(|| rules.own(basis.interval)),
        kind: rules.criticals.kind_name(found.look.kind),
        verdict,
        // An outlier asks for more rounds even where the spread alone would not.
        rounds_needed: basis
            .rounds_needed
            .filter(|_| more)
            .map(|needed| rules.criticals.looked_at(needed.max(rounds + 1)) as u32),
        builds: basis.levels,
        notes,
        p: plain.and_then(|plain| plain.p()),
        trend_p: basis.trend_p,
        a_mean: 0.0,
        b_mean: 0.0,
    })
}

/// Counted metrics: the last numbers side by side, no interval (METHODS.md A3).
fn exact(pairs: &Pairs, rules: Rules<'_>) -> Result<Compared, String> {
    let read = |values: &[f64]| counted(values).map_err(|error| error.to_string());
    let [left, right] = [read(&pairs.a)?, read(&pairs.b)?];
    let (a, b) = (left.value, right.value);
    let mean = match (a > 0.0, b > 0.0) {
        (true, true) => (a / b).ln(),
        (false, false) => 0.0,
        (true, false) | (false, true) => {
            return Err(format!("{a} against {b}: a value is zero, so there is no ratio"));
        }
    };
    let mut notes = Vec::new();
    if left.differs() || right.differs() {
        notes.push("repeats of a counted number differ".to_owned());
    }
    let point = rules.own(Interval::around(mean, 0.0));
    Ok(Compared {
        rounds: pairs.a.len(),
        mean,
        interval: None,
        kind: "exact",
        verdict: judge(point, rules.margin).verdict,
        rounds_needed: None,
        builds: None,
        notes,
        p: None,
        trend_p: None,
        a_mean: a,
        b_mean: b,
    })
}
