//! The ordered trials: drawn from an experiment and a seed, fixed before the first.

use serde::{Deserialize, Serialize};

use crate::experiment::{Candidate, Experiment, Stop, candidate_of, twin_of};
use crate::order::{round_order, shuffle, stream};
use crate::workload::{Load, Workload};

/// The ordered trials of a run, fixed before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// What the order was drawn from.
    pub seed: u64,
    /// The trials in the order they run.
    pub trials: Vec<PlannedTrial>,
}

/// One candidate, one workload, one load, one fresh process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedTrial {
    /// Its place in the plan, from 1; unique in the run.
    pub id: u32,
    /// Which part of the plan it belongs to.
    pub stage: Stage,
    /// The round, from 1.
    pub round: u32,
    /// Its place among the trials of the same round, workload and load, from 0.
    pub position: u32,
    /// The candidate's label; the twin has a label of its own.
    pub candidate: String,
    /// The workload.
    pub workload: String,
    /// The load.
    pub load: Load,
}

/// The parts of a plan, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Closed-loop trials, which also yield the sustainable rates.
    Capacity,
    /// Open-loop trials at rates that all sustain.
    Rated,
    /// Rounds added after the first look; they hold every load.
    Added,
}

/// Seconds a trial takes beside warm-up and measuring: launch, readiness, learning the answers,
/// drain, stop. What it took in a run of 461 trials, for the most part; an estimate for people,
/// nothing is judged by it.
pub const TRIAL_OVERHEAD: f64 = 0.4;

impl Plan {
    /// Draws the order of all trials of the rounds that the stop rule asks for at the least.
    ///
    /// Closed loops come first, round by round, then open ones: those need the rates. Within a
    /// round the cells (workload and load) come in random order, and within a cell the candidates
    /// in a balanced random one, so that no candidate ever has its trials in a block.
    pub fn draw(experiment: &Experiment, seed: u64) -> Self {
        let rounds = first_rounds(&experiment.judging.stop);
        let mut trials = Vec::new();
        for stage in [Stage::Capacity, Stage::Rated] {
            for round in 1..=rounds {
                add_round(&mut trials, experiment, seed, stage, round, 1);
            }
        }
        Self { seed, trials }
    }

    /// The trials of one round beyond those planned, every load in it; their ids follow the
    /// highest of `before`.
    pub fn added_round(
        experiment: &Experiment,
        seed: u64,
        before: &[PlannedTrial],
    ) -> Vec<PlannedTrial> {
        let round = before.iter().map(|trial| trial.round).max().unwrap_or(0) + 1;
        let first_id = before.iter().map(|trial| trial.id).max().unwrap_or(0) + 1;
        let mut trials = Vec::new();
        add_round(&mut trials, experiment, seed, Stage::Added, round, first_id);
        trials
    }

    /// How long the trials will take, in seconds: an estimate without builds and contract.
    pub fn duration(&self, experiment: &Experiment) -> f64 {
        self.trials.iter().map(|trial| trial_duration(experiment, trial)).sum()
    }

    /// The highest round planned.
    pub fn rounds(&self) -> u32 {
        self.trials.iter().map(|trial| trial.round).max().unwrap_or(0)
    }
}

/// How long a trial will take, in seconds: an estimate.
pub fn trial_duration(experiment: &Experiment, trial: &PlannedTrial) -> f64 {
    experiment
        .workloads
        .iter()
        .find(|workload| workload.name == trial.workload)
        .map_or(0.0, |workload| workload.warm_up + trial.load.window(workload) + TRIAL_OVERHEAD)
}

/// The labels that take part in `workload`, in the order of the manifest; the twin comes last,
/// if what is seen is to be judged.
pub fn labels(experiment: &Experiment, workload: &Workload) -> Vec<String> {
    let takes_part = |candidate: &&Candidate| {
        candidate.workloads.is_empty() || candidate.workloads.contains(&workload.name)
    };
    let mut labels: Vec<String> = experiment
        .candidates
        .iter()
        .filter(takes_part)
        .map(|candidate| candidate.name.clone())
        .collect();
    if labels.contains(&experiment.reference) && !workload.exploratory {
        labels.push(twin_of(&experiment.reference));
    }
    labels
}

/// Rounds planned before the first look.
fn first_rounds(stop: &Stop) -> u32 {
    match stop {
        Stop::Fixed { rounds } => *rounds,
        Stop::Decided { rounds_min, .. } | Stop::Precision { rounds_min, .. } => *rounds_min,
    }
}

fn belongs(stage: Stage, load: &Load) -> bool {
    match stage {
        Stage::Capacity => load.is_closed(),
        Stage::Rated => !load.is_closed(),
        Stage::Added => true,
    }
}

fn add_round(
    trials: &mut Vec<PlannedTrial>,
    experiment: &Experiment,
    seed: u64,
    stage: Stage,
    round: u32,
    first_id: u32,
) {
    let mut cells: Vec<(&Workload, &Load)> = experiment
        .workloads
        .iter()
        .filter(|workload| workload.rounds.is_none_or(|rounds| round <= rounds))
        .flat_map(|workload| workload.loads.iter().map(move |load| (workload, load)))
        .filter(|(_, load)| belongs(stage, load))
        .collect();
    let round_name = round.to_string();
    shuffle(&mut stream(seed, &["cells", stage_name(stage), &round_name]), &mut cells);
    for (workload, load) in cells {
        let labels = labels(experiment, workload);
        let order = round_order(seed, &[&workload.name, &load.to_string()], labels.len(), round);
        for (position, index) in order.into_iter().enumerate() {
            trials.push(PlannedTrial {
                id: first_id + trials.len() as u32,
                stage,
                round,
                position: position as u32,
                candidate: labels[index].clone(),
                workload: workload.name.clone(),
                load: load.clone(),
            });
        }
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Capacity => "capacity",
        Stage::Rated => "rated",
        Stage::Added => "added",
    }
}

impl PlannedTrial {
    /// The candidate that runs: of the twin, the reference.
    pub fn runs(&self) -> &str {
        candidate_of(&self.candidate)
    }
}
