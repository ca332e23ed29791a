//! Facts about the machine that a reader needs to believe or repeat a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts about the machine, recorded before the first trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HostFacts {
    /// Processor model as the kernel names it.
    pub cpu_model: String,
    /// Processors we may use.
    pub cpus: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Kernel name and release.
    pub kernel: String,
    /// Distribution name and version.
    pub os: String,
    /// The hypervisor, if it shows.
    pub virtualisation: String,
    /// `v1`, `v2`, `hybrid` or `none`, and which controllers can be used.
    pub cgroups: String,
    /// Clock source, governor, turbo, steal and whatever else was found, by name.
    pub facts: BTreeMap<String, String>,
    /// What makes this machine a poor rig, in sentences.
    pub warnings: Vec<String>,
}
