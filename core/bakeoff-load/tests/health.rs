//! A generator that was not fit says so, and says what to change; one that was fit says nothing.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Action, Arrivals, Blame, Engine, GeneratorFacts, LoadOutcome, LoadPlan, Phase, Prepared,
    ServerModel, Service, WeightedRequest, simulate,
};
use bakeoff_units::{Rate, Timestamp};

fn plan(arrivals: Arrivals) -> LoadPlan {
    let mut plan = LoadPlan::new("simulated", vec![WeightedRequest::get("/")], arrivals);
    plan.connections = NonZeroU32::new(32).unwrap();
    plan
}

fn open() -> Arrivals {
    Arrivals::constant(Rate::per_second(1_000.0).unwrap())
}

fn outcome(arrivals: Arrivals, facts: GeneratorFacts) -> LoadOutcome {
    let service = Service::Fixed(Duration::from_millis(2));
    let server = ServerModel { service, workers: 100, stall: None };
    let mut outcome = simulate(&Prepared::new(plan(arrivals)).unwrap(), &server);
    outcome.generator = facts;
    outcome
}

const FIT: GeneratorFacts = GeneratorFacts {
    threads: 1,
    cpu_s: 1.0,
    wait_s: Some(0.01),
    busy_share: 0.3,
    stall_ns_max: 1_000_000,
    kept_ns: 0,
    spinning: true,
};

#[test]
fn a_fit_generator_is_healthy() {
    for arrivals in [open(), Arrivals::closed()] {
        assert_eq!(outcome(arrivals, FIT).health().reasons, Vec::<String>::new());
    }
}

#[test]
fn each_way_to_be_unfit_has_its_reason() {
    let starved = GeneratorFacts { wait_s: Some(2.0), ..FIT };
    let full = GeneratorFacts { busy_share: 0.99, ..FIT };
    let stalled = GeneratorFacts { stall_ns_max: 300_000_000, ..FIT };
    let said =
        [outcome(open(), starved), outcome(Arrivals::closed(), full), outcome(open(), stalled)]
            .map(|outcome| outcome.health())
            .map(|health| format!("{:?}: {}", health.blame, health.reasons.join("; ")));
    insta::assert_snapshot!(said.join("\n"), @r"
    Some(Host): waited for its CPU 20.0 % of the time: something else had its core
    Some(Generator): its own core was full (99.0 % busy): this is the generator's maximum, not the candidate's: use more threads
    Some(Generator): did not look at its sockets for 300 ms: something else had its core
    ");
    // Spinning before arrivals fills a core by design.
    assert!(outcome(open(), full).health().is_healthy());
}

/// Drives the engine as a thread does that gets its CPU only every 50 ms; answers come at once. If it
/// is `kept` it had asked to go on at once, and says that it could not.
fn starved(arrivals: Arrivals, kept: bool) -> LoadOutcome {
    let prepared = Prepared::new(plan(arrivals)).unwrap();
    let mut engine = Engine::new(&prepared, 0, 1).unwrap();
    let mut now = Timestamp::ZERO;
    loop {
        let mut asked = Vec::new();
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
        match engine.phase(now) {
            Phase::Connecting => engine.start(now),
            Phase::Done => break,
            Phase::WarmUp | Phase::Measure | Phase::Drain => {}
        }
        for connection in asked {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            engine.handle_received(connection, answer, now, now);
        }
        now = now + Duration::from_millis(50);
        if kept {
            engine.handle_kept(now);
        }
    }
    let facts = GeneratorFacts { kept_ns: if kept { 7_000_000 } else { 0 }, ..FIT };
    LoadOutcome::new(prepared.plan(), vec![engine.finish(now)], facts)
}

#[test]
fn lateness_for_want_of_cpu_is_the_generators_and_never_the_candidates() {
    let outcome = starved(Arrivals::constant(Rate::per_second(300.0).unwrap()), false);
    assert!(outcome.own_lag.quantile_ns(0.5) > Some(20_000_000));
    assert_eq!(outcome.counters.waited, 0);
    assert_eq!(outcome.service_time.max_ns(), Some(0));
    let reasons = outcome.health().reasons;
    assert!(reasons.iter().any(|reason| reason.starts_with("sent late by its own fault")));
    assert_eq!(outcome.health().blame, Some(Blame::Generator));
}

#[test]
fn lateness_while_the_host_had_the_processor_is_as_unfit_and_the_hosts() {
    let arrivals = || Arrivals::constant(Rate::per_second(300.0).unwrap());
    let outcome = starved(arrivals(), true);
    // Nothing is corrected: the lag is what it was.
    assert_eq!(outcome.own_lag.to_v2(), starved(arrivals(), false).own_lag.to_v2());
    let health = outcome.health();
    assert_eq!(health.blame, Some(Blame::Host));
    let mut crowded = outcome;
    crowded.generator.threads = 2;
    // Its own threads may have had it.
    assert_eq!(crowded.health().blame, Some(Blame::Generator));
    insta::assert_snapshot!(health.reasons.join("\n"), @"sent late because it was kept from its processor (7.0 ms in all): p99 46.694 ms, at most 2.335 ms allowed: the host or another program had it: measure again when it is quieter");
}
