//! `bakeoff schema`: JSON Schemas of what the program reads and writes.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print the JSON Schema of a format
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// The format
    #[arg(value_name = "FORMAT", default_value = "manifest")]
    format: Format,
}

/// A format with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// `bakeoff.toml`, for editors
    Manifest,
    /// `bakeoff.trials/1`, raw trials
    Trials,
    /// `bakeoff.analysis/1`, verdicts and rig checks
    Analysis,
}

impl SchemaArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let schema = match self.format {
            Format::Manifest => bakeoff_experiment::manifest::schema(),
            Format::Trials => bakeoff_experiment::trials::schema(),
            Format::Analysis => bakeoff_experiment::analysis::schema(),
        };
        context.json(&schema)?;
        Ok(Exit::Done)
    }
}
