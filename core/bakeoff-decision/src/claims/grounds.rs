//! What claims are held against: rounds of a run, batteries, ratings, shares of weight space.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_experiment::battery::Defect;
use bakeoff_experiment::metric::EXACT;
use bakeoff_experiment::short_window::{ShortWindow, answers_by_place};
use bakeoff_experiment::trials::{Design, Trials};
use bakeoff_stats::anytime::PriorVariance;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{PLANNED_LOOKS, Stopping};

/// What is known of a candidate beside its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CandidateFacts {
    /// Its language.
    pub language: String,
    /// Why it was not run here, if it was not: a toolchain or a permission is missing.
    pub absent: Option<String>,
}

/// Scores of one rated criterion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Lowest and highest level.
    pub scale: [f64; 2],
    /// Scores by candidate, rater by rater; `None` where one gave no score.
    pub scores: BTreeMap<String, Vec<Option<f64>>>,
}

/// Everything that claims may be held against.
#[derive(Clone, Debug)]
pub struct Grounds {
    /// Candidates of the experiment, run or absent.
    pub candidates: BTreeMap<String, CandidateFacts>,
    /// Confidence of one verdict.
    pub level: Level,
    /// The stop rule, which says which interval is honest.
    pub stopping: Stopping,
    /// Metrics that are counted, not sampled.
    pub exact: BTreeSet<String>,
    /// Defective programs and what became of them.
    pub battery: Vec<Defect>,
    /// Rated criteria.
    pub panels: BTreeMap<String, Panel>,
    /// Share of weight space in which each candidate is best; empty if nobody computed it.
    pub weight_space: Vec<(String, f64)>,
    rows: BTreeMap<Place, BTreeMap<String, Series>>,
    /// Answers of a typical trial by workload and load.
    answers: BTreeMap<(String, String), u32>,
}

/// A metric somewhere: metric, workload, load.
pub(super) type Place = (String, String, String);

/// Numbers by round.
pub(super) type Series = BTreeMap<u32, f64>;

impl Grounds {
    /// The rounds of a run. Of several numbers of one candidate in one round the last counts.
    /// Batteries, ratings and the rest are added to the fields.
    pub fn of_trials(trials: &Trials) -> Self {
        let design = &trials.design;
        let mut rows: BTreeMap<Place, BTreeMap<String, Series>> = BTreeMap::new();
        for row in &trials.trials {
            for (metric, value) in row.metrics.iter() {
                let place = (metric.to_owned(), row.workload.clone(), row.load.clone());
                let series = rows.entry(place).or_default();
                series.entry(row.candidate.clone()).or_default().insert(row.round, value);
            }
        }
        let known = |name: &String| (name.clone(), CandidateFacts::default());
        Self {
            candidates: design.candidates.iter().map(known).collect(),
            level: Level::new(design.level).unwrap_or(Level::P95),
            stopping: stopping(design),
            exact: EXACT.iter().map(|name| (*name).to_owned()).collect(),
            battery: Vec::new(),
            panels: BTreeMap::new(),
            weight_space: Vec::new(),
            answers: answers_by_place(trials)
                .into_iter()
                .map(|((workload, load), count)| ((workload.to_owned(), load.to_owned()), count))
                .collect(),
            rows,
        }
    }

    /// The numbers of a candidate at a place, by round.
    pub(super) fn series(&self, place: &Place, candidate: &str) -> Option<&Series> {
        self.rows.get(place)?.get(candidate)
    }

    /// Whether a metric is a quantile for which trials at a place have too few answers.
    pub(super) fn short_window(&self, (metric, workload, load): &Place) -> Option<ShortWindow> {
        let answers = self.answers.get(&(workload.clone(), load.clone())).copied();
        ShortWindow::of(metric, answers)
    }

    /// Where a metric was measured, of these workloads and loads. No workload named means the
    /// probe, and where there is none, every workload.
    pub(super) fn places(
        &self,
        metric: &str,
        workloads: &[String],
        loads: &[String],
    ) -> Vec<Place> {
        let of_metric: Vec<&Place> = self.rows.keys().filter(|place| place.0 == metric).collect();
        let probe = of_metric.iter().any(|place| place.1.is_empty());
        of_metric
            .into_iter()
            .filter(|place| match workloads {
                [] => !probe || place.1.is_empty(),
                named => named.contains(&place.1),
            })
            .filter(|place| loads.is_empty() || loads.contains(&place.2))
            .cloned()
            .collect()
    }

    /// Candidates that a name stands for: itself, a group, or `language:Go`.
    pub(super) fn members(
        &self,
        name: &str,
        groups: &BTreeMap<String, Vec<String>>,
    ) -> Vec<String> {
        if let Some(members) = groups.get(name) {
            return members
                .iter()
                .flat_map(|member| self.members(member, &BTreeMap::new()))
                .collect();
        }
        match name.strip_prefix("language:") {
            Some(language) => {
                let of = self.candidates.iter().filter(|(_, facts)| facts.language == language);
                of.map(|(name, _)| name.clone()).collect()
            }
            None => vec![name.to_owned()],
        }
    }
}

/// The stop rule of a design, in the terms of the statistics.
fn stopping(design: &Design) -> Stopping {
    let stop = &design.stop;
    let prior =
        PriorVariance::new(stop.prior_variance.unwrap_or(1.0)).unwrap_or(PriorVariance::ONE);
    match stop.kind.as_str() {
        "anytime" => Stopping::Anytime { prior },
        "planned" if stop.looks.is_empty() => Stopping::Planned { looks: PLANNED_LOOKS.to_vec() },
        "planned" => {
            Stopping::Planned { looks: stop.looks.iter().map(|look| *look as usize).collect() }
        }
        "precision" => Stopping::Precision { half_width: stop.half_width.unwrap_or(0.05).ln_1p() },
        _ => Stopping::Fixed { rounds: stop.rounds.map_or(usize::MAX, |rounds| rounds as usize) },
    }
}
