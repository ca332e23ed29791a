//! Which request is due when, on which connection, and what came back; does no I/O.
//!
//! A [`LoadPlan`] says what load to make; [`Prepared`] is it made ready; an [`Engine`] follows it
//! for one thread of a driver, which carries out its [`Action`]s; the threads' notes merge into a
//! [`LoadOutcome`], which says how it went, how the generator itself fared, and reports as
//! `bakeoff.load/1`. The simulator drives the same engine in virtual time.

mod answers;
mod arrivals;
mod body;
mod capacity;
mod check;
mod connection;
mod engine;
mod head;
mod health;
mod histogram;
mod http2;
mod in_flight;
mod json;
mod judge;
mod live_request;
mod mix;
mod notes;
mod objective;
mod outcome;
mod plan;
mod problem;
mod random;
mod reader;
mod recorder;
mod recovery;
mod rendered;
mod report;
mod request;
mod request_head;
mod schedule;
mod sending;
mod series;
mod simulator;
mod streams;
mod tally;
mod template;

pub use arrivals::{Arrivals, Shape, Spacing, Step};
pub use capacity::{
    Capacity, CapacitySearch, Contradiction, Limited, SearchOptions, TrialVerdict, Tried, knee,
};
pub use check::{Check, JSON_BODY_BYTES_MAX, status_class};
pub use engine::{Action, Engine, Phase, Snapshot, Wake};
pub use head::HEAD_FIELDS_MAX;
pub use health::Health;
pub use histogram::{InvalidHistogram, TIME_NS_MAX, Times};
pub use http2::peer::{Peer, PeerAnswer, PeerOptions, PeerRequest};
pub use notes::{CAPTURE_BYTES_MAX, COOKIE_BYTES_MAX};
pub use objective::{InvalidObjective, Objective};
pub use outcome::{GeneratorFacts, LittlesLaw, LoadOutcome, ShardOutcome};
pub use plan::{Deadlines, LoadPlan, PlanError, Protocol};
pub use problem::{Blame, EVIDENCE_BYTES_MAX, Problem, Problems, escape};
pub use reader::{HEAD_BYTES_MAX, Warnings};
pub use recorder::{Counters, RequestCount};
pub use recovery::{Overloaded, Recovery};
pub use rendered::Prepared;
pub use report::{
    ErrorReport, GeneratorReport, LOAD_SCHEMA, LittlesLawReport, LoadReport, SecondReport,
    TimesReport,
};
pub use request::{
    CHEAP_BODY_BYTES_MAX, Capture, CaptureFrom, Expected, Payload, RequestShape, RequestTemplate,
    Step as ScenarioStep, Variant, WeightedRequest,
};
pub use series::{Second, SoFar};
pub use simulator::{ServerModel, Service, Stall, simulate};
pub use template::{Generator, TemplateError};
