//! Servers and hosts at their worst: every request ends in an outcome, and is counted by its kind.

use std::net::TcpListener;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use bakeoff_driver::reference::{Ending, Piece, Program, Running, Script};
use bakeoff_driver::{Control, DriveError, DriverOptions, Reach, Target, run};
use bakeoff_load::{
    Arrivals, Deadlines, Expected, LoadOutcome, LoadPlan, Payload, Problem, Protocol, RequestShape,
    RequestTemplate, Variant, WeightedRequest,
};

fn plan(requests_max: u64) -> LoadPlan {
    let requests = vec![WeightedRequest::get("/")];
    let mut plan = LoadPlan::new("reference", requests, Arrivals::closed());
    plan.connections = NonZeroU32::new(4).unwrap();
    plan.measure = Duration::from_mins(1);
    plan.requests_max = Some(requests_max);
    plan.deadlines = Deadlines {
        connect: Duration::from_millis(300),
        tls: Duration::from_millis(300),
        first_byte: Duration::from_millis(300),
        idle: Duration::from_millis(300),
        total: Duration::from_secs(3),
    };
    plan
}

fn drive(plan: &LoadPlan, target: &Target) -> LoadOutcome {
    let outcome = run(plan, target, &DriverOptions::default(), &Control::new()).unwrap();
    let counters = outcome.counters;
    assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
    outcome
}

fn against(program: Program, plan: &LoadPlan) -> LoadOutcome {
    let server = Running::start(program, None).unwrap();
    let outcome = drive(plan, &Target::tcp(server.address(), &Reach::Loopback).unwrap());
    server.stop().unwrap();
    outcome
}

fn script(bytes: &[u8], ending: Ending) -> Program {
    let pieces = match bytes {
        [] => Vec::new(),
        _ => vec![Piece { after: Duration::ZERO, bytes: bytes.to_vec() }],
    };
    Program::scripted(Script { pieces, ending })
}

#[test]
fn a_server_that_accepts_and_says_nothing_times_out_by_the_first_byte() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::tcp(listener.local_addr().unwrap(), &Reach::Loopback).unwrap();
    let outcome = drive(&plan(4), &target);
    assert_eq!(outcome.problems.of(Problem::FirstByteTimeout), 4);
}

#[test]
fn a_server_that_does_not_read_stops_no_one_else() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::tcp(listener.local_addr().unwrap(), &Reach::Loopback).unwrap();
    let mut plan = plan(4);
    plan.requests[0].shape = RequestShape::Template(RequestTemplate {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        body: Payload::Fixed(vec![b'x'; 16 << 20]),
        ..RequestTemplate::default()
    });
    let outcome = drive(&plan, &target);
    assert_eq!(outcome.problems.of(Problem::FirstByteTimeout), 4);
    // The window filled up long before the body was through.
    assert!(outcome.counters.bytes_sent < 4 * (16 << 20));
}

#[test]
fn a_storm_of_resets_is_counted_as_resets() {
    let outcome = against(script(b"", Ending::Reset), &plan(100));
    assert_eq!(outcome.problems.of(Problem::Reset), 100);
    assert!(100 <= outcome.counters.connected);
}

#[test]
fn a_full_backlog_is_a_connect_timeout() {
    let listener = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    rustix::net::bind(&listener, &any).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = std::net::SocketAddr::try_from(rustix::net::getsockname(&listener).unwrap());
    let target = Target::tcp(address.unwrap(), &Reach::Loopback).unwrap();
    let mut plan = plan(1);
    plan.connections = NonZeroU32::new(16).unwrap();
    let outcome = drive(&plan, &target);
    assert!(0 < outcome.other_problems.of(Problem::ConnectTimeout));
    assert_eq!(outcome.problems.of(Problem::FirstByteTimeout), 1);
}

#[test]
fn more_connections_than_the_host_can_have_are_refused_before_the_start() {
    let server = Running::start(Program::default(), None).unwrap();
    let target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
    let mut plan = plan(1);
    plan.connections = NonZeroU32::new(3_000_000_000).unwrap();
    let refused = run(&plan, &target, &DriverOptions::default(), &Control::new()).unwrap_err();
    assert!(
        matches!(refused, DriveError::Descriptors { .. } | DriveError::Ports { .. }),
        "{refused}"
    );
    assert_eq!(server.stop().unwrap().connections, 0);
}

#[test]
fn a_body_that_stops_half_way_is_an_idle_gap() {
    let said = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let outcome = against(script(said, Ending::Keep), &plan(4));
    assert_eq!(outcome.problems.of(Problem::IdleTimeout), 4);
}

#[test]
fn an_answer_that_trickles_in_ends_at_the_total_deadline() {
    let mut bytes = vec![b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec()];
    bytes.resize(1001, vec![b'x']);
    let after = Duration::from_millis(20);
    let pieces = bytes.into_iter().map(|bytes| Piece { after, bytes }).collect();
    let mut plan = plan(4);
    plan.deadlines.total = Duration::from_millis(500);
    let outcome = against(Program::scripted(Script { pieces, ending: Ending::Keep }), &plan);
    assert_eq!(outcome.problems.of(Problem::TotalTimeout), 4);
}

#[test]
fn answers_that_nobody_asked_for_are_desync_and_the_connection_is_given_up() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".repeat(2);
    let outcome = against(script(&answer, Ending::Keep), &plan(50));
    assert_eq!(outcome.counters.answered, 50);
    assert!(50 <= outcome.other_problems.of(Problem::Desync) + 4);
}

#[test]
fn without_one_success_there_are_no_numbers_only_errors() {
    let program = Program { errors_one_in: NonZeroU32::new(1), ..Program::default() };
    let outcome = against(program, &plan(20));
    let report = outcome.report();
    assert_eq!((report.answered, report.failed, report.throughput), (0, 20, 0.0));
    assert_eq!((report.latency.count, report.latency.p99, report.latency.mean), (0, None, None));
    assert_eq!(report.failed_by_kind, [("wrong-status", 20)].into());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let mut plan = plan(640);
    plan.protocol = Protocol::Http1 { pipeline: NonZeroU16::new(16).unwrap() };
    let right = Variant::get("/", Expected::Exact(b"ok".to_vec()));
    plan.requests[0].shape = RequestShape::Variants(vec![right]);
    let outcome = against(Program::default(), &plan);
    assert_eq!(outcome.counters.answered, 640);
    // Many answers come in one read, or the requests were not pipelined.
    assert!(outcome.counters.reads < 640, "{}", outcome.counters.reads);
}

#[test]
fn a_big_body_is_read_whole_and_compared() {
    let body: Vec<u8> = (0..300_000_u32).map(|index| (index % 251) as u8).collect();
    let mut plan = plan(40);
    let expected = Expected::Exact(body.clone());
    plan.requests[0].shape = RequestShape::Variants(vec![Variant::get("/", expected)]);
    let outcome = against(Program { body, ..Program::default() }, &plan);
    assert_eq!(outcome.counters.answered, 40);
}

/// What a hostile connection says, and what its requests come to.
fn hostilities() -> Vec<(Program, Problem)> {
    let said = |bytes: &[u8], ending| script(bytes, ending);
    let endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n".to_vec();
    let long_head = [b"HTTP/1.1 200 OK\r\nF: ".to_vec(), vec![b'a'; 1 << 20]].concat();
    let long_body = [&endless[..], &vec![b'x'; 4 << 20]].concat();
    vec![
        (said(b"SSH-2.0-OpenSSH_9.2\r\n", Ending::Keep), Problem::NotHttp),
        (
            said(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", Ending::Close),
            Problem::Incomplete,
        ),
        (said(b"", Ending::Reset), Problem::Reset),
        (said(b"", Ending::Keep), Problem::FirstByteTimeout),
        (said(&endless, Ending::Keep), Problem::IdleTimeout),
        (said(&long_head, Ending::Keep), Problem::HeadTooLarge),
        (said(&long_body, Ending::Keep), Problem::InvalidChunk),
    ]
}

#[test]
fn hostility_on_one_connection_in_eight_fails_only_what_was_asked_there() {
    for (program, problem) in hostilities() {
        let mut plan = plan(4_000);
        plan.connections = NonZeroU32::new(8).unwrap();
        let right = Variant::get("/", Expected::Exact(b"ok".to_vec()));
        plan.requests[0].shape = RequestShape::Variants(vec![right]);
        let program = Program { script_one_in: NonZeroU32::new(8), ..program };
        let server = Running::start(program, None).unwrap();
        let target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
        let outcome = drive(&plan, &target);
        let served = server.stop().unwrap();
        let counters = outcome.counters;
        assert_eq!((counters.sent, counters.unanswered), (4_000, 0), "{problem:?}");
        assert!(0 < counters.failed, "{problem:?}");
        assert_eq!(counters.failed, served.scripted, "{problem:?}");
        assert_eq!(outcome.problems.of(problem), counters.failed, "{problem:?}");
        assert_eq!(counters.answered, 4_000 - served.scripted, "{problem:?}");
    }
}
