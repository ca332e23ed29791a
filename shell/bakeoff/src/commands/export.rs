//! `bakeoff export`: a run's raw trials, for whoever doubts us.

use std::path::PathBuf;

use bakeoff_store::write_atomic;

use crate::beside::FilesNow;
use crate::conclusion::{evidence, trials_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;
use bakeoff_experiment::record::Record;

/// Write the raw data of a run
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Run to export: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    /// The sealed trials (bakeoff.trials/1), which `bakeoff analyse` reads
    #[arg(long, required_unless_present = "evidence")]
    trials: bool,

    /// What the decision rests on (bakeoff.evidence/1), which `bakeoff decide` reads
    #[arg(long, conflicts_with = "trials")]
    evidence: bool,

    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ExportArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let records = context.read(&self.run)?.records()?;
        let trials = trials_of(&records)?;
        let mut bytes = if self.evidence {
            let Some(Record::Opened(opened)) = records.first() else {
                return Err(Failure::usage("the run never began"));
            };
            serde_json::to_vec_pretty(&evidence(
                opened,
                &trials,
                &Weights::default(),
                FilesNow::default(),
            )?)?
        } else {
            serde_json::to_vec_pretty(&trials)?
        };
        bytes.push(b'\n');
        match &self.output {
            None => context.out.write_all(&bytes)?,
            Some(path) => write_atomic(path, &bytes)?,
        }
        Ok(Exit::Done)
    }
}
