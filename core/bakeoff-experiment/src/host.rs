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
    /// The load generator's certificate on this machine, if there is one.
    #[serde(default)]
    pub calibration: Option<Calibration>,
}

/// The load generator's certificate: how wrong its numbers can be on this machine. Times in
/// seconds, rates per second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Calibration {
    /// When it was made, in seconds since the Unix epoch.
    pub at_unix: f64,
    /// The version of the program that made it.
    pub version: String,
    /// Lateness of sending at a moderate constant rate, median.
    pub send_lag_p50: f64,
    /// The same, quantile 0.99.
    pub send_lag_p99: f64,
    /// Most requests in a closed loop on one thread.
    pub rate_max: f64,
    /// The generator's CPU for each of them.
    pub cpu_per_request: f64,
    /// Most connections tried that all answered.
    pub connections: u32,
    /// Largest error of a reported percentile beyond 1 % or 200 µs of the truth; 0 if none is.
    pub excess_max: f64,
    /// Largest error of a reported median, in either direction; none if it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_p50: Option<f64>,
    /// What was wrong with the generator meanwhile; empty if nothing was.
    pub reasons: Vec<String>,
    /// The whole of it, as it was kept (`bakeoff.certificate/1`).
    pub certificate: String,
}
