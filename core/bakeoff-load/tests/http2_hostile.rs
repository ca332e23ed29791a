//! Hostile HTTP/2 servers, each in one write, in two, and byte by byte: classified alike, within
//! bounds, whatever the cut. Virtual time: patience ends exactly when it should.

mod wire;

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use bakeoff_load::{
    Arrivals, Deadlines, LoadOutcome, LoadPlan, PeerOptions, Prepared, Problem, Protocol,
    WeightedRequest,
};

use wire::{Does, Wire, evidence, words};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW: u8 = 8;
const CONTINUATION: u8 = 9;

/// `END_STREAM` and `END_HEADERS`.
const WHOLE: u8 = 5;
/// `END_HEADERS`.
const OPEN: u8 = 4;
/// `:status: 200`.
const OK: &[u8] = &[0x88];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

fn setting(number: u16, value: u32) -> Vec<u8> {
    [&number.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// A literal field that the table remembers.
fn remembered(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| {
        let mut out = Vec::new();
        if text.len() < 127 {
            out.push(text.len() as u8);
        } else {
            let mut rest = text.len() - 127;
            out.push(127);
            while 128 <= rest {
                out.push(rest as u8 | 128);
                rest >>= 7;
            }
            out.push(rest as u8);
        }
        out
    };
    [&[0x40][..], &length(name), name.as_bytes(), &length(value), value.as_bytes()].concat()
}

struct Case {
    name: &'static str,
    /// Said instead of settings.
    greeting: Option<Vec<u8>>,
    /// Said to the first request, on stream 1.
    says: Vec<u8>,
    closes: bool,
    expected: &'static str,
}

fn case(name: &'static str, says: Vec<u8>, expected: &'static str) -> Case {
    Case { name, greeting: None, says, closes: false, expected }
}

fn greeting(name: &'static str, said: impl Into<Vec<u8>>, expected: &'static str) -> Case {
    Case { name, greeting: Some(said.into()), says: Vec::new(), closes: false, expected }
}

/// One connection, patience of seconds; one request, but for the cases that want more.
fn patient() -> Prepared {
    let mut plan = LoadPlan::new("hostile", vec![WeightedRequest::get("/")], Arrivals::closed());
    plan.connections = NonZeroU32::MIN;
    plan.protocol = Protocol::Http2 { streams: NonZeroU16::MIN, secure: false };
    plan.measure = Duration::from_secs(5);
    plan.drain = Duration::from_secs(5);
    plan.requests_max = Some(1);
    plan.body_bytes_max = 1 << 20;
    let second = Duration::from_secs(1);
    plan.deadlines = Deadlines {
        connect: second,
        tls: second,
        first_byte: 2 * second,
        idle: 2 * second,
        total: 4 * second,
    };
    Prepared::new(plan).unwrap()
}

fn does(case: &Case) -> Does {
    if case.closes { Does::SaysAndCloses(case.says.clone()) } else { Does::Says(case.says.clone()) }
}

fn meet(case: &Case, cut: usize) -> LoadOutcome {
    let prepared = patient();
    let wire = Wire::new(&prepared, PeerOptions::default(), cut);
    let (outcome, _) = wire.greet_with(case.greeting.clone()).run(&prepared, |_| does(case));
    outcome
}

/// What is said on each connection before it is closed.
fn partings(case: &Case, cut: usize) -> Vec<Option<Vec<u8>>> {
    let prepared = patient();
    let wire = Wire::new(&prepared, PeerOptions::default(), cut);
    let mut wire = wire.greet_with(case.greeting.clone());
    wire.run_through(&mut |_| does(case));
    wire.partings
}

fn greetings() -> Vec<Case> {
    vec![
        greeting(
            "an HTTP/1.1 server",
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            "answered 0, not-http2",
        ),
        greeting("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "answered 0, not-http2"),
        greeting("silence", "", "answered 0, first-byte-timeout"),
        greeting("no settings first", frame(PING, 0, 0, &[0; 8]), "answered 0, not-http2"),
        greeting("an acknowledgement first", frame(SETTINGS, 1, 0, &[]), "answered 0, not-http2"),
        greeting(
            "no stream allowed",
            frame(SETTINGS, 0, 0, &setting(3, 0)),
            "answered 0, first-byte-timeout",
        ),
        greeting(
            "settings of seven bytes",
            frame(SETTINGS, 0, 0, &[0; 7]),
            "answered 0, not-http2",
        ),
        greeting(
            "a window beyond its limit",
            frame(SETTINGS, 0, 0, &setting(4, 0x8000_0000)),
            "answered 0, not-http2",
        ),
    ]
}

fn answers() -> Vec<Case> {
    let ok = || frame(HEADERS, WHOLE, 1, OK);
    let long = "x".repeat(4_000);
    let bomb = [OK, &remembered("n", &long), &[0xbe; 200]].concat();
    let continued = |frames: usize, bytes: usize| {
        let part = [0x00, 1, b'a', 127, 0xff, 0xff, 0x3f];
        let mut out = frame(HEADERS, 0, 1, &part);
        for _ in 0..frames {
            out.extend(frame(CONTINUATION, 0, 1, &vec![b'x'; bytes]));
        }
        out
    };
    vec![
        case("right", ok(), "answered 1"),
        case(
            "padded, with priority, an unknown frame before",
            [
                frame(77, 255, 9, b"abc"),
                frame(HEADERS, WHOLE | 0x28, 1, &[1, 0, 0, 0, 0, 9, 0x88, 0]),
            ]
            .concat(),
            "answered 1",
        ),
        case(
            "headers in three frames",
            [
                frame(HEADERS, 1, 1, &[]),
                frame(CONTINUATION, 0, 1, &[]),
                frame(CONTINUATION, 4, 1, OK),
            ]
            .concat(),
            "answered 1",
        ),
        case(
            "trailers",
            [
                frame(HEADERS, OPEN, 1, OK),
                frame(DATA, 0, 1, b"ok"),
                frame(HEADERS, WHOLE, 1, &remembered("t", "1")),
            ]
            .concat(),
            "answered 1",
        ),
        case("a second answer", [ok(), ok()].concat(), "answered 1, desync"),
        case("silence", Vec::new(), "answered 0, first-byte-timeout"),
        case("headers and silence", frame(HEADERS, OPEN, 1, OK), "answered 0, idle-timeout"),
        case("headers too long", frame(HEADERS, WHOLE, 1, &bomb), "answered 0, head-too-large"),
        case("continuations without end", continued(40, 1_000), "answered 0, head-too-large"),
        case("empty continuations", continued(100, 0), "answered 0, http2-flood"),
        case(
            "101 fields",
            frame(HEADERS, WHOLE, 1, &[OK, &[0x90; 101]].concat()),
            "answered 0, too-many-fields",
        ),
        case(
            "a block that is none",
            frame(HEADERS, WHOLE, 1, &[0x80]),
            "answered 0, header-compression",
        ),
        case("no status", frame(HEADERS, WHOLE, 1, &[0x90]), "answered 0, malformed-head"),
        case(
            "informational without end",
            frame(HEADERS, OPEN, 1, &[&[0x08, 3][..], b"103"].concat()).repeat(40),
            "answered 0, too-many-informational",
        ),
    ]
}

/// Bodies that are not what was said of them, or were not asked for.
fn bodies() -> Vec<Case> {
    vec![
        case(
            "switching protocols",
            frame(HEADERS, OPEN, 1, &[&[0x08, 3][..], b"101"].concat()),
            "answered 0, unasked-upgrade",
        ),
        case(
            "less than its length",
            [
                frame(HEADERS, OPEN, 1, &[OK, &[0x0f, 13, 1], b"9"].concat()),
                frame(DATA, 1, 1, b"ok"),
            ]
            .concat(),
            "answered 0, incomplete",
        ),
        case(
            "more than its length",
            [
                frame(HEADERS, OPEN, 1, &[OK, &[0x0f, 13, 1], b"1"].concat()),
                frame(DATA, 1, 1, b"ok"),
            ]
            .concat(),
            "answered 0, invalid-length",
        ),
        case(
            "a body beyond the limit",
            [frame(HEADERS, OPEN, 1, OK), frame(DATA, 0, 1, &[0; 16_384]).repeat(70)].concat(),
            "answered 0, body-too-large",
        ),
    ]
}

fn frames() -> Vec<Case> {
    let open = || frame(HEADERS, OPEN, 1, OK);
    let protocol = "answered 0, http2-protocol";
    vec![
        case(
            "a window beyond its limit",
            frame(WINDOW, 0, 0, &0x7fff_ffff_u32.to_be_bytes()),
            "answered 0, flow-control",
        ),
        case("data before headers", frame(DATA, 1, 1, b"ok"), protocol),
        case("data on no stream", frame(DATA, 1, 0, b"ok"), protocol),
        case("data on a stream nobody began", frame(DATA, 1, 7, b"ok"), protocol),
        case("headers on a stream nobody began", frame(HEADERS, WHOLE, 7, OK), protocol),
        case("headers on its own stream", frame(HEADERS, WHOLE, 2, OK), protocol),
        case("a frame too long", frame(DATA, 1, 1, &[0; 16_385]), protocol),
        case(
            "padding longer than its frame",
            [open(), frame(DATA, 9, 1, &[9, 1])].concat(),
            protocol,
        ),
        case("a push", frame(PUSH, 4, 1, &[0, 0, 0, 2, 0x82]), protocol),
        case("a ping of seven bytes", frame(PING, 0, 0, &[0; 7]), protocol),
        case("a window of nothing more", frame(WINDOW, 0, 0, &[0; 4]), protocol),
        case("a continuation of nothing", frame(CONTINUATION, 4, 1, OK), protocol),
        case(
            "a frame between headers",
            [frame(HEADERS, 0, 1, OK), frame(PING, 0, 0, &[0; 8])].concat(),
            protocol,
        ),
        case(
            "trailers that end nothing",
            [open(), frame(HEADERS, OPEN, 1, &[0x90])].concat(),
            protocol,
        ),
        case("frames of 15 bytes wanted", frame(SETTINGS, 0, 0, &setting(5, 15)), protocol),
        case("push wanted", frame(SETTINGS, 0, 0, &setting(2, 1)), protocol),
    ]
}

/// Floods, and connections that end.
fn ends() -> Vec<Case> {
    let open = || frame(HEADERS, OPEN, 1, OK);
    let reset = |code: u32| frame(RESET, 0, 1, &code.to_be_bytes());
    let goaway = |last: u32, code: u32| {
        frame(GOAWAY, 0, 0, &[&last.to_be_bytes()[..], &code.to_be_bytes()].concat())
    };
    let mut cases = vec![
        case(
            "a stream's window beyond its limit",
            frame(WINDOW, 0, 1, &0x7fff_ffff_u32.to_be_bytes()),
            "answered 0, flow-control",
        ),
        case(
            "pings without end",
            frame(PING, 0, 0, &[0; 8]).repeat(5_000),
            "answered 0, http2-flood",
        ),
        case(
            "settings without end",
            frame(SETTINGS, 0, 0, &[]).repeat(5_000),
            "answered 0, http2-flood",
        ),
        case(
            "resets without end",
            frame(RESET, 0, 1, &[0; 4]).repeat(5_000),
            "answered 0, stream-reset, http2-flood",
        ),
        case(
            "empty data without end",
            [open(), frame(DATA, 0, 1, &[]).repeat(5_000)].concat(),
            "answered 0, http2-flood",
        ),
        case(
            "unknown frames without end",
            frame(99, 0, 0, &[]).repeat(5_000),
            "answered 0, http2-flood",
        ),
        case(
            "priorities without end",
            frame(2, 0, 1, &[0; 5]).repeat(5_000),
            "answered 0, http2-flood",
        ),
        case("a refused stream", reset(7), "answered 0, stream-reset"),
        case(
            "a stream reset within its answer",
            [open(), frame(DATA, 0, 1, b"o"), reset(2)].concat(),
            "answered 0, stream-reset",
        ),
        case("going away before it", goaway(0, 11), "answered 0, goaway"),
        case(
            "going away after it",
            [goaway(1, 0), frame(HEADERS, WHOLE, 1, OK)].concat(),
            "answered 1",
        ),
    ];
    for (name, says, expected) in [
        ("closed before an answer", Vec::new(), "answered 0, closed"),
        ("closed within an answer", open(), "answered 0, incomplete"),
        (
            "closed within a frame",
            [open(), frame(DATA, 0, 1, b"okok")[..11].to_vec()].concat(),
            "answered 0, incomplete",
        ),
    ] {
        cases.push(Case { closes: true, ..case(name, says, expected) });
    }
    cases
}

#[test]
fn every_case_is_classified_alike_however_it_is_cut() {
    let mut wrong = Vec::new();
    for case in
        greetings().iter().chain(&answers()).chain(&bodies()).chain(&frames()).chain(&ends())
    {
        let whole = case.says.len().max(2);
        for cut in [1 << 20, whole.div_ceil(2), 1] {
            let outcome = meet(case, cut);
            let told = words(&outcome);
            if told != case.expected {
                wrong.push(format!("{}, cut at {cut}: {told}, not {}", case.name, case.expected));
            }
            let counters = outcome.counters;
            assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The error code that a problem ends a connection with; none if that is not how it ends.
fn code(problem: &str) -> Option<u32> {
    let codes = [
        ("http2-protocol", 1),
        ("flow-control", 3),
        ("desync", 5),
        ("header-compression", 9),
        ("head-too-large", 11),
        ("http2-flood", 11),
    ];
    codes.iter().find(|(name, _)| *name == problem).map(|(_, code)| *code)
}

#[test]
fn a_connection_that_cannot_go_on_ends_with_goaway_and_why() {
    // RFC 9113 §5.4.1; not towards whoever speaks something else (§3.4).
    let mut said = 0;
    for case in
        greetings().iter().chain(&answers()).chain(&bodies()).chain(&frames()).chain(&ends())
    {
        let fatal = case.expected.rsplit(", ").next().and_then(code);
        for cut in [1 << 20, 1] {
            let partings = partings(case, cut);
            let words: Vec<&[u8]> = partings.iter().flatten().map(Vec::as_slice).collect();
            let Some(code) = fatal else {
                assert!(words.is_empty(), "{}: {words:?}", case.name);
                continue;
            };
            let payload = [&[0; 4][..], &code.to_be_bytes()].concat();
            let first = words.first().copied();
            assert_eq!(first, Some(&frame(GOAWAY, 0, 0, &payload)[..]), "{}", case.name);
            said += 1;
        }
    }
    assert!(20 < said, "{said}");
}

#[test]
fn evidence_says_what_came() {
    let shown = |case: &Case, problem: Problem| evidence(&meet(case, 3), problem);
    let cases = by_name([greetings(), answers(), frames(), ends()]);
    let told = [
        shown(&cases("an HTTP/1.1 server"), Problem::NotHttp2),
        shown(&cases("a refused stream"), Problem::StreamReset),
        shown(&cases("going away before it"), Problem::GoAway),
        shown(&cases("a ping of seven bytes"), Problem::Http2Protocol),
        shown(&cases("no status"), Problem::MalformedHead),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    HTTP/1.1 
    RST_STREAM, code 0x7 (REFUSED_STREAM)
    GOAWAY, code 0xb (ENHANCE_YOUR_CALM)
    \x00\x00\x07\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00
    HTTP/2 000\r\naccept-encoding: gzip, deflate\r\n\r\n
    ");
}

/// Finds a case by its name.
fn by_name(cases: [Vec<Case>; 4]) -> impl Fn(&str) -> Case {
    let all: Vec<Case> = cases.into_iter().flatten().collect();
    move |name| {
        let found = all.iter().find(|case| case.name == name).unwrap();
        let (greeting, says) = (found.greeting.clone(), found.says.clone());
        Case { greeting, says, ..*found }
    }
}
