//! `bakeoff.trials/1`: the raw trials as an outsider reads and writes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metric::Direction;
use crate::numbers::Numbers;

/// The schema name of [`Trials`].
pub const TRIALS_SCHEMA: &str = "bakeoff.trials/1";

/// The raw trials of a run with the design they were made under. SI base units throughout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trials {
    /// [`TRIALS_SCHEMA`].
    pub schema: String,
    /// What was decided before the data.
    pub design: Design,
    /// Sealed trials, one row each.
    pub trials: Vec<TrialRow>,
}

/// What was decided before the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Candidate labels; the reference's twin among them if it ran.
    pub candidates: Vec<String>,
    /// The candidate the others are compared with.
    pub reference: String,
    /// Margins by metric, as fractions.
    #[serde(default)]
    pub margin: BTreeMap<String, f64>,
    /// Joint confidence of the primary verdicts.
    pub level: f64,
    /// The stop rule.
    pub stop: StopDesign,
    /// Which way is better, by metric.
    #[serde(default)]
    pub direction: BTreeMap<String, Direction>,
    /// Metrics whose verdicts share the joint confidence; empty means those with a margin, and all
    /// if there is no margin either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub primary: Vec<String>,
    /// Workloads whose verdicts are exploratory whatever the metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exploratory: Vec<String>,
}

/// The stop rule as exported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopDesign {
    /// `fixed`, `anytime`, `planned` or `precision`.
    pub kind: String,
    /// Rounds of a fixed run; the most of any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    /// Prior variance of the anytime-valid interval; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_variance: Option<f64>,
    /// Wanted half-width of a precision run, as a fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// The looks of a planned run, in rounds; those of METHODS.md if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<u32>,
}

/// One sealed trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialRow {
    /// The round, from 1.
    pub round: u32,
    /// Place in the round, from 0.
    pub position: u32,
    /// The candidate's label.
    pub candidate: String,
    /// The workload; empty for probes.
    #[serde(default)]
    pub workload: String,
    /// The load's label; empty for probes.
    #[serde(default)]
    pub load: String,
    /// The build it ran, from 1.
    #[serde(default = "one")]
    pub build: u32,
    /// Answers that its latency quantiles stand on. Where they are too few for a quantile, that
    /// quantile gets no verdict; where nobody says, it is taken to be enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<u32>,
    /// One number a metric.
    #[schemars(with = "BTreeMap<String, f64>")]
    pub metrics: Numbers,
}

const fn one() -> u32 {
    1
}

/// The JSON Schema of [`Trials`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Trials).to_value()
}
