//! The driver against the reference server: what is counted is what happened. No wall-clock claims.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_driver::reference::{Program, Running, Served};
use bakeoff_driver::{Control, DriveError, DriverOptions, Reach, Target, run};
use bakeoff_load::{
    Arrivals, Expected, LoadOutcome, LoadPlan, Phase, Problem, RequestShape, Variant,
    WeightedRequest,
};
use bakeoff_units::Rate;

fn requests(expected: Expected) -> Vec<WeightedRequest> {
    let shape = RequestShape::Variants(vec![Variant::get("/", expected)]);
    vec![WeightedRequest { shape, ..WeightedRequest::get("/") }]
}

fn plan(arrivals: Arrivals, requests_max: u64) -> LoadPlan {
    let mut plan = LoadPlan::new("reference", requests(Expected::Exact(b"ok".to_vec())), arrivals);
    plan.connections = NonZeroU32::new(8).unwrap();
    plan.measure = Duration::from_mins(1);
    plan.requests_max = Some(requests_max);
    plan
}

fn drive(program: Program, plan: &LoadPlan, threads: u32) -> (LoadOutcome, Served) {
    let server = Running::start(program, None).unwrap();
    let target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
    let options =
        DriverOptions { threads: NonZeroU32::new(threads).unwrap(), ..Default::default() };
    let outcome = run(plan, &target, &options, &Control::new()).unwrap();
    (outcome, server.stop().unwrap())
}

fn fast() -> Rate {
    Rate::per_second(2_000.0).unwrap()
}

#[test]
fn every_request_is_sent_once_and_answered_once() {
    for threads in [1, 3] {
        for arrivals in [Arrivals::closed(), Arrivals::constant(fast()), Arrivals::poisson(fast())]
        {
            let (outcome, served) = drive(Program::default(), &plan(arrivals, 500), threads);
            let counters = outcome.counters;
            assert_eq!((counters.sent, counters.answered, counters.failed), (500, 500, 0));
            assert_eq!((served.requests, served.answers), (500, 500));
            assert_eq!(outcome.latency.count(), 500);
            assert_eq!(outcome.connect.count(), 8);
            assert!(outcome.littles_law().unwrap().holds);
            let seconds: u64 = outcome.series.iter().map(|(_, second)| second.answered).sum();
            assert_eq!(seconds, 500);
        }
    }
}

#[test]
fn no_client_time_is_shorter_than_the_servers_own() {
    let program = Program {
        service: bakeoff_load::Service::Fixed(Duration::from_millis(3)),
        ..Program::default()
    };
    let (outcome, served) = drive(program, &plan(Arrivals::constant(fast()), 200), 1);
    assert!(served.service.min_ns() >= Some(3_000_000));
    assert!(outcome.service_time.min_ns() >= Some(3_000_000));
    assert!(outcome.latency.min_ns() >= outcome.service_time.min_ns());
}

#[test]
fn failed_and_wrong_answers_are_errors_of_their_kind_and_never_throughput() {
    let program = Program {
        errors_one_in: NonZeroU32::new(10),
        wrong_one_in: NonZeroU32::new(7),
        ..Program::default()
    };
    let (outcome, _) = drive(program, &plan(Arrivals::closed(), 700), 1);
    assert_eq!(outcome.problems.of(Problem::WrongStatus), 70);
    assert_eq!(outcome.problems.of(Problem::WrongBody), 90);
    assert_eq!((outcome.counters.answered, outcome.counters.failed), (540, 160));
    assert_eq!(outcome.counters.answered_in_window, 540);
    let (_, _, example) =
        outcome.problems.occurred().find(|(kind, ..)| *kind == Problem::WrongStatus).unwrap();
    assert!(example.starts_with("HTTP/1.1 500 Internal Server Error\\r\\n"), "{example}");
}

#[test]
fn closed_connections_are_made_anew() {
    let program = Program { close_after: NonZeroU32::new(5), ..Program::default() };
    let (outcome, served) = drive(program, &plan(Arrivals::closed(), 300), 1);
    assert_eq!(outcome.counters.answered + outcome.counters.failed, 300);
    assert!(30 < served.connections, "{served:?}");
}

#[test]
fn churn_closes_connections_after_so_many_answers() {
    let mut plan = plan(Arrivals::closed(), 320);
    plan.churn = NonZeroU32::new(10);
    let (outcome, served) = drive(Program::default(), &plan, 1);
    assert_eq!(outcome.counters.answered, 320);
    assert!((32..=40).contains(&served.connections), "{}", served.connections);
}

#[test]
fn stopping_keeps_what_was_measured() {
    let server = Running::start(Program::default(), None).unwrap();
    let target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
    let mut plan = plan(Arrivals::constant(fast()), 1_000_000);
    plan.measure = Duration::from_mins(10);
    let control = Control::new();
    let outcome = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&plan, &target, &DriverOptions::default(), &control));
        assert!(control.wait_for(Phase::Measure, Duration::from_secs(30)));
        while control.live().answered < 10 {
            std::thread::yield_now();
        }
        control.stop();
        running.join().unwrap().unwrap()
    });
    assert_eq!(control.phase(), Phase::Done);
    assert!(10 <= outcome.counters.answered);
    assert_eq!(outcome.counters.sent, outcome.counters.answered + outcome.counters.unanswered);
    assert!(outcome.duration_s() < 600.0);
}

#[test]
fn nobody_listening_is_said_at_once() {
    let server = Running::start(Program::default(), None).unwrap();
    let target = Target::tcp(server.address(), &Reach::Loopback).unwrap();
    server.stop().unwrap();
    let plan = plan(Arrivals::closed(), 10);
    let error = run(&plan, &target, &DriverOptions::default(), &Control::new()).unwrap_err();
    let DriveError::NoConnection { problem, .. } = error else { panic!("{error}") };
    assert_eq!(problem, Problem::ConnectRefused);
}

#[test]
fn unix_sockets_are_loaded_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let program = Program::default();
    std::thread::scope(|scope| {
        let server =
            scope.spawn(|| bakeoff_driver::reference::serve(listener.into(), &program, &stop));
        let plan = plan(Arrivals::closed(), 100);
        let target = Target::unix(path.clone());
        let outcome = run(&plan, &target, &DriverOptions::default(), &Control::new()).unwrap();
        assert_eq!(outcome.counters.answered, 100);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(server.join().unwrap().unwrap().answers, 100);
    });
}
