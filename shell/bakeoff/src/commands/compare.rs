//! `bakeoff compare`: the same candidates in two runs.

use bakeoff_experiment::across::across;
use bakeoff_experiment::analysis::Comparison;

use crate::commands::analyse::line_of;
use crate::conclusion::trials_of;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk;

/// Compare each candidate of a run with itself in an earlier one
///
/// Runs made at different times differ by whatever drifted between them. To compare two
/// revisions, make them two candidates of one run and use `bakeoff gate`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// The earlier run
    #[arg(value_name = "BASE")]
    base: String,

    /// The later run
    #[arg(value_name = "HEAD", default_value = "latest")]
    head: String,

    /// Show every metric, not only the primary ones
    #[arg(long)]
    all: bool,

    /// Print bakeoff.analysis/1
    #[arg(long)]
    json: bool,
}

impl CompareArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let trials = |wanted: &str| trials_of(&context.read(wanted)?.records()?);
        let (base, head) = (trials(&self.base)?, trials(&self.head)?);
        if base == head {
            return Err(Failure::usage(format!(
                "`{}` and `{}` are the same run, which differs from itself in nothing",
                self.base, self.head
            )));
        }
        let analysis = across(&base, &head);
        if analysis.comparisons.is_empty() {
            return Err(Failure::usage("the runs share no candidate, workload, load and metric"));
        }
        let exit = verdict(analysis.comparisons.iter().filter(|c| c.primary));
        if self.json {
            context.json(&analysis)?;
            return Ok(exit);
        }
        for comparison in analysis.comparisons.iter().filter(|c| self.all || c.primary) {
            writeln!(context.out, "{}", line_of(comparison))?;
        }
        for reason in &analysis.rig.reasons {
            talk::line(&format!("note: {reason}"));
        }
        Ok(exit)
    }
}

/// Regression if anything is worse beyond its margin, inconclusive if anything is open.
pub(crate) fn verdict<'a>(comparisons: impl Iterator<Item = &'a Comparison>) -> Exit {
    let mut exit = Exit::Done;
    for comparison in comparisons {
        match comparison.verdict.as_str() {
            "worse" => return Exit::Regression,
            "better" | "equivalent" | "better-size-unclear" => {}
            _open => exit = Exit::Inconclusive,
        }
    }
    exit
}
