//! `bakeoff resume`: goes on with a run where it stands.

use std::path::Path;

use bakeoff_experiment::experiment::Stop;
use bakeoff_experiment::lock::Lock;
use bakeoff_experiment::plan::Plan;
use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Extended, Opened, Record};
use bakeoff_store::RunStore;

use crate::beside;
use crate::context::Context;
use crate::execution::{Budget, execute};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::load;
use crate::talk;

/// Go on with a run that was interrupted or ran out of its budget, or add rounds to it
#[derive(Debug, clap::Args)]
pub(crate) struct ResumeArgs {
    /// Run to go on with: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    /// Add rounds until there are N; intervals become anytime-valid
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    rounds: Option<u32>,

    #[command(flatten)]
    budget: Budget,
}

impl ResumeArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let mut store = context.write(&self.run)?;
        let records = store.records()?;
        let progress = Progress::of(&records);
        let Some(opened) = progress.opened().cloned() else {
            return Err(Failure::new(
                Exit::StoreUnreadable,
                anyhow::anyhow!("the run never began"),
            ));
        };
        talk::line(&format!("run        {}", opened.run));
        if let Some(rounds) = self.rounds {
            add_rounds(&mut store, &opened, &progress, rounds)?;
            say_interval(&opened);
        } else if progress.finished() == Some("budget") && 0 < progress.counts().open {
            let reason = "the budget was spent before the planned rounds were done".to_owned();
            store.append(&Record::Extended(Extended { trials: Vec::new(), reason }))?;
            say_interval(&opened);
        }
        warn_of_changes(&opened);
        execute(store, &opened, &self.budget, context)
    }
}

/// Says that intervals change where rounds go beyond the look that ended the run.
fn say_interval(opened: &Opened) {
    match opened.experiment.judging.stop {
        Stop::Fixed { .. } => talk::line(
            "interval   the verdicts have been looked at: anytime-valid from here on, a little wider",
        ),
        Stop::Decided { .. } | Stop::Precision { .. } => {}
    }
}

/// Plans further rounds until there are `rounds`.
fn add_rounds(
    store: &mut RunStore,
    opened: &Opened,
    progress: &Progress,
    rounds: u32,
) -> Result<(), Failure> {
    let before = progress.plan_so_far();
    let planned = before.rounds();
    if rounds <= planned {
        return Err(Failure::usage(format!(
            "the run has {planned} rounds already; --rounds must be more"
        )));
    }
    let mut all = before.trials;
    let known = all.len();
    while all.last().is_none_or(|last| last.round < rounds) {
        let added = Plan::added_round(&opened.experiment, opened.plan.seed, &all);
        if added.is_empty() {
            break;
        }
        all.extend(added);
    }
    let trials = all.split_off(known);
    let reason = format!("asked for {rounds} rounds after {planned}");
    store.append(&Record::Extended(Extended { trials, reason }))?;
    Ok(())
}

/// The run goes on with what was locked; whoever changed the manifest meanwhile should know.
fn warn_of_changes(opened: &Opened) {
    let Ok(now) = load(Path::new(&opened.folder)) else { return };
    // What is there now may be unsound; what was locked is not.
    let Ok(files) = beside::texts(&now.experiment, &now.folder) else { return };
    if now.text == opened.manifest && (files == opened.files || opened.files.is_empty()) {
        return;
    }
    talk::line(
        "warning    the manifest or a file beside it has changed; the run goes on with what was locked",
    );
    let seed = opened.plan.seed;
    let then = Lock::of(&opened.experiment, &opened.files, seed);
    for change in then.changes(&Lock::of(&now.experiment, &files, seed)).iter().take(10) {
        let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        talk::line(&format!(
            "           {}: locked {}, now {}",
            change.path,
            show(&change.was),
            show(&change.now)
        ));
    }
}
