//! `bakeoff load --find-capacity`: the search as it goes, and its answer.

use std::fmt::Write as _;
use std::time::Duration;

use bakeoff_driver::{CapacityQuestion, Control, DriveError, DriverOptions, Target, find_capacity};
use bakeoff_load::{
    Capacity, Contradiction, Limited, LoadOutcome, LoadPlan, Objective, SearchOptions, Spacing,
    TrialVerdict, Tried,
};
use bakeoff_units::{Rate, Unit};
use schemars::JsonSchema;
use serde::Serialize;

use crate::talk;

/// Name and version of the answer's format.
const CAPACITY_SCHEMA: &str = "bakeoff.capacity/1";
/// First rate tried if none is given, in requests per second.
const START_PER_SECOND: f64 = 1000.0;
const MAX_PER_SECOND: f64 = 1e7;

/// The answer as data. Rates per second, times in seconds.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CapacityReport {
    /// Name and version of the format.
    #[schemars(extend("const" = CAPACITY_SCHEMA))]
    schema: &'static str,
    objective: String,
    /// Highest rate that held; null if none did.
    held: Option<f64>,
    /// Lowest rate that failed; null if none was reached.
    failed: Option<f64>,
    /// Why the interval is wider than it should be, if it is.
    limited: Option<&'static str>,
    /// Rate at which the curve of p99 over rate turns upwards, below `failed`; null if the trials do
    /// not show it.
    knee: Option<f64>,
    /// Rates whose trials disagree, or that held although a lower one failed. At each rate most
    /// trials decide; what held above `failed` does not count.
    contradictions: Vec<ContradictionReport>,
    trials: Vec<TrialReport>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ContradictionReport {
    rate: f64,
    /// Trials that held.
    held: u32,
    /// Trials that failed.
    failed: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrialReport {
    rate: f64,
    verdict: &'static str,
    delivered_rate: f64,
    p50: Option<f64>,
    p99: Option<f64>,
    error_share: Option<f64>,
    reasons: Vec<String>,
}

/// Searches, telling on stderr how it goes.
pub(crate) fn search(
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    control: &Control,
    objective: &Objective,
    start: Option<Rate>,
) -> Result<CapacityReport, DriveError> {
    let rate = |per_second: f64| Rate::per_second(per_second).expect("a constant above zero");
    let question = CapacityQuestion {
        objective: objective.clone(),
        search: SearchOptions {
            start: start.unwrap_or(rate(START_PER_SECOND)),
            max: rate(MAX_PER_SECOND),
            resolution: 1.05,
            confirmations: 1,
            trials_max: 40,
        },
        spacing: Spacing::Poisson,
    };
    let mut plan = plan.clone();
    plan.drain = plan.drain.min(Duration::from_secs(1));
    let mut trials = Vec::new();
    let capacity = find_capacity(&plan, target, options, control, &question, |tried, outcome| {
        let trial = TrialReport::new(tried, outcome, objective);
        talk::line(&trial.line());
        trials.push(trial);
    })?;
    Ok(CapacityReport::new(objective, &capacity, trials))
}

const fn limit(limited: Limited) -> &'static str {
    match limited {
        Limited::Generator => "the generator was not fit at the next rate",
        Limited::Max => "the highest rate that is tried held",
        Limited::Trials => "the trials ran out",
        Limited::NothingHeld => "nothing held, however low the rate",
    }
}

impl TrialReport {
    fn new(tried: &Tried, outcome: &LoadOutcome, objective: &Objective) -> Self {
        let quantile = |share| outcome.latency.quantile_ns(share).map(|nanos| nanos as f64 / 1e9);
        let (verdict, reasons) = match tried.verdict {
            TrialVerdict::Held => ("held", Vec::new()),
            TrialVerdict::Failed => ("failed", objective.broken(outcome)),
            TrialVerdict::Void => ("void", outcome.health().reasons),
        };
        Self {
            rate: tried.rate.as_per_second(),
            verdict,
            delivered_rate: outcome.delivered_rate(),
            p50: quantile(0.5),
            p99: quantile(0.99),
            error_share: outcome.error_share(),
            reasons,
        }
    }

    fn line(&self) -> String {
        let time = |value: Option<f64>| {
            value.map_or("no data".to_owned(), |seconds| Unit::Seconds.format(seconds))
        };
        let mut line = format!(
            "{:>10} {:<6} p50 {}, p99 {}",
            Unit::PerSecond.format(self.rate),
            self.verdict,
            time(self.p50),
            time(self.p99)
        );
        if let Some(reason) = self.reasons.first() {
            // Writing to a string cannot fail.
            let _ = write!(line, "; {reason}");
        }
        line
    }
}

impl ContradictionReport {
    fn new(contradiction: &Contradiction) -> Self {
        let Contradiction { rate, held, failed } = *contradiction;
        Self { rate: rate.as_per_second(), held, failed }
    }

    /// What happened at this rate, and what was made of it.
    fn line(&self, lowest_failed: Option<f64>) -> String {
        let rate = Unit::PerSecond.format(self.rate);
        let Self { held, failed, .. } = *self;
        let made = match lowest_failed.filter(|failed| *failed < self.rate) {
            Some(lower) => {
                format!("not counted, because {} failed below it", Unit::PerSecond.format(lower))
            }
            None if failed < held => "most trials decide: it holds".to_owned(),
            None => "not more than half held: it does not hold".to_owned(),
        };
        format!(
            "trials      contradict each other: {rate} held {held} times and failed {failed} times; {made}"
        )
    }
}

impl CapacityReport {
    fn new(objective: &Objective, capacity: &Capacity, trials: Vec<TrialReport>) -> Self {
        let per_second = |rate: Option<Rate>| rate.map(Rate::as_per_second);
        let measured: Vec<(f64, f64)> = trials
            .iter()
            .filter(|trial| trial.verdict != "void")
            .filter_map(|trial| trial.p99.map(|p99| (trial.rate, p99)))
            .collect();
        Self {
            schema: CAPACITY_SCHEMA,
            objective: objective.to_string(),
            held: per_second(capacity.held),
            failed: per_second(capacity.failed),
            limited: capacity.limited.map(limit),
            knee: capacity.knee(&measured),
            contradictions: capacity.contradictions.iter().map(ContradictionReport::new).collect(),
            trials,
        }
    }

    /// Whether the interval has both ends.
    pub(crate) const fn is_found(&self) -> bool {
        self.held.is_some() && self.failed.is_some()
    }

    /// Whether the generator ended the search.
    pub(crate) fn is_generators_end(&self) -> bool {
        self.limited == Some(limit(Limited::Generator))
    }

    /// The answer in words.
    pub(crate) fn render(&self) -> String {
        let rate = |value: f64| Unit::PerSecond.format(value);
        let mut text = match (self.held, self.failed) {
            (Some(held), Some(failed)) => {
                format!("capacity    {} holds, {} does not", rate(held), rate(failed))
            }
            (Some(held), None) => format!("capacity    at least {}", rate(held)),
            (None, Some(failed)) => format!("capacity    below {}", rate(failed)),
            (None, None) => "capacity    not found".to_owned(),
        };
        for one in &self.contradictions {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}", one.line(self.failed));
        }
        let knee = self.knee.map_or(String::new(), |knee| format!("\nknee        {}", rate(knee)));
        let limited = self.limited.map_or(String::new(), |why| format!("\nlimited     {why}"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\nobjective   {}{knee}{limited}", self.objective);
        text
    }
}
