//! The same engine in virtual time against a modelled server: an hour passes at once, and queueing
//! theory says what must come out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use bakeoff_units::Timestamp;

use crate::engine::{Action, Engine, Phase};
use crate::http2::peer::{Peer, PeerOptions};
use crate::outcome::{GeneratorFacts, LoadOutcome};
use crate::random::{Purpose, Random};
use crate::rendered::Prepared;

/// A server to be measured in virtual time: one queue, first come first served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerModel {
    /// How long a request takes once begun.
    pub service: Service,
    /// Requests worked on at the same time; above zero.
    pub workers: u32,
    /// When nothing is answered.
    pub stall: Option<Stall>,
}

/// How long a request takes once begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Always the same.
    Fixed(Duration),
    /// Exponentially distributed.
    Exponential {
        /// The mean.
        mean: Duration,
    },
    /// Mostly one time, now and then another.
    Mixed {
        /// The usual time.
        usual: Duration,
        /// The other.
        rare: Duration,
        /// One request in this many, at random; above zero.
        one_in: u32,
    },
}

/// All answers are held back for `length` at the end of each `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// From one stall to the next.
    pub every: Duration,
    /// How long it lasts; shorter than `every`.
    pub length: Duration,
}

impl Stall {
    /// When an answer that is ready `at_ns` after the server's start goes out.
    pub const fn release_ns(&self, at_ns: u64) -> u64 {
        let every_ns = self.every.as_nanos() as u64;
        let into_ns = at_ns % every_ns;
        if into_ns < every_ns - self.length.as_nanos() as u64 {
            at_ns
        } else {
            at_ns - into_ns + every_ns
        }
    }
}

impl Service {
    /// How long request `number` takes, in nanoseconds.
    pub fn ns(&self, seed: u64, number: u64) -> u64 {
        let mut random = Random::at(seed, Purpose::Service, number);
        match self {
            Self::Fixed(span) => span.as_nanos() as u64,
            Self::Exponential { mean } => (random.exponential() * mean.as_nanos() as f64) as u64,
            Self::Mixed { usual, rare, one_in } => {
                let span = if random.below(u64::from(*one_in)) == 0 { rare } else { usual };
                span.as_nanos() as u64
            }
        }
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Follows the plan against the model.
///
/// # Panics
///
/// If the plan has no connection for one thread, which [`Prepared`] rules out.
pub fn simulate(prepared: &Prepared, server: &ServerModel) -> LoadOutcome {
    let plan = prepared.plan();
    let mut engine = Engine::new(prepared, 0, 1).expect("one thread always has a connection");
    let mut now = Timestamp::ZERO;
    let mut answers = BinaryHeap::new();
    let mut workers: BinaryHeap<_> = (0..server.workers).map(|_| Reverse(0_u64)).collect();
    let mut served = 0;
    let servers = if plan.is_http2() { engine.connections() } else { 0 };
    let mut peers: Vec<Peer> = (0..servers).map(|_| Peer::new(PeerOptions::default())).collect();
    loop {
        while let Some(action) = engine.poll(now) {
            match action {
                Action::Connect(connection) => {
                    engine.handle_connecting(connection, now);
                    engine.handle_connected(connection, now);
                    if let Some(peer) = peers.get_mut(connection as usize) {
                        *peer = Peer::new(PeerOptions::default());
                        engine.handle_received(connection, &peer.outgoing(), now, now);
                    }
                }
                Action::Close(_) => {}
                Action::Send(connection) => {
                    for stream in asked(&mut engine, &mut peers, connection) {
                        let Reverse(free_ns) = workers.pop().expect("has workers");
                        let begun_ns = free_ns.max(now.as_nanos());
                        let ready_ns = begun_ns + server.service.ns(plan.seed, served);
                        served += 1;
                        workers.push(Reverse(ready_ns));
                        let out_ns =
                            server.stall.map_or(ready_ns, |stall| stall.release_ns(ready_ns));
                        answers.push(Reverse((out_ns, served, connection, stream)));
                    }
                }
            }
        }
        match engine.phase(now) {
            Phase::Connecting if engine.is_settled() => {
                engine.start(now);
                continue;
            }
            Phase::Done => break,
            Phase::Connecting | Phase::WarmUp | Phase::Measure | Phase::Drain => {}
        }
        let wake = engine.poll_timeout(now);
        let mut next = wake.arrival.map_or(wake.other, |arrival| arrival.min(wake.other));
        if let Some(&Reverse((answer_ns, _, connection, stream))) = answers.peek()
            && answer_ns <= next.as_nanos()
        {
            next = Timestamp::from_nanos(answer_ns);
            answers.pop();
            now = now.max(next);
            if let Some(peer) = peers.get_mut(connection as usize) {
                peer.answer(stream, "200", &[], b"ok");
                engine.handle_received(connection, &peer.outgoing(), now, now);
            } else {
                engine.handle_received(connection, ANSWER, now, now);
            }
        }
        now = now.max(next);
    }
    let generator = GeneratorFacts { threads: 1, ..GeneratorFacts::default() };
    LoadOutcome::new(plan, vec![engine.finish(now)], generator)
}

/// Takes what the engine writes on a connection: the requests in it, by their streams (over HTTP/1.1
/// one, of no number).
fn asked(engine: &mut Engine<'_>, peers: &mut [Peer], connection: u32) -> Vec<u32> {
    let Some(peer) = peers.get_mut(connection as usize) else {
        let bytes = engine.outgoing(connection).len();
        engine.handle_sent(connection, bytes);
        return vec![0];
    };
    let mut streams = Vec::new();
    loop {
        let bytes = engine.outgoing(connection);
        let length = bytes.len();
        peer.take(bytes).expect("the engine says what a peer understands");
        streams.extend(std::iter::from_fn(|| peer.next_request()).map(|request| request.stream));
        if length == 0 || !engine.handle_sent(connection, length) {
            return streams;
        }
    }
}
