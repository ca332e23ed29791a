//! `bakeoff runs`: what has been run and how far it is.

use bakeoff_report::date::utc;
use bakeoff_store::{ListedRun, RunState, list_runs};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// List runs, oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct RunsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl RunsArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let runs = list_runs(&context.store)?;
        if self.json {
            let rows: Vec<_> = runs.iter().map(as_json).collect();
            context.json(&json!({ "schema": "bakeoff.runs/1", "runs": rows }))?;
            return Ok(Exit::Done);
        }
        for run in &runs {
            match &run.state {
                Ok(state) => writeln!(
                    context.out,
                    "{}  {}  {:<24}  {}",
                    run.id,
                    utc(state.opened_unix),
                    progress(state),
                    state.title
                )?,
                Err(why) => writeln!(context.out, "{}  cannot be read: {why}", run.id)?,
            }
        }
        if runs.is_empty() {
            eprintln!("no runs in `{}`; start one with `bakeoff run`", context.store.display());
        }
        Ok(Exit::Done)
    }
}

fn progress(state: &RunState) -> String {
    let counted = format!("{}/{} trials", state.sealed, state.planned);
    match (&state.finished, state.alive) {
        (_, true) => format!("running, {counted}"),
        (Some(_), false) => format!("finished, {counted}"),
        (None, false) => format!("stopped, {counted}"),
    }
}

fn as_json(run: &ListedRun) -> serde_json::Value {
    match &run.state {
        Ok(state) => json!({
            "id": run.id,
            "folder": run.folder,
            "title": state.title,
            "opened_unix": state.opened_unix,
            "state": match (&state.finished, state.alive) {
                (_, true) => "running",
                (Some(_), false) => "finished",
                (None, false) => "stopped",
            },
            "finished": state.finished,
            "planned": state.planned,
            "sealed": state.sealed,
            "void": state.void,
        }),
        Err(why) => json!({
            "id": run.id, "folder": run.folder, "state": "unreadable", "error": why.to_string(),
        }),
    }
}
