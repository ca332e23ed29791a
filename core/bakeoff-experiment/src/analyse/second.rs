//! Second opinions on the primary verdicts: sign flips and ranks, for the appendix (METHODS.md A4).

use bakeoff_stats::interval::Interval;
use bakeoff_stats::paired;
use bakeoff_stats::permutation::sign_flip;
use bakeoff_stats::rank::{CrossCheck, cross_check, hodges_lehmann};
use bakeoff_stats::verdict::{Margin, judge};
use serde::{Deserialize, Serialize};

use super::{AnalyseError, Analyst, cells, primary_verdicts};
use crate::metric::{Direction, EXACT};
use crate::trials::Trials;

/// The schema name of [`SecondOpinions`].
pub const SECOND_OPINIONS_SCHEMA: &str = "bakeoff.second-opinions/1";

/// Sign patterns sampled beyond 20 rounds.
const SAMPLES: u32 = 9_999;
/// What they are sampled with: a second opinion is the same whenever it is asked for.
const SEED: u64 = 1;

/// What tests without a distribution say of the primary comparisons. They never replace a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondOpinions {
    /// [`SECOND_OPINIONS_SCHEMA`].
    pub schema: String,
    /// One by one.
    pub comparisons: Vec<SecondOpinion>,
}

/// What they say of one comparison: `a` against `b`.
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
    /// Two-sided p of the sign-flip test; never 0.
    pub sign_flip_p: f64,
    /// Whether all sign patterns were counted, or a sample of them.
    pub sign_flip_exact: bool,
    /// Hodges-Lehmann estimate of a over b, in the metric's own direction.
    pub rank_ratio: f64,
    /// Lower limit by ranks; `None` where so few rounds bound nothing.
    pub rank_lower: Option<f64>,
    /// Upper limit by ranks.
    pub rank_upper: Option<f64>,
    /// Confidence of that interval: the level of the verdict.
    pub level: f64,
    /// Whether ranks lead to the verdict of the t interval of the same level; `None` where they bound
    /// nothing.
    pub agrees: Option<bool>,
}

/// Asks for second opinions on every primary comparison that has a ratio.
///
/// # Errors
///
/// [`AnalyseError`] if the design has no sense.
pub fn second_opinions(trials: &Trials) -> Result<SecondOpinions, AnalyseError> {
    let cells = cells::cells(trials);
    let design = &trials.design;
    let analyst = Analyst::new(trials, primary_verdicts(design, &cells))?;
    let mut comparisons = Vec::new();
    for ((workload, load), cell) in &cells {
        for (metric, series) in &cell.metrics {
            let Some(better) = design.direction_of(metric) else { continue };
            if !design.is_primary(workload, metric) || EXACT.contains(metric) {
                continue;
            }
            let fraction = design.margin_of(metric);
            let margin = Margin::new(fraction).map_err(|_| AnalyseError::Margin {
                metric: (*metric).to_owned(),
                margin: fraction,
            })?;
            for (a, b) in analyst.pairs(series) {
                let pairs = series.pairs(a, b);
                let found = pairs
                    .log_differences()
                    .and_then(|differences| opinion(differences, better, margin, &analyst));
                comparisons.extend(found.map(|found| SecondOpinion {
                    workload: (*workload).to_owned(),
                    load: (*load).to_owned(),
                    metric: (*metric).to_owned(),
                    a: design.candidates[a as usize].clone(),
                    b: design.candidates[b as usize].clone(),
                    ..found
                }));
            }
        }
    }
    Ok(SecondOpinions { schema: SECOND_OPINIONS_SCHEMA.to_owned(), comparisons })
}

/// On log differences in the metric's own direction; `None` for fewer than two. Names are left blank.
fn opinion(
    differences: &[f64],
    better: Direction,
    margin: Margin,
    analyst: &Analyst<'_>,
) -> Option<SecondOpinion> {
    let level = analyst.primary_level;
    let plain = paired::mean(differences, level).ok()?.interval;
    let flips = sign_flip(differences, SAMPLES, SEED).ok()?;
    let ranks = hodges_lehmann(differences, level).ok()?;
    let turned = |interval: Interval| match better {
        Direction::Lower => interval,
        Direction::Higher => interval.negated(),
    };
    let verdict = judge(turned(plain), margin).verdict;
    let agrees = match cross_check(verdict, turned(ranks.interval), margin) {
        CrossCheck::Agrees => Some(true),
        CrossCheck::OutlierSensitive => Some(false),
        CrossCheck::Impossible => None,
    };
    let bounded = ranks.interval.is_bounded().then(|| ranks.interval.exp());
    Some(SecondOpinion {
        workload: String::new(),
        load: String::new(),
        metric: String::new(),
        a: String::new(),
        b: String::new(),
        rounds: differences.len() as u32,
        sign_flip_p: flips.p(),
        sign_flip_exact: flips.is_exact,
        rank_ratio: ranks.estimate.exp(),
        rank_lower: bounded.map(Interval::lower),
        rank_upper: bounded.map(Interval::upper),
        level: level.fraction(),
        agrees,
    })
}

/// The JSON Schema of [`SecondOpinions`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SecondOpinions).to_value()
}
