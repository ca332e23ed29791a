//! What a run amounts to once nothing is left to do.

use bakeoff_experiment::observation::Blame;
use bakeoff_experiment::progress::{Exclusion, Progress};

use crate::control::Ending;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEnd {
    /// Nothing is left to do.
    Finished {
        /// `rounds done`, `decided`, `budget`, ...
        reason: String,
    },
    /// A signal came; the run can be resumed.
    Interrupted(Ending),
    /// There was nothing to compare, because of this.
    Failed {
        /// What failed.
        failure: Failure,
        /// In words.
        reason: String,
    },
}

/// Why there was nothing to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Too few candidates could be built.
    Build,
    /// Too few candidates kept the contract.
    Contract,
    /// Too few candidates started and stayed up.
    Launch,
    /// No trial passed its gates, and the candidates are not to blame.
    Invalid,
}

/// Why there is nothing to compare, if there is not: fewer than two candidates are left of at
/// least two, or none of one.
pub(crate) fn too_few(progress: &Progress) -> Option<(Failure, String)> {
    let all = progress.opened().map_or(0, |opened| opened.experiment.candidates.len());
    let excluded = progress.excluded();
    if all.min(2) <= all - excluded.len() {
        return None;
    }
    let failure_of = |exclusion: &Exclusion| match exclusion {
        Exclusion::Skipped { .. } | Exclusion::BuildFailed { .. } => Failure::Build,
        Exclusion::ContractFailed { .. } => Failure::Contract,
        Exclusion::NotStarted { .. } | Exclusion::Unreliable { .. } => Failure::Launch,
    };
    // The failure that came last is the one that left too few.
    let order = [Failure::Launch, Failure::Contract, Failure::Build];
    let failure =
        order.into_iter().find(|failure| excluded.values().any(|it| failure_of(it) == *failure))?;
    let words: Vec<String> =
        excluded.iter().map(|(name, it)| format!("{name}: {}", it.reason())).collect();
    Some((failure, words.join("; ")))
}

/// What a finished run amounts to.
pub(crate) fn end_of(progress: &Progress) -> RunEnd {
    if let Some((failure, reason)) = too_few(progress) {
        return RunEnd::Failed { failure, reason };
    }
    let counts = progress.counts();
    let void = progress.trials().iter().filter_map(|trial| trial.last_void.as_ref()).next_back();
    match void {
        Some((reason, blame)) if counts.sealed == 0 && 0 < counts.given_up => {
            let failure = match blame {
                Blame::Candidate => Failure::Launch,
                Blame::Generator | Blame::Host | Blame::User => Failure::Invalid,
            };
            RunEnd::Failed { failure, reason: reason.clone() }
        }
        Some(_) | None => {
            let reason = progress.finished().unwrap_or("rounds done").to_owned();
            RunEnd::Finished { reason }
        }
    }
}
