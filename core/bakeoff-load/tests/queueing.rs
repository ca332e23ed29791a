//! The engine against queueing theory: what textbooks say must come out does.
//!
//! Formulas: Kleinrock 1975, *Queueing Systems* I, §3.2 (M/M/1), §5.7 (M/G/1, Pollaczek-Khinchine);
//! Erlang 1909 for the waiting time of M/D/1.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Arrivals, LoadOutcome, LoadPlan, Prepared, ServerModel, Service, WeightedRequest, simulate,
};
use bakeoff_units::Rate;

const SERVICE: Duration = Duration::from_millis(1);
/// Requests simulated in each run.
const REQUESTS: f64 = 1_000_000.0;

fn run(load: f64, service: Service) -> LoadOutcome {
    let rate = Rate::per_second(load / SERVICE.as_secs_f64()).unwrap();
    let requests = vec![WeightedRequest::get("/")];
    let mut plan = LoadPlan::new("simulated", requests, Arrivals::poisson(rate));
    plan.connections = NonZeroU32::new(2_000).unwrap();
    plan.warm_up = Duration::from_secs(5);
    plan.measure = Duration::from_secs_f64(REQUESTS / rate.as_per_second());
    let server = ServerModel { service, workers: 1, stall: None };
    simulate(&Prepared::new(plan).unwrap(), &server)
}

fn assert_near(what: &str, found: f64, theory: f64, share: f64) {
    assert!((found / theory - 1.0).abs() < share, "{what}: {found}, theory {theory}");
}

fn quantile_ms(outcome: &LoadOutcome, quantile: f64) -> f64 {
    outcome.latency.quantile_ns(quantile).unwrap() as f64 / 1e6
}

#[test]
fn exponential_service_gives_exponential_times_in_the_system() {
    for load in [0.3, 0.6, 0.8] {
        let outcome = run(load, Service::Exponential { mean: SERVICE });
        // Time in the system is exponential of rate mu - lambda, here per millisecond.
        let rate = 1.0 - load;
        assert_near("mean", outcome.latency.mean_ns().unwrap() / 1e6, 1.0 / rate, 0.03);
        for quantile in [0.5, 0.9, 0.99, 0.999] {
            let theory = -(1.0_f64 - quantile).ln() / rate;
            assert_near("quantile", quantile_ms(&outcome, quantile), theory, 0.06);
        }
        let law = outcome.littles_law().unwrap();
        assert!(law.holds);
        assert_near("in flight", law.mean_in_flight, load / rate, 0.03);
        assert_eq!(outcome.counters.waited, 0);
    }
}

/// Share of requests that wait at most `wait` service times in M/D/1 (Erlang 1909).
fn waits_at_most(load: f64, wait: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..=wait as u32 {
        let past = load * (wait - f64::from(k));
        let mut term = past.exp();
        for factor in 1..=k {
            term *= -past / f64::from(factor);
        }
        sum += term;
    }
    (1.0 - load) * sum
}

#[test]
fn fixed_service_gives_erlangs_waiting_times() {
    for load in [0.3, 0.6, 0.8] {
        let outcome = run(load, Service::Fixed(SERVICE));
        let mean = 1.0 + load / (2.0 * (1.0 - load));
        assert_near("mean", outcome.latency.mean_ns().unwrap() / 1e6, mean, 0.02);
        for wait in [0.25, 0.5, 1.0, 2.0, 4.0] {
            let above = outcome.latency.count_above(((1.0 + wait) * 1e6) as u64) as f64;
            let share = 1.0 - above / outcome.latency.count() as f64;
            let theory = waits_at_most(load, wait);
            assert!((share - theory).abs() < 0.006, "{load} {wait}: {share}, theory {theory}");
        }
        assert!(outcome.littles_law().unwrap().holds);
    }
}
