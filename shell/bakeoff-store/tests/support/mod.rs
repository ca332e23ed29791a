//! Records to write: an opening record as version 1 spells it, and trials made up from numbers.

#![allow(dead_code, reason = "each test and the example use a part of it")]

use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::record::{Opened, Record, TrialOutcome, TrialRecord};

/// The opening record of run `run` with `trials` planned trials.
pub(crate) fn opened(run: &str, trials: u32) -> Opened {
    let record: Record = serde_json::from_str(include_str!("../data/opened-v1.json")).unwrap();
    let Record::Opened(mut opened) = record else { panic!("the file holds an opening record") };
    run.clone_into(&mut opened.run);
    let first = opened.plan.trials[0].clone();
    opened.plan.trials = (1..=trials)
        .map(|id| {
            let mut trial = first.clone();
            trial.id = id;
            trial
        })
        .collect();
    *opened
}

/// A sealed trial whose one metric is `value`.
pub(crate) fn sealed(opened: &Opened, id: u32, value: f64) -> TrialRecord {
    let mut observation = Observation::default();
    observation.metrics.insert("latency-p99".to_owned(), value);
    trial(opened, id, TrialOutcome::Sealed(observation))
}

/// A void trial.
pub(crate) fn void(opened: &Opened, id: u32) -> TrialRecord {
    let reason = "a neighbour was loud".to_owned();
    trial(opened, id, TrialOutcome::Void { reason, blame: Blame::Host, observation: None })
}

/// Blobs of a trial: their bytes follow from its id.
pub(crate) fn blobs(id: u32) -> Vec<(String, Vec<u8>)> {
    let bytes = (0..3000_u32).map(|place| (place * 31 + id) as u8).collect();
    vec![("latency".to_owned(), bytes), ("service".to_owned(), vec![id as u8; 500])]
}

fn trial(opened: &Opened, id: u32, outcome: TrialOutcome) -> TrialRecord {
    let planned = opened.plan.trials[id as usize - 1].clone();
    TrialRecord { planned, attempt: 1, outcome }
}

/// Whether the trial was sealed.
pub(crate) fn counts(trial: &TrialRecord) -> bool {
    match trial.outcome {
        TrialOutcome::Sealed(_) => true,
        TrialOutcome::Void { .. } => false,
    }
}
