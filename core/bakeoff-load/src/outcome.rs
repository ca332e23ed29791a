//! What a run of load yielded: the shards' notes merged, with what the driver saw of itself.

use bakeoff_units::Timestamp;

use crate::histogram::Times;
use crate::plan::{LoadPlan, Protocol};
use crate::problem::Problems;
use crate::reader::Warnings;
use crate::recorder::{Counters, Recorder, RequestCount, Settled, Window};
use crate::series::Second;

/// What one thread wrote down.
#[derive(Clone, Debug)]
pub struct ShardOutcome {
    recorder: Recorder,
    settled: Settled,
    warnings: Warnings,
    seconds: Vec<(i64, Second)>,
}

/// What the driver saw of itself while measuring.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GeneratorFacts {
    /// Threads.
    pub threads: u32,
    /// CPU time of all threads, in seconds.
    pub cpu_s: f64,
    /// Time the threads were ready to run and did not, in seconds; none where the kernel does not say.
    pub wait_s: Option<f64>,
    /// Share of the time in which the busiest thread had work (0 to 1).
    pub busy_share: f64,
    /// Longest time between two looks at the sockets, in nanoseconds.
    pub stall_ns_max: u64,
    /// Time in which its threads had asked to go on and could not: stolen by the host, or another
    /// program had the processor; in nanoseconds.
    pub kept_ns: u64,
    /// Whether it span before arrivals instead of sleeping.
    pub spinning: bool,
}

/// Little's law (Little 1961): mean number in the system = rate of departures x mean time in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LittlesLaw {
    /// Mean number in the system, from the count of requests over time.
    pub mean_in_flight: f64,
    /// Departures (answers and failures) per second.
    pub rate: f64,
    /// Mean time in the system of what departed, from intended start, in seconds.
    pub mean_time_s: f64,
    /// `rate * mean_time_s`.
    pub product: f64,
    /// What `product` lacks because the window cuts requests in two, in mean requests in flight.
    pub edge: f64,
    /// Whether the three agree within 1 % (or a hundredth of a request) once the edges are counted.
    pub holds: bool,
}

/// What a run of load yielded. Merges with others of the same plan.
#[derive(Clone, Debug)]
pub struct LoadOutcome {
    /// What was spoken.
    pub protocol: Protocol,
    /// Arrivals per second asked for; none in a closed loop.
    pub requested_rate: Option<f64>,
    /// When measuring began, on the driver's clock.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// From intended start to the last byte of a right answer.
    pub latency: Times,
    /// From the actual send to the last byte of a right answer.
    pub service_time: Times,
    /// From intended start to the actual send.
    pub send_lag: Times,
    /// The part of it that is the generator's: from when a connection was free.
    pub own_lag: Times,
    /// Of that, requests that were late because the host kept the generator from its processor: the
    /// whole own lag of each.
    pub kept_lag: Times,
    /// From the actual send to the first byte.
    pub first_byte: Times,
    /// Making a connection, over all phases, without the TLS handshake.
    pub connect: Times,
    /// TLS handshakes, over all phases; none without TLS.
    pub tls: Times,
    /// From when an answer could have been read to when it was: at least this long it lay about.
    pub dwell: Times,
    /// Second by second; second 0 is the first of measuring, those before it are warm-up.
    pub series: Vec<(i64, Second)>,
    /// How many of what.
    pub counters: Counters,
    /// By request of the plan, in its order; the steps of a scenario one by one. Over all phases.
    pub by_request: Vec<RequestCount>,
    /// What went wrong with requests of the window.
    pub problems: Problems,
    /// What went wrong with connections, and with requests of the warm-up.
    pub other_problems: Problems,
    /// Odd but readable answers.
    pub warnings: Warnings,
    /// What the driver saw of itself.
    pub generator: GeneratorFacts,
    in_flight_area: u128,
    departures: u64,
    departures_ns: u128,
    edge_before_ns: u128,
    edge_after_ns: u128,
}

impl ShardOutcome {
    pub(crate) fn new(mut recorder: Recorder, warnings: Warnings) -> Self {
        let settled = recorder.settle();
        let seconds = recorder.series.finish();
        Self { recorder, settled, warnings, seconds }
    }
}

impl LoadOutcome {
    /// Merges the shards of one run.
    ///
    /// # Panics
    ///
    /// If there is no shard.
    pub fn new(plan: &LoadPlan, shards: Vec<ShardOutcome>, generator: GeneratorFacts) -> Self {
        let outcomes = shards.into_iter().map(|shard| Self::of_shard(plan, shard, generator));
        outcomes
            .reduce(|mut all, one| {
                all.absorb(&one);
                all
            })
            .expect("a run has a thread")
    }

    fn of_shard(plan: &LoadPlan, shard: ShardOutcome, generator: GeneratorFacts) -> Self {
        let ShardOutcome { recorder, settled, warnings, seconds } = shard;
        let Window { from_ns, to_ns } = recorder.window;
        Self {
            protocol: plan.protocol,
            requested_rate: plan.requested_rate(),
            started: Timestamp::from_nanos(from_ns),
            ended: Timestamp::from_nanos(to_ns),
            latency: settled.latency,
            service_time: settled.service,
            send_lag: settled.send_lag,
            own_lag: settled.own_lag,
            kept_lag: settled.kept_lag,
            first_byte: settled.first_byte,
            connect: settled.connect,
            tls: settled.tls,
            dwell: settled.dwell,
            series: seconds,
            counters: recorder.counters,
            by_request: recorder.by_request,
            problems: recorder.problems,
            other_problems: recorder.other_problems,
            warnings,
            generator,
            in_flight_area: recorder.in_flight.area(),
            departures: recorder.departures,
            departures_ns: recorder.departures_ns,
            edge_before_ns: recorder.edge_before_ns,
            edge_after_ns: recorder.edge_after_ns,
        }
    }

    /// Adds another shard of the same run: same plan, same clock.
    fn absorb(&mut self, other: &Self) {
        self.started = self.started.min(other.started);
        self.ended = self.ended.max(other.ended);
        self.latency.merge(&other.latency);
        self.service_time.merge(&other.service_time);
        self.send_lag.merge(&other.send_lag);
        self.own_lag.merge(&other.own_lag);
        self.kept_lag.merge(&other.kept_lag);
        self.first_byte.merge(&other.first_byte);
        self.connect.merge(&other.connect);
        self.tls.merge(&other.tls);
        self.dwell.merge(&other.dwell);
        self.counters.merge(&other.counters);
        for (into, one) in self.by_request.iter_mut().zip(&other.by_request) {
            into.sent += one.sent;
            into.answered += one.answered;
        }
        self.problems.merge(&other.problems);
        self.other_problems.merge(&other.other_problems);
        self.warnings.merge(&other.warnings);
        self.in_flight_area += other.in_flight_area;
        self.departures += other.departures;
        self.departures_ns += other.departures_ns;
        self.edge_before_ns += other.edge_before_ns;
        self.edge_after_ns += other.edge_after_ns;
        merge_series(&mut self.series, &other.series);
    }

    /// How long measuring took, in seconds.
    pub fn duration_s(&self) -> f64 {
        (self.ended - self.started).as_secs_f64()
    }

    /// Requests sent per second of measuring.
    pub fn delivered_rate(&self) -> f64 {
        self.per_second(self.counters.sent_in_window)
    }

    /// Right answers per second of measuring.
    pub fn throughput(&self) -> f64 {
        self.per_second(self.counters.answered_in_window)
    }

    /// Failed requests as a share of those due in the window that were sent; none if none was.
    pub fn error_share(&self) -> Option<f64> {
        let Counters { sent, failed, unanswered, .. } = self.counters;
        (0 < sent).then(|| (failed + unanswered) as f64 / sent as f64)
    }

    /// Share of the sent requests that waited for a connection to come free; none if none was sent.
    pub fn waited_share(&self) -> Option<f64> {
        (0 < self.counters.sent).then(|| self.counters.waited as f64 / self.counters.sent as f64)
    }

    fn per_second(&self, count: u64) -> f64 {
        let duration_s = self.duration_s();
        if duration_s == 0.0 { 0.0 } else { count as f64 / duration_s }
    }

    /// Little's law, its three parts each measured by itself; none if nothing departed.
    pub fn littles_law(&self) -> Option<LittlesLaw> {
        let duration_s = self.duration_s();
        if self.departures == 0 || duration_s == 0.0 {
            return None;
        }
        let mean_in_flight = self.in_flight_area as f64 / 1e9 / duration_s;
        let rate = self.departures as f64 / duration_s;
        let mean_time_s = self.departures_ns as f64 / 1e9 / self.departures as f64;
        let product = rate * mean_time_s;
        let edge_ns = self.edge_after_ns as f64 - self.edge_before_ns as f64;
        let edge = edge_ns / 1e9 / duration_s;
        let gap = (mean_in_flight - product - edge).abs();
        let holds = gap <= (0.01 * mean_in_flight).max(0.01);
        Some(LittlesLaw { mean_in_flight, rate, mean_time_s, product, edge, holds })
    }
}

/// Adds counts second by second. Of quantiles, the larger is kept: they cannot be added.
fn merge_series(all: &mut Vec<(i64, Second)>, other: &[(i64, Second)]) {
    for (index, &(number, second)) in other.iter().enumerate() {
        let Some((_, into)) = all.get_mut(index) else {
            all.push((number, second));
            continue;
        };
        into.sent += second.sent;
        into.answered += second.answered;
        into.failed += second.failed;
        into.in_flight += second.in_flight;
        into.p50_ns = into.p50_ns.max(second.p50_ns);
        into.p99_ns = into.p99_ns.max(second.p99_ns);
        into.max_ns = into.max_ns.max(second.max_ns);
    }
}
