//! The capacity search finds what queueing theory says a simulated server can carry.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Arrivals, CapacitySearch, LoadPlan, Objective, Prepared, SearchOptions, ServerModel, Service,
    TrialVerdict, WeightedRequest, simulate,
};
use bakeoff_units::Rate;

#[test]
fn an_exponential_server_is_found_at_the_rate_that_theory_gives() {
    // M/M/1: p99 = ln(100) / (mu - lambda) < 20 ms at mu = 1000/s: lambda < 769.7/s.
    let theory = 1000.0 - 100.0_f64.ln() / 0.020;
    let objective: Objective = "p99<20ms,errors<0.1%".parse().unwrap();
    let server = ServerModel {
        service: Service::Exponential { mean: Duration::from_millis(1) },
        workers: 1,
        stall: None,
    };
    let mut search = CapacitySearch::new(SearchOptions {
        start: Rate::per_second(100.0).unwrap(),
        max: Rate::per_second(1e5).unwrap(),
        resolution: 1.02,
        confirmations: 1,
        trials_max: 40,
    });
    let mut trials = 0;
    while let Some(rate) = search.poll() {
        let mut plan =
            LoadPlan::new("simulated", vec![WeightedRequest::get("/")], Arrivals::poisson(rate));
        plan.connections = NonZeroU32::new(1000).unwrap();
        plan.measure = Duration::from_mins(5);
        plan.seed = trials;
        trials += 1;
        let outcome = simulate(&Prepared::new(plan).unwrap(), &server);
        let held = objective.broken(&outcome).is_empty();
        search.handle(if held { TrialVerdict::Held } else { TrialVerdict::Failed });
    }
    let capacity = search.capacity();
    let (held, failed) = (capacity.held.unwrap().as_per_second(), capacity.failed.unwrap());
    assert_eq!(capacity.limited, None);
    assert!(0.97 * theory < held && failed.as_per_second() < 1.03 * theory, "{capacity:?}");
}
