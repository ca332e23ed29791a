//! `bakeoff.analysis/1`: comparisons and rig checks computed from raw trials.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The schema name of [`Analysis`].
pub const ANALYSIS_SCHEMA: &str = "bakeoff.analysis/1";

/// What follows from the trials of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Analysis {
    /// [`ANALYSIS_SCHEMA`].
    pub schema: String,
    /// Every pair, workload, load and metric; `a` against `b`.
    pub comparisons: Vec<Comparison>,
    /// Whether the rig can be trusted.
    pub rig: Rig,
}

/// One candidate against another on one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Comparison {
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
    /// Rounds in which both have a sealed trial.
    pub rounds: u32,
    /// Geometric mean of a over b, in the metric's own direction.
    pub ratio: f64,
    /// Lower limit of the ratio; `None` where the interval is not finite, and for exact metrics.
    pub lower: Option<f64>,
    /// Upper limit of the ratio; `None` where the interval is not finite.
    pub upper: Option<f64>,
    /// Confidence of this one interval.
    pub level: f64,
    /// The margin, as a fraction.
    pub margin: f64,
    /// `t`, `anytime`, `planned`, `precision`, `welch` or `exact`.
    pub interval: String,
    /// `better`, `worse`, `equivalent`, `better-size-unclear`, `worse-size-unclear` or
    /// `inconclusive`; speaks of `a`.
    pub verdict: String,
    /// Whether the verdict shares the joint confidence, or is exploratory.
    #[serde(default)]
    pub primary: bool,
    /// Geometric mean of `a`, in base units.
    pub a_mean: f64,
    /// Geometric mean of `b`, in base units.
    pub b_mean: f64,
    /// Rounds that would probably settle an inconclusive verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds_needed: Option<u32>,
    /// How rounds and builds vary, where there are several builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builds: Option<BuildLevels>,
    /// What a reader must know beside it: `detectable but immaterial`, `outlier-sensitive`, ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Log ratios taken apart by level: rounds within builds (METHODS.md A7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BuildLevels {
    /// Pairs of builds.
    pub builds: u32,
    /// Variance that builds add; 0 where chance made the estimate negative.
    pub build_variance: f64,
    /// Variance of rounds of the same build.
    pub round_variance: f64,
    /// What the interval rests on: `builds` where they add variance, else `rounds`.
    pub rests_on: String,
    /// The cheapest number of rounds of each build at the costs given, else where one more build costs as much as one more
    /// round; absent where builds add nothing, so that one serves for all rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds_a_build: Option<u32>,
}

/// Whether the rig can be trusted (METHODS.md A8, A9).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rig {
    /// Noise floor as a fraction, by `workload|load|metric`.
    pub noise_floor: BTreeMap<String, f64>,
    /// The true difference, as a fraction, that as many rounds as the reference and its twin share would find four times out
    /// of five; of primary metrics, by `workload|load|metric`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detectable: BTreeMap<String, f64>,
    /// Trends found.
    pub drift: Vec<Finding>,
    /// Order effects found.
    pub order_effect: Vec<Finding>,
    /// Whether verdicts may be trusted.
    pub valid: bool,
    /// Why not, and what else a reader should know, in sentences.
    pub reasons: Vec<String>,
    /// What was measured but has no ratio, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncompared: Vec<Uncompared>,
}

/// Two candidates that cannot be compared on a metric by a ratio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Uncompared {
    /// Where: `workload|load|metric`.
    pub cell: String,
    /// The candidate spoken of.
    pub a: String,
    /// The candidate it would be compared with.
    pub b: String,
    /// Why not.
    pub reason: String,
    /// How far apart they are, where a value is zero and both were measured in two rounds or more; never a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Apart>,
}

/// The mean difference of two candidates, in base units: what is left where a zero forbids a ratio (METHODS.md A4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Apart {
    /// Mean of a less b over the rounds.
    pub mean: f64,
    /// Lower limit, by the stop rule; `None` where the interval is not finite.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Confidence of the interval.
    pub level: f64,
}

/// Something found in the data that a reader should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Where: `workload|load|metric`.
    pub cell: String,
    /// What, in a sentence.
    pub text: String,
    /// Its p-value.
    pub p: f64,
    /// Whether it blocks the verdicts of that cell.
    pub blocks: bool,
}

/// The JSON Schema of [`Analysis`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Analysis).to_value()
}
