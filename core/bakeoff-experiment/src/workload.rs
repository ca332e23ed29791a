//! Requests and how they arrive.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contract::Expect;
use crate::database::DatabaseCost;

/// Requests and how they arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Workload {
    /// Its name, unique in the experiment.
    pub name: String,
    /// The requests, mixed within each connection by weight.
    pub requests: Vec<RequestTemplate>,
    /// Concrete requests drawn from the templates for each trial, after the candidate is up.
    pub variants: u32,
    /// How much load, and in what rhythm; each gets trials of its own.
    pub loads: Vec<Load>,
    /// Connections of open-loop loads.
    pub connections: u32,
    /// Time before measuring starts, in seconds.
    pub warm_up: f64,
    /// The measuring window, in seconds.
    pub measure: f64,
    /// How long requests in flight are waited for afterwards, in seconds.
    pub drain: f64,
    /// Deadline of one request, in seconds.
    pub timeout: f64,
    /// New connection after this many requests; `None` keeps connections alive.
    pub requests_per_connection: Option<u32>,
    /// Rounds that it takes part in, from the first; `None` means all.
    #[serde(default)]
    pub rounds: Option<u32>,
    /// Looked at, not judged: it shares no joint level and has no A/A twin.
    #[serde(default)]
    pub exploratory: bool,
}

/// A request with holes for random values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RequestTemplate {
    /// Share of this template: exact over a cycle.
    pub weight: u32,
    /// Upper case.
    pub method: String,
    /// Path and query; `{name}` is filled from `params`.
    pub path: String,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Body,
    /// What fills the holes.
    pub params: BTreeMap<String, Param>,
    /// The answer wanted, whatever the draw: checked in the contract and under load.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// In a contract: asked only of candidates that take part in one of these workloads; empty
    /// means of all. Nothing in a workload's own requests.
    #[serde(default)]
    pub workloads: Vec<String>,
    /// In a workload: what it costs the database, if that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<DatabaseCost>,
}

/// A request body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// None.
    Empty,
    /// This text; `{name}` is filled from the parameters when `template` holds.
    Text {
        /// The text.
        text: String,
        /// Whether holes are filled.
        template: bool,
    },
    /// Random printable bytes, as many as drawn.
    Random {
        /// Fewest bytes.
        min: u64,
        /// Most bytes.
        max: u64,
    },
}

/// Where a value of a template comes from. All draws are seeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Param {
    /// An integer, both ends included.
    Range(i64, i64),
    /// One of these.
    Choice(Vec<String>),
    /// 0, 1, 2, ...
    Sequence,
    /// A version 4 UUID.
    Uuid,
}

/// How much load, and in what rhythm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Load {
    /// How much.
    pub level: Level,
    /// In what rhythm; closed loops have none.
    pub arrivals: Arrivals,
    /// Clients beside it that send and read slowly; they are not measured.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_clients: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How much load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As much as this many connections bring, one request at a time each.
    Closed(u32),
    /// Requests per second.
    Rate(f64),
    /// This fraction of the weakest candidate's sustainable rate.
    Share(f64),
    /// More than the weakest candidate sustains for a while, then less.
    Overload(Overload),
    /// One rate after another, to the highest at which the candidate keeps these bounds.
    Sweep(Sweep),
}

/// More than the weakest candidate sustains for a while, then less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Overload {
    /// The overload, as a fraction of the weakest candidate's sustainable rate.
    pub load: f64,
    /// How long it lasts, in seconds.
    pub span: f64,
    /// Before and after it: the same kind of fraction, below 1.
    pub recovery: f64,
    /// How long recovery is watched, in seconds.
    pub within: f64,
}

/// How long an overloaded candidate is watched before the overload, in seconds: what it does then
/// is what it has to come back to.
pub const BEFORE_OVERLOAD: f64 = 1.0;

impl Overload {
    /// The window: before, overload, recovery; in seconds.
    pub fn window(&self) -> f64 {
        BEFORE_OVERLOAD + self.span + self.within
    }
}

/// A search for the highest rate at which a candidate keeps these bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sweep {
    /// Latency p99 stays below this, in seconds.
    pub p99: f64,
    /// Failed requests stay below this share.
    pub errors: f64,
    /// How long each rate is offered, in seconds.
    pub step: f64,
}

/// Rates tried by a sweep at most.
pub const SWEEP_STEPS_MAX: u32 = 12;

/// Rates that a sweep usually tries: an estimate for people.
const SWEEP_STEPS_USUAL: f64 = 8.0;

/// The rhythm of an open-loop load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// A request follows an answer.
    Closed,
    /// Evenly spaced.
    Constant,
    /// Exponential gaps.
    Poisson,
}

impl Workload {
    /// The load that is meant where a metric is named without one: throughput is that of the first
    /// closed loop, all else that of the first open load, since latency, processor time and memory
    /// are compared at the same offered rate (METHODS.md A3).
    pub fn default_load(&self, metric: &str) -> Option<&Load> {
        let closed = metric == "throughput";
        self.loads.iter().find(|load| load.is_closed() == closed).or(self.loads.first())
    }
}

impl Load {
    /// A load without anything beside it.
    pub fn new(level: Level, arrivals: Arrivals) -> Self {
        Self { level, arrivals, slow_clients: 0 }
    }

    /// Whether the next request waits for an answer.
    pub fn is_closed(&self) -> bool {
        matches!(self.level, Level::Closed(_))
    }

    /// Whether it is one rate from beginning to end, with nothing beside it.
    pub fn is_plain(&self) -> bool {
        let steady = match self.level {
            Level::Closed(_) | Level::Rate(_) | Level::Share(_) => true,
            Level::Overload(_) | Level::Sweep(_) => false,
        };
        steady && self.slow_clients == 0
    }

    /// Whether it depends on what the weakest candidate sustains.
    pub fn needs_rates(&self) -> bool {
        match self.level {
            Level::Closed(_) | Level::Rate(_) => false,
            Level::Share(_) | Level::Overload(_) | Level::Sweep(_) => true,
        }
    }

    /// The measuring window of it in a workload, in seconds: of a sweep, about.
    pub fn window(&self, workload: &Workload) -> f64 {
        match &self.level {
            Level::Closed(_) | Level::Rate(_) | Level::Share(_) => workload.measure,
            Level::Overload(overload) => overload.window(),
            Level::Sweep(sweep) => sweep.step * SWEEP_STEPS_USUAL,
        }
    }
}

/// A fraction as people write it.
struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e6).round() / 1e4)
    }
}

impl fmt::Display for Load {
    /// The label used in plans, exports and reports: `closed 64`, `60% poisson`, `2000/s constant`,
    /// `60% poisson beside 64 slow`, `200% for 2s, then 60% poisson`, `sweep to p99 20ms poisson`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.level {
            Level::Closed(connections) => return write!(f, "closed {connections}"),
            Level::Rate(per_second) => write!(f, "{per_second}/s")?,
            Level::Share(fraction) => write!(f, "{}", Percent(*fraction))?,
            Level::Overload(Overload { load, span, recovery, within: _ }) => {
                write!(f, "{} for {span}s, then {}", Percent(*load), Percent(*recovery))?;
            }
            Level::Sweep(Sweep { p99, .. }) => {
                write!(f, "sweep to p99 {}ms", (p99 * 1e6).round() / 1e3)?;
            }
        }
        match self.arrivals {
            Arrivals::Closed => {}
            Arrivals::Constant => f.write_str(" constant")?,
            Arrivals::Poisson => f.write_str(" poisson")?,
        }
        match self.slow_clients {
            0 => Ok(()),
            clients => write!(f, " beside {clients} slow"),
        }
    }
}
