//! What a trial yielded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a trial yielded. Numbers are in SI base units: seconds, bytes, per second, fractions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Observation {
    /// One number a metric; names are those of [`crate::metric`].
    pub metrics: BTreeMap<String, f64>,
    /// Right answers whose latency was taken: what its quantiles stand on. `None` if nobody counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<u64>,
    /// The checks that the trial had to pass.
    pub gates: Vec<Gate>,
    /// Numbers over time by name: (seconds since measuring began, value).
    pub series: BTreeMap<String, Vec<(f64, f64)>>,
    /// Names of the histograms stored beside it (HdrHistogram V2, nanoseconds).
    pub histograms: Vec<String>,
    /// The rate offered, per second; `None` in a closed loop.
    pub offered: Option<f64>,
    /// Failed requests by kind, with an example each.
    pub errors: Vec<ErrorCount>,
    /// How long each part took, in seconds: launch, ready, warm-up, measure, drain, stop.
    pub wall: BTreeMap<String, f64>,
    /// What was needed to stop it.
    pub stop: StopFacts,
    /// Limits really in force, in words by name.
    pub limits: BTreeMap<String, String>,
    /// Last lines of the candidate's standard error, if anything was wrong.
    pub stderr_tail: String,
    /// When it started, seconds since the Unix epoch. For people; durations use other clocks.
    pub started_unix: f64,
}

/// A check that a trial had to pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gate {
    /// Its name: `generator-cpu`, `rate-delivered`, `littles-law`, `errors`, ...
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was seen.
    pub value: f64,
    /// The bound it was held against.
    pub bound: f64,
    /// Who is to blame if it failed.
    pub blame: Blame,
    /// In words, with units.
    pub detail: String,
}

/// The gate that asks whether the offered rate was sent.
pub const RATE_DELIVERED: &str = "rate-delivered";

/// Who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// The implementation under comparison.
    Candidate,
    /// Our own load generator.
    Generator,
    /// The machine or its neighbours.
    Host,
    /// Whoever runs us: Ctrl-C, Ctrl-Z, a changed file.
    User,
}

/// Failed requests of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ErrorCount {
    /// The kind: `refused`, `reset`, `timeout-first-byte`, `protocol`, `check-body`, ...
    pub kind: String,
    /// How many.
    pub count: u64,
    /// One of them, escaped, at most 512 bytes.
    pub example: String,
}

/// What was needed to stop a candidate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StopFacts {
    /// The rung that ended it: `term`, `cgroup-kill`, `freezer-kill`, `group-kill`, `tree-kill`.
    pub rung: String,
    /// Exit status in words (`exit status 0`, `signal 9`).
    pub status: String,
    /// Processes of it that outlived their leader.
    pub leaked: u32,
}
