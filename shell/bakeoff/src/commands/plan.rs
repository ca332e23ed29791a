//! `bakeoff plan`: what a run would do, before it does it.

use std::io::Write;
use std::path::PathBuf;

use bakeoff_experiment::experiment::{Experiment, Stop};
use bakeoff_experiment::lock::Lock;
use bakeoff_experiment::plan::Plan;
use bakeoff_units::{Unit, format_span};
use serde_json::json;
use std::time::Duration;

use crate::beside;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::{Shape, load};
use crate::talk;

/// Show the trials of a run, their order and how long they take
#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Manifest, or the folder of a bakeoff.toml
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    shape: Shape,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PlanArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let loaded = load(&self.path)?;
        let (experiment, seed) = self.shape.apply(loaded.experiment)?;
        talk::unawaited(&experiment);
        let plan = Plan::draw(&experiment, seed);
        let files = beside::texts(&experiment, &loaded.folder)?;
        let lock = Lock::of(&experiment, &files, seed).hash();
        if self.json {
            context.json(&json!({
                "schema": "bakeoff.plan/1",
                "lock": lock,
                "seconds": plan.duration(&experiment),
                "plan": plan,
            }))?;
            return Ok(Exit::Done);
        }
        summary(context.out, &experiment, &plan, &lock)?;
        writeln!(context.out)?;
        for trial in &plan.trials {
            writeln!(
                context.out,
                "{:>5}  round {:<3} {:<12} {:<18} {}",
                trial.id,
                trial.round,
                trial.workload,
                trial.load.to_string(),
                trial.candidate
            )?;
        }
        Ok(Exit::Done)
    }
}

/// What is about to happen, in a few lines.
fn summary(
    out: &mut dyn Write,
    experiment: &Experiment,
    plan: &Plan,
    lock: &str,
) -> std::io::Result<()> {
    let seconds = plan.duration(experiment);
    let names = |names: Vec<&str>| names.join(", ");
    let candidates = names(experiment.candidates.iter().map(|c| c.name.as_str()).collect());
    let workloads = names(experiment.workloads.iter().map(|w| w.name.as_str()).collect());
    let probes = names(experiment.probes.iter().map(|p| p.name.as_str()).collect());
    let limits = &experiment.limits;
    let memory =
        limits.memory.map_or("any memory".to_owned(), |bytes| Unit::Bytes.format(bytes as f64));
    writeln!(out, "{}", experiment.title)?;
    writeln!(out, "candidates  {candidates}")?;
    writeln!(out, "reference   {} (runs twice: A/A)", experiment.reference)?;
    writeln!(out, "workloads   {workloads}")?;
    writeln!(out, "probes      {}", if probes.is_empty() { "none" } else { &probes })?;
    writeln!(
        out,
        "limits      {}, {memory}, each",
        talk::plural(limits.cpus as usize, "processor")
    )?;
    if let Some(upstream) = experiment.upstream.as_ref().filter(|it| it.is_reached(experiment)) {
        let reached = experiment.workloads.iter().filter(|it| upstream.is_reached_by(&it.name));
        let by = names(reached.map(|workload| workload.name.as_str()).collect());
        writeln!(out, "upstream    {}, beside the candidates of {by}", upstream.describe())?;
    }
    let builds = experiment.judging.builds;
    if 1 < builds {
        writeln!(out, "builds      {builds} of each candidate; rounds take turns with them")?;
    }
    if let Some(database) = &experiment.database {
        let counted = names(experiment.counted_workloads().map(|it| it.name.as_str()).collect());
        let counted = if counted.is_empty() { "no workload" } else { &counted };
        writeln!(out, "database    {}; counts {counted}", database.describe())?;
    }
    writeln!(out, "stop        {}", describe(&experiment.judging.stop))?;
    writeln!(out, "seed        {}", plan.seed)?;
    writeln!(out, "lock        {}", &lock[..16])?;
    writeln!(
        out,
        "trials      {}, about {} without builds, contract and probes, and at most {} of retries",
        plan.trials.len(),
        format_span(Duration::from_secs_f64(seconds)),
        format_span(Duration::from_secs_f64((seconds * experiment.judging.retry_share).round()))
    )
}

/// A stop rule in words.
pub(crate) fn describe(stop: &Stop) -> String {
    match stop {
        Stop::Fixed { rounds } => format!("after {rounds} rounds, one look"),
        Stop::Decided { rounds_min, rounds_max } => format!(
            "when every primary verdict is decisive, looking from round {rounds_min} to {rounds_max}"
        ),
        Stop::Precision { half_width, rounds_min, rounds_max } => format!(
            "when every primary interval is within {:.1} %, looking from round {rounds_min} to {rounds_max}",
            half_width * 100.0
        ),
    }
}
