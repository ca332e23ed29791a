//! What is written down about every request. Writing allocates nothing.

use crate::health::OWN_LAG_NS;
use crate::histogram::Times;
use crate::in_flight::InFlight;
use crate::plan::LoadPlan;
use crate::problem::{Problem, Problems};
use crate::series::Series;
use crate::tally::Tally;

/// How many of what. *Of the window* counts requests by when they were due; *in the window* counts
/// events by when they happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests due in the window: `sent + unsent`.
    pub due: u64,
    /// Of those, sent: `answered + failed + unanswered`.
    pub sent: u64,
    /// Of those, answered rightly.
    pub answered: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Of those, still in flight when draining ended.
    pub unanswered: u64,
    /// Due in the window, never sent.
    pub unsent: u64,
    /// Of the sent, those that waited for a connection to come free.
    pub waited: u64,
    /// Requests sent in the window.
    pub sent_in_window: u64,
    /// Requests answered rightly in the window.
    pub answered_in_window: u64,
    /// Requests failed in the window.
    pub failed_in_window: u64,
    /// Bytes sent, over all phases.
    pub bytes_sent: u64,
    /// Bytes received, over all phases.
    pub bytes_received: u64,
    /// Bytes received in the window.
    pub bytes_received_in_window: u64,
    /// Connections made, TLS handshakes included.
    pub connected: u64,
    /// Of those, the ones whose TLS session was resumed.
    pub tls_resumed: u64,
    /// Connections that the peer closed while nothing was in flight.
    pub closed_idle: u64,
    /// Pieces in which answers came (reads that yielded bytes).
    pub reads: u64,
    /// Requests failed before measuring began.
    pub failed_in_warm_up: u64,
}

impl Counters {
    /// Adds what another shard counted.
    pub fn merge(&mut self, other: &Self) {
        self.due += other.due;
        self.sent += other.sent;
        self.answered += other.answered;
        self.failed += other.failed;
        self.unanswered += other.unanswered;
        self.unsent += other.unsent;
        self.waited += other.waited;
        self.sent_in_window += other.sent_in_window;
        self.answered_in_window += other.answered_in_window;
        self.failed_in_window += other.failed_in_window;
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.bytes_received_in_window += other.bytes_received_in_window;
        self.connected += other.connected;
        self.tls_resumed += other.tls_resumed;
        self.closed_idle += other.closed_idle;
        self.reads += other.reads;
        self.failed_in_warm_up += other.failed_in_warm_up;
    }
}

/// How often one of a plan's requests was sent and answered, from the first phase to the last: what
/// somebody behind the server can be held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCount {
    /// Sent.
    pub sent: u64,
    /// Of those, answered rightly.
    pub answered: u64,
}

#[allow(clippy::struct_field_names, reason = "the unit is part of each name")]
/// When a request was due, could be sent, was sent, in nanoseconds of the driver's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamps {
    pub(crate) intended_ns: u64,
    /// When the connection that took it had come free.
    pub(crate) free_ns: u64,
    pub(crate) sent_ns: u64,
}

/// The window of measuring, in nanoseconds of the driver's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from_ns: u64,
    pub(crate) to_ns: u64,
}

impl Window {
    const fn has(&self, at_ns: u64) -> bool {
        self.from_ns <= at_ns && at_ns < self.to_ns
    }
}

/// What was written down, each time where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) latency: Times,
    pub(crate) service: Times,
    pub(crate) send_lag: Times,
    pub(crate) own_lag: Times,
    pub(crate) kept_lag: Times,
    pub(crate) first_byte: Times,
    pub(crate) connect: Times,
    pub(crate) tls: Times,
    pub(crate) dwell: Times,
}

/// What is written down about every request.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    pub(crate) window: Window,
    latency: Tally,
    service: Tally,
    send_lag: Tally,
    own_lag: Tally,
    first_byte: Tally,
    /// Of requests sent the moment they were due and answered in one piece, as all are in a closed
    /// loop: latency, service time and time to the first byte, which are then one. What is the same
    /// is written down once; [`Recorder::settle`] says it everywhere.
    at_once: Tally,
    /// Of requests sent the moment they were due and answered in pieces: latency and service time.
    in_pieces: Tally,
    /// Of requests that did not wait for a connection: send lag and own lag.
    unqueued: Tally,
    /// How many had no lag at all.
    punctual: u64,
    /// Own lag of requests that the host made late: see [`Recorder::kept_until`].
    kept_lag: Tally,
    /// When the thread last got back a processor that it had been kept from.
    kept_until_ns: u64,
    pub(crate) connect: Tally,
    pub(crate) tls: Tally,
    dwell: Tally,
    pub(crate) in_flight: InFlight,
    pub(crate) series: Series,
    pub(crate) counters: Counters,
    /// By prepared request.
    pub(crate) by_request: Vec<RequestCount>,
    /// Of requests due in the window.
    pub(crate) problems: Problems,
    /// Of connections, and of requests due before the window.
    pub(crate) other_problems: Problems,
    /// Departures in the window and the sum of their times in the system.
    pub(crate) departures: u64,
    pub(crate) departures_ns: u128,
    /// Of these times, what lay before the window.
    pub(crate) edge_before_ns: u128,
    /// Time in the window of what departed after it.
    pub(crate) edge_after_ns: u128,
}

impl Recorder {
    /// Of a plan of so many `requests`, the steps of scenarios one by one.
    pub(crate) fn new(plan: &LoadPlan, requests: usize) -> Self {
        let spans = [plan.warm_up, plan.measure, plan.drain, plan.series_every];
        let seconds = spans.map(|span| span.as_secs_f64());
        Self {
            window: Window { from_ns: u64::MAX, to_ns: u64::MAX },
            latency: Tally::new(),
            service: Tally::new(),
            send_lag: Tally::new(),
            own_lag: Tally::new(),
            first_byte: Tally::new(),
            at_once: Tally::new(),
            in_pieces: Tally::new(),
            unqueued: Tally::new(),
            punctual: 0,
            kept_lag: Tally::new(),
            kept_until_ns: 0,
            connect: Tally::new(),
            tls: Tally::new(),
            dwell: Tally::new(),
            in_flight: InFlight::new(u64::MAX, u64::MAX),
            series: Series::new(seconds[0], seconds[1], seconds[2], seconds[3]),
            counters: Counters::default(),
            by_request: vec![RequestCount::default(); requests],
            problems: Problems::default(),
            other_problems: Problems::default(),
            departures: 0,
            departures_ns: 0,
            edge_before_ns: 0,
            edge_after_ns: 0,
        }
    }

    pub(crate) const fn start(&mut self, from_ns: u64, to_ns: u64) {
        self.window = Window { from_ns, to_ns };
        self.in_flight = InFlight::new(from_ns, to_ns);
        self.series.start_at(from_ns);
    }

    /// Ends the window at `to_ns`, which is not before what was seen last.
    pub(crate) fn end_at(&mut self, to_ns: u64) {
        self.window.to_ns = to_ns.max(self.window.from_ns);
        self.in_flight.end_at(self.window.to_ns);
    }

    /// A request leaves; gives whether it counts.
    #[inline]
    pub(crate) fn sent(&mut self, stamps: &Stamps) -> bool {
        let Stamps { intended_ns, free_ns, sent_ns } = *stamps;
        self.in_flight.enter(intended_ns, sent_ns);
        self.counters.sent_in_window += u64::from(self.window.has(sent_ns));
        let own_lag_ns = sent_ns - intended_ns.max(free_ns);
        let second = self.series.at(sent_ns, self.in_flight.level());
        second.sent += 1;
        let measured = self.window.has(intended_ns);
        if OWN_LAG_NS < own_lag_ns {
            second.late += 1;
            // What is still too late once the processor was back is the generator's own fault.
            let kept = sent_ns - intended_ns.max(free_ns).max(self.kept_until_ns) <= OWN_LAG_NS;
            if kept && measured {
                self.kept_lag.record(own_lag_ns);
            }
        }
        if measured {
            self.counters.due += 1;
            self.counters.sent += 1;
            self.counters.waited += u64::from(intended_ns < free_ns);
            let lag_ns = sent_ns - intended_ns;
            if lag_ns == 0 {
                self.punctual += 1;
            } else if free_ns <= intended_ns {
                self.unqueued.record(lag_ns);
            } else {
                self.send_lag.record(lag_ns);
                self.own_lag.record(own_lag_ns);
            }
        }
        measured
    }

    /// Until `until_ns`, which is not after the next send, the thread was kept from its processor.
    pub(crate) const fn kept_until(&mut self, until_ns: u64) {
        self.kept_until_ns = until_ns;
    }

    /// The first piece of an answer came in.
    #[inline]
    pub(crate) fn first_piece(&mut self, stamps: &Stamps, before_ns: u64, now_ns: u64, dwell: u64) {
        if self.window.has(stamps.intended_ns) {
            self.first_byte.record(now_ns - stamps.sent_ns.max(before_ns));
            self.dwell.record(dwell);
        }
    }

    /// Bytes came in.
    #[inline]
    pub(crate) fn received(&mut self, bytes: usize, now_ns: u64) {
        let bytes = bytes as u64;
        self.counters.reads += 1;
        self.counters.bytes_received += bytes;
        self.counters.bytes_received_in_window += bytes * u64::from(self.window.has(now_ns));
    }

    /// A request was answered rightly.
    #[inline]
    pub(crate) fn answered(&mut self, stamps: &Stamps, now_ns: u64) {
        let latency_ns = now_ns - stamps.intended_ns;
        if !self.leave_answered(stamps, latency_ns, now_ns) {
            return;
        }
        if stamps.sent_ns == stamps.intended_ns {
            self.in_pieces.record(latency_ns);
        } else {
            self.latency.record(latency_ns);
            self.service.record(now_ns - stamps.sent_ns);
        }
    }

    /// A request was answered rightly by its first piece, which could be expected since
    /// `before_ns`: [`Recorder::first_piece`] and [`Recorder::answered`] in one.
    #[inline]
    pub(crate) fn answered_at_once(
        &mut self,
        stamps: &Stamps,
        before_ns: u64,
        now_ns: u64,
        dwell_ns: u64,
    ) {
        if stamps.sent_ns != stamps.intended_ns || stamps.sent_ns < before_ns {
            self.first_piece(stamps, before_ns, now_ns, dwell_ns);
            self.answered(stamps, now_ns);
            return;
        }
        let latency_ns = now_ns - stamps.intended_ns;
        if self.leave_answered(stamps, latency_ns, now_ns) {
            self.at_once.record(latency_ns);
            self.dwell.record(dwell_ns);
        }
    }

    /// An answered request leaves; gives whether it counts.
    #[inline]
    fn leave_answered(&mut self, stamps: &Stamps, latency_ns: u64, now_ns: u64) -> bool {
        self.leave(stamps, now_ns);
        self.counters.answered_in_window += u64::from(self.window.has(now_ns));
        self.series.answered(now_ns, latency_ns, self.in_flight.level());
        let measured = self.window.has(stamps.intended_ns);
        self.counters.answered += u64::from(measured);
        measured
    }

    /// Says everywhere what was written down once. Called when nothing more is to come.
    pub(crate) fn settle(&self) -> Settled {
        let with = |times: &Tally, others: &[&Times]| {
            let mut all = times.times();
            for other in others {
                all.merge(other);
            }
            all
        };
        let (at_once, in_pieces) = (self.at_once.times(), self.in_pieces.times());
        let mut unqueued = self.unqueued.times();
        unqueued.record_many(0, self.punctual);
        Settled {
            latency: with(&self.latency, &[&at_once, &in_pieces]),
            service: with(&self.service, &[&at_once, &in_pieces]),
            send_lag: with(&self.send_lag, &[&unqueued]),
            own_lag: with(&self.own_lag, &[&unqueued]),
            kept_lag: self.kept_lag.times(),
            first_byte: with(&self.first_byte, &[&at_once]),
            connect: self.connect.times(),
            tls: self.tls.times(),
            dwell: self.dwell.times(),
        }
    }

    /// Keeps the bytes at which a problem of a request showed, which is counted later.
    pub(crate) fn show(&mut self, stamps: &Stamps, problem: Problem, evidence: &[u8]) {
        let measured = self.window.has(stamps.intended_ns);
        let problems = if measured { &mut self.problems } else { &mut self.other_problems };
        problems.show(problem, evidence);
    }

    /// A request failed.
    pub(crate) fn failed(&mut self, stamps: &Stamps, problem: Problem, evidence: &[u8], now: u64) {
        self.leave(stamps, now);
        self.counters.failed_in_window += u64::from(self.window.has(now));
        self.series.at(now, self.in_flight.level()).failed += 1;
        if self.window.has(stamps.intended_ns) {
            self.counters.failed += 1;
            self.problems.count(problem, evidence);
        } else {
            self.counters.failed_in_warm_up += 1;
            self.other_problems.count(problem, evidence);
        }
    }

    fn leave(&mut self, stamps: &Stamps, now_ns: u64) {
        self.in_flight.leave(now_ns);
        if self.window.has(now_ns) {
            self.departures += 1;
            self.departures_ns += u128::from(now_ns - stamps.intended_ns);
            let before = self.window.from_ns.saturating_sub(stamps.intended_ns);
            self.edge_before_ns += u128::from(before);
        } else if self.window.to_ns <= now_ns {
            self.left_over(stamps.intended_ns, 1);
        }
    }

    /// `count` requests did not leave the system within the window.
    fn left_over(&mut self, intended_ns: u64, count: u64) {
        let from = intended_ns.max(self.window.from_ns);
        let within = self.window.to_ns.saturating_sub(from);
        self.edge_after_ns += u128::from(within) * u128::from(count);
    }

    /// A request is still in flight at the very end.
    pub(crate) fn unanswered(&mut self, stamps: &Stamps) {
        self.left_over(stamps.intended_ns, 1);
        self.counters.unanswered += u64::from(self.window.has(stamps.intended_ns));
    }

    /// `count` requests due at `intended_ns` were never sent.
    pub(crate) fn unsent(&mut self, intended_ns: u64, now_ns: u64, count: u64) {
        self.in_flight.enter_many(intended_ns, now_ns, count);
        self.left_over(intended_ns, count);
        if self.window.has(intended_ns) {
            self.counters.due += count;
            self.counters.unsent += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::Arrivals;
    use crate::request::WeightedRequest;
    use proptest::prelude::*;

    fn recorder() -> Recorder {
        let plan = LoadPlan::new("alike", vec![WeightedRequest::get("/")], Arrivals::closed());
        let mut recorder = Recorder::new(&plan, 1);
        recorder.start(1_000, 1_000_000);
        recorder
    }

    fn shown(times: &Times) -> impl PartialEq + std::fmt::Debug {
        (times.to_v2(), times.sum_ns(), times.min_ns(), times.max_ns())
    }

    proptest! {
        /// Against the plainest way: each time of each request recorded in the histogram it is for.
        #[test]
        fn what_is_written_once_reads_as_if_written_everywhere(
            // Due at, connection free at, lag, when the first and the last piece came.
            requests in proptest::collection::vec(
                (0_u64..100_000, 0_u64..100_000, 0_u64..3, 0_u64..3, 0_u64..3),
                1..50,
            ),
        ) {
            let mut recorder = recorder();
            let mut plain: [Times; 5] = Default::default();
            for (due, free, lag, first, rest) in requests {
                let sent = due.max(free) + 40 * lag;
                let stamps = Stamps { intended_ns: due, free_ns: free, sent_ns: sent };
                // A pipelined answer is expected from the end of the one before.
                let before = sent + 100 * (first / 2);
                let (piece, now) = (before + 700, before + 700 + 5_000 * rest);
                recorder.sent(&stamps);
                if rest == 0 {
                    recorder.answered_at_once(&stamps, before, now, 7);
                } else {
                    recorder.first_piece(&stamps, before, piece, 7);
                    recorder.answered(&stamps, now);
                }
                if recorder.window.has(due) {
                    let own = sent - due.max(free);
                    let all = [now - due, now - sent, sent - due, own, piece - before];
                    for (times, nanos) in plain.iter_mut().zip(all) {
                        times.record(nanos);
                    }
                }
            }
            let settled = recorder.settle();
            let Settled { latency, service, send_lag, own_lag, first_byte, .. } = &settled;
            let found = [latency, service, send_lag, own_lag, first_byte];
            for (found, plain) in found.into_iter().zip(&plain) {
                prop_assert_eq!(shown(found), shown(plain));
            }
            prop_assert_eq!(settled.dwell.count(), plain[0].count());
        }
    }
}
