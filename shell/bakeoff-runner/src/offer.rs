//! From a planned load to what the load engine is asked for.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_driver::CapacityQuestion;
use bakeoff_experiment::plan::PlannedTrial;
use bakeoff_experiment::record::Rates;
use bakeoff_experiment::workload::{
    Arrivals, BEFORE_OVERLOAD, Level, Overload, SWEEP_STEPS_MAX, Sweep, Workload,
};
use bakeoff_load::{Deadlines, LoadPlan, SearchOptions, Shape, Spacing, Step, WeightedRequest};
use bakeoff_units::Rate;

/// The dear checks (hashes of long bodies) are made on one answer in this many; length and status
/// on every one.
const SAMPLE_EVERY: NonZeroU32 = NonZeroU32::new(16).expect("not zero");

/// Length of a stretch of the series: fine enough for a window of a few seconds.
const SERIES_EVERY: Duration = Duration::from_millis(250);

/// The same where the time to recover is read off it.
const SERIES_EVERY_OVERLOAD: Duration = Duration::from_millis(100);

/// Where a sweep begins, and what it never exceeds, as shares of what the candidate sustained.
const SWEEP_FROM: f64 = 0.6;
const SWEEP_TO: f64 = 4.0;

/// A sweep has found the knee when the first rate that failed is at most this above the last that
/// held.
const SWEEP_RESOLUTION: f64 = 1.05;

/// Warm-up before each rate of a sweep, at most.
const SWEEP_WARM_UP_MAX: Duration = Duration::from_millis(300);

/// A planned load with what it depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) planned: &'a PlannedTrial,
    pub(crate) rates: Option<&'a Rates>,
}

impl Offer<'_> {
    /// The plan for the load engine: of a sweep, for its first rate. The reason if there is none.
    pub(crate) fn plan(
        &self,
        address: SocketAddr,
        requests: Vec<WeightedRequest>,
        seed: u64,
    ) -> Result<LoadPlan, String> {
        let workload = self.workload;
        let load = &self.planned.load;
        let connections = match load.level {
            Level::Closed(connections) => connections,
            Level::Rate(_) | Level::Share(_) | Level::Overload(_) | Level::Sweep(_) => {
                workload.connections
            }
        };
        let timeout = Duration::from_secs_f64(workload.timeout);
        let warm_up = Duration::from_secs_f64(workload.warm_up);
        let (warm_up, measure, series_every) = match &load.level {
            Level::Closed(_) | Level::Rate(_) | Level::Share(_) => {
                (warm_up, workload.measure, SERIES_EVERY)
            }
            Level::Overload(overload) => (warm_up, overload.window(), SERIES_EVERY_OVERLOAD),
            Level::Sweep(sweep) => (warm_up.min(SWEEP_WARM_UP_MAX), sweep.step, SERIES_EVERY),
        };
        Ok(LoadPlan {
            connections: NonZeroU32::new(connections).unwrap_or(NonZeroU32::MIN),
            churn: workload.requests_per_connection.and_then(NonZeroU32::new),
            warm_up,
            measure: Duration::from_secs_f64(measure),
            drain: Duration::from_secs_f64(workload.drain),
            series_every,
            deadlines: Deadlines {
                connect: timeout,
                tls: timeout,
                first_byte: timeout,
                idle: timeout,
                total: timeout,
            },
            sample_every: SAMPLE_EVERY,
            seed,
            ..LoadPlan::new(&address.to_string(), requests, self.arrivals()?)
        })
    }

    /// What a sweep is after; none for other loads. The reason if it cannot be asked.
    pub(crate) fn question(&self) -> Result<Option<CapacityQuestion>, String> {
        let Level::Sweep(Sweep { p99, errors, .. }) = &self.planned.load.level else {
            return Ok(None);
        };
        let objective = format!("p99<{p99}s,errors<{errors}");
        let sustained = self.sustained()?;
        Ok(Some(CapacityQuestion {
            objective: objective.parse().map_err(|error| format!("{error}"))?,
            search: SearchOptions {
                start: rate(sustained * SWEEP_FROM)?,
                max: rate(sustained * SWEEP_TO)?,
                resolution: SWEEP_RESOLUTION,
                confirmations: 1,
                trials_max: SWEEP_STEPS_MAX,
            },
            spacing: self.spacing(),
        }))
    }

    fn spacing(&self) -> Spacing {
        match self.planned.load.arrivals {
            Arrivals::Closed | Arrivals::Constant => Spacing::Even,
            Arrivals::Poisson => Spacing::Poisson,
        }
    }

    fn weakest(&self) -> Result<f64, String> {
        let weakest = self.rates.and_then(|rates| rates.weakest(&self.planned.workload));
        weakest.ok_or_else(|| self.unknown())
    }

    /// What the candidate itself sustained.
    fn sustained(&self) -> Result<f64, String> {
        let of_it = self.rates.and_then(|rates| {
            rates.sustainable.get(&self.planned.workload)?.get(self.planned.runs()).copied()
        });
        of_it.ok_or_else(|| self.unknown())
    }

    fn unknown(&self) -> String {
        let workload = &self.planned.workload;
        format!("no sustainable rate is known for `{workload}`: no closed trial was sealed")
    }

    fn arrivals(&self) -> Result<bakeoff_load::Arrivals, String> {
        let shape = match &self.planned.load.level {
            Level::Closed(_) => return Ok(bakeoff_load::Arrivals::closed()),
            Level::Rate(per_second) => Shape::Constant { rate: rate(*per_second)? },
            Level::Share(share) => Shape::Constant { rate: rate(share * self.weakest()?)? },
            Level::Sweep(_) => Shape::Constant { rate: rate(SWEEP_FROM * self.sustained()?)? },
            Level::Overload(overload) => self.steps(overload)?,
        };
        Ok(bakeoff_load::Arrivals::Open { shape, spacing: self.spacing() })
    }

    fn steps(&self, overload: &Overload) -> Result<Shape, String> {
        let weakest = self.weakest()?;
        let before = self.workload.warm_up + BEFORE_OVERLOAD;
        let step = |share: f64, seconds: f64| {
            let span = Duration::from_secs_f64(seconds);
            rate(share * weakest).map(|rate| Step { rate, span })
        };
        Ok(Shape::Steps {
            steps: vec![
                step(overload.recovery, before)?,
                step(overload.load, overload.span)?,
                step(overload.recovery, overload.within)?,
            ],
        })
    }
}

fn rate(per_second: f64) -> Result<Rate, String> {
    Rate::per_second(per_second).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bakeoff_experiment::plan::Stage;
    use bakeoff_experiment::workload::Load;

    fn workload() -> Workload {
        Workload {
            name: "json".to_owned(),
            requests: Vec::new(),
            variants: 1,
            loads: Vec::new(),
            connections: 8,
            warm_up: 1.0,
            measure: 3.0,
            drain: 2.0,
            timeout: 5.0,
            requests_per_connection: Some(10),
            rounds: None,
            exploratory: false,
        }
    }

    fn planned(level: Level) -> PlannedTrial {
        PlannedTrial {
            id: 1,
            stage: Stage::Rated,
            round: 1,
            position: 0,
            candidate: "fast".to_owned(),
            workload: "json".to_owned(),
            load: Load::new(level, Arrivals::Poisson),
        }
    }

    fn rates() -> Rates {
        let rates = [("fast".to_owned(), 3000.0), ("slow".to_owned(), 1000.0)];
        Rates { sustainable: [("json".to_owned(), rates.into())].into() }
    }

    #[test]
    fn an_overload_is_what_the_weakest_cannot_do_between_what_all_can() {
        let overload = Overload { load: 2.0, span: 2.0, recovery: 0.6, within: 5.0 };
        let (workload, rates) = (workload(), rates());
        let planned = planned(Level::Overload(overload));
        let offer = Offer { workload: &workload, planned: &planned, rates: Some(&rates) };
        let plan = offer.plan("127.0.0.1:1".parse().unwrap(), Vec::new(), 1).unwrap();
        let bakeoff_load::Arrivals::Open { shape: Shape::Steps { steps }, .. } = &plan.arrivals
        else {
            panic!("{:?}", plan.arrivals)
        };
        let seen: Vec<(f64, f64)> =
            steps.iter().map(|s| (s.rate.as_per_second(), s.span.as_secs_f64())).collect();
        assert_eq!(seen, [(600.0, 2.0), (2000.0, 2.0), (600.0, 5.0)]);
        assert_eq!(plan.measure, Duration::from_secs(8));
        assert_eq!(plan.churn, NonZeroU32::new(10));
    }

    #[test]
    fn a_sweep_begins_below_what_the_candidate_itself_sustained() {
        let (workload, rates) = (workload(), rates());
        let planned = planned(Level::Sweep(Sweep { p99: 0.02, errors: 0.001, step: 1.0 }));
        let offer = Offer { workload: &workload, planned: &planned, rates: Some(&rates) };
        let question = offer.question().unwrap().unwrap();
        assert!((question.search.start.as_per_second() - 1800.0).abs() < 1e-6);
        let unknown = Offer { rates: None, ..offer };
        assert!(unknown.question().unwrap_err().contains("no closed trial was sealed"));
    }
}
