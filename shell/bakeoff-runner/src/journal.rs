//! What the run loop needs of a store: append and seal, and what was written before.

use bakeoff_experiment::record::{Record, TrialRecord};

/// Bytes stored beside a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its name, unique within the trial: `latency`, `service`, ...
    pub name: String,
    /// What it holds: `hdr-v2`, `text`.
    pub kind: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The run on disk as the run loop sees it. What returned `Ok` survives the death of the process.
pub trait Journal {
    /// Everything written so far, in order.
    ///
    /// # Errors
    ///
    /// If the records cannot be read.
    fn records(&self) -> Result<Vec<Record>, JournalError>;

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
#[error("could not write the run's store")]
pub struct JournalError {
    /// What the store said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
