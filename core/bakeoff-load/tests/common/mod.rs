//! Hostile servers (FAILURES, 33 cases) and an engine that meets them in virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Action, Arrivals, Deadlines, Engine, GeneratorFacts, LoadOutcome, LoadPlan, Phase, Prepared,
    Problem, WeightedRequest,
};
use bakeoff_units::Timestamp;

/// What a server says to a request, and then does.
pub struct Case {
    /// Its number in the list of FAILURES.
    pub number: u32,
    /// What it says.
    pub says: Vec<u8>,
    /// What it then does.
    pub then: Then,
    /// Requests put to it.
    pub requests: u64,
    /// What the engine must make of it.
    pub expected: &'static str,
}

/// What a server does after it has spoken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing more.
    Waits,
    Closes,
    Resets,
    /// What it says, it says at one byte in 200 ms.
    Drips,
}

/// How what it says arrives.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// In one write.
    Whole,
    /// In two writes.
    Two,
    /// One byte at a time.
    Bytes,
}

/// As much as a driver hands over at once.
const READ_BYTES: usize = 64 * 1024;

/// One connection, one after another, patience of seconds.
pub fn plan(requests: u64) -> LoadPlan {
    let mut plan = LoadPlan::new("hostile", vec![WeightedRequest::get("/")], Arrivals::closed());
    plan.connections = NonZeroU32::MIN;
    plan.measure = Duration::from_hours(1);
    plan.requests_max = Some(requests);
    plan.body_bytes_max = 1 << 20;
    plan.deadlines = Deadlines {
        connect: Duration::from_secs(1),
        tls: Duration::from_secs(1),
        first_byte: Duration::from_secs(2),
        idle: Duration::from_secs(2),
        total: Duration::from_secs(5),
    };
    plan
}

/// Lets the engine meet the server and gives what it made of it.
pub fn meet(case: &Case, cut: Cut) -> LoadOutcome {
    let prepared = Prepared::new(plan(case.requests)).unwrap();
    let mut engine = Engine::new(&prepared, 0, 1).unwrap();
    let mut now = Timestamp::ZERO;
    let mut met = 0;
    loop {
        let (asked, _) = carry_out(&mut engine, now);
        match engine.phase(now) {
            Phase::Connecting => engine.start(now),
            Phase::Done => break,
            Phase::WarmUp | Phase::Measure | Phase::Drain => {}
        }
        if asked && met < case.requests {
            met += 1;
            now = answer(&mut engine, case, cut, now);
        } else {
            let wake = engine.poll_timeout(now);
            now = wake.other.max(now + Duration::from_nanos(1));
        }
    }
    LoadOutcome::new(prepared.plan(), vec![engine.finish(now)], GeneratorFacts::default())
}

/// Does what the engine wants; tells whether it sent a request, and whether it closed.
pub fn carry_out(engine: &mut Engine<'_>, now: Timestamp) -> (bool, bool) {
    let (mut asked, mut closed) = (false, false);
    while let Some(action) = engine.poll(now) {
        match action {
            Action::Connect(connection) => {
                engine.handle_connecting(connection, now);
                engine.handle_connected(connection, now);
            }
            Action::Send(connection) => {
                let bytes = engine.outgoing(connection).len();
                engine.handle_sent(connection, bytes);
                asked = true;
            }
            Action::Close(_) => closed = true,
        }
    }
    (asked, closed)
}

/// The server says its piece. Gives the time when it has.
pub fn answer(engine: &mut Engine<'_>, case: &Case, cut: Cut, from: Timestamp) -> Timestamp {
    let pieces: Vec<&[u8]> = match cut {
        _ if case.then == Then::Drips => case.says.chunks(1).collect(),
        Cut::Whole => case.says.chunks(READ_BYTES).collect(),
        Cut::Two => {
            let (one, two) = case.says.split_at(case.says.len() / 2);
            one.chunks(READ_BYTES).chain(two.chunks(READ_BYTES)).collect()
        }
        Cut::Bytes => case.says.chunks(1).collect(),
    };
    let mut now = from;
    for piece in pieces {
        if case.then == Then::Drips {
            let later = now + Duration::from_millis(200);
            while now < later {
                // Nothing is sent to it any more: the engine looks at its deadlines.
                if carry_out(engine, now).1 {
                    return now;
                }
                now = engine.poll_timeout(now).other.clamp(now + Duration::from_nanos(1), later);
            }
        }
        engine.handle_received(0, piece, now, now);
    }
    match case.then {
        Then::Waits | Then::Drips => {}
        Then::Closes => engine.handle_ended(0, None, now),
        Then::Resets => engine.handle_ended(0, Some(Problem::Reset), now),
    }
    now
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

fn head(fields: &str, body: &str) -> Vec<u8> {
    format!("{OK}{fields}\r\n\r\n{body}").into_bytes()
}

fn chunked(rest: &str) -> Vec<u8> {
    head("Transfer-Encoding: chunked", rest)
}

fn case(number: u32, says: impl Into<Vec<u8>>, then: Then, expected: &'static str) -> Case {
    Case { number, says: says.into(), then, requests: 1, expected }
}

fn fields(count: usize) -> Vec<u8> {
    format!("{OK}{}\r\n", numbered("F", count)).into_bytes()
}

fn numbered(name: &str, count: usize) -> String {
    let mut text = String::new();
    for index in 0..count {
        write!(text, "{name}{index}: x\r\n").unwrap();
    }
    text
}

/// Cases about heads.
pub fn heads() -> Vec<Case> {
    let mut cases = long_heads();
    cases.extend(lengths_and_lines());
    cases
}

fn long_heads() -> Vec<Case> {
    let long = |length: usize| head(&format!("F: {}", "a".repeat(length)), "");
    let endless = format!("{OK}F: {}", "a".repeat(1 << 20));
    vec![
        Case { requests: 2, ..case(1, head("Content-Length: 2", "ok"), Then::Waits, "answered 2") },
        case(2, fields(101), Then::Waits, "answered 0, too-many-fields"),
        case(3, long(300_000), Then::Waits, "answered 0, head-too-large"),
        case(4, long(1_000_000), Then::Waits, "answered 0, head-too-large"),
        case(5, endless, Then::Waits, "answered 0, head-too-large"),
        case(6, head("Content-Length: 2", "ok"), Then::Drips, "answered 0, total-timeout"),
        case(
            7,
            [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 50]].concat(),
            Then::Drips,
            "answered 0, total-timeout",
        ),
        case(8, "", Then::Waits, "answered 0, first-byte-timeout"),
    ]
}

fn lengths_and_lines() -> Vec<Case> {
    vec![
        case(
            9,
            head("Content-Length: 2\r\nContent-Length: 2", "ok"),
            Then::Waits,
            "answered 1, flag repeated-length",
        ),
        case(
            10,
            head("Content-Length: 2\r\nContent-Length: 3", "ok"),
            Then::Waits,
            "answered 0, conflicting-lengths",
        ),
        case(
            11,
            head("Content-Length: 2\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n"),
            Then::Waits,
            "answered 0, length-and-chunked",
        ),
        case(12, head("Content-Length: -1", "ok"), Then::Waits, "answered 0, invalid-length"),
        case(
            13,
            head("Content-Length: 18446744073709551615", "ok"),
            Then::Waits,
            "answered 0, body-too-large",
        ),
        case(
            22,
            "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
            Then::Waits,
            "answered 1, flag bare-lf",
        ),
        case(
            23,
            head("F: a\r\n b\r\nContent-Length: 0", ""),
            Then::Waits,
            "answered 0, malformed-head",
        ),
        case(24, "HTTP/1.1 99999 Odd\r\n\r\n", Then::Waits, "answered 0, malformed-head"),
        case(25, "SSH-2.0-OpenSSH_9.2\r\n", Then::Waits, "answered 0, not-http"),
        case(
            26,
            head("F: a\0b\r\nContent-Length: 0", ""),
            Then::Waits,
            "answered 0, malformed-head",
        ),
        case(
            27,
            "HTTP/1.1 200 \x1b[2J\r\nF: \x1b[2J\r\nContent-Length: 0\r\n\r\n",
            Then::Waits,
            "answered 0, malformed-head",
        ),
        case(
            33,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            Then::Waits,
            "answered 0, unasked-upgrade",
        ),
    ]
}

/// Cases about bodies and what comes after.
pub fn bodies() -> Vec<Case> {
    let one_byte_chunks = "1\r\nx\r\n".repeat(200_000) + "0\r\n\r\n";
    let trailers = numbered("T", 5_000);
    let endless = "1000\r\n".to_owned() + &"x".repeat(4096) + "\r\n";
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let many_103 = early.repeat(200_000) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let twice = [head("Content-Length: 2", "ok"), head("Content-Length: 2", "ko")].concat();
    vec![
        case(14, chunked("FFFFFFFFFFFFFFF\r\nabc"), Then::Closes, "answered 0, incomplete"),
        case(15, chunked("FFFFFFFFFFFFFFFFFF\r\nabc"), Then::Waits, "answered 0, chunk-overflow"),
        case(
            16,
            chunked(&format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(200_000))),
            Then::Waits,
            "answered 0, chunk-extension-too-large",
        ),
        case(17, chunked(&one_byte_chunks), Then::Waits, "answered 1, flag tiny-chunks"),
        case(
            18,
            chunked(&format!("2\r\nok\r\n0\r\n{trailers}\r\n")),
            Then::Waits,
            "answered 0, trailers-too-large",
        ),
        case(19, chunked(&endless.repeat(1000)), Then::Waits, "answered 0, body-too-large"),
        case(20, twice, Then::Waits, "answered 1, desync"),
        case(
            21,
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
            Then::Waits,
            "answered 0, desync",
        ),
        case(28, many_103, Then::Waits, "answered 0, too-many-informational"),
        case(29, early.repeat(1_000), Then::Waits, "answered 0, too-many-informational"),
        case(30, head("Content-Length: 10", "ab"), Then::Closes, "answered 0, incomplete"),
        case(31, head("F: x", "until the end"), Then::Closes, "answered 1"),
        case(32, "", Then::Resets, "answered 0, reset"),
    ]
}
