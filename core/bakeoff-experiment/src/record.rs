//! Journal entries. The journal is the run: everything else is computed from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::battery::BatteryRecord;
use crate::experiment::Experiment;
use crate::host::HostFacts;
use crate::observation::{Blame, Observation};
use crate::plan::{Plan, PlannedTrial};

/// One journal entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "record")]
pub enum Record {
    /// The run began; always the first entry.
    Opened(Box<Opened>),
    /// The machine.
    Host(HostFacts),
    /// A candidate was built, or could not be.
    Built(BuildRecord),
    /// A candidate was held against the contract.
    Contract(ContractRecord),
    /// The offered rates were fixed from the capacity trials.
    Rates(Rates),
    /// A probe yielded numbers.
    Probe(ProbeRecord),
    /// The defective programs were put to the tools.
    Battery(BatteryRecord),
    /// A trial was sealed or voided.
    Trial(Box<TrialRecord>),
    /// Rounds were added after the first look.
    Extended(Extended),
    /// The run was interrupted; it can be resumed.
    Interrupted(Interrupted),
    /// The run was taken up again.
    Resumed(Resumed),
    /// Nothing is left to do.
    Finished(Finished),
}

/// How a run began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Opened {
    /// The run's id (a ULID).
    pub run: String,
    /// The version of the program.
    pub version: String,
    /// When, in seconds since the Unix epoch.
    pub at_unix: f64,
    /// The command line.
    pub command: Vec<String>,
    /// The folder the manifest is in.
    pub folder: String,
    /// The same as reports give it: from the top of its repository down, nothing of this machine.
    /// Empty in runs of programs that did not record it.
    #[serde(default)]
    pub place: String,
    /// The manifest as it was.
    pub manifest: String,
    /// The files beside it that answers rest on (ratings, claims), by the names that the manifest
    /// gives them, as they were. Empty in runs of programs that did not keep them.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The experiment it means, with what the command line changed.
    pub experiment: Experiment,
    /// The ordered trials.
    pub plan: Plan,
    /// BLAKE3 of criteria, anchors, weights, margins, stop rule and seed, in hex.
    pub lock: String,
}

/// What became of building a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BuildRecord {
    /// The candidate.
    pub candidate: String,
    /// Which build of it, from 1.
    #[serde(default = "first")]
    pub build: u32,
    /// How it went.
    pub outcome: BuildOutcome,
}

/// What programs recorded that built everything once.
const fn first() -> u32 {
    1
}

/// How building went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum BuildOutcome {
    /// There is an artifact.
    Done(BuildReceipt),
    /// The toolchain is missing; the manifest's hint goes with it.
    Skipped {
        /// What was tried and what it said.
        reason: String,
        /// What to install.
        hint: String,
    },
    /// A command failed.
    Failed {
        /// The command and its status.
        reason: String,
        /// The last lines of the log.
        log_tail: String,
        /// Where the whole log is, relative to the run's folder.
        log: String,
    },
}

/// What a build yielded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BuildReceipt {
    /// First line of the toolchain's answer.
    pub toolchain: String,
    /// BLAKE3 of the source folder's files, in hex.
    pub source_hash: String,
    /// BLAKE3 of the artifact, in hex.
    pub artifact_hash: String,
    /// Path of the artifact.
    pub artifact: String,
    /// Numbers: `build-clean` (s), `artifact-size` (B), ...
    pub metrics: BTreeMap<String, f64>,
    /// Where the whole log is, relative to the run's folder.
    pub log: String,
}

/// What became of holding a candidate against the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ContractRecord {
    /// The candidate.
    pub candidate: String,
    /// Fixed cases tried.
    pub cases: u32,
    /// Random requests compared.
    pub random: u32,
    /// What differed; empty means it passed.
    pub failures: Vec<ContractFailure>,
    /// Set if it did not start or died meanwhile: what happened.
    pub broke: Option<String>,
}

impl ContractRecord {
    /// Whether the candidate may be measured.
    pub fn passed(&self) -> bool {
        self.failures.is_empty() && self.broke.is_none()
    }
}

/// One answer that was not as it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ContractFailure {
    /// The case's name, or `random request 17`.
    pub case: String,
    /// What differs, in words.
    pub difference: String,
    /// The answer wanted (of the case, or of the reference), cut at 4 KiB.
    pub expected: String,
    /// The answer given, cut at 4 KiB.
    pub got: String,
    /// A curl line that reproduces it.
    pub curl: String,
}

/// The offered rates, fixed before the first open-loop trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rates {
    /// Sustainable rate per second by workload and candidate.
    pub sustainable: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Rates {
    /// The lowest sustainable rate over the candidates of `workload`, per second.
    pub fn weakest(&self, workload: &str) -> Option<f64> {
        self.sustainable.get(workload)?.values().copied().reduce(f64::min)
    }
}

/// What a probe yielded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProbeRecord {
    /// The probe.
    pub probe: String,
    /// The candidate or subject.
    pub candidate: String,
    /// The repetition, from 1.
    pub round: u32,
    /// One number a metric, SI base units.
    pub metrics: BTreeMap<String, f64>,
    /// The base units that a program named: `s`, `B`, `/s` or `fraction`, by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// Facts in words by name.
    pub facts: BTreeMap<String, String>,
    /// Why there are no numbers, if there are none.
    pub failure: Option<String>,
}

/// What became of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrialRecord {
    /// What was planned.
    pub planned: PlannedTrial,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// How it ended.
    pub outcome: TrialOutcome,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum TrialOutcome {
    /// It counts.
    Sealed(Observation),
    /// It does not count, but is kept.
    Void {
        /// Why.
        reason: String,
        /// Whose fault.
        blame: Blame,
        /// What it yielded all the same.
        observation: Option<Observation>,
    },
}

impl TrialOutcome {
    /// What the trial yielded, whether it counts or not.
    pub fn observation(&self) -> Option<&Observation> {
        match self {
            Self::Sealed(observation) => Some(observation),
            Self::Void { observation, .. } => observation.as_ref(),
        }
    }

    /// The wall time that it took, in seconds; `None` if nobody noted it.
    pub fn seconds(&self) -> Option<f64> {
        let wall = &self.observation()?.wall;
        (!wall.is_empty()).then(|| wall.values().sum())
    }
}

/// Rounds were added after the first look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Extended {
    /// The trials that were added.
    pub trials: Vec<PlannedTrial>,
    /// Why.
    pub reason: String,
}

/// The run was interrupted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interrupted {
    /// By what.
    pub reason: String,
    /// When, in seconds since the Unix epoch.
    pub at_unix: f64,
}

/// The run was taken up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resumed {
    /// When, in seconds since the Unix epoch.
    pub at_unix: f64,
    /// What was found and cleared: trials voided, processes killed.
    pub cleared: Vec<String>,
}

/// Nothing is left to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finished {
    /// When, in seconds since the Unix epoch.
    pub at_unix: f64,
    /// Why it stopped: `rounds done`, `decided`, `budget`, ...
    pub reason: String,
    /// Wall time by part of the run, in seconds: build, contract, warm-up, measure, rest.
    pub wall: BTreeMap<String, f64>,
}
