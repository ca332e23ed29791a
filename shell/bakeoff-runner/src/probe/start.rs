//! From exec to the first correct answer, and the memory a candidate has before any load.

use std::time::Duration;

use super::{Found, ProbeError, Subject};
use crate::sample::Gauge;

/// How long a candidate is left alone before its memory counts as idle.
const SETTLE: Duration = Duration::from_millis(200);

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let running = subject.start()?;
    let mut found = Found::default();
    if let Some(seconds) = running.start_seconds {
        found.metric("start", seconds);
    }
    if let Some(process) = running.process() {
        // Runtimes give back or fill caches right after they start; the same pause for all.
        std::thread::sleep(SETTLE);
        let rig = subject.rig;
        let gauge = Gauge::open(process, &rig.processors, &rig.environment.cgroup_root);
        let memory = gauge.memory().proportional;
        if memory > 0 {
            found.metric("memory-idle", memory as f64);
        }
    }
    let stopped = running.stop(subject.grace(), &subject.rig.signals);
    found.fact("stopped by", stopped.facts.rung);
    Ok(found)
}
