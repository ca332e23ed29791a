//! Trials as the report counts and shows them.

use std::collections::BTreeMap;

use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::record::{TrialOutcome, TrialRecord};
use serde::Serialize;

use crate::text;

/// Where trials are comparable: one workload under one load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The workload.
    pub workload: String,
    /// The load's label.
    pub load: String,
}

impl Place {
    /// `json, 60% poisson`; `the whole candidate` for numbers that belong to no workload.
    pub fn label(&self) -> String {
        match (self.workload.is_empty(), self.load.is_empty()) {
            (true, _) => "the whole candidate".to_owned(),
            (false, true) => self.workload.clone(),
            (false, false) => format!("{}, {}", self.workload, self.load),
        }
    }
}

/// One trial that counts.
#[derive(Clone, Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) place: Place,
    pub(crate) candidate: String,
    pub(crate) round: u32,
    pub(crate) observation: &'a Observation,
}

/// A trial that does not count, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoidRow {
    /// Its number in the plan.
    pub trial: u32,
    /// The candidate's label.
    pub candidate: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The round, from 1.
    pub round: u32,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// Whose fault: `candidate`, `generator`, `host` or `user`.
    pub blame: &'static str,
    /// Why, in words.
    pub reason: String,
    /// Last lines of the candidate's standard error.
    pub stderr: String,
    /// What it yielded all the same: one number a metric.
    pub metrics: BTreeMap<String, f64>,
    /// Whether a later attempt took its place.
    pub replaced: bool,
}

/// How often a check was made and failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateRow {
    /// The check.
    pub name: String,
    /// Trials that passed it.
    pub passed: u32,
    /// Trials that failed it.
    pub failed: u32,
    /// Who is to blame if it fails.
    pub blame: &'static str,
    /// The trial that came nearest to failing, or failed worst, in words.
    pub nearest: String,
}

/// The word for `blame`.
pub fn blame_word(blame: Blame) -> &'static str {
    match blame {
        Blame::Candidate => "candidate",
        Blame::Generator => "generator",
        Blame::Host => "host",
        Blame::User => "user",
    }
}

fn place_of(trial: &TrialRecord) -> Place {
    Place {
        workload: text::line(&trial.planned.workload),
        load: text::line(&trial.planned.load.to_string()),
    }
}

/// The trials that count, in the order they ran.
pub(crate) fn sealed<'a>(trials: &[&'a TrialRecord]) -> Vec<Sealed<'a>> {
    trials
        .iter()
        .filter_map(|trial| match &trial.outcome {
            TrialOutcome::Sealed(observation) => Some(Sealed {
                place: place_of(trial),
                candidate: text::line(&trial.planned.candidate),
                round: trial.planned.round,
                observation,
            }),
            TrialOutcome::Void { .. } => None,
        })
        .collect()
}

/// The trials that do not count, in the order they ran.
pub(crate) fn voids(trials: &[&TrialRecord]) -> Vec<VoidRow> {
    let last: BTreeMap<u32, u32> =
        trials.iter().map(|trial| (trial.planned.id, trial.attempt)).collect();
    trials
        .iter()
        .filter_map(|trial| match &trial.outcome {
            TrialOutcome::Sealed(_) => None,
            TrialOutcome::Void { reason, blame, observation } => Some(VoidRow {
                trial: trial.planned.id,
                candidate: text::line(&trial.planned.candidate),
                place: place_of(trial),
                round: trial.planned.round,
                attempt: trial.attempt,
                blame: blame_word(*blame),
                reason: text::line(reason),
                stderr: observation.as_ref().map_or(String::new(), |o| text::block(&o.stderr_tail)),
                metrics: observation.as_ref().map_or(BTreeMap::new(), |o| named(&o.metrics)),
                replaced: last.get(&trial.planned.id).is_some_and(|last| *last > trial.attempt),
            }),
        })
        .collect()
}

/// `metrics` with inert names and finite values.
pub(crate) fn named(metrics: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    metrics
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(name, value)| (text::line(name), *value))
        .collect()
}

/// Every check by name: how often it passed, and the nearest miss.
pub(crate) fn gates(trials: &[&TrialRecord]) -> Vec<GateRow> {
    let mut rows: BTreeMap<String, (GateRow, f64)> = BTreeMap::new();
    for trial in trials {
        let observation = match &trial.outcome {
            TrialOutcome::Sealed(observation)
            | TrialOutcome::Void { observation: Some(observation), .. } => observation,
            TrialOutcome::Void { observation: None, .. } => continue,
        };
        for gate in &observation.gates {
            let strain = strain(gate.value, gate.bound, gate.passed);
            let (row, worst) = rows.entry(text::line(&gate.name)).or_insert_with(|| {
                let row = GateRow {
                    name: text::line(&gate.name),
                    passed: 0,
                    failed: 0,
                    blame: blame_word(gate.blame),
                    nearest: String::new(),
                };
                (row, f64::NEG_INFINITY)
            });
            row.passed += u32::from(gate.passed);
            row.failed += u32::from(!gate.passed);
            if strain > *worst {
                *worst = strain;
                row.blame = blame_word(gate.blame);
                row.nearest = text::line(&format!(
                    "trial {} ({}, {}): {}",
                    trial.planned.id, trial.planned.candidate, trial.planned.workload, gate.detail
                ));
            }
        }
    }
    rows.into_values().map(|(row, _)| row).collect()
}

/// How near a check came to its bound; failed ones above every passed one.
fn strain(value: f64, bound: f64, passed: bool) -> f64 {
    let distance = (value - bound).abs() / bound.abs().max(1e-12);
    if passed { -distance } else { 1e12_f64.min(distance) + 1.0 }
}
