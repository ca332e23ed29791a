//! What the engine reports in virtual time is what the programmed server did.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Arrivals, LoadOutcome, LoadPlan, Prepared, ServerModel, Service, Stall, WeightedRequest,
    simulate,
};
use bakeoff_units::Rate;

const STALL: Stall = Stall { every: Duration::from_secs(2), length: Duration::from_millis(200) };

fn run(arrivals: Arrivals, connections: u32, seconds: u64, server: ServerModel) -> LoadOutcome {
    let mut plan = LoadPlan::new("simulated", vec![WeightedRequest::get("/")], arrivals);
    plan.connections = NonZeroU32::new(connections).unwrap();
    plan.measure = Duration::from_secs(seconds);
    simulate(&Prepared::new(plan).unwrap(), &server)
}

fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).unwrap()
}

fn server(service: Service) -> ServerModel {
    ServerModel { service, workers: 10_000, stall: None }
}

fn assert_near(outcome: &LoadOutcome, quantile: f64, truth_ms: f64, tolerance_ms: f64) {
    let found = outcome.latency.quantile_ns(quantile).unwrap() as f64 / 1e6;
    assert!((found - truth_ms).abs() <= tolerance_ms, "{quantile}: {found} ms, not {truth_ms}");
}

#[test]
fn each_request_is_counted_over_all_phases_as_often_as_its_weight_has_it() {
    let requests = [("/a", 3), ("/b", 1)]
        .map(|(path, weight)| WeightedRequest { weight, ..WeightedRequest::get(path) });
    let arrivals = Arrivals::constant(rate(1_000.0));
    let mut plan = LoadPlan::new("simulated", requests.to_vec(), arrivals);
    plan.warm_up = Duration::from_secs(1);
    plan.measure = Duration::from_secs(3);
    let fast = server(Service::Fixed(Duration::from_millis(5)));
    let outcome = simulate(&Prepared::new(plan).unwrap(), &fast);
    let sent: Vec<u64> = outcome.by_request.iter().map(|count| count.sent).collect();
    assert_eq!(sent, [3_000, 1_000]);
    assert!(outcome.by_request.iter().all(|count| count.answered == count.sent));
    assert_eq!(outcome.counters.sent, 3_000, "those of the window alone");
}

#[test]
fn stalled_server_is_charged_for_every_arrival_it_kept_waiting() {
    let server =
        ServerModel { stall: Some(STALL), ..server(Service::Fixed(Duration::from_micros(200))) };
    for per_second in [1_000.0, 10_000.0] {
        for arrivals in [Arrivals::constant(rate(per_second)), Arrivals::poisson(rate(per_second))]
        {
            for connections in [10, 1000] {
                let outcome = run(arrivals.clone(), connections, 200, server);
                // A tenth of the arrivals falls into a freeze and waits 0 to 200 ms.
                for (quantile, truth_ms) in
                    [(0.5, 0.2), (0.95, 100.0), (0.99, 180.0), (0.999, 198.0)]
                {
                    let waits_for_one_another = 200.0 / f64::from(connections);
                    let sampling = 8.0 / per_second.sqrt() * 4.0;
                    assert_near(
                        &outcome,
                        quantile,
                        truth_ms,
                        1.0 + sampling + waits_for_one_another,
                    );
                }
                assert!(outcome.littles_law().unwrap().holds);
                let sent = (per_second * 200.0) as u64;
                assert!(outcome.counters.sent.abs_diff(sent) < 4 * sent.isqrt());
                assert_eq!(outcome.counters.sent, outcome.counters.answered);
            }
        }
    }
}

#[test]
fn service_time_is_reported_to_three_digits() {
    for micros in [50, 1_000, 20_000] {
        let server = server(Service::Fixed(Duration::from_micros(micros)));
        let outcome = run(Arrivals::constant(rate(500.0)), 100, 20, server);
        for quantile in [0.0, 0.5, 0.99, 1.0] {
            let truth_ms = micros as f64 / 1e3;
            assert_near(&outcome, quantile, truth_ms, truth_ms / 1e3);
        }
    }
}

#[test]
fn one_slow_answer_delays_no_arrival_that_a_free_connection_can_take() {
    let service = Service::Mixed {
        usual: Duration::from_micros(260),
        rare: Duration::from_millis(50),
        one_in: 100,
    };
    let outcome = run(Arrivals::constant(rate(1_000.0)), 10, 100, server(service));
    assert_near(&outcome, 0.95, 0.26, 0.01);
    assert_near(&outcome, 0.995, 50.0, 0.1);
}

#[test]
fn closed_loop_sends_as_fast_as_it_is_answered() {
    let server = ServerModel { workers: 1, ..server(Service::Fixed(Duration::from_millis(1))) };
    let outcome = run(Arrivals::closed(), 8, 10, server);
    assert_eq!(outcome.counters.answered_in_window, 9_999);
    assert_near(&outcome, 0.5, 8.0, 0.01);
    assert!(outcome.littles_law().unwrap().holds);
}

#[test]
fn littles_law_holds_with_warm_up_overload_and_failures() {
    for (per_second, workers) in [(300.0, 4), (1_000.0, 4), (10_000.0, 1)] {
        let service = Service::Exponential { mean: Duration::from_millis(10) };
        let mut plan = LoadPlan::new(
            "simulated",
            vec![WeightedRequest::get("/")],
            Arrivals::poisson(rate(per_second)),
        );
        plan.warm_up = Duration::from_secs(3);
        plan.deadlines.total = Duration::from_millis(300);
        let server = ServerModel { workers, ..server(service) };
        let outcome = simulate(&Prepared::new(plan).unwrap(), &server);
        let law = outcome.littles_law().unwrap();
        assert!(law.holds, "{per_second} {law:?}");
        let counters = outcome.counters;
        assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
    }
}

#[test]
fn an_impossible_rate_is_counted_without_going_through_it() {
    let server = ServerModel { workers: 1, ..server(Service::Fixed(Duration::from_millis(10))) };
    for arrivals in [Arrivals::constant(rate(1e9)), Arrivals::poisson(rate(1e9))] {
        let outcome = run(arrivals, 4, 10, server);
        let counters = outcome.counters;
        assert_eq!(counters.due, counters.sent + counters.unsent);
        assert!((counters.due as f64 / 1e10 - 1.0).abs() < 1e-4, "{}", counters.due);
        assert_eq!(outcome.requested_rate, Some(1e9));
        assert!(outcome.delivered_rate() < 200.0);
        assert!(outcome.littles_law().unwrap().holds);
    }
}

#[test]
fn what_could_not_be_sent_is_counted() {
    let server = ServerModel { workers: 1, ..server(Service::Fixed(Duration::from_millis(10))) };
    let outcome = run(Arrivals::constant(rate(1_000.0)), 4, 10, server);
    let counters = outcome.counters;
    assert_eq!(counters.due, 10_000);
    assert_eq!(counters.due, counters.sent + counters.unsent);
    assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
    // 10 s of measuring and 5 s of draining at 100 answers a second.
    assert_eq!(counters.answered, 1_500);
    assert!(0.99 < outcome.waited_share().unwrap());
}
