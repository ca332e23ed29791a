//! From what was measured to an observation: metrics, series, histograms, and the facts of gates.

use std::collections::BTreeMap;

use bakeoff_experiment::observation::{ErrorCount, Observation};
use bakeoff_experiment::workload::{BEFORE_OVERLOAD, Level, Load};
use bakeoff_load::{LoadOutcome, Overloaded, Times};

use crate::cpus::Processors;
use crate::database::Spent;
use crate::gates::Facts;
use crate::journal::Blob;
use crate::sample::{Memory, Usage};
use crate::upstream;
use crate::watch::Watched;

/// Observations that must lie beyond a quantile for it to be told (ten: METHODS.md A11 asks for a
/// hundred for a verdict; that is for the comparison to say).
const BEYOND_MIN: f64 = 10.0;

/// What was measured in one trial.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What the load engine says.
    pub outcome: LoadOutcome,
    /// What was seen from beside it.
    pub watched: Watched,
    /// Which processors were whose.
    pub processors: Processors,
    /// Memory before load, if there was a process to look at.
    pub before: Option<Memory>,
    /// Memory after load.
    pub after: Option<Memory>,
    /// From exec to the first correct answer, in seconds.
    pub start_seconds: Option<f64>,
    /// What was offered.
    pub load: Load,
    /// Length of a stretch of the outcome's series, in seconds.
    pub series_every: f64,
    /// The highest rate that held, if it was searched for.
    pub capacity: Option<f64>,
    /// How often a slow client was refused or cut off.
    pub slow_cut_off: u64,
    /// What the load cost the database, if its requests say.
    pub database: Option<Spent>,
    /// Whether what depends on the load may be compared: all candidates got the same.
    pub comparable: bool,
}

impl Measured {
    /// What the candidate used while measuring.
    pub fn usage(&self) -> Option<Usage> {
        let (begin, end) = self.watched.begin.as_ref().zip(self.watched.end.as_ref())?;
        let candidate = self.processors.candidate.len();
        let all = if self.processors.shared { candidate } else { candidate + 1 };
        Some(Usage::between(begin, end, candidate, all))
    }

    /// The numbers, in SI base units. What cannot be told is absent, never 0.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let mut metrics = BTreeMap::new();
        let mut put = |name: &str, value: Option<f64>| {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                metrics.insert(name.to_owned(), value);
            }
        };
        let outcome = &self.outcome;
        put("errors", outcome.error_share());
        put("start", self.start_seconds);
        put("memory-idle", self.before.map(|memory| memory.proportional as f64));
        for (name, value) in self.under_load() {
            put(&name, value);
        }
        let usage = self.usage();
        put("cpu-share", usage.map(|usage| usage.cpu_s / usage.wall_s));
        if self.comparable {
            // The sum over the sum, one number a trial (METHODS.md A3).
            let answered = outcome.throughput() * outcome.duration_s();
            let each = usage
                .filter(|_| 0.0 < answered)
                .map(|usage| usage.cpu_s / usage.wall_s * outcome.duration_s() / answered);
            put("cpu-per-request", each);
            put("run-queue-wait", usage.map(|usage| usage.wait_s / usage.wall_s));
            put("memory-peak", self.after.map(|memory| memory.peak as f64));
            put("memory-after", self.after.map(|memory| memory.proportional as f64));
        }
        metrics
    }

    /// What the load's own shape yields.
    fn under_load(&self) -> Vec<(String, Option<f64>)> {
        let named = |name: &str, value: Option<f64>| (name.to_owned(), value);
        match &self.load.level {
            // A closed loop's throughput is the candidate's; an open one's is ours.
            Level::Closed(_) => {
                let rate = self.outcome.throughput();
                vec![named("throughput", Some(rate).filter(|rate| 0.0 < *rate))]
            }
            Level::Rate(_) | Level::Share(_) => self.latencies(),
            Level::Sweep(_) => vec![named("capacity", self.capacity)],
            Level::Overload(overload) => {
                let shape = Overloaded {
                    before: BEFORE_OVERLOAD,
                    span: overload.span,
                    within: overload.within,
                    every: self.series_every,
                };
                let read = shape.read(&self.outcome.series);
                let back = read.map(|read| read.back.unwrap_or(overload.within));
                let goodput = read.map(|read| read.goodput).filter(|rate| 0.0 < *rate);
                vec![named("goodput", goodput), named("recovery", back)]
            }
        }
    }

    fn latencies(&self) -> Vec<(String, Option<f64>)> {
        let (latency, service) = (&self.outcome.latency, &self.outcome.service_time);
        let mut all: Vec<(String, Option<f64>)> =
            [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)]
                .map(|(name, quantile)| (format!("latency-{name}"), seconds(latency, quantile)))
                .into();
        let spread = seconds(latency, 0.999).zip(seconds(latency, 0.5));
        all.extend(
            [
                ("latency-max", latency.max_ns().map(|nanos| nanos as f64 / 1e9)),
                ("latency-mean", latency.mean_ns().map(|nanos| nanos / 1e9)),
                ("latency-spread", spread.map(|(high, middle)| high / middle)),
                ("service-p50", seconds(service, 0.5)),
                ("service-p99", seconds(service, 0.99)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        all
    }

    /// Numbers over time, in seconds since measuring began.
    pub fn series(&self) -> BTreeMap<String, Vec<(f64, f64)>> {
        let mut series = BTreeMap::new();
        let window = self.outcome.duration_s();
        let seconds: Vec<_> = self
            .outcome
            .series
            .iter()
            .map(|(number, second)| (*number as f64 * self.series_every, second))
            .filter(|(at, _)| 0.0 <= *at && *at < window)
            .collect();
        let per_second = |value: &dyn Fn(&bakeoff_load::Second) -> f64| {
            seconds.iter().map(|(at, second)| (*at, value(second))).collect::<Vec<_>>()
        };
        series.insert(
            "answered".to_owned(),
            per_second(&|second| second.answered as f64 / self.series_every),
        );
        series.insert("latency-p50".to_owned(), per_second(&|second| second.p50_ns as f64 / 1e9));
        series.insert("latency-p99".to_owned(), per_second(&|second| second.p99_ns as f64 / 1e9));
        let Some(begin) = &self.watched.begin else { return series };
        let since = |at_ns: u64| at_ns.saturating_sub(begin.at_ns) as f64 / 1e9;
        let mut last = (begin.at_ns, begin.cpu_ns);
        let mut cpu = Vec::new();
        let mut memory = Vec::new();
        for tick in &self.watched.ticks {
            let wall = tick.at_ns.saturating_sub(last.0) as f64;
            if 0.0 < wall {
                let used = tick.cpu_ns.saturating_sub(last.1) as f64;
                cpu.push((since(tick.at_ns), used / wall));
            }
            last = (tick.at_ns, tick.cpu_ns);
            memory.extend(tick.memory.map(|bytes| (since(tick.at_ns), bytes as f64)));
        }
        series.insert("cpu-share".to_owned(), cpu);
        series.insert("memory".to_owned(), memory);
        series
    }

    /// Failed requests by kind: those of the window, then those before it and of connections.
    pub fn errors(&self) -> Vec<ErrorCount> {
        let named = |problems: &bakeoff_load::Problems, suffix: &str| {
            problems
                .occurred()
                .map(|(problem, count, example)| ErrorCount {
                    kind: format!("{}{suffix}", problem.name()),
                    count,
                    example,
                })
                .collect::<Vec<_>>()
        };
        let mut errors = named(&self.outcome.problems, "");
        errors.sort_by_key(|error| std::cmp::Reverse(error.count));
        errors.extend(named(&self.outcome.other_problems, " (outside the window)"));
        if 0 < self.slow_cut_off {
            let kind = "cut off (slow clients)".to_owned();
            errors.push(ErrorCount { kind, count: self.slow_cut_off, example: String::new() });
        }
        errors
    }

    /// Wrong answers as a share of the sent: what an overload excuses is not among them.
    fn wrong_share(&self) -> Option<f64> {
        let wrong = self.outcome.problems.occurred();
        let wrong = wrong.filter(|(problem, ..)| !problem.may_be_shedding());
        let wrong: u64 = wrong.map(|(_, count, _)| count).sum();
        let sent = self.outcome.counters.sent;
        (0 < sent).then(|| wrong as f64 / sent as f64)
    }

    /// What the gates ask for; interruptions are the caller's to add.
    pub fn facts(&self) -> Facts {
        let outcome = &self.outcome;
        let usage = self.usage().unwrap_or_default();
        let wall = outcome.duration_s().max(f64::MIN_POSITIVE);
        let worst = self.errors().into_iter().next();
        let overload = matches!(self.load.level, Level::Overload(_));
        Facts {
            offered: outcome.requested_rate.map(|_| outcome.counters.due as f64 / wall),
            delivered: outcome.delivered_rate(),
            throughput: outcome.throughput(),
            generator_busy: outcome.generator.busy_share,
            generator_wait: outcome.generator.wait_s.map(|wait| wait / wall),
            own_lag_p99: seconds(&outcome.own_lag, 0.99).unwrap_or(0.0),
            waited: outcome.waited_share().unwrap_or(0.0),
            overload,
            errors: if overload { self.wrong_share() } else { outcome.error_share() },
            worst_error: worst
                .map(|error| match error.example.as_str() {
                    "" => format!("{} ({})", error.kind, error.count),
                    example => format!("{} ({}): `{example}`", error.kind, error.count),
                })
                .unwrap_or_default(),
            lost: outcome.counters.closed_idle,
            answered: outcome.counters.answered,
            littles_law: outcome
                .littles_law()
                .filter(|law| 0.0 < law.mean_in_flight)
                .map(|law| (law.product + law.edge) / law.mean_in_flight),
            database: self.database.clone(),
            upstream_cpu: self.watched.upstream.and_then(|(a, b)| upstream::share(&a, &b)),
            steal: usage.steal_share,
            others: usage.others_share,
            candidate_cpu: if usage.wall_s == 0.0 {
                0.0
            } else {
                usage.cpu_s / usage.wall_s / self.processors.candidate.len() as f64
            },
            ..Facts::default()
        }
    }

    /// The histograms, as they are stored.
    pub fn blobs(&self) -> Vec<Blob> {
        let outcome = &self.outcome;
        [
            ("latency", &outcome.latency),
            ("service", &outcome.service_time),
            ("send-lag", &outcome.send_lag),
            ("own-lag", &outcome.own_lag),
            ("first-byte", &outcome.first_byte),
            ("connect", &outcome.connect),
            ("tls", &outcome.tls),
            ("dwell", &outcome.dwell),
        ]
        .into_iter()
        .filter(|(_, times)| !times.is_empty())
        .map(|(name, times)| (name.to_owned(), times.to_v2()))
        .collect()
    }

    /// The observation as far as the load goes: gates, walls and stopping are the caller's to add.
    pub fn observation(&self) -> Observation {
        Observation {
            metrics: self.metrics(),
            answers: Some(self.outcome.latency.count()),
            series: self.series(),
            histograms: self.blobs().into_iter().map(|(name, _)| name).collect(),
            offered: self.outcome.requested_rate,
            errors: self.errors(),
            ..Observation::default()
        }
    }
}

/// A quantile in seconds, if enough lies beyond it.
fn seconds(times: &Times, quantile: f64) -> Option<f64> {
    let beyond = times.count() as f64 * (1.0 - quantile);
    let nanos = times.quantile_ns(quantile).filter(|_| BEYOND_MIN <= beyond + 1e-6)?;
    Some(nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_told_only_as_far_as_the_count_goes() {
        let mut times = Times::new();
        for nanos in 1..=1000_u64 {
            times.record(nanos * 1_000_000);
        }
        assert!(seconds(&times, 0.5).is_some_and(|s| (s - 0.5).abs() < 0.001));
        assert!(seconds(&times, 0.99).is_some());
        assert_eq!(seconds(&times, 0.999), None);
        assert_eq!(seconds(&Times::new(), 0.5), None);
    }
}
