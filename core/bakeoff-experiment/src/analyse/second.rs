//! Second opinions on the primary comparisons: what other methods make of the same trials, for the appendix
//! (METHODS.md A3 to A9, A11).

mod cell;
mod errors;
mod opinion;
mod unpaired;

use bakeoff_stats::interval::Interval;
use bakeoff_stats::multiplicity::{benjamini_hochberg, holm};
use bakeoff_stats::order::require_interleaved;
use bakeoff_stats::verdict::Margin;
use serde::{Deserialize, Serialize};

pub use cell::{CellOpinion, Ranked, Ranking, SeriesOpinion};
pub use errors::ErrorOpinion;
pub use opinion::{
    Anytime, Builds, Change, Drift, GoingFirst, Means, Memory, Outlier, Planning, SecondOpinion,
};
pub use unpaired::UnpairedOpinion;

use super::{AnalyseError, Analyst, cells, primary_verdicts};
use crate::metric::EXACT;
use crate::trials::Trials;

/// The schema name of [`SecondOpinions`].
pub const SECOND_OPINIONS_SCHEMA: &str = "bakeoff.second-opinions/1";

/// What other methods say of the primary comparisons. They never replace a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondOpinions {
    /// [`SECOND_OPINIONS_SCHEMA`].
    pub schema: String,
    /// Pairs of candidates that share rounds, one by one.
    pub comparisons: Vec<SecondOpinion>,
    /// Pairs of candidates that share no round.
    pub unpaired: Vec<UnpairedOpinion>,
    /// All candidates of a workload, load and metric together.
    pub cells: Vec<CellOpinion>,
    /// How large the share of failed requests may really be.
    pub errors: Vec<ErrorOpinion>,
}

/// What one more unit of a level takes, without what it holds; in any common unit, both above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// One more round of the same builds.
    pub round: f64,
    /// One more build.
    pub build: f64,
}

impl Costs {
    /// One more build takes as much as one more round.
    pub const EQUAL: Self = Self { round: 1.0, build: 1.0 };
}

/// Asks for second opinions on every primary comparison that has a ratio. With `costs` also how many rounds a
/// build are the cheapest, where there are several builds.
///
/// # Errors
///
/// [`AnalyseError`] if the design has no sense.
pub fn second_opinions(
    trials: &Trials,
    costs: Option<Costs>,
) -> Result<SecondOpinions, AnalyseError> {
    let cells = cells::cells(trials);
    let design = &trials.design;
    let analyst = Analyst::new(trials, primary_verdicts(design, &cells))?;
    let mut found = SecondOpinions {
        schema: SECOND_OPINIONS_SCHEMA.to_owned(),
        comparisons: Vec::new(),
        unpaired: Vec::new(),
        cells: Vec::new(),
        errors: errors::of(trials, analyst.level),
    };
    for ((workload, load), cell) in &cells {
        let is_blocked = require_interleaved(&cell.sequence).is_err();
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
            let at = Place { workload, load, metric };
            let asked = Asked { analyst: &analyst, better, margin, costs };
            for (a, b) in analyst.pairs(series) {
                let names = [a, b].map(|index| design.candidates[index as usize].as_str());
                let pairs = series.pairs(a, b);
                if pairs.a.is_empty() {
                    let opinion = unpaired::of(at, names, series, [a, b], &analyst, is_blocked);
                    found.unpaired.extend(opinion);
                } else {
                    found.comparisons.extend(opinion::of(at, names, &pairs, &asked));
                }
            }
            found.cells.extend(cell::of(at, series, &asked));
        }
    }
    adjust(&mut found.comparisons);
    Ok(found)
}

/// Where numbers were measured.
#[derive(Clone, Copy)]
struct Place<'p> {
    workload: &'p str,
    load: &'p str,
    metric: &'p str,
}

/// What is asked of the numbers there.
#[derive(Clone, Copy)]
struct Asked<'q> {
    analyst: &'q Analyst<'q>,
    better: crate::metric::Direction,
    margin: Margin,
    costs: Option<Costs>,
}

/// Holm's and Benjamini and Hochberg's p beside each paired t test (METHODS.md A5).
fn adjust(comparisons: &mut [SecondOpinion]) {
    let p: Vec<f64> = comparisons.iter().filter_map(|opinion| opinion.t_p).collect();
    let (Ok(holm), Ok(discovery)) = (holm(&p), benjamini_hochberg(&p)) else { return };
    let adjusted = holm.into_iter().zip(discovery);
    let tested = comparisons.iter_mut().filter(|opinion| opinion.t_p.is_some());
    for (opinion, (holm, discovery)) in tested.zip(adjusted) {
        (opinion.holm_p, opinion.false_discovery_p) = (Some(holm), Some(discovery));
    }
}

/// The limits of a ratio from those of its logarithm; `None` where there is none, or one too large to write.
fn limits(log: Interval) -> [Option<f64>; 2] {
    let ratio = log.exp();
    [ratio.lower(), ratio.upper()]
        .map(|limit| Some(limit).filter(|limit| limit.is_finite() && *limit > 0.0))
}

/// The JSON Schema of [`SecondOpinions`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SecondOpinions).to_value()
}
