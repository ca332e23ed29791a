//! `bakeoff claims`: sentences from elsewhere, and what this run makes of them.

use bakeoff_report::report::build::units;
use bakeoff_report::report::claim::evidence;

use crate::beside::FilesNow;
use crate::conclusion::Conclusion;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;

/// Hold the claims of the manifest against a run
#[derive(Debug, clap::Args)]
pub(crate) struct ClaimsArgs {
    /// Run to hold them against: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    #[command(flatten)]
    files_now: FilesNow,

    /// Print bakeoff.ledger/1
    #[arg(long)]
    json: bool,
}

impl ClaimsArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = context.read(&self.run)?;
        let conclusion = Conclusion::weighed(&store, &Weights::default(), self.files_now)?;
        let Some(ledger) = &conclusion.ledger else {
            return Err(Failure::usage(
                "the manifest names no claims; add `claims = \"claims.toml\"` (docs/manifest.md)",
            ));
        };
        if self.json {
            context.json(ledger)?;
            return Ok(Exit::Done);
        }
        let units = units(&conclusion.records);
        for entry in &ledger.claims {
            writeln!(context.out, "{:<16} {}: {}", entry.verdict.words(), entry.id, entry.says)?;
            writeln!(context.out, "{:<16} {}", "", evidence(&entry.finding, &units))?;
            if let Some(limits) = &entry.limits {
                writeln!(context.out, "{:<16} not settled by a machine: {limits}", "")?;
            }
        }
        let counts: Vec<String> =
            ledger.counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        writeln!(context.out, "\n{} claims: {}", ledger.claims.len(), counts.join(", "))?;
        Ok(Exit::Done)
    }
}
