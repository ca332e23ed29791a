//! Turning the runner: environment, signals, progress, looks; then the answer.

use std::path::Path;
use std::time::Duration;

use bakeoff_experiment::record::{Opened, Record};
use bakeoff_report::terminal::{self, Layout};
use bakeoff_runner::control::{Control, Signals};
use bakeoff_runner::environment::Environment;
use bakeoff_runner::journal::JournalError;
use bakeoff_runner::run::{Failure as RunFailure, LookVerdict, RunEnd, RunError, run};
use bakeoff_store::RunStore;
use bakeoff_units::parse_span;

use crate::conclusion::{Conclusion, look};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::talk;

/// How long a command may measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Budget {
    /// Start no further trial after this much time, e.g. 20m
    #[arg(long, value_name = "TIME", value_parser = |text: &str| parse_span(text))]
    budget: Option<Duration>,
}

/// Does what is left of the run, prints its summary, and says how it ended.
pub(crate) fn execute(
    mut store: RunStore,
    opened: &Opened,
    budget: &Budget,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let exe = std::env::current_exe().map_err(|why| {
        Failure::new(
            Exit::NotStarted,
            anyhow::Error::new(why).context("cannot find our own program"),
        )
    })?;
    let environment =
        Environment::new(&exe, &opened.run, Path::new(&opened.folder), store.folder());
    let signals = Signals::install().map_err(|why| {
        Failure::new(Exit::NotStarted, anyhow::Error::new(why).context("cannot listen for signals"))
    })?;
    let control = Control { budget: budget.budget, signals };
    let mut progress = Progress::new();
    let mut decide = |records: &[Record]| -> LookVerdict { look(records) };
    let end =
        run(&mut store, &environment, &control, &mut |event| progress.take(&event), &mut decide)?;
    drop(progress);
    let conclusion = Conclusion::of(&store)?;
    let layout =
        Layout { width: talk::width(), colour: talk::is_stdout_coloured(), ..Layout::default() };
    let summary = terminal::render(&conclusion.report(), &layout);
    let shown = context.out.write_all(summary.as_bytes()).and_then(|()| context.out.flush());
    match end {
        // The terminal may be what went away.
        RunEnd::Interrupted(_) => {}
        RunEnd::Finished { .. } | RunEnd::Failed { .. } => shown?,
    }
    talk::line(&format!("report     bakeoff report {} -o report.html", &opened.run));
    Ok(match end {
        RunEnd::Finished { .. } => {
            if conclusion.is_valid() {
                Exit::Done
            } else {
                Exit::RunInvalid
            }
        }
        RunEnd::Interrupted(ending) => {
            talk::line(&format!("resume     bakeoff resume {}", opened.run));
            Exit::of_signal(ending)
        }
        RunEnd::Failed { failure, reason } => {
            return Err(Failure::new(failed(failure), anyhow::anyhow!("{reason}")));
        }
    })
}

fn failed(failure: RunFailure) -> Exit {
    match failure {
        RunFailure::Build => Exit::BuildFailed,
        RunFailure::Contract => Exit::ContractFailed,
        RunFailure::Launch => Exit::NotStarted,
        RunFailure::Invalid => Exit::RunInvalid,
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Journal(JournalError::Read(why)) => Self::from(why),
            RunError::Journal(JournalError::Write(why)) => Self::from(why),
            RunError::NotOpened => Self::new(Exit::StoreUnreadable, error),
            RunError::Limit { .. } | RunError::Changed { .. } => Self::new(Exit::RunInvalid, error),
            RunError::Reaper { .. } => Self::new(Exit::NotStarted, error),
        }
    }
}
