//! What stands in for the services that candidates call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::experiment::{Candidate, Experiment, Ready};

/// Where its address is filled in, in a candidate's `run` and `env`.
pub const UPSTREAM_HOLE: &str = "{upstream}";

/// What stands in for the services that candidates call: started afresh beside each of them,
/// outside its limits and its account, and stopped with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Upstream {
    /// The workloads whose requests reach it; empty means all. It runs beside no trial of others.
    pub workloads: Vec<String>,
    /// The program; `None` is the stub that is built in.
    pub program: Option<UpstreamProgram>,
}

/// A program that stands in for the services that candidates call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UpstreamProgram {
    /// The folder it starts in, relative to the manifest.
    pub dir: String,
    /// The command that starts it. `{address}`, `{port}` and `{dir}` are filled in.
    pub run: Vec<String>,
    /// Environment variables it gets beside the allow-list.
    pub env: BTreeMap<String, String>,
    /// The request that answers 200 once it is ready.
    pub ready: Ready,
    /// How long it may take to become ready, in seconds.
    pub ready_within: f64,
}

impl Upstream {
    /// Whether requests of this workload reach it.
    pub fn is_reached_by(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|known| known == workload)
    }

    /// Whether it is reached under load at all by what `experiment` still holds.
    pub fn is_reached(&self, experiment: &Experiment) -> bool {
        self.workloads.is_empty()
            || experiment.workloads.iter().any(|w| self.is_reached_by(&w.name))
    }

    /// What it is, for people.
    pub fn describe(&self) -> String {
        match &self.program {
            None => "the built-in stub".to_owned(),
            Some(program) => format!("`{}`", program.run.join(" ")),
        }
    }
}

impl Candidate {
    /// Whether it is told where the upstream is.
    pub fn calls_upstream(&self) -> bool {
        self.run.iter().chain(self.env.values()).any(|text| text.contains(UPSTREAM_HOLE))
    }
}
