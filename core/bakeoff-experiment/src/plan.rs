//! The ordered trials.

use serde::{Deserialize, Serialize};

use crate::workload::Load;

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
