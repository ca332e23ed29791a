//! Whether the generator was fit to measure, and in words why not.

use crate::outcome::LoadOutcome;
use crate::problem::{Blame, Problem};

/// Lateness of its own that is never held against the generator, in nanoseconds, at p99.
pub(crate) const OWN_LAG_NS: u64 = 200_000;
/// Lateness of its own that is forgiven as a share of the latency, at p99.
const OWN_LAG_SHARE: f64 = 0.05;
/// Share of the time a thread may be ready to run without running.
const WAIT_SHARE: f64 = 0.05;
/// Share of the offered requests that must really be sent.
const DELIVERED_SHARE: f64 = 0.99;
/// Share of the time above which a generator in a closed loop measures itself.
const BUSY_SHARE: f64 = 0.97;
/// Longest time between two looks at the sockets, in nanoseconds.
const STALL_NS: u64 = 100_000_000;

/// Whether a generator was fit: if not, why, and what to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Nothing if it was fit; else what was wrong and what would help, a sentence each.
    pub reasons: Vec<String>,
    /// Whose doing that was: the host's if every reason is; none if it was fit.
    pub blame: Option<Blame>,
}

impl Health {
    /// Whether the measurement stands.
    pub fn is_healthy(&self) -> bool {
        self.reasons.is_empty()
    }

    /// In one word.
    pub fn word(&self) -> &'static str {
        if self.is_healthy() { "healthy" } else { "unfit" }
    }
}

impl LoadOutcome {
    /// Whether the generator was the bottleneck. Its reasons void a trial, blame Generator.
    pub fn health(&self) -> Health {
        let mut reasons = Vec::new();
        let mut hosts = usize::from(self.judge_lag(&mut reasons));
        hosts += usize::from(self.judge_cpu(&mut reasons));
        self.judge_rate(&mut reasons);
        let own = Problem::ALL.into_iter().filter(|problem| problem.blame() == Blame::Generator);
        for problem in own {
            let count = self.problems.of(problem) + self.other_problems.of(problem);
            if 0 < count {
                reasons.push(format!(
                    "{count} times `{}` on the generator's side: raise its limits, use fewer connections or less churn",
                    problem.name()
                ));
            }
        }
        if self.littles_law().is_some_and(|law| !law.holds) {
            reasons.push(
                "Little's law does not hold: the generator lost count of requests in flight"
                    .to_owned(),
            );
        }
        let blame = if reasons.len() == hosts { Blame::Host } else { Blame::Generator };
        let blame = (!reasons.is_empty()).then_some(blame);
        Health { reasons, blame }
    }

    /// Whether the generator would have been on time had the host not kept it from its processor.
    fn is_kept_late(&self, bound_ns: u64) -> bool {
        let [all, kept] = [&self.own_lag, &self.kept_lag].map(|lag| lag.count_above(bound_ns));
        !self.is_crowded() && (all - kept) * 100 <= self.own_lag.count()
    }

    /// Tells whether a reason is the host's doing.
    fn judge_lag(&self, reasons: &mut Vec<String>) -> bool {
        let mut kept = false;
        let latency_ns = self.latency.quantile_ns(0.99).unwrap_or(0);
        let bound_ns = OWN_LAG_NS.max((latency_ns as f64 * OWN_LAG_SHARE) as u64);
        if let Some(lag_ns) = self.own_lag.quantile_ns(0.99)
            && bound_ns < lag_ns
        {
            kept = self.is_kept_late(bound_ns);
            let kept_ms = self.generator.kept_ns as f64 / 1e6;
            let (lag_ms, bound_ms) = (lag_ns as f64 / 1e6, bound_ns as f64 / 1e6);
            let late = format!("p99 {lag_ms:.3} ms, at most {bound_ms:.3} ms allowed");
            reasons.push(if kept {
                format!(
                    "sent late because it was kept from its processor ({kept_ms:.1} ms in all): {late}: the host or another program had it: measure again when it is quieter"
                )
            } else {
                format!(
                    "sent late by its own fault: {late}: give it a core of its own or lower the rate"
                )
            });
        }
        if !self.own_lag.is_empty() && STALL_NS < self.generator.stall_ns_max {
            reasons.push(format!(
                "did not look at its sockets for {:.0} ms: something else had its core",
                self.generator.stall_ns_max as f64 / 1e6
            ));
        }
        kept
    }

    /// Tells whether a reason is the host's doing.
    fn judge_cpu(&self, reasons: &mut Vec<String>) -> bool {
        let mut waited = false;
        let whole_s = self.duration_s() * f64::from(self.generator.threads.max(1));
        if let Some(wait_s) = self.generator.wait_s
            && WAIT_SHARE * whole_s < wait_s
        {
            waited = !self.is_crowded();
            reasons.push(format!(
                "waited for its CPU {:.1} % of the time: something else had its core",
                100.0 * wait_s / whole_s
            ));
        }
        if self.requested_rate.is_none() && BUSY_SHARE < self.generator.busy_share {
            reasons.push(format!(
                "its own core was full ({:.1} % busy): this is the generator's maximum, not the candidate's: use more threads",
                100.0 * self.generator.busy_share
            ));
        }
        waited
    }

    /// Whether its threads may have kept each other from a processor.
    const fn is_crowded(&self) -> bool {
        1 < self.generator.threads
    }

    fn judge_rate(&self, reasons: &mut Vec<String>) {
        let Some(requested) = self.requested_rate else { return };
        let due = requested * self.duration_s();
        let missing = due * DELIVERED_SHARE - self.counters.due as f64;
        // A handful of requests is the luck of a Poisson process, not a shortfall.
        if 4.0 * due.sqrt() + 1.0 < missing {
            reasons.push(format!(
                "only {} of {due:.0} requests fell due: the schedule was not followed",
                self.counters.due
            ));
        }
    }
}
