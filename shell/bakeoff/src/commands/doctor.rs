//! `bakeoff doctor`: whether this machine is fit to measure, and what would make it fitter.

use std::io::Write;

use bakeoff_driver::{CalibrateError, CalibrateOptions, Certificate, calibrate};
use bakeoff_experiment::host::HostFacts;
use bakeoff_report::report::run::calibrated;
use bakeoff_runner::calibration;
use bakeoff_runner::cpus::Processors;
use bakeoff_runner::environment::Environment;
use bakeoff_runner::host;
use bakeoff_runner::limits::{Group, Tree, Wanted};
use bakeoff_store::refuse_network;
use bakeoff_units::Unit;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk;

/// Look at this machine: what it is, which limits hold, what disturbs
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Measure how wrong the load generator can be on this machine, in about half a minute
///
/// The certificate is kept for this machine; each run stores a copy, and reports cite it.
#[derive(Debug, clap::Args)]
pub(crate) struct CalibrateArgs {
    /// Print bakeoff.certificate/1
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let environment = environment(context)?;
        let facts = host::facts(&environment);
        let processors = Processors::assign(&environment.cpus, 1);
        let tree = Tree::of_this_process(&environment.cgroup_root);
        let limits = limits(&tree, &processors);
        let store = store_problem(context);
        if self.json {
            context.json(&json!({
                "schema": "bakeoff.doctor/1",
                "host": facts,
                "processors": processors.describe(),
                "limits": limits.iter().map(|(name, means)| json!({ "limit": name, "means": means }))
                    .collect::<Vec<_>>(),
                "store": context.store,
                "store_problem": store,
            }))?;
            return Ok(Exit::Done);
        }
        let out = &mut *context.out;
        writeln!(out, "processor   {} x {}", facts.cpus, facts.cpu_model)?;
        writeln!(out, "memory      {}", Unit::Bytes.format(facts.memory as f64))?;
        writeln!(out, "system      {}, {}", facts.os, facts.kernel)?;
        writeln!(out, "machine     {}", facts.virtualisation)?;
        writeln!(out, "cgroups     {}", facts.cgroups)?;
        writeln!(out, "placement   {}", processors.describe())?;
        for (name, means) in &limits {
            writeln!(out, "limit       {name}: {means}")?;
        }
        for (name, value) in &facts.facts {
            writeln!(out, "fact        {name}: {value}")?;
        }
        writeln!(out, "generator   {}", calibrated(facts.calibration.as_ref()))?;
        writeln!(out, "store       {}", context.store.display())?;
        for warning in facts.warnings.iter().chain(&store) {
            writeln!(out, "warning     {warning}")?;
        }
        writeln!(out, "in short    {}", in_short(&facts, store.is_some()))?;
        Ok(Exit::Done)
    }
}

/// What the lines above come to.
fn in_short(facts: &HostFacts, no_store: bool) -> String {
    if no_store {
        return "runs cannot be kept in this folder: name another with --store".to_owned();
    }
    let warned = match facts.warnings.len() {
        0 => "nothing was found that would disturb a run".to_owned(),
        1 => "mind the warning above".to_owned(),
        many => format!("mind the {many} warnings above"),
    };
    let generator = match &facts.calibration {
        None => "; run `bakeoff calibrate` first, so that reports can say how far to trust them",
        Some(found) if !found.reasons.is_empty() => {
            "; the load generator was not fit when it was calibrated: run `bakeoff calibrate` \
             again when nothing else runs"
        }
        Some(_) => "",
    };
    format!("runs can be measured here; {warned}{generator}")
}

impl CalibrateArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let environment = environment(context)?;
        let processors = Processors::assign(&environment.cpus, 1);
        let options = CalibrateOptions {
            server_cpu: processors.candidate.first().copied(),
            generator_cpu: Some(processors.generator),
        };
        let mut certificate =
            calibrate(&options, |next| talk::line(&format!("calibrating {next}")))?;
        let host = host::facts(&environment);
        match calibration::keep(&environment, &host, &mut certificate) {
            Ok(path) => talk::line(&format!("kept       {}", path.display())),
            // The figures are there all the same.
            Err(why) => talk::line(&format!("not kept   {:#}", anyhow::Error::new(why))),
        }
        if self.json {
            context.json(&certificate)?;
        } else {
            print(&certificate, context.out)?;
        }
        Ok(if certificate.reasons.is_empty() { Exit::Done } else { Exit::RunInvalid })
    }
}

fn print(certificate: &Certificate, out: &mut dyn Write) -> std::io::Result<()> {
    let time = |seconds: f64| Unit::Seconds.format(seconds);
    writeln!(out, "generator   {}", if certificate.spinning { "spins" } else { "sleeps" })?;
    writeln!(
        out,
        "send lag    p50 {}, p99 {}",
        time(certificate.send_lag_p50),
        time(certificate.send_lag_p99)
    )?;
    if let Some(error) = certificate.error_p50 {
        let from = if certificate.stamped {
            "from a request's arrival in the kernel"
        } else {
            "from reading a request: the kernel gives no stamps, and the server's waking up counts"
        };
        writeln!(out, "median      off by {} at most; truth counts {from}", time(error.abs()))?;
    }
    if let Some(loopback) = certificate.loopback_p50 {
        let what = "of that is the way through the kernel, both ways (a bare client's error)";
        writeln!(out, "loopback    {} {what}", time(loopback))?;
    }
    writeln!(
        out,
        "at most     {} in a closed loop, {} of CPU a request; {} connections",
        Unit::PerSecond.format(certificate.rate_max),
        time(certificate.cpu_per_request),
        certificate.connections
    )?;
    for check in &certificate.checks {
        let errors: Vec<String> = check
            .quantiles
            .iter()
            .map(|q| format!("p{} {}", q.quantile * 100.0, time(q.error)))
            .collect();
        writeln!(out, "error       {}: {}", check.name, errors.join(", "))?;
    }
    for why in &certificate.repeated {
        writeln!(out, "made again  {why}")?;
    }
    for reason in &certificate.reasons {
        writeln!(out, "NOT FIT     {reason}")?;
    }
    Ok(())
}

fn environment(context: &Context) -> Result<Environment, Failure> {
    let exe = std::env::current_exe().map_err(|why| {
        Failure::new(Exit::NotStarted, anyhow::Error::new(why).context("cannot find our program"))
    })?;
    Ok(Environment::new(&exe, "doctor", &context.store, &context.store))
}

/// What would hold a candidate to its limits here: tried out on an empty group.
fn limits(tree: &Tree, processors: &Processors) -> Vec<(String, String)> {
    let wanted = Wanted {
        cpus: processors.candidate.clone(),
        memory: Some(256 << 20),
        pids: Some(1024),
        yields: false,
    };
    let name = format!("bakeoff-doctor-{}", std::process::id());
    let group = Group::create(tree, &name, &wanted);
    let held = group.in_force().iter().map(|(name, held)| (name.clone(), held.describe()));
    let limits = held.collect();
    if let Err(why) = group.remove() {
        talk::line(&format!("warning    an empty control group stays behind: {why}"));
    }
    limits
}

/// Why runs cannot be kept where they would be, if they cannot.
fn store_problem(context: &Context) -> Option<String> {
    let existing = context.store.ancestors().find(|folder| folder.exists())?;
    match refuse_network(existing) {
        Ok(Ok(())) => None,
        Ok(Err(refused)) => Some(refused.to_string()),
        Err(why) => Some(format!("`{}` cannot be examined: {why}", existing.display())),
    }
}

impl From<CalibrateError> for Failure {
    fn from(error: CalibrateError) -> Self {
        Self::new(Exit::RunInvalid, error)
    }
}
