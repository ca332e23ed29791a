//! The metrics the program knows, with unit and direction.

use bakeoff_units::Unit;
use serde::{Deserialize, Serialize};

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

/// A number that a trial or probe yields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// The name used in manifests, exports and reports.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Which way is better.
    pub better: Direction,
    /// For people, in a few words.
    pub label: &'static str,
}

const fn lower(name: &'static str, unit: Unit, label: &'static str) -> Metric {
    Metric { name, unit, better: Direction::Lower, label }
}

const fn higher(name: &'static str, unit: Unit, label: &'static str) -> Metric {
    Metric { name, unit, better: Direction::Higher, label }
}

/// Every metric the program itself yields. A new one is one line here.
pub const METRICS: &[Metric] = &[
    higher("throughput", Unit::PerSecond, "verified answers a second"),
    higher("capacity", Unit::PerSecond, "highest rate that kept its bounds"),
    higher("goodput", Unit::PerSecond, "verified answers a second under overload"),
    lower("recovery", Unit::Seconds, "end of an overload until latency is back"),
    lower("latency-p50", Unit::Seconds, "latency p50, from intended start"),
    lower("latency-p90", Unit::Seconds, "latency p90, from intended start"),
    lower("latency-p99", Unit::Seconds, "latency p99, from intended start"),
    lower("latency-p999", Unit::Seconds, "latency p99.9, from intended start"),
    lower("latency-max", Unit::Seconds, "highest latency, from intended start"),
    lower("latency-mean", Unit::Seconds, "mean latency, from intended start"),
    lower("latency-spread", Unit::Count, "latency p99.9 over p50"),
    lower("service-p50", Unit::Seconds, "service time p50, from the send"),
    lower("service-p99", Unit::Seconds, "service time p99, from the send"),
    lower("cpu-per-request", Unit::Seconds, "CPU time a verified answer"),
    lower("cpu-share", Unit::Fraction, "CPU used, of one core"),
    lower("run-queue-wait", Unit::Fraction, "time waiting for a processor"),
    lower("memory-idle", Unit::Bytes, "memory when ready, before load"),
    lower("memory-peak", Unit::Bytes, "peak memory under load"),
    lower("memory-after", Unit::Bytes, "memory after load"),
    lower("errors", Unit::Fraction, "failed requests, share of all"),
    lower("start", Unit::Seconds, "exec to first correct answer"),
    lower("build-clean", Unit::Seconds, "clean build"),
    lower("build-incremental", Unit::Seconds, "build after one line changed"),
    lower("build-noop", Unit::Seconds, "build with nothing changed"),
    lower("build-check", Unit::Seconds, "check-only build"),
    lower("artifact-size", Unit::Bytes, "artifact size"),
    lower("artifact-size-stripped", Unit::Bytes, "artifact size, stripped"),
    lower("dynamic-dependencies", Unit::Count, "shared libraries it needs"),
    lower("bytes-per-connection", Unit::Bytes, "memory an idle connection"),
    lower("shutdown-lost", Unit::Count, "answers lost in a graceful shutdown"),
    lower("shutdown", Unit::Seconds, "SIGTERM to exit"),
    lower("dependencies", Unit::Count, "third-party packages"),
    lower("dependency-depth", Unit::Count, "depth of the dependency tree"),
    lower("build-differs", Unit::Count, "clean builds in two folders that differ"),
    lower("source-lines", Unit::Count, "source lines without blanks and comments"),
];

/// The metric of that name, if the program itself yields it.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Metrics that are counted, not sampled: they have no interval (METHODS.md A3).
pub const EXACT: &[&str] = &[
    "artifact-size",
    "artifact-size-stripped",
    "dynamic-dependencies",
    "dependencies",
    "dependency-depth",
    "build-differs",
    "source-lines",
];

/// The quantile that a metric stands on, by its name: .99 for `latency-p99`. The spread stands on
/// its higher end; `None` for metrics that are no quantile of single answers.
pub fn quantile(name: &str) -> Option<f64> {
    if name == "latency-spread" {
        return Some(0.999);
    }
    let rank = name.strip_prefix("latency-p").or_else(|| name.strip_prefix("service-p"))?;
    if rank.len() < 2 || !rank.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // p999 is the 99.9th percentile.
    format!("0.{rank}").parse().ok()
}

/// The answers that a trial must have for a verdict on a quantile: a hundred beyond it
/// (METHODS.md A3), so 10 000 for a p99.
pub fn answers_needed(quantile: f64) -> u32 {
    (100.0 / (1.0 - quantile)).round() as u32
}

/// Metrics that trials under load yield as well as a probe.
pub(crate) const UNDER_LOAD_TOO: &[&str] = &["memory-idle"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_needs_a_hundred_answers_beyond_it() {
        let needed = |name| quantile(name).map(answers_needed);
        for (name, answers) in [
            ("latency-p50", 200),
            ("latency-p90", 1_000),
            ("latency-p99", 10_000),
            ("service-p99", 10_000),
            ("latency-p999", 100_000),
            ("latency-spread", 100_000),
        ] {
            assert_eq!(needed(name), Some(answers), "{name}");
        }
        for name in
            ["latency-max", "latency-mean", "throughput", "update-p99", "latency-p", "latency-p9x"]
        {
            assert_eq!(needed(name), None, "{name}");
        }
    }
}
