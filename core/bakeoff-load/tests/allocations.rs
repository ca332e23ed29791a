//! Nothing is allocated between start and stop of a phase, whatever the server says.
//!
//! In a file of its own: the counting allocator sees every thread of the process.

mod common;

use std::alloc::System;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Mutex;

use bakeoff_load::{
    Action, Arrivals, Check, Engine, Expected, GeneratorFacts, LoadOutcome, LoadPlan, Prepared,
    Protocol, RequestShape, RequestTemplate, Variant, WeightedRequest,
};
use bakeoff_units::{Rate, Timestamp};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use common::{Cut, answer, bodies, carry_out, heads};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time: each sees the allocations of all.
static ALONE: Mutex<()> = Mutex::new(());

/// A mix of everything that has to be kept, hashed, rendered or looked into.
fn requests() -> Vec<WeightedRequest> {
    let mut fixed = WeightedRequest::get("/fixed");
    fixed.weight = 3;
    let mut live = WeightedRequest::get("/live/{uuid}/{sequence}");
    live.checks = vec![Check::Json { pointer: "/a/1".to_owned(), text: "7".to_owned() }];
    let mut hashed = WeightedRequest::get("/hashed");
    hashed.checks = vec![Check::Blake3([0; 32])];
    let mut exact = WeightedRequest::get("/exact");
    let variants =
        (0..10).map(|id| Variant::get(&format!("/{id}"), Expected::Exact(vec![b'x'; 9])));
    exact.shape = RequestShape::Variants(variants.collect());
    let template = RequestTemplate {
        method: "POST".to_owned(),
        path: "/{range:1..100}".to_owned(),
        body: bakeoff_load::Payload::Template("{uuid}".to_owned()),
        ..RequestTemplate::default()
    };
    let posted =
        WeightedRequest { shape: RequestShape::Template(template), ..WeightedRequest::get("") };
    vec![fixed, live, hashed, exact, posted]
}

const ANSWERS: [&[u8]; 4] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":[0,7",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"a\":[0,7\r\n0\r\n\r\n",
    b"HTTP/1.1 503 Busy\r\nSet-Cookie: user=7; Path=/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nxxxxxxxxx",
];

/// One round: all that is due is sent, and answered in one of four ways, cut in two.
fn round(engine: &mut Engine<'_>, number: usize, now: Timestamp, asked: &mut Vec<u32>) {
    asked.clear();
    while let Some(action) = engine.poll(now) {
        match action {
            Action::Connect(connection) => {
                engine.handle_connecting(connection, now);
                engine.handle_connected(connection, now);
            }
            Action::Send(connection) => {
                let bytes = engine.outgoing(connection).len();
                engine.handle_sent(connection, bytes);
                asked.push(connection);
            }
            Action::Close(_) => {}
        }
    }
    for (index, &connection) in asked.iter().enumerate() {
        let (one, two) = ANSWERS[(number + index) % ANSWERS.len()].split_at((number + index) % 30);
        engine.handle_received(connection, one, now, now);
        engine.handle_received(connection, two, now, now);
    }
}

/// What `work` allocates, in calls and bytes. The test harness has a thread of its own that now and
/// then allocates too; what the engine allocates, it allocates every time.
fn allocated(mut work: impl FnMut()) -> (usize, usize) {
    let counts = (0..5).map(|_| {
        let region = Region::new(GLOBAL);
        work();
        let change = region.change();
        (change.allocations + change.reallocations, change.bytes_allocated)
    });
    counts.min().expect("five of them")
}

#[test]
fn nothing_is_allocated_between_start_and_stop() {
    let _alone = ALONE.lock();
    let rate = Rate::per_second(10_000.0).unwrap();
    for arrivals in [Arrivals::closed(), Arrivals::constant(rate), Arrivals::poisson(rate)] {
        let mut plan = LoadPlan::new("counted", requests(), arrivals);
        plan.connections = NonZeroU32::new(64).unwrap();
        plan.churn = NonZeroU32::new(50);
        plan.cookies = true;
        let prepared = Prepared::new(plan).unwrap();
        let mut engine = Engine::new(&prepared, 0, 1).unwrap();
        let mut asked = Vec::with_capacity(128);
        round(&mut engine, 0, Timestamp::ZERO, &mut asked);
        engine.start(Timestamp::ZERO);
        let mut number = 0;
        let counted = allocated(|| {
            for _ in 0..1_000 {
                let now = Timestamp::from_nanos(number as u64 * 1_000_000);
                round(&mut engine, number, now, &mut asked);
                number += 1;
            }
        });
        assert_eq!(counted, (0, 0));
        let snapshot = engine.snapshot();
        assert!(10_000 < snapshot.answered && 10_000 < snapshot.failed, "{snapshot:?}");
    }
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// Answers to a stream, whose number is put in where it belongs: right, wrong, in pieces, reset.
fn answers_http2() -> Vec<Vec<u8>> {
    // `:status: 200`, a field that the table remembers, a length of 9.
    let head = [&[0x88, 0x40, 1][..], b"x\x03abc", &[0x0f, 13, 1], b"9"].concat();
    let body = b"{\"a\":[0,7";
    vec![
        [frame(1, 4, 0, &head), frame(0, 1, 0, body)].concat(),
        [
            frame(1, 0, 0, &head[..2]),
            frame(9, 4, 0, &head[2..]),
            frame(0, 0, 0, body),
            frame(1, 5, 0, &head[1..8]),
        ]
        .concat(),
        frame(1, 5, 0, &[&[0x08, 3][..], b"503", &[0x0f, 40, 4], b"u=07"].concat()),
        frame(3, 0, 0, &7_u32.to_be_bytes()),
        [frame(1, 4, 0, &[0xbe]), frame(0, 1, 0, body)].concat(),
    ]
}

/// One round over HTTP/2: all that is due is sent; then each stream that was begun, known by its
/// number, is answered in one of several ways, cut in two.
fn round_http2(
    engine: &mut Engine<'_>,
    number: usize,
    now: Timestamp,
    (answers, asked): (&mut [Vec<u8>], &mut Vec<(u32, u32)>),
) {
    asked.clear();
    while let Some(action) = engine.poll(now) {
        let Action::Send(connection) = action else { continue };
        loop {
            let bytes = engine.outgoing(connection);
            let length = bytes.len();
            // The first write begins with the preface.
            let mut rest = bytes.get(24..).filter(|_| bytes.starts_with(b"PRI")).unwrap_or(bytes);
            while let Some((head, after)) = rest.split_first_chunk::<9>() {
                let payload = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                if head[3] == 1 {
                    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                    asked.push((connection, stream));
                }
                rest = &after[payload..];
            }
            if length == 0 || !engine.handle_sent(connection, length) {
                break;
            }
        }
    }
    for (index, (connection, stream)) in asked.iter().enumerate() {
        let answer = &mut answers[(number + index) % 5];
        let mut at = 0;
        while at < answer.len() {
            let payload = u32::from_be_bytes([0, answer[at], answer[at + 1], answer[at + 2]]);
            answer[at + 5..at + 9].copy_from_slice(&stream.to_be_bytes());
            at += 9 + payload as usize;
        }
        let (one, two) = answer.split_at((number + index) % answer.len());
        engine.handle_received(*connection, one, now, now);
        engine.handle_received(*connection, two, now, now);
        // A window for the bodies, an unknown frame, and something to be acknowledged.
        let mut more = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0];
        engine.handle_received(*connection, &more, now, now);
        more[3] = 200;
        engine.handle_received(*connection, &more, now, now);
        let mut ping = [0; 17];
        (ping[2], ping[3]) = (8, 6);
        engine.handle_received(*connection, &ping, now, now);
    }
}

#[test]
fn nothing_is_allocated_between_start_and_stop_over_http2() {
    let _alone = ALONE.lock();
    let rate = Rate::per_second(10_000.0).unwrap();
    for arrivals in [Arrivals::closed(), Arrivals::constant(rate), Arrivals::poisson(rate)] {
        let mut plan = LoadPlan::new("counted", requests(), arrivals);
        plan.connections = NonZeroU32::new(8).unwrap();
        let streams = NonZeroU16::new(16).unwrap();
        plan.protocol = Protocol::Http2 { streams, secure: false };
        let prepared = Prepared::new(plan).unwrap();
        let mut engine = Engine::new(&prepared, 0, 1).unwrap();
        let (mut answers, mut asked) = (answers_http2(), Vec::with_capacity(1024));
        while let Some(action) = engine.poll(Timestamp::ZERO) {
            if let Action::Connect(connection) = action {
                engine.handle_connecting(connection, Timestamp::ZERO);
                engine.handle_connected(connection, Timestamp::ZERO);
                engine.handle_received(
                    connection,
                    &frame(4, 0, 0, &[]),
                    Timestamp::ZERO,
                    Timestamp::ZERO,
                );
            }
        }
        engine.start(Timestamp::ZERO);
        let mut number = 0;
        let counted = allocated(|| {
            for _ in 0..1_000 {
                let now = Timestamp::from_nanos(number as u64 * 1_000_000);
                round_http2(&mut engine, number, now, (&mut answers, &mut asked));
                number += 1;
            }
        });
        assert_eq!(counted, (0, 0));
        let snapshot = engine.snapshot();
        let ended = Timestamp::from_nanos(number as u64 * 1_000_000);
        let outcome = LoadOutcome::new(
            prepared.plan(),
            vec![engine.finish(ended)],
            GeneratorFacts::default(),
        );
        let told: Vec<_> =
            outcome.problems.occurred().chain(outcome.other_problems.occurred()).collect();
        assert!(1_000 < snapshot.answered && 1_000 < snapshot.failed, "{snapshot:?} {told:?}");
        assert_eq!(outcome.counters.connected, 8, "{told:?}");
    }
}

#[test]
fn a_hostile_answer_allocates_nothing() {
    let _alone = ALONE.lock();
    for case in heads().into_iter().chain(bodies()) {
        for cut in [Cut::Whole, Cut::Two] {
            let prepared = Prepared::new(common::plan(case.requests)).unwrap();
            let mut engines: Vec<Engine<'_>> =
                (0..5).map(|_| Engine::new(&prepared, 0, 1).unwrap()).collect();
            for engine in &mut engines {
                carry_out(engine, Timestamp::ZERO);
                engine.start(Timestamp::ZERO);
                carry_out(engine, Timestamp::ZERO);
            }
            let mut next = engines.iter_mut();
            let (_, bytes) = allocated(|| {
                answer(next.next().unwrap(), &case, cut, Timestamp::ZERO);
            });
            // The harness itself keeps a list of the pieces it says.
            assert!(bytes <= 4096, "case {}: {bytes}", case.number);
        }
    }
}
