//! What every command is given: where runs are, and where to write.

use std::io::Write;
use std::path::{Path, PathBuf};

use bakeoff_store::{RunStore, select_run};

use crate::failure::Failure;

/// What every command is given.
pub(crate) struct Context<'a> {
    /// The folder of runs.
    pub(crate) store: PathBuf,
    /// Where data go.
    pub(crate) out: &'a mut dyn Write,
}

impl Context<'_> {
    /// Opens the run that `wanted` means, to read it.
    pub(crate) fn read(&self, wanted: &str) -> Result<RunStore, Failure> {
        Ok(RunStore::open_read_only(&select_run(&self.store, wanted)?)?)
    }

    /// Opens the run that `wanted` means, to go on with it.
    pub(crate) fn write(&self, wanted: &str) -> Result<RunStore, Failure> {
        Ok(RunStore::open(&select_run(&self.store, wanted)?)?)
    }

    /// Prints `value` as indented JSON.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut *self.out, value)?;
        Ok(writeln!(self.out)?)
    }
}

/// A file's text, or what is wrong with it.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|why| Failure::usage(format!("cannot read `{}`: {why}", path.display())))
}
