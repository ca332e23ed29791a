//! A server that is hostile on one connection: the others notice nothing, and memory is bounded.
//! Virtual time, all cases of FAILURES, each said again on every request of that connection.
//!
//! In a file of its own with one test: the counting allocator sees every thread of the process.

mod common;

use std::alloc::System;
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Action, Engine, Expected, GeneratorFacts, LoadOutcome, Phase, Prepared, Problem, RequestShape,
    Variant, WeightedRequest,
};
use bakeoff_units::Timestamp;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use common::{Case, Then, bodies, heads, plan};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CONNECTIONS: u32 = 4;
/// The one that is met with hostility.
const HOSTILE: u32 = 1;
const RIGHT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright";
/// Answers of every other connection.
const ROUNDS: u64 = 500;
/// Pieces that are said in a round at most: the others have their turn in between.
const PIECES_MAX: usize = 500;
const ROUND: Duration = Duration::from_millis(10);
/// What one hostile answer may cost at a time: a head of 64 KiB, a body of 1 MiB, evidence.
const MEMORY_BYTES_MAX: isize = 2 << 20;

/// What the server is in the middle of saying on the hostile connection.
#[derive(Default)]
struct Saying {
    asked: bool,
    said: usize,
    not_before: Timestamp,
}

/// What came of it.
struct Met {
    outcome: LoadOutcome,
    /// Right answers given, and how often another connection than the hostile was closed.
    right: u64,
    others_closed: u64,
    /// Requests on the hostile connection.
    hostile: u64,
    /// Most memory in use at a time, beyond what there was before.
    memory_bytes_max: isize,
}

/// Lets an engine meet a server that says `case` on one connection, in pieces of `piece` bytes.
fn meet(case: &Case, piece: usize) -> Met {
    let mut plan = plan(u64::MAX);
    plan.connections = NonZeroU32::new(CONNECTIONS).unwrap();
    plan.measure = ROUND * ROUNDS as u32;
    plan.drain = Duration::ZERO;
    plan.requests_max = None;
    let right = Variant::get("/", Expected::Exact(b"right".to_vec()));
    let shape = RequestShape::Variants(vec![right]);
    plan.requests = vec![WeightedRequest { shape, ..WeightedRequest::get("/") }];
    let prepared = Prepared::new(plan).unwrap();
    let region = Region::new(GLOBAL);
    let mut engine = Engine::new(&prepared, 0, 1).unwrap();
    let mut asked = [false; CONNECTIONS as usize];
    let mut saying = Saying::default();
    let (mut right, mut others_closed, mut hostile, mut memory_bytes_max) = (0, 0, 0, 0);
    let mut now = Timestamp::ZERO;
    loop {
        while let Some(action) = engine.poll(now) {
            match action {
                Action::Connect(connection) => {
                    engine.handle_connecting(connection, now);
                    engine.handle_connected(connection, now);
                }
                Action::Send(connection) => {
                    let bytes = engine.outgoing(connection).len();
                    engine.handle_sent(connection, bytes);
                    asked[connection as usize] = true;
                    if connection == HOSTILE {
                        hostile += 1;
                        saying = Saying { asked: true, said: 0, not_before: now };
                    }
                }
                Action::Close(HOSTILE) => saying.asked = false,
                Action::Close(_) => others_closed += 1,
            }
        }
        match engine.phase(now) {
            Phase::Connecting => engine.start(now),
            Phase::Done => break,
            Phase::WarmUp | Phase::Measure | Phase::Drain => {}
        }
        say(&mut engine, &mut saying, case, piece, now);
        for connection in (0..CONNECTIONS).filter(|connection| *connection != HOSTILE) {
            if std::mem::take(&mut asked[connection as usize]) {
                engine.handle_received(connection, RIGHT, now, now);
                right += 1;
            }
        }
        let change = region.change();
        let used = change.bytes_allocated as isize - change.bytes_deallocated as isize;
        memory_bytes_max = memory_bytes_max.max(used);
        now = now + ROUND;
    }
    let shards = vec![engine.finish(now)];
    let outcome = LoadOutcome::new(prepared.plan(), shards, GeneratorFacts::default());
    Met { outcome, right, others_closed, hostile, memory_bytes_max }
}

/// The server goes on with what it says on the hostile connection, until that is closed.
fn say(engine: &mut Engine<'_>, saying: &mut Saying, case: &Case, piece: usize, now: Timestamp) {
    if !saying.asked || now < saying.not_before {
        return;
    }
    let drips = case.then == Then::Drips;
    let (piece, pieces) = if drips { (1, 1) } else { (piece, PIECES_MAX) };
    for _ in 0..pieces {
        let rest = &case.says[saying.said..];
        if rest.is_empty() {
            break;
        }
        let bytes = piece.min(rest.len());
        engine.handle_received(HOSTILE, &rest[..bytes], now, now);
        saying.said += bytes;
    }
    if drips {
        saying.not_before = now + Duration::from_millis(200);
    }
    if saying.said == case.says.len() {
        saying.asked = false;
        match case.then {
            Then::Waits | Then::Drips => {}
            Then::Closes => engine.handle_ended(HOSTILE, None, now),
            Then::Resets => engine.handle_ended(HOSTILE, Some(Problem::Reset), now),
        }
    }
}

#[test]
fn hostility_on_one_connection_costs_the_others_nothing() {
    let calm = Case {
        number: 0,
        says: RIGHT.to_vec(),
        then: Then::Waits,
        requests: 0,
        expected: "answered",
    };
    let calm = meet(&calm, usize::MAX);
    let expected = ROUNDS * u64::from(CONNECTIONS);
    assert!(expected.abs_diff(calm.outcome.counters.answered) <= 8, "{:?}", calm.outcome.counters);
    assert_eq!(calm.outcome.counters.failed, 0);
    for case in heads().iter().chain(&bodies()) {
        for piece in [64 * 1024, case.says.len().div_ceil(2).max(1), 1] {
            let met = meet(case, piece);
            let name = format!("case {} in pieces of {piece}", case.number);
            let counters = met.outcome.counters;
            // Every round each of the others was answered and asked again at once.
            assert_eq!(met.right, calm.right, "{name}");
            assert_eq!(met.others_closed, 0, "{name}");
            assert!(0 < met.hostile, "{name}");
            // What failed, failed there: at most once for each request that was met with it.
            assert!(met.right <= counters.answered + counters.unanswered, "{name}: {counters:?}");
            assert!(counters.failed <= met.hostile, "{name}: {counters:?}");
            assert_eq!(
                counters.sent,
                counters.answered + counters.failed + counters.unanswered,
                "{name}"
            );
            let memory = met.memory_bytes_max - calm.memory_bytes_max;
            assert!(memory <= MEMORY_BYTES_MAX, "{name}: {memory} bytes");
        }
    }
}
