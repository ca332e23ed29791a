//! Value functions, simulation, requirements, flip points, value of information and claims.
//!
//! [`Evidence`] is what a decision rests on; [`decide`] answers with a [`Decision`]. The same
//! evidence gives the same bytes. Method and sources: METHODS.md, part B.

pub mod agreement;
mod breakeven;
mod cells;
mod check;
pub mod claims;
mod decide;
mod decision;
pub mod dominance;
mod drawer;
mod elicitation;
mod evidence;
mod evidence_fields;
mod evidence_reader;
pub mod flips;
mod group;
mod lanes;
mod model;
mod next;
mod outcome;
pub mod ratings;
mod redraw;
mod robustness;
mod run_evidence;
mod sampler;
mod scale;
pub mod schema;
pub mod signals;
mod simulate;
pub mod value;
mod view;
pub mod voi;
mod warnings;
mod weight_drawer;
mod weight_region;
pub mod weights;
pub mod words;

pub use decide::decide;
pub use decision::{
    Agreement, Answer, BreakEven, Change, ClosestFlip, CriterionFacts, CriterionVoi,
    DECISION_SCHEMA, Decision, Difference, Direction, Dominance, Flip, GateFacts, GateVerdict,
    LeaveOneOut, MemberFacts, Members, NextAction, RaterDifference, Separation, Shares, Stability,
    Sureness, Values, Voi,
};
pub use elicitation::{Elicitation, ElicitationFacts, Judge, Method, Priorities, RankFormula};
pub use evidence::{
    Criterion, DRAWS_DEFAULT, EVIDENCE_SCHEMA, Evidence, EvidenceProblem, Grade, Group, Kind,
    Member, Requirement, Shape, Transfer, WeightMode,
};
pub use model::Model;
pub use run_evidence::{Beside, evidence_of_run};
pub use warnings::{Warning, WarningKind};
pub use weight_region::{ConstraintFacts, WeightSampler};
