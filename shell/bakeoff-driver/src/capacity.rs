//! Runs the trials that a capacity search asks for.

use bakeoff_load::{
    Arrivals, Capacity, CapacitySearch, LoadOutcome, LoadPlan, Objective, SearchOptions, Shape,
    Spacing, TrialVerdict, Tried,
};

use crate::control::Control;
use crate::run::{DriveError, DriverOptions, run};
use crate::target::Target;

/// Trials voided in a row before the generator is taken to be at its end.
const VOID_MAX: u32 = 3;

/// What is asked of a capacity search.
#[derive(Clone, Debug)]
pub struct CapacityQuestion {
    /// What must hold.
    pub objective: Objective,
    /// How to search.
    pub search: SearchOptions,
    /// How arrivals lie at each rate.
    pub spacing: Spacing,
}

/// Finds the highest rate at which the objective holds: `plan` at one rate after another, each told
/// to `report` with its outcome. Ends early, with what is known, when `control` is stopped.
///
/// # Errors
///
/// [`DriveError`] if a trial yielded nothing.
pub fn find_capacity(
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    control: &Control,
    question: &CapacityQuestion,
    mut report: impl FnMut(&Tried, &LoadOutcome),
) -> Result<Capacity, DriveError> {
    let mut search = CapacitySearch::new(question.search);
    let mut plan = plan.clone();
    let mut voids = 0;
    while let Some(rate) = search.poll() {
        let shape = Shape::Constant { rate };
        plan.arrivals = Arrivals::Open { shape, spacing: question.spacing };
        let outcome = run(&plan, target, options, control)?;
        if control.is_stopped() {
            break;
        }
        // The seed of the next trial is another: a search must not fit one arrangement of arrivals.
        plan.seed = plan.seed.wrapping_add(1);
        let verdict = if !outcome.health().is_healthy() {
            TrialVerdict::Void
        } else if question.objective.broken(&outcome).is_empty() {
            TrialVerdict::Held
        } else {
            TrialVerdict::Failed
        };
        report(&Tried { rate, verdict }, &outcome);
        voids = if verdict == TrialVerdict::Void { voids + 1 } else { 0 };
        if verdict != TrialVerdict::Void || VOID_MAX <= voids {
            search.handle(verdict);
        }
    }
    Ok(search.capacity())
}
