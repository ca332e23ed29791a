//! What the run loop needs of a store: append and seal, and what was written before.

use bakeoff_experiment::record::{Record, TrialRecord};
use bakeoff_store::{OpenError, RunStore, WriteError};

/// Bytes stored beside a trial: their name, unique within it, and themselves.
pub type Blob = (String, Vec<u8>);

/// The run on disk as the run loop sees it. What returned `Ok` survives the death of the process.
pub trait Journal {
    /// Everything written so far, in order.
    ///
    /// # Errors
    ///
    /// If the records cannot be read.
    fn records(&self) -> Result<Vec<Record>, JournalError>;

    /// Trials that a process which died left running; they are void by now.
    fn found_running(&self) -> &[TrialRecord];

    /// Appends a record that is no trial.
    ///
    /// # Errors
    ///
    /// If it cannot be made durable.
    fn append(&mut self, record: &Record) -> Result<(), JournalError>;

    /// Notes that a trial begins, so that a process that dies in it leaves a trace.
    ///
    /// # Errors
    ///
    /// If it cannot be made durable.
    fn begin(&mut self, trial: u32, attempt: u32) -> Result<(), JournalError>;

    /// Appends a sealed or void trial with its blobs, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be made durable.
    fn seal(&mut self, trial: &TrialRecord, blobs: &[Blob]) -> Result<(), JournalError>;
}

/// Why the store did not take or give a record.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] OpenError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Journal for RunStore {
    fn records(&self) -> Result<Vec<Record>, JournalError> {
        Ok(Self::records(self)?)
    }

    fn found_running(&self) -> &[TrialRecord] {
        Self::found_running(self)
    }

    fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        Ok(Self::append(self, record)?)
    }

    fn begin(&mut self, trial: u32, attempt: u32) -> Result<(), JournalError> {
        Ok(self.start_trial(trial, attempt)?)
    }

    fn seal(&mut self, trial: &TrialRecord, blobs: &[Blob]) -> Result<(), JournalError> {
        Ok(self.seal_trial(trial, blobs)?)
    }
}
