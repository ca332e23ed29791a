//! What the charts draw: distributions, latency against load, numbers over time, single trials.

use std::collections::BTreeMap;

use bakeoff_experiment::record::Rates;
use serde::Serialize;

use super::level::typical;
use super::trial::{Place, Sealed, VoidRow};
use crate::quantity::Quantity;
use crate::text;
use bakeoff_units::Unit;

/// A latency distribution: one candidate in one place, all its trials or one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// The candidate's label.
    pub candidate: String,
    /// The workload.
    pub workload: String,
    /// The load's label.
    pub load: String,
    /// Requests it stands on; percentiles beyond what they support are not drawn.
    pub requests: u64,
    /// (latency in seconds, share of requests at or below it), both ascending.
    pub points: Vec<(f64, f64)>,
}

/// One candidate's latency against the rate offered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sweep {
    /// The workload.
    pub workload: String,
    /// The candidate's label.
    pub candidate: String,
    /// Sustainable rate per second, if capacity trials found one.
    pub sustainable: Option<f64>,
    /// Points by rate, ascending.
    pub points: Vec<SweepPoint>,
}

/// One load of a [`Sweep`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepPoint {
    /// The load's label.
    pub load: String,
    /// The rate offered, per second.
    pub offered: f64,
    /// p99 latency from the intended start, in seconds.
    pub p99: Quantity,
}

/// Numbers of one candidate over time in one place, from the trial in the middle of its rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timeline {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What was sampled: `memory`, `cpu`, ...
    pub name: String,
    /// The candidate's label.
    pub candidate: String,
    /// The round shown.
    pub round: u32,
    /// (seconds since measuring began, value), at most [`SAMPLES_MAX`].
    pub points: Vec<(f64, f64)>,
}

/// The most samples of a timeline that are kept.
pub const SAMPLES_MAX: usize = 120;

/// The trials of one place and metric, one dot each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dots {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The metric.
    pub metric: String,
    /// Dots in the order they ran.
    pub dots: Vec<Dot>,
}

/// One trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dot {
    /// The candidate's label.
    pub candidate: String,
    /// The round, from 1.
    pub round: u32,
    /// What it yielded.
    pub value: f64,
    /// Whether it counts.
    pub counts: bool,
}

/// The share of requests beyond which `requests` say nothing: 10 requests must lie above.
pub fn supported_share(requests: u64) -> f64 {
    1.0 - 10.0 / (requests.max(20) as f64)
}

/// `given`, inert, finite, and cut at the percentile that the count supports (METHODS.md A3).
pub(crate) fn distributions(given: &[Distribution]) -> Vec<Distribution> {
    given
        .iter()
        .map(|from| Distribution {
            candidate: text::line(&from.candidate),
            workload: text::line(&from.workload),
            load: text::line(&from.load),
            requests: from.requests,
            points: from
                .points
                .iter()
                .copied()
                .filter(|(latency, share)| {
                    latency.is_finite() && *latency > 0.0 && share.is_finite()
                })
                .filter(|(_, share)| *share <= supported_share(from.requests))
                .collect(),
        })
        .filter(|distribution| distribution.points.len() > 1)
        .collect()
}

/// p99 against offered rate for every workload with at least two open-loop loads.
pub(crate) fn sweeps(sealed: &[Sealed], rates: Option<&Rates>) -> Vec<Sweep> {
    type Pairs = Vec<(f64, f64)>;
    let mut cells: BTreeMap<(String, String), BTreeMap<String, Pairs>> = BTreeMap::new();
    for trial in sealed {
        let p99 = trial.observation.metrics.get("latency-p99").copied();
        let (Some(offered), Some(p99)) = (trial.observation.offered, p99) else { continue };
        if offered > 0.0 && p99 > 0.0 && offered.is_finite() && p99.is_finite() {
            cells
                .entry((trial.place.workload.clone(), trial.candidate.clone()))
                .or_default()
                .entry(trial.place.load.clone())
                .or_default()
                .push((offered, p99));
        }
    }
    let mut sweeps = Vec::new();
    for ((workload, candidate), loads) in cells {
        let mut points: Vec<SweepPoint> = loads
            .into_iter()
            .map(|(load, pairs)| {
                let p99s: Vec<f64> = pairs.iter().map(|(_, p99)| *p99).collect();
                let offered = pairs.iter().map(|(offered, _)| offered).sum::<f64>();
                SweepPoint {
                    load,
                    offered: offered / pairs.len() as f64,
                    p99: typical(&p99s, Unit::Seconds),
                }
            })
            .collect();
        points.sort_by(|x, y| x.offered.total_cmp(&y.offered).then_with(|| x.load.cmp(&y.load)));
        let sustainable = rates
            .and_then(|rates| rates.sustainable.get(&workload)?.get(&candidate).copied())
            .filter(|rate| rate.is_finite());
        if points.len() > 1 {
            sweeps.push(Sweep { workload, candidate, sustainable, points });
        }
    }
    sweeps
}

/// The sampled numbers of the middle trial of every candidate and place.
pub(crate) fn timelines(sealed: &[Sealed]) -> Vec<Timeline> {
    let mut cells: BTreeMap<(Place, String, String), Vec<&Sealed>> = BTreeMap::new();
    for trial in sealed {
        for name in trial.observation.series.keys() {
            let key = (trial.place.clone(), name.clone(), trial.candidate.clone());
            cells.entry(key).or_default().push(trial);
        }
    }
    cells
        .into_iter()
        .filter_map(|((place, name, candidate), trials)| {
            let middle = trials[trials.len() / 2];
            let points = thinned(middle.observation.series.get(&name)?);
            (points.len() > 1).then(|| Timeline {
                place,
                name: text::line(&name),
                candidate,
                round: middle.round,
                points,
            })
        })
        .collect()
}

/// At most [`SAMPLES_MAX`] of `points`, the highest of each stretch, so that no peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite: Vec<(f64, f64)> =
        points.iter().copied().filter(|(at, value)| at.is_finite() && value.is_finite()).collect();
    let stretch = finite.len().div_ceil(SAMPLES_MAX).max(1);
    finite
        .chunks(stretch)
        .filter_map(|chunk| chunk.iter().copied().max_by(|x, y| x.1.total_cmp(&y.1)))
        .collect()
}

/// Every trial of every place on the metrics in `metrics`, void ones among them.
pub(crate) fn dots(
    sealed: &[Sealed],
    voids: &[VoidRow],
    places: &[Place],
    metrics: &[String],
) -> Vec<Dots> {
    let mut groups = Vec::new();
    for place in places {
        for metric in metrics {
            let counted = sealed.iter().filter(|trial| trial.place == *place).filter_map(|trial| {
                let value = trial.observation.metrics.get(metric).copied()?;
                Some(Dot {
                    candidate: trial.candidate.clone(),
                    round: trial.round,
                    value,
                    counts: true,
                })
            });
            let void = voids.iter().filter(|void| void.place == *place).filter_map(|void| {
                let value = void.metrics.get(metric).copied()?;
                Some(Dot {
                    candidate: void.candidate.clone(),
                    round: void.round,
                    value,
                    counts: false,
                })
            });
            let dots: Vec<Dot> = counted.chain(void).filter(|dot| dot.value.is_finite()).collect();
            if !dots.is_empty() {
                groups.push(Dots { place: place.clone(), metric: metric.clone(), dots });
            }
        }
    }
    groups
}
