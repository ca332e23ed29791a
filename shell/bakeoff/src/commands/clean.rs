//! `bakeoff clean`: removes runs that nobody needs any more.

use bakeoff_store::{list_runs, remove_run, select_run};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Remove runs; one that is being written stays
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "bakeoff clean [--dry-run] <RUN>... | --all | --unfinished | --keep <N>"
)]
pub(crate) struct CleanArgs {
    /// Runs to remove
    #[arg(value_name = "RUN", required_unless_present_any = ["all", "unfinished", "keep"])]
    runs: Vec<String>,

    /// Remove all runs
    #[arg(long, conflicts_with_all = ["runs", "unfinished", "keep"])]
    all: bool,

    /// Remove runs that did not finish or cannot be read
    #[arg(long, conflicts_with_all = ["runs", "keep"])]
    unfinished: bool,

    /// Remove all but the newest N
    #[arg(long, value_name = "N", conflicts_with = "runs")]
    keep: Option<usize>,

    /// Only print what would be removed
    #[arg(long)]
    dry_run: bool,
}

impl CleanArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let mut folders = Vec::new();
        for wanted in &self.runs {
            let path = select_run(&context.store, wanted)?;
            let folder = if path.is_file() { path.parent().map(ToOwned::to_owned) } else { None };
            folders.push(folder.unwrap_or(path));
        }
        if self.runs.is_empty() {
            let listed = list_runs(&context.store)?;
            let newest = listed.len() - self.keep.unwrap_or(0).min(listed.len());
            for run in &listed[..newest] {
                let (finished, alive) =
                    run.state.as_ref().map_or((false, false), |s| (s.finished.is_some(), s.alive));
                let wanted = !self.unfinished || !finished;
                if wanted && !alive {
                    folders.push(run.folder.clone());
                }
            }
        }
        for folder in folders {
            if !self.dry_run {
                remove_run(&folder)?;
            }
            writeln!(context.out, "{}", folder.display())?;
        }
        Ok(Exit::Done)
    }
}
