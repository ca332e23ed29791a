//! Two candidates that share no round, as imported data are: Welch, Mann and Whitney, Fieller (METHODS.md A4).

use bakeoff_stats::mann_whitney::{mann_whitney, shift, smallest_p};
use bakeoff_stats::sample::{Moments, logarithms};
use bakeoff_stats::unpaired::{Fieller, fieller, welch};
use serde::{Deserialize, Serialize};

use super::super::Analyst;
use super::super::cells::Series;
use super::{Place, limits};

/// What is said of two candidates that share no round: nothing that slowed both drops out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UnpairedOpinion {
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
    /// Trials of `a`.
    pub a_trials: u32,
    /// Trials of `b`.
    pub b_trials: u32,
    /// Whether some candidate was measured wholly before another: then drift and difference look the same.
    pub blocks: bool,
    /// Confidence of the intervals: the level of a primary verdict.
    pub level: f64,
    /// Geometric mean of a over b, with Welch's interval on logarithms.
    pub ratio: f64,
    /// Lower limit of `ratio`.
    pub lower: Option<f64>,
    /// Upper limit of `ratio`.
    pub upper: Option<f64>,
    /// Welch's p against no difference; `None` where nothing varies.
    pub p: Option<f64>,
    /// Mann and Whitney's two-sided p; never 0.
    pub rank_p: f64,
    /// Whether all relabellings were counted, ties included, or the normal distribution served.
    pub rank_p_exact: bool,
    /// The smallest p that so many trials can yield.
    pub rank_p_least: f64,
    /// Median of the ratios of every trial of a to every one of b.
    pub rank_ratio: f64,
    /// Lower limit of `rank_ratio`; `None` where so few trials bound nothing.
    pub rank_lower: Option<f64>,
    /// Upper limit of `rank_ratio`.
    pub rank_upper: Option<f64>,
    /// Ratio of the arithmetic means (of sums: of costs), with Fieller's interval; `None` where the denominator
    /// cannot be told from zero.
    pub means_ratio: Option<f64>,
    /// Lower limit of `means_ratio`.
    pub means_lower: Option<f64>,
    /// Upper limit of `means_ratio`.
    pub means_upper: Option<f64>,
}

/// `None` for fewer than two trials of either, or a value that is zero.
pub(super) fn of(
    at: Place<'_>,
    [a, b]: [&str; 2],
    series: &Series,
    indices: [u32; 2],
    analyst: &Analyst<'_>,
    is_blocked: bool,
) -> Option<UnpairedOpinion> {
    let [x, y] = indices.map(|index| series.values(index));
    let (ln_x, ln_y) = (logarithms(&x).ok()?, logarithms(&y).ok()?);
    let level = analyst.primary_level;
    let welch = welch(&ln_x, &ln_y, level).ok()?;
    let ranks = mann_whitney(&x, &y).ok()?;
    let shift = shift(&ln_x, &ln_y, level).ok()?;
    let df = (x.len() + y.len() - 2) as f64;
    let means = match fieller(&Moments::of(&x).ok()?, &Moments::of(&y).ok()?, df, level) {
        Fieller::Bounded { ratio, interval, .. } => {
            [Some(ratio), Some(interval.lower()), Some(interval.upper())]
        }
        Fieller::Unbounded { .. } => [None; 3],
    };
    let [lower, upper] = limits(welch.interval);
    let [rank_lower, rank_upper] = limits(shift.interval);
    Some(UnpairedOpinion {
        workload: at.workload.to_owned(),
        load: at.load.to_owned(),
        metric: at.metric.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        a_trials: x.len() as u32,
        b_trials: y.len() as u32,
        blocks: is_blocked,
        level: level.fraction(),
        ratio: welch.difference.exp(),
        lower,
        upper,
        p: welch.p,
        rank_p: ranks.p(),
        rank_p_exact: ranks.p_exact.is_some(),
        rank_p_least: smallest_p(x.len(), y.len()),
        rank_ratio: shift.estimate.exp(),
        rank_lower,
        rank_upper,
        means_ratio: means[0],
        means_lower: means[1],
        means_upper: means[2],
    })
}
