//! Which metrics a load yields: known before it is measured.

use crate::experiment::{Experiment, Stop};
use crate::metric::quantile;
use crate::short_window::ShortWindow;
use crate::workload::{Level, Load, Workload};

/// Metrics that a load yields only where it is the same for all candidates.
const COMPARED_AT_EQUAL_LOAD: &[&str] =
    &["cpu-per-request", "run-queue-wait", "memory-peak", "memory-after"];

/// Metrics that every trial yields.
const ALWAYS: &[&str] = &["errors", "start", "memory-idle", "cpu-share"];

impl Workload {
    /// Whether what depends on the load may be compared under this load of the workload: all
    /// candidates get the same, or there is nothing but closed loops.
    pub fn is_comparable(&self, load: &Load) -> bool {
        match load.level {
            Level::Closed(_) => self.loads.iter().all(Load::is_closed),
            Level::Rate(_) | Level::Share(_) | Level::Overload(_) => true,
            Level::Sweep(_) => false,
        }
    }

    /// Whether trials of this load yield `metric`, if all goes well.
    pub fn yields(&self, load: &Load, metric: &str) -> bool {
        if ALWAYS.contains(&metric) {
            return true;
        }
        if COMPARED_AT_EQUAL_LOAD.contains(&metric) {
            return self.is_comparable(load);
        }
        match load.level {
            Level::Closed(_) => metric == "throughput",
            Level::Rate(_) | Level::Share(_) => {
                metric.starts_with("latency-") || metric.starts_with("service-")
            }
            Level::Sweep(_) => metric == "capacity",
            Level::Overload(_) => ["goodput", "recovery"].contains(&metric),
        }
    }

    /// Whether trials of this load have answers enough for a verdict on `metric`, as far as that
    /// is known: of a share of what is sustained, nobody can say before.
    fn has_answers_for(&self, load: &Load, metric: &str) -> bool {
        let Level::Rate(per_second) = load.level else { return true };
        let answers = (per_second * self.measure).ceil() as u32;
        quantile(metric).is_none() || ShortWindow::of(metric, Some(answers)).is_none()
    }
}

/// A primary metric on which there is no verdict to wait for, somewhere or anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unawaited {
    /// The metric.
    pub metric: String,
    /// The workloads under which there will be no verdict on it.
    pub workloads: Vec<String>,
    /// Whether there will be none at all.
    pub anywhere: bool,
}

impl std::fmt::Display for Unawaited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { metric, workloads, anywhere } = self;
        let (who, yields) = match (anywhere, workloads.len()) {
            (true, _) => ("nothing here".to_owned(), "yields"),
            (false, 1) => (workloads.join(", "), "never yields"),
            (false, _) => (workloads.join(", "), "never yield"),
        };
        write!(
            f,
            "`{metric}` is primary, but {who} {yields} it, or not with answers enough: no verdict on \
             it is waited for there"
        )
    }
}

/// The primary metrics on which an experiment that stops by its verdicts will wait in vain, or
/// rather not wait at all. None where it stops after a number of rounds.
pub fn unawaited(experiment: &Experiment) -> Vec<Unawaited> {
    match experiment.judging.stop {
        Stop::Fixed { .. } => return Vec::new(),
        Stop::Decided { .. } | Stop::Precision { .. } => {}
    }
    let probed = experiment.probed_metrics();
    let lacks = |metric: &String| {
        let lacking: Vec<String> = experiment
            .workloads
            .iter()
            .filter(|w| {
                !w.loads.iter().any(|l| w.yields(l, metric) && w.has_answers_for(l, metric))
            })
            .map(|workload| workload.name.clone())
            .collect();
        let anywhere = lacking.len() == experiment.workloads.len();
        (anywhere || !lacking.is_empty()).then(|| Unawaited {
            metric: metric.clone(),
            workloads: lacking,
            anywhere,
        })
    };
    let primary = experiment.judging.primary.iter();
    primary.filter(|metric| !probed.contains(*metric)).filter_map(lacks).collect()
}

/// Whether there is any verdict to wait for, or none is waited for.
pub fn awaits_anything(experiment: &Experiment) -> bool {
    match experiment.judging.stop {
        Stop::Fixed { .. } => return true,
        Stop::Decided { .. } | Stop::Precision { .. } => {}
    }
    let nowhere = unawaited(experiment).into_iter().filter(|it| it.anywhere).count();
    nowhere < experiment.judging.primary.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What is said before a run of these workloads that stops when it is decided, and whether
    /// there is anything to wait for.
    fn said(workloads: &str, primary: &str) -> String {
        let manifest = format!(
            "title = \"t\"\n[candidates.a]\ndir = \"d\"\nrun = [\"./x\"]\n{workloads}\n\
             [judging]\nuntil = \"decided\"\nprimary = [{primary}]\n"
        );
        let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
        let read = crate::manifest::read("m", manifest.as_bytes(), &files).unwrap();
        let mut lines: Vec<String> =
            unawaited(&read.experiment).iter().map(Unawaited::to_string).collect();
        if !awaits_anything(&read.experiment) {
            lines.push("nothing to wait for".to_owned());
        }
        lines.join("\n")
    }

    const CLOSED: &str = "[workloads.closed]\nrequests = [{ get = \"/\" }]\nclosed = 4\n";
    const OPEN: &str = "[workloads.open]\nrequests = [{ get = \"/\" }]\nload = \"60%\"\n";
    const SLOW: &str = "[workloads.slow]\nrequests = [{ get = \"/\" }]\nload = \"300/s\"\n\
        measure = \"10s\"\n";

    #[test]
    fn a_metric_that_a_workload_never_yields_is_said_before_the_run() {
        let all = [CLOSED, OPEN, SLOW].concat();
        insta::assert_snapshot!(said(&all, "\"latency-p99\", \"memory-peak\", \"capacity\""), @r"
        `latency-p99` is primary, but closed, slow never yield it, or not with answers enough: no verdict on it is waited for there
        `capacity` is primary, but nothing here yields it, or not with answers enough: no verdict on it is waited for there
        ");
        insta::assert_snapshot!(said(&[OPEN, SLOW].concat(), "\"throughput\""), @"`throughput` is primary, but slow never yields it, or not with answers enough: no verdict on it is waited for there");
    }

    #[test]
    fn a_run_that_would_wait_for_nothing_is_told_from_one_that_waits_for_something() {
        insta::assert_snapshot!(said(CLOSED, "\"latency-p99\", \"capacity\""), @r"
        `latency-p99` is primary, but nothing here yields it, or not with answers enough: no verdict on it is waited for there
        `capacity` is primary, but nothing here yields it, or not with answers enough: no verdict on it is waited for there
        nothing to wait for
        ");
        assert_eq!(said(CLOSED, "\"throughput\", \"artifact-size\""), "");
        assert_eq!(said(OPEN, "\"throughput\", \"latency-p99\", \"cpu-per-request\""), "");
    }
}
