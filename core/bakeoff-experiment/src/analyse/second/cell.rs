//! All candidates of one workload, load and metric together: who ranks where, what each one's trials look like, and what
//! this rig could find there (METHODS.md A5, A8, A9, A11).

use std::collections::BTreeMap;

use bakeoff_stats::descriptive::{MAD_SCALE, mad};
use bakeoff_stats::friedman::{critical_distance, friedman};
use bakeoff_stats::quantile::{self, median, values_needed};
use serde::{Deserialize, Serialize};

use super::super::cells::Series;
use super::opinion::{Drift, drift};
use super::{Asked, Place};
use crate::metric::Direction;

/// Fewest candidates for which a ranking says more than their comparison does.
const RANKED_LEAST: usize = 3;

/// What is said of all candidates together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CellOpinion {
    /// The workload; empty for probes.
    pub workload: String,
    /// The load's label; empty for probes.
    pub load: String,
    /// The metric.
    pub metric: String,
    /// The true difference, as a fraction, that as many rounds as the reference and its twin share would find four
    /// times out of five; `None` without a twin.
    pub detectable: Option<f64>,
    /// Who ranks where, from three candidates on.
    pub ranking: Option<Ranking>,
    /// Each candidate's own trials, in the order of the design.
    pub series: Vec<SeriesOpinion>,
}

/// Friedman's test over the rounds that all candidates share: a summary, never a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ranking {
    /// Rounds that all candidates share.
    pub rounds: u32,
    /// The candidates, the best first.
    pub candidates: Vec<Ranked>,
    /// Chi-squared on the mean ranks, corrected for ties.
    pub chi_squared: f64,
    /// Its p-value.
    pub p: f64,
    /// Iman and Davenport's F; `None` where the rounds agree perfectly.
    pub f: Option<f64>,
    /// Its p-value.
    pub f_p: Option<f64>,
    /// Nemenyi's distance: mean ranks closer than this are not told apart, at the joint level.
    pub critical_distance: f64,
}

/// One candidate in a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ranked {
    /// The candidate.
    pub candidate: String,
    /// Its mean rank over the rounds, 1 the best.
    pub mean_rank: f64,
}

/// What one candidate's trials look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SeriesOpinion {
    /// The candidate.
    pub candidate: String,
    /// Its trials.
    pub trials: u32,
    /// Their median, in base units.
    pub median: f64,
    /// Lower limit of the median by order statistics; `None` where so few trials bound nothing.
    pub lower: Option<f64>,
    /// Upper limit of the median.
    pub upper: Option<f64>,
    /// The confidence that these limits reach, at least the joint level.
    pub achieved: f64,
    /// Trials that it takes for both limits, where one is missing.
    pub trials_for_limits: Option<u32>,
    /// Spread by the median absolute deviation, scaled to be a standard deviation of normal values; base units.
    pub spread: f64,
    /// Whether the trials drift; pairing cancels it. `None` below three trials.
    pub drift: Option<Drift>,
}

/// `None` where no candidate has a number.
pub(super) fn of(at: Place<'_>, series: &Series, asked: &Asked<'_>) -> Option<CellOpinion> {
    let analyst = asked.analyst;
    let names = &analyst.design.candidates;
    let present: Vec<u32> =
        series.by_candidate.keys().copied().filter(|c| Some(*c) != analyst.twin).collect();
    let described: Vec<SeriesOpinion> = present
        .iter()
        .filter_map(|index| described(&names[*index as usize], &series.values(*index), asked))
        .collect();
    if described.is_empty() {
        return None;
    }
    let twin = analyst.twin.zip(analyst.reference).and_then(|(twin, reference)| {
        super::super::rig::twin(&series.pairs(twin, reference), asked.margin, analyst.level)
    });
    Some(CellOpinion {
        workload: at.workload.to_owned(),
        load: at.load.to_owned(),
        metric: at.metric.to_owned(),
        detectable: twin
            .map(|twin| {
                let rounds = twin.calibration.moments.count;
                twin.calibration.detectable80(rounds, analyst.level).exp_m1()
            })
            .filter(|fraction| fraction.is_finite()),
        ranking: ranking(series, &present, asked),
        series: described,
    })
}

fn ranking(series: &Series, present: &[u32], asked: &Asked<'_>) -> Option<Ranking> {
    if present.len() < RANKED_LEAST {
        return None;
    }
    let mut rounds: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
    for index in present {
        for point in &series.by_candidate[index] {
            let turned = match asked.better {
                Direction::Lower => point.value,
                Direction::Higher => -point.value,
            };
            rounds.entry(point.round).or_default().entry(*index).or_insert(turned);
        }
    }
    let complete: Vec<Vec<f64>> = rounds
        .into_values()
        .filter(|values| values.len() == present.len())
        .map(|values| values.into_values().collect())
        .collect();
    let found = friedman(&complete).ok()?;
    let names = &asked.analyst.design.candidates;
    let mut candidates: Vec<Ranked> = present
        .iter()
        .zip(&found.mean_ranks)
        .map(|(index, rank)| Ranked { candidate: names[*index as usize].clone(), mean_rank: *rank })
        .collect();
    candidates.sort_by(|a, b| a.mean_rank.total_cmp(&b.mean_rank));
    let level = asked.analyst.level;
    Some(Ranking {
        rounds: complete.len() as u32,
        critical_distance: critical_distance(candidates.len(), complete.len(), level),
        candidates,
        chi_squared: found.chi_squared,
        p: found.p,
        f: found.f,
        f_p: found.f_p,
    })
}

fn described(candidate: &str, values: &[f64], asked: &Asked<'_>) -> Option<SeriesOpinion> {
    let level = asked.analyst.level;
    let (interval, achieved) = quantile::interval(values, 0.5, level).ok()?;
    let finite = |limit: f64| Some(limit).filter(|limit| limit.is_finite());
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    Some(SeriesOpinion {
        candidate: candidate.to_owned(),
        trials: values.len() as u32,
        median: median(values).ok()?,
        lower: finite(interval.lower()),
        upper: finite(interval.upper()),
        achieved,
        trials_for_limits: (!interval.is_bounded()).then(|| values_needed(0.5, level) as u32),
        spread: MAD_SCALE * mad(values).ok()?,
        drift: drift(&logs, level),
    })
}
