//! `bakeoff load`: load on one URL, honestly.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bakeoff_driver::{Control, DriveError, DriverOptions, Target, TargetError};
use bakeoff_load::{
    Arrivals, Check, LoadOutcome, LoadPlan, Objective, Payload, Problem, Protocol, RequestShape,
    RequestTemplate, Shape, Spacing, Step, WeightedRequest,
};
use bakeoff_runner::control::{Ending, Signals};
use bakeoff_units::{Rate, format_span};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load::amounts::{count, duration, few, rate, step};
use crate::load::live::LiveView;
use crate::load::screen::{Asked, render};
use crate::load::target::{TargetArgs, Url};
use crate::load::{capacity, checks, hdr, requests};
use crate::talk;

/// Put load on a URL and say what came back, and whether we were fit to tell
///
/// Without --rate each connection sends its next request when the last is answered (a closed
/// loop): that finds the maximum, not what users wait. Give --rate to measure latency.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct LoadArgs {
    /// What to load: `http[s]://host[:port][/path]`, with holes like {range:1..100}
    #[arg(value_name = "URL")]
    url: String,

    #[command(flatten)]
    target: TargetArgs,

    /// Connections; with --rate the most requests in flight
    #[arg(short = 'c', long, value_name = "N", default_value = "64", value_parser = few)]
    connections: NonZeroU32,

    /// How long to measure
    #[arg(short = 'd', long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,

    /// Stop after this many requests
    #[arg(short = 'n', long, value_name = "N", value_parser = count)]
    requests_max: Option<u64>,

    /// Load this long before anything counts
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    warm_up: Duration,

    /// Requests per second (2000, 2k, 90/m), evenly spaced, whether or not earlier ones were answered
    #[arg(short = 'r', long, value_name = "RATE", value_parser = rate)]
    rate: Option<Rate>,

    /// Space them like those of many independent users
    #[arg(long, conflicts_with = "closed")]
    poisson: bool,

    /// Closed loop: the next request follows the answer (the default without --rate)
    #[arg(long, conflicts_with_all = ["rate", "steps"])]
    closed: bool,

    /// One rate after another, e.g. 1000:10s,2000:10s
    #[arg(long, value_name = "RATE:TIME,...", value_parser = step, value_delimiter = ',',
          conflicts_with_all = ["rate", "duration"])]
    steps: Vec<Step>,

    /// Method [default: GET, or POST with a body]
    #[arg(short = 'm', long, value_name = "METHOD")]
    method: Option<String>,

    /// Header field, as in `Name: value`
    #[arg(short = 'H', long, value_name = "FIELD", value_parser = header)]
    header: Vec<(String, String)>,

    /// Body, or @FILE
    #[arg(short = 'b', long, value_name = "TEXT")]
    body: Option<String>,

    /// Several weighted requests, as TOML or lines of METHOD PATH [body-file]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["method", "body"])]
    requests: Option<PathBuf>,

    /// What each answer must satisfy: status=200, length=13, body=TEXT, header=Name: value,
    /// json=/pointer=VALUE, blake3=HEX
    #[arg(long, value_name = "CHECK")]
    check: Vec<String>,

    /// What must hold, else exit 10, e.g. p99<20ms,errors<0.1%
    #[arg(long, value_name = "BOUNDS")]
    objective: Option<Objective>,

    /// Find the highest rate at which this holds, e.g. p99<20ms,errors<0.1%; starts at --rate,
    /// measures each rate for --duration
    #[arg(long, value_name = "BOUNDS",
          conflicts_with_all = ["closed", "steps", "requests_max", "objective", "hdr", "latency"])]
    find_capacity: Option<Objective>,

    /// Speak HTTP/2: as agreed by TLS (ALPN), or by prior knowledge (h2c) of an http:// URL
    #[arg(long)]
    http2: bool,

    /// Requests in flight on one HTTP/2 connection at most, if the server allows as many
    #[arg(long, value_name = "N", default_value = "1", requires = "http2",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    streams: u16,

    /// Threads, each with its share of connections
    #[arg(short = 't', long, value_name = "N", default_value = "1")]
    threads: NonZeroU32,

    /// Pin the threads to these processors, e.g. 1,3
    #[arg(long, value_name = "CPUS", value_delimiter = ',')]
    cpus: Vec<usize>,

    /// Spin before an arrival instead of sleeping: exact to microseconds, takes a whole processor
    #[arg(long)]
    spin: bool,

    /// Longest a request may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    timeout: Duration,

    /// New connection after this many answers
    #[arg(long, value_name = "N", value_parser = few)]
    churn: Option<NonZeroU32>,

    /// Draw what is random from this seed
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,

    /// Show more percentiles
    #[arg(long)]
    latency: bool,

    /// Print bakeoff.load/1
    #[arg(long)]
    json: bool,

    /// Write a histogram log that HdrHistogram's tools read
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
}

impl LoadArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let url = Url::parse(&self.url).map_err(Failure::usage)?;
        if self.poisson && self.rate.is_none() && self.steps.is_empty() {
            return Err(Failure::usage("--poisson spaces arrivals: give their --rate or --steps"));
        }
        let plan = self.plan(&url)?;
        let target = self.target.resolve(&url, plan.requested_rate())?;
        let options =
            DriverOptions { threads: self.threads, cpus: self.cpus.clone(), spin: self.spin };
        let signals = Signals::install().map_err(|why| {
            let why = anyhow::Error::new(why).context("cannot listen for signals");
            Failure::new(Exit::NotStarted, why)
        })?;
        if let Some(objective) = &self.find_capacity {
            return self.search(context, objective, (&plan, &target, &options), &signals);
        }
        let started = SystemTime::now();
        let outcome = drive(&plan, &target, &options, &signals)?;
        if let Some(path) = &self.hdr {
            hdr::write(path, &outcome, started)?;
        }
        let broken = self.objective.as_ref().map_or(Vec::new(), |o| o.broken(&outcome));
        if self.json {
            context.json(&outcome.report())?;
        } else {
            let mut how = how(&plan, &self);
            if signals.ending().is_some() {
                how.push_str("; stopped before its end");
            }
            let asked = Asked { what: self.url.clone(), how, detailed: self.latency };
            context.out.write_all(render(&outcome, &asked, &broken).as_bytes())?;
        }
        for reason in broken.iter().filter(|_| self.json) {
            talk::line(&format!("objective not met: {reason}"));
        }
        Ok(exit(&outcome, &broken, signals.ending()))
    }

    /// Searches for the capacity instead of making one load.
    fn search(
        &self,
        context: &mut Context,
        objective: &Objective,
        (plan, target, options): (&LoadPlan, &Target, &DriverOptions),
        signals: &Signals,
    ) -> Result<Exit, Failure> {
        let control = Control::new();
        let found = std::thread::scope(|scope| {
            let search = scope
                .spawn(|| capacity::search(plan, target, options, &control, objective, self.rate));
            while !search.is_finished() {
                std::thread::park_timeout(Duration::from_millis(200));
                if signals.ending().is_some() {
                    control.stop();
                }
            }
            search.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        if self.json {
            context.json(&found)?;
        } else {
            context.out.write_all(found.render().as_bytes())?;
        }
        Ok(match signals.ending() {
            Some(ending) => Exit::of_signal(ending),
            None if found.is_generators_end() => Exit::RunInvalid,
            None if found.is_found() => Exit::Done,
            None => Exit::Inconclusive,
        })
    }

    /// The plan that the arguments mean.
    fn plan(&self, url: &Url) -> Result<LoadPlan, Failure> {
        let mut plan = LoadPlan::new(&url.authority(), self.requests(url)?, self.arrivals());
        plan.connections = self.connections;
        if self.http2 {
            let streams = NonZeroU16::new(self.streams).unwrap_or(NonZeroU16::MIN);
            plan.protocol = Protocol::Http2 { streams, secure: url.secure };
        }
        plan.warm_up = self.warm_up;
        plan.measure = self.measure();
        plan.requests_max = self.requests_max;
        plan.churn = self.churn;
        plan.seed = self.seed;
        plan.drain = self.timeout.min(Duration::from_secs(5));
        plan.deadlines.first_byte = self.timeout;
        plan.deadlines.idle = self.timeout;
        plan.deadlines.total = self.timeout;
        Ok(plan)
    }

    fn measure(&self) -> Duration {
        let steps: Duration = self.steps.iter().map(|step| step.span).sum();
        let default = match (self.requests_max, steps.is_zero()) {
            (_, false) => steps,
            // Ended by the count.
            (Some(_), true) => Duration::from_hours(1),
            // One of many trials.
            (None, true) if self.find_capacity.is_some() => Duration::from_secs(3),
            (None, true) => Duration::from_secs(10),
        };
        self.duration.unwrap_or(default)
    }

    fn arrivals(&self) -> Arrivals {
        let spacing = if self.poisson { Spacing::Poisson } else { Spacing::Even };
        match self.rate {
            Some(rate) => Arrivals::Open { shape: Shape::Constant { rate }, spacing },
            None if self.steps.is_empty() => Arrivals::closed(),
            None => Arrivals::Open { shape: Shape::Steps { steps: self.steps.clone() }, spacing },
        }
    }

    fn requests(&self, url: &Url) -> Result<Vec<WeightedRequest>, Failure> {
        let mut wanted: Vec<Check> = Vec::new();
        for check in &self.check {
            wanted.extend(checks::parse(check).map_err(Failure::usage)?);
        }
        if let Some(path) = &self.requests {
            return requests::read(path, &url.authority(), &self.header, &wanted);
        }
        let body = match &self.body {
            None => Payload::Empty,
            Some(text) => match text.strip_prefix('@') {
                None => Payload::Fixed(text.clone().into_bytes()),
                Some(file) => Payload::Fixed(
                    std::fs::read(file)
                        .map_err(|why| Failure::usage(format!("cannot read `{file}`: {why}")))?,
                ),
            },
        };
        let usual = if self.body.is_some() { "POST" } else { "GET" };
        let method = self.method.as_deref().unwrap_or(usual).to_ascii_uppercase();
        Ok(vec![WeightedRequest {
            name: format!("{method} {}", url.path),
            weight: 1,
            shape: RequestShape::Template(RequestTemplate {
                method,
                path: url.path.clone(),
                headers: self.header.clone(),
                body,
                ..RequestTemplate::default()
            }),
            checks: wanted,
        }])
    }
}

/// Makes the load on threads of its own; this one shows how it goes and heeds signals.
fn drive(
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    signals: &Signals,
) -> Result<LoadOutcome, Failure> {
    let control = Control::new();
    let view = LiveView::new((plan.warm_up + plan.measure).as_secs_f64(), plan.requested_rate());
    let outcome = std::thread::scope(|scope| {
        let run = scope.spawn(|| bakeoff_driver::run(plan, target, options, &control));
        while !run.is_finished() {
            std::thread::park_timeout(Duration::from_millis(200));
            if signals.ending().is_some() {
                control.stop();
            }
            view.show(&control.live());
        }
        run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    Ok(outcome)
}

/// What was asked for, in words.
fn how(plan: &LoadPlan, args: &LoadArgs) -> String {
    let arrivals = match (plan.requested_rate(), args.poisson, args.steps.is_empty()) {
        (None, _, _) => "closed loop".to_owned(),
        (Some(rate), true, _) => format!("{rate} requests/s, Poisson"),
        (Some(rate), false, true) => format!("{rate} requests/s, evenly spaced"),
        (Some(_), false, false) => format!("{} steps", args.steps.len()),
    };
    let length = match plan.requests_max {
        Some(count) if args.duration.is_none() => format!("{count} requests"),
        Some(count) => format!("{count} requests or {}", format_span(plan.measure)),
        None => format_span(plan.measure),
    };
    let over = match plan.protocol {
        Protocol::Http1 { .. } => String::new(),
        Protocol::Http2 { streams, .. } => format!(" of {streams} streams (HTTP/2)"),
    };
    format!("{arrivals}, {} connections{over}, {length}, seed {}", plan.connections, plan.seed)
}

/// `docs/exit-codes.md` says why in this order: an unfit generator can tell a wrong answer, but not
/// how long answers take.
fn exit(outcome: &LoadOutcome, broken: &[String], ending: Option<Ending>) -> Exit {
    if let Some(ending) = ending {
        return Exit::of_signal(ending);
    }
    let checks = [
        Problem::WrongStatus,
        Problem::WrongLength,
        Problem::WrongHeader,
        Problem::WrongBody,
        Problem::WrongJson,
    ];
    if checks.iter().any(|problem| 0 < outcome.problems.of(*problem)) {
        return Exit::RequirementFailed;
    }
    if !outcome.health().is_healthy() {
        return Exit::RunInvalid;
    }
    if !broken.is_empty() || outcome.counters.answered == 0 {
        return Exit::RequirementFailed;
    }
    Exit::Done
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::new(Exit::Usage, error)
    }
}

impl From<DriveError> for Failure {
    fn from(error: DriveError) -> Self {
        let exit = match &error {
            DriveError::Plan(_) | DriveError::Tls(_) => Exit::Usage,
            DriveError::NoConnection { .. } => Exit::NotStarted,
            DriveError::Descriptors { .. }
            | DriveError::Ports { .. }
            | DriveError::Pin { .. }
            | DriveError::Epoll { .. } => Exit::RunInvalid,
            DriveError::Stopped => Exit::Interrupted,
        };
        Self::new(exit, error)
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is not a field like `Name: value`"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use bakeoff_load::{Prepared, ServerModel, Service, simulate};

    use super::*;

    #[test]
    fn signals_outrank_unfitness_which_outranks_objectives() {
        let rate = Rate::per_second(100.0).unwrap();
        let requests = vec![WeightedRequest::get("/")];
        let plan = LoadPlan::new("simulated", requests, Arrivals::constant(rate));
        let service = Service::Fixed(Duration::from_millis(1));
        let server = ServerModel { service, workers: 8, stall: None };
        let fit = simulate(&Prepared::new(plan).unwrap(), &server);
        let mut unfit = fit.clone();
        unfit.generator.wait_s = Some(fit.duration_s());
        let failed = ["p99 too long".to_owned()];
        for (outcome, broken, ending, expected) in [
            (&fit, &[][..], None, Exit::Done),
            (&fit, &failed, None, Exit::RequirementFailed),
            (&unfit, &[], None, Exit::RunInvalid),
            (&unfit, &failed, None, Exit::RunInvalid),
            (&unfit, &failed, Some(Ending::Interrupt), Exit::Interrupted),
            (&fit, &[], Some(Ending::Terminate), Exit::Terminated),
        ] {
            assert_eq!(exit(outcome, broken, ending), expected, "{broken:?} {ending:?}");
        }
    }
}
