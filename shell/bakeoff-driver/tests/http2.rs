//! HTTP/2 end to end against the reference server: by prior knowledge and as TLS agrees on it.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use bakeoff_driver::reference::{Ending, Piece, Program, Running, Script, Served, ServerTls};
use bakeoff_driver::{Control, DriverOptions, Reach, Target, Tls, Trust, run};
use bakeoff_load::{
    Arrivals, Check, Expected, LoadOutcome, LoadPlan, Payload, Problem, Protocol, RequestShape,
    RequestTemplate, Variant, WeightedRequest,
};
use bakeoff_units::Rate;

const STREAMS: u16 = 16;

fn plan(arrivals: Arrivals, requests_max: u64, secure: bool) -> LoadPlan {
    let shape = RequestShape::Variants(vec![Variant::get("/", Expected::Exact(b"ok".to_vec()))]);
    let requests = vec![WeightedRequest { shape, ..WeightedRequest::get("/") }];
    let mut plan = LoadPlan::new("reference", requests, arrivals);
    plan.connections = NonZeroU32::new(4).unwrap();
    plan.protocol = Protocol::Http2 { streams: NonZeroU16::new(STREAMS).unwrap(), secure };
    plan.measure = Duration::from_mins(1);
    plan.requests_max = Some(requests_max);
    plan
}

fn tls() -> ServerTls {
    let protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    ServerTls { protocols, ..ServerTls::default() }
}

fn drive(program: Program, plan: &LoadPlan) -> (LoadOutcome, Served) {
    let server = Running::start(Program { http2: true, ..program }, None).unwrap();
    let mut target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
    if let Protocol::Http2 { secure: true, .. } = plan.protocol {
        target = target.with_tls(Tls { trust: Trust::Anything, ..Tls::new("127.0.0.1") });
    }
    let outcome = run(plan, &target, &DriverOptions::default(), &Control::new()).unwrap();
    let counters = outcome.counters;
    assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
    (outcome, server.stop().unwrap())
}

fn closed(requests_max: u64) -> LoadPlan {
    plan(Arrivals::closed(), requests_max, false)
}

#[test]
fn every_request_is_sent_once_and_answered_once() {
    let fast = Rate::per_second(2_000.0).unwrap();
    for secure in [false, true] {
        for arrivals in [Arrivals::closed(), Arrivals::constant(fast), Arrivals::poisson(fast)] {
            let program = Program { tls: secure.then(tls), ..Program::default() };
            let (outcome, served) = drive(program, &plan(arrivals, 1_000, secure));
            let counters = outcome.counters;
            assert_eq!((counters.sent, counters.answered, counters.failed), (1_000, 1_000, 0));
            assert_eq!((served.requests, served.answers, served.connections), (1_000, 1_000, 4));
            assert_eq!((outcome.connect.count(), outcome.latency.count()), (4, 1_000));
            assert!(outcome.littles_law().unwrap().holds);
        }
    }
}

#[test]
fn failed_and_wrong_answers_are_errors_of_their_kind() {
    let program = Program {
        errors_one_in: NonZeroU32::new(10),
        wrong_one_in: NonZeroU32::new(7),
        ..Program::default()
    };
    let (outcome, _) = drive(program, &closed(700));
    assert_eq!(outcome.problems.of(Problem::WrongStatus), 70);
    assert_eq!(outcome.problems.of(Problem::WrongBody), 90);
    assert_eq!((outcome.counters.answered, outcome.counters.failed), (540, 160));
}

#[test]
fn bodies_beyond_the_windows_go_both_ways() {
    let body: Vec<u8> = (0..300_000_u32).map(|index| (index % 251) as u8).collect();
    for secure in [false, true] {
        let mut plan = plan(Arrivals::closed(), 40, secure);
        plan.requests[0].shape = RequestShape::Template(RequestTemplate {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            body: Payload::Fixed(body.clone()),
            ..RequestTemplate::default()
        });
        plan.requests[0].checks = vec![Check::Length(body.len() as u64)];
        let tls = secure.then(tls);
        let (outcome, _) = drive(Program { body: body.clone(), tls, ..Program::default() }, &plan);
        assert_eq!(outcome.counters.answered, 40, "{secure}");
        assert!(40 * 300_000 < outcome.counters.bytes_sent, "{secure}");
    }
}

#[test]
fn a_server_that_goes_away_answers_what_it_began_and_is_connected_anew() {
    let program = Program { close_after: NonZeroU32::new(50), ..Program::default() };
    let (outcome, served) = drive(program, &closed(2_000));
    let counters = outcome.counters;
    // What it had begun with it answered; what came later it says it did not work on.
    assert_eq!(outcome.problems.of(Problem::GoAway), counters.failed, "{counters:?}");
    assert_eq!(counters.answered, served.answers);
    assert_eq!(counters.answered + counters.failed, 2_000);
    assert!(20 <= served.connections, "{served:?}");
}

#[test]
fn what_breaks_the_protocol_fails_there_and_nowhere_else() {
    // A ping of seven bytes, on one connection in four.
    let bytes = [&[0, 0, 7, 6, 0, 0, 0, 0, 0][..], &[0; 7]].concat();
    let pieces = vec![Piece { after: Duration::ZERO, bytes }];
    let program = Program {
        script_one_in: NonZeroU32::new(4),
        ..Program::scripted(Script { pieces, ending: Ending::Keep })
    };
    let (outcome, served) = drive(program, &closed(4_000));
    let counters = outcome.counters;
    assert!(0 < counters.failed);
    assert_eq!(outcome.problems.of(Problem::Http2Protocol), counters.failed);
    // Every fourth connection is such a one, and takes no more with it than what was in flight there.
    assert!(counters.failed <= u64::from(STREAMS) * (served.connections / 4), "{served:?}");
    assert_eq!(counters.answered, 4_000 - counters.failed);
}
