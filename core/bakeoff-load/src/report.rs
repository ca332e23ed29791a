//! `bakeoff.load/1`: an outcome as data for others. SI base units: seconds, bytes, per second.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::histogram::Times;
use crate::outcome::LoadOutcome;
use crate::problem::Problems;

/// Name and version of the format.
pub const LOAD_SCHEMA: &str = "bakeoff.load/1";

/// An outcome of load as data for others. SI base units: seconds, bytes, per second.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LoadReport {
    /// Name and version of the format.
    #[schemars(extend("const" = LOAD_SCHEMA))]
    pub schema: &'static str,
    /// What was spoken: `HTTP/1.1` or `HTTP/2`.
    pub protocol: &'static str,
    /// Arrivals per second asked for; null in a closed loop.
    pub requested_rate: Option<f64>,
    /// Requests sent per second.
    pub delivered_rate: f64,
    /// Right answers per second.
    pub throughput: f64,
    /// Length of measuring, in seconds.
    pub duration: f64,
    /// Requests due while measuring.
    pub due: u64,
    /// Of those, sent.
    pub sent: u64,
    /// Of those, answered rightly.
    pub answered: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Of those, still in flight when draining ended.
    pub unanswered: u64,
    /// Due while measuring, never sent.
    pub unsent: u64,
    /// Share of the sent that waited for a connection to come free.
    pub waited_share: Option<f64>,
    /// Failed requests by kind.
    pub failed_by_kind: BTreeMap<&'static str, u64>,
    /// What went wrong, with whom to blame and an example.
    pub errors: Vec<ErrorReport>,
    /// Failures of connections, and of requests of the warm-up.
    pub connection_errors: Vec<ErrorReport>,
    /// Bytes sent, over all phases.
    pub bytes_sent: u64,
    /// Bytes received, over all phases.
    pub bytes_received: u64,
    /// Bytes received per second while measuring.
    pub bytes_received_rate: f64,
    /// From intended start to the last byte.
    pub latency: TimesReport,
    /// From the actual send to the last byte.
    pub service_time: TimesReport,
    /// From intended start to the actual send.
    pub send_lag: TimesReport,
    /// The generator's part of it.
    pub own_lag: TimesReport,
    /// From the actual send to the first byte.
    pub first_byte: TimesReport,
    /// Making a connection, without the TLS handshake.
    pub connect: TimesReport,
    /// TLS handshakes; none without TLS.
    pub tls: TimesReport,
    /// Connections made, over all phases.
    pub connections_made: u64,
    /// Of those, the ones whose TLS session was resumed.
    pub tls_resumed: u64,
    /// How long answers lay ready at least before they were read.
    pub dwell: TimesReport,
    /// Second by second.
    pub series: Vec<SecondReport>,
    /// How the generator fared.
    pub generator: GeneratorReport,
    /// Little's law; null if nothing was answered.
    pub littles_law: Option<LittlesLawReport>,
    /// Odd but readable answers.
    pub warnings: BTreeMap<&'static str, u64>,
}

/// One kind of failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorReport {
    /// Its name.
    pub kind: &'static str,
    /// `candidate`, `generator` or `host`.
    pub blame: &'static str,
    /// How often.
    pub count: u64,
    /// The bytes at which it showed first, escaped; empty if there are none.
    pub example: String,
}

/// Times in seconds; null where there are none.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TimesReport {
    /// How many.
    pub count: u64,
    /// Smallest.
    pub min: Option<f64>,
    /// Mean, exact.
    pub mean: Option<f64>,
    /// Quantile 0.5.
    pub p50: Option<f64>,
    /// Quantile 0.9.
    pub p90: Option<f64>,
    /// Quantile 0.95.
    pub p95: Option<f64>,
    /// Quantile 0.99.
    pub p99: Option<f64>,
    /// Quantile 0.999.
    pub p999: Option<f64>,
    /// Quantile 0.9999.
    pub p9999: Option<f64>,
    /// Largest, exact.
    pub max: Option<f64>,
    /// `HdrHistogram` V2 in base64, values in nanoseconds.
    pub histogram: String,
}

/// One second.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SecondReport {
    /// 0 is the first of measuring; warm-up lies below.
    pub second: i64,
    /// Requests sent.
    pub sent: u64,
    /// Requests answered rightly.
    pub answered: u64,
    /// Requests failed.
    pub failed: u64,
    /// Requests in flight when it ended.
    pub in_flight: u64,
    /// Median latency, to two digits.
    pub p50: f64,
    /// Quantile 0.99 of latency, to two digits.
    pub p99: f64,
    /// Largest latency.
    pub max: f64,
}

/// How the generator fared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GeneratorReport {
    /// Threads.
    pub threads: u32,
    /// CPU seconds of all threads while measuring.
    pub cpu: f64,
    /// CPU seconds for each request sent; null if none was.
    pub cpu_per_request: Option<f64>,
    /// Seconds ready to run without running; null where the kernel does not say.
    pub run_queue_wait: Option<f64>,
    /// Share of the time with work to do, of the busiest thread.
    pub busy_share: f64,
    /// Longest time between two looks at the sockets.
    pub stall_max: f64,
    /// Time for which the threads had asked to go on and could not: stolen by the host, or another
    /// program had the processor.
    pub kept: f64,
    /// Whether it span before arrivals.
    pub spinning: bool,
    /// `healthy` or `unfit`.
    pub health: &'static str,
    /// What was wrong and what would help.
    pub reasons: Vec<String>,
}

/// Little's law, its three parts measured apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LittlesLawReport {
    /// Mean number in the system.
    pub mean_in_flight: f64,
    /// Departures per second.
    pub rate: f64,
    /// Mean time in the system.
    pub mean_time: f64,
    /// `rate * mean_time`.
    pub product: f64,
    /// What the ends of the window take from `product`.
    pub edge: f64,
    /// Whether `product + edge` is `mean_in_flight` within 1 %.
    pub holds: bool,
}

impl TimesReport {
    /// Of recorded times.
    pub fn new(times: &Times) -> Self {
        let seconds = |nanos: Option<u64>| nanos.map(|nanos| nanos as f64 / 1e9);
        let quantile = |share| seconds(times.quantile_ns(share));
        Self {
            count: times.count(),
            min: seconds(times.min_ns()),
            mean: times.mean_ns().map(|nanos| nanos / 1e9),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            p9999: quantile(0.9999),
            max: seconds(times.max_ns()),
            histogram: times.to_base64(),
        }
    }
}

fn errors(problems: &Problems) -> Vec<ErrorReport> {
    let reported = problems.occurred().map(|(problem, count, example)| ErrorReport {
        kind: problem.name(),
        blame: problem.blame().name(),
        count,
        example,
    });
    reported.collect()
}

impl LoadOutcome {
    /// The outcome as data for others.
    pub fn report(&self) -> LoadReport {
        let counters = self.counters;
        let problems = &self.problems;
        let warnings = [
            ("bare-lf", self.warnings.bare_lf),
            ("repeated-length", self.warnings.repeated_length),
            ("tiny-chunks", self.warnings.tiny_chunks),
        ];
        LoadReport {
            schema: LOAD_SCHEMA,
            protocol: self.protocol.name(),
            requested_rate: self.requested_rate,
            delivered_rate: self.delivered_rate(),
            throughput: self.throughput(),
            duration: self.duration_s(),
            due: counters.due,
            sent: counters.sent,
            answered: counters.answered,
            failed: counters.failed,
            unanswered: counters.unanswered,
            unsent: counters.unsent,
            waited_share: self.waited_share(),
            failed_by_kind: problems.occurred().map(|(kind, n, _)| (kind.name(), n)).collect(),
            errors: errors(problems),
            connection_errors: errors(&self.other_problems),
            bytes_sent: counters.bytes_sent,
            bytes_received: counters.bytes_received,
            bytes_received_rate: if self.duration_s() == 0.0 {
                0.0
            } else {
                counters.bytes_received_in_window as f64 / self.duration_s()
            },
            latency: TimesReport::new(&self.latency),
            service_time: TimesReport::new(&self.service_time),
            send_lag: TimesReport::new(&self.send_lag),
            own_lag: TimesReport::new(&self.own_lag),
            first_byte: TimesReport::new(&self.first_byte),
            connect: TimesReport::new(&self.connect),
            tls: TimesReport::new(&self.tls),
            connections_made: counters.connected,
            tls_resumed: counters.tls_resumed,
            dwell: TimesReport::new(&self.dwell),
            series: self.series_report(),
            generator: self.generator_report(),
            littles_law: self.littles_law_report(),
            warnings: warnings.into_iter().filter(|&(_, count)| 0 < count).collect(),
        }
    }

    fn series_report(&self) -> Vec<SecondReport> {
        let seconds = self.series.iter().map(|&(second, counts)| SecondReport {
            second,
            sent: counts.sent,
            answered: counts.answered,
            failed: counts.failed,
            in_flight: counts.in_flight,
            p50: counts.p50_ns as f64 / 1e9,
            p99: counts.p99_ns as f64 / 1e9,
            max: counts.max_ns as f64 / 1e9,
        });
        seconds.collect()
    }

    fn generator_report(&self) -> GeneratorReport {
        let facts = self.generator;
        let health = self.health();
        let sent = self.counters.sent_in_window;
        GeneratorReport {
            threads: facts.threads,
            cpu: facts.cpu_s,
            cpu_per_request: (0 < sent).then(|| facts.cpu_s / sent as f64),
            run_queue_wait: facts.wait_s,
            busy_share: facts.busy_share,
            stall_max: facts.stall_ns_max as f64 / 1e9,
            kept: facts.kept_ns as f64 / 1e9,
            spinning: facts.spinning,
            health: health.word(),
            reasons: health.reasons,
        }
    }

    fn littles_law_report(&self) -> Option<LittlesLawReport> {
        self.littles_law().map(|law| LittlesLawReport {
            mean_in_flight: law.mean_in_flight,
            rate: law.rate,
            mean_time: law.mean_time_s,
            product: law.product,
            edge: law.edge,
            holds: law.holds,
        })
    }
}
