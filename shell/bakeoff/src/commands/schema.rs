//! `bakeoff schema`: JSON Schemas of what the program reads and writes.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load::capacity::CapacityReport;

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
    /// `bakeoff.second-opinions/1`: what `analyse --second-opinions --json` answers
    SecondOpinions,
    /// `bakeoff.evidence/1`: what a decision rests on
    Evidence,
    /// `bakeoff.decision/1`: what `decide --json` answers
    Decision,
    /// `claims.toml`
    Claims,
    /// `bakeoff.ledger/1`: what `claims --json` answers
    Ledger,
    /// `ratings.toml`
    Ratings,
    /// What `load --json` prints
    Load,
    /// What `load --find-capacity --json` prints
    Capacity,
    /// What `calibrate --json` prints
    Certificate,
}

impl SchemaArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let schema = match self.format {
            Format::Manifest => bakeoff_experiment::manifest::schema(),
            Format::Trials => bakeoff_experiment::trials::schema(),
            Format::Analysis => bakeoff_experiment::analysis::schema(),
            Format::SecondOpinions => bakeoff_experiment::analyse::second::schema(),
            Format::Evidence => bakeoff_decision::schema::evidence(),
            Format::Decision => bakeoff_decision::schema::decision(),
            Format::Claims => bakeoff_decision::schema::claims(),
            Format::Ledger => bakeoff_decision::schema::ledger(),
            Format::Ratings => bakeoff_decision::schema::ratings(),
            Format::Load => schemars::schema_for!(bakeoff_load::LoadReport).to_value(),
            Format::Capacity => schemars::schema_for!(CapacityReport).to_value(),
            Format::Certificate => schemars::schema_for!(bakeoff_driver::Certificate).to_value(),
        };
        context.json(&schema)?;
        Ok(Exit::Done)
    }
}
