//! The validated question: which candidates, under which limits, judged how.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::criterion::{Criterion, Requirement};
use crate::database::Database;
use crate::metric::Direction;
use crate::quick::Quick;
use crate::upstream::Upstream;
use crate::workload::Workload;

/// What a manifest says once everything in it has been checked. Every name that is referred to
/// exists, every text is parsed, every default is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Experiment {
    /// What is being decided, in the team's words.
    pub title: String,
    /// The candidate the others are compared with; also the one that runs twice (A/A).
    pub reference: String,
    /// What every candidate gets.
    pub limits: Limits,
    /// The candidates in the order of the manifest. Names are unique.
    pub candidates: Vec<Candidate>,
    /// What stands in for the services that they call, if they call any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The database that they keep their data in, if they use one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// What every candidate must do.
    pub contract: Contract,
    /// Requests and how they arrive. Names are unique.
    pub workloads: Vec<Workload>,
    /// What is measured beside load.
    pub probes: Vec<Probe>,
    /// What is weighed.
    pub criteria: Vec<Criterion>,
    /// What must hold.
    pub requirements: Vec<Requirement>,
    /// Named sets of swing points, criterion name to points; they replace the criteria's own.
    pub profiles: BTreeMap<String, BTreeMap<String, f64>>,
    /// How the comparison is made and when it stops.
    pub judging: Judging,
    /// What `--quick` makes of it.
    #[serde(default)]
    pub quick: Quick,
    /// Path of the claims file, relative to the manifest.
    pub claims: Option<String>,
    /// Path of the folder of defective programs, relative to the manifest.
    pub battery: Option<String>,
}

/// One implementation under comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Candidate {
    /// Its name: lower-case letters, digits, `-`, `_`, `.`; never ends in [`TWIN_SUFFIX`].
    pub name: String,
    /// The language it stands for, as people write it (`Rust`, `Go`).
    pub language: String,
    /// How far it was tuned.
    pub tuning: Tuning,
    /// One line on what it is.
    pub note: String,
    /// Where it comes from.
    pub source: Source,
    /// The receipt that it can be built here: a command that must succeed, first line kept.
    pub toolchain: Vec<String>,
    /// What to tell someone who lacks the toolchain.
    pub hint: String,
    /// Commands that fetch what the build needs (not timed), each an argument array.
    pub fetch: Vec<Vec<String>>,
    /// Commands that build it (timed), each an argument array.
    pub build: Vec<Vec<String>>,
    /// Commands that remove what the build made, so that a clean build can be timed.
    pub clean: Vec<Vec<String>>,
    /// A check-only build (`cargo check`), if the language has one.
    pub check: Vec<Vec<String>>,
    /// The file that the build makes, relative to the source folder.
    pub artifact: Option<String>,
    /// The command that starts it. `{artifact}` and `{address}` (`127.0.0.1:PORT`), `{port}`,
    /// `{dir}`, `{upstream}` (an address too), `{database}` (a URL) and `{pool}` are filled in.
    pub run: Vec<String>,
    /// Environment variables it gets beside the allow-list.
    pub env: BTreeMap<String, String>,
    /// The request that answers 200 once it is ready.
    pub ready: Ready,
    /// How long it may take to become ready, in seconds.
    pub ready_within: f64,
    /// How long it may take to stop after SIGTERM, in seconds.
    pub stop_within: f64,
    /// The workloads it takes part in; empty means all.
    pub workloads: Vec<String>,
}

impl Candidate {
    /// Whether it takes part in one of these workloads at least. No workloads at all, on either
    /// side, stands for all of them.
    pub fn takes_part(&self, workloads: &[String]) -> bool {
        workloads.is_empty()
            || self.workloads.is_empty()
            || workloads.iter().any(|workload| self.workloads.contains(workload))
    }
}

/// How the label of the second run of the reference ends.
pub const TWIN_SUFFIX: &str = "~twin";

/// The label under which candidate `name` runs a second time (A/A).
pub fn twin_of(name: &str) -> String {
    format!("{name}{TWIN_SUFFIX}")
}

/// The candidate behind a label: the label itself, or the reference if it is its twin.
pub fn candidate_of(label: &str) -> &str {
    label.strip_suffix(TWIN_SUFFIX).unwrap_or(label)
}

/// Where a candidate comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A folder, relative to the manifest.
    Dir(String),
    /// A revision of the repository that the manifest is in, and the folder within it.
    Git {
        /// A revision as git understands it.
        rev: String,
        /// The folder within the repository.
        dir: String,
    },
    /// Something already running on loopback; it is neither built nor started.
    Url(String),
}

/// How far a candidate was tuned; ranked apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// As its documentation teaches it.
    OutOfTheBox,
    /// With settings chosen for speed, listed in its note.
    Tuned,
}

/// The request that shows that a candidate is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ready {
    /// The method, upper case.
    pub method: String,
    /// The path with its query.
    pub path: String,
}

/// What every candidate gets, the same for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Processors for the candidate; the generator gets others where there are any.
    pub cpus: u32,
    /// Memory, in bytes; swap is not granted beside it.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u64>,
    /// Refuse to run where a limit cannot be enforced.
    pub required: bool,
}

/// A measurement other than load, built in or a program of the suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Probe {
    /// Its name; built-in probes are listed in `docs/manifest.md`.
    pub name: String,
    /// How often it is repeated.
    #[serde(default = "once")]
    pub rounds: u32,
    /// Of a built-in probe, the candidates it is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// What it does.
    pub kind: ProbeKind,
}

const fn once() -> u32 {
    1
}

/// Whether a probe is ours or the suite's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeKind {
    /// Known to the program, applied to every candidate.
    BuiltIn,
    /// A program that prints one JSON object a line.
    Program {
        /// The label its results are filed under (stands where a candidate's name would).
        subject: String,
        /// The folder it is built and run in, relative to the manifest.
        dir: String,
        /// The receipt that it can be built here.
        toolchain: Vec<String>,
        /// What to tell someone who lacks the toolchain.
        hint: String,
        /// Commands that build it.
        build: Vec<Vec<String>>,
        /// The command that runs it.
        run: Vec<String>,
        /// How long one run may take, in seconds.
        within: f64,
        /// The metrics it prints, and which way each is better.
        #[serde(default)]
        metrics: BTreeMap<String, Direction>,
    },
}

/// How candidates are compared and when measuring stops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judging {
    /// When to stop.
    pub stop: Stop,
    /// The joint confidence of all primary verdicts.
    pub level: f64,
    /// The margin of metrics that name none, as a fraction.
    pub margin: f64,
    /// Margins by metric name, as fractions.
    pub margins: BTreeMap<String, f64>,
    /// Metrics whose verdicts share the joint confidence; others are exploratory.
    pub primary: Vec<String>,
    /// Prior variance of the anytime-valid interval (METHODS.md A6).
    pub prior_variance: f64,
    /// How often each candidate is built; rounds take turns with the builds (METHODS.md A7).
    #[serde(default = "once")]
    pub builds: u32,
    /// How often a void trial is planned again.
    pub retries: u32,
    /// What retries may take in all, as a share of the time that the planned trials should take.
    #[serde(default = "half")]
    pub retry_share: f64,
    /// Bounds beyond which a trial is void.
    pub gates: GateBounds,
}

/// When measuring stops (METHODS.md A6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Stop {
    /// After a number of rounds, one look.
    Fixed {
        /// Rounds.
        rounds: u32,
    },
    /// When every primary verdict is decisive, looking after every round.
    Decided {
        /// First look.
        rounds_min: u32,
        /// Last look.
        rounds_max: u32,
    },
    /// When every primary interval is narrow enough.
    Precision {
        /// Half-width wanted, as a fraction.
        half_width: f64,
        /// First look.
        rounds_min: u32,
        /// Last look.
        rounds_max: u32,
    },
}

/// Bounds beyond which a trial is void (METHODS.md, table of defaults).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GateBounds {
    /// Generator CPU of its core in open-loop trials, as a fraction.
    pub generator_cpu_max: f64,
    /// Delivered over offered rate, as a fraction.
    pub rate_delivered_min: f64,
    /// Send lag p99 of open-loop trials, in seconds.
    pub send_lag_p99_max: f64,
    /// Failed over all requests, as a fraction.
    pub errors_max: f64,
    /// Distance of throughput x time over requests in flight from 1.
    pub littles_law_max: f64,
    /// Steal time over wall time.
    pub steal_max: f64,
    /// The generator's run-queue wait over wall time.
    pub generator_wait_max: f64,
    /// The candidate's run-queue wait caused by others, over wall time.
    pub interference_max: f64,
    /// The upstream's CPU of its processor, as a fraction.
    #[serde(default = "half")]
    pub upstream_cpu_max: f64,
}

/// What runs of programs that did not know such a bound are held to.
const fn half() -> f64 {
    0.5
}
