//! `bakeoff show`: the journal of a run, entry by entry.

use std::io::Write;

use bakeoff_experiment::battery::BatteryRecord;
use bakeoff_experiment::observation::Observation;
use bakeoff_experiment::record::{Record, TrialOutcome, TrialRecord};
use bakeoff_report::date::utc;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;

/// Show the journal of a run, entry by entry (`report` has the answer)
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Run to show: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    /// Show one trial in full: every metric, gate, error and limit
    #[arg(long, value_name = "ID", conflicts_with = "json")]
    trial: Option<u32>,

    /// Print the records as JSON
    #[arg(long)]
    json: bool,
}

impl ShowArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = context.read(&self.run)?;
        let records = store.records()?;
        if self.json {
            context.json(&json!({ "schema": "bakeoff.records/1", "records": records }))?;
            return Ok(Exit::Done);
        }
        if let Some(id) = self.trial {
            return show_trial(&records, id, context.out);
        }
        for (index, record) in records.iter().enumerate() {
            writeln!(context.out, "{:>5}  {}", index + 1, line_of(record))?;
        }
        Ok(Exit::Done)
    }
}

/// A record in one line.
fn line_of(record: &Record) -> String {
    match record {
        Record::Opened(opened) => format!(
            "opened     {} {}, seed {}, {} trials, lock {}",
            utc(opened.at_unix),
            opened.experiment.title,
            opened.plan.seed,
            opened.plan.trials.len(),
            &opened.lock
        ),
        Record::Host(host) => {
            format!("host       {}, {} processors, {}", host.cpu_model, host.cpus, host.kernel)
        }
        Record::Built(built) => progress::build_text(built),
        Record::Contract(contract) => progress::contract_text(contract),
        Record::Rates(rates) => progress::rates_text(rates),
        Record::Probe(probe) => progress::probe_text(probe),
        Record::Battery(battery) => battery_text(battery),
        Record::Trial(trial) => trial_line(trial),
        Record::Extended(extended) => {
            format!("extended   by {} trials: {}", extended.trials.len(), extended.reason)
        }
        Record::Interrupted(interrupted) => {
            format!("interrupted {} {}", utc(interrupted.at_unix), interrupted.reason)
        }
        Record::Resumed(resumed) => {
            format!("resumed    {} {}", utc(resumed.at_unix), resumed.cleared.join("; "))
        }
        Record::Finished(finished) => {
            format!("finished   {} {}", utc(finished.at_unix), finished.reason)
        }
    }
}

fn battery_text(battery: &BatteryRecord) -> String {
    format!("battery    {} defective programs", battery.programs.len())
}

fn trial_line(trial: &TrialRecord) -> String {
    let place = format!("trial {}, {}", trial.planned.id, progress::place(&trial.planned));
    match &trial.outcome {
        TrialOutcome::Sealed(observation) => {
            format!("sealed     {place}: {}", progress::result(observation))
        }
        TrialOutcome::Void { reason, blame, .. } => {
            format!("void       {place} (try {}): {reason}; blame {blame:?}", trial.attempt)
        }
    }
}

/// Every try of trial `id` in full.
fn show_trial(records: &[Record], id: u32, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut found = false;
    for record in records {
        let Record::Trial(trial) = record else { continue };
        if trial.planned.id != id {
            continue;
        }
        found = true;
        writeln!(out, "{}", trial_line(trial))?;
        match &trial.outcome {
            TrialOutcome::Sealed(observation) => show_observation(observation, out)?,
            TrialOutcome::Void { observation: Some(observation), .. } => {
                show_observation(observation, out)?;
            }
            TrialOutcome::Void { observation: None, .. } => {}
        }
    }
    if found {
        return Ok(Exit::Done);
    }
    Err(Failure::usage(format!("no try of trial {id} has ended in this run")))
}

fn show_observation(observation: &Observation, out: &mut dyn Write) -> std::io::Result<()> {
    for (name, value) in &observation.metrics {
        let unit = bakeoff_experiment::metric::metric(name)
            .map_or(bakeoff_units::Unit::Count, |metric| metric.unit);
        writeln!(out, "    {name:<24} {}", unit.format(*value))?;
    }
    for gate in &observation.gates {
        let sign = if gate.passed { "passed" } else { "FAILED" };
        writeln!(out, "    gate {:<19} {sign}: {}", gate.name, gate.detail)?;
    }
    for error in &observation.errors {
        writeln!(
            out,
            "    error {:<18} {} times, e.g. {}",
            error.kind, error.count, error.example
        )?;
    }
    for (limit, means) in &observation.limits {
        writeln!(out, "    limit {limit:<18} {means}")?;
    }
    for (part, seconds) in &observation.wall {
        writeln!(out, "    wall  {part:<18} {seconds:.3} s")?;
    }
    writeln!(out, "    stopped by {}, {}", observation.stop.rung, observation.stop.status)?;
    if !observation.stderr_tail.is_empty() {
        writeln!(out, "    stderr:\n{}", observation.stderr_tail)?;
    }
    Ok(())
}
