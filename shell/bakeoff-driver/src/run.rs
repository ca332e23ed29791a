//! A run of load: one thread each for the shards of the plan, merged at the end.

use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::thread;

use bakeoff_load::{
    Engine, GeneratorFacts, LoadOutcome, LoadPlan, Phase, PlanError, Prepared, Problem,
};

use crate::clock::Clock;
use crate::control::Control;
use crate::event_loop::{Start, Thread, drive};
use crate::gauge::Readings;
use crate::preflight;
use crate::target::Target;
use crate::tls::{Client, TlsError};

/// How to drive a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverOptions {
    /// Threads, each with its share of connections and schedule.
    pub threads: NonZeroU32,
    /// Where to pin them: thread `i` to the `i`-th of these, cyclically. Not pinned if empty.
    pub cpus: Vec<usize>,
    /// Spin for the last stretch before an arrival and for answers. Only where the CPUs are the
    /// generator's own: it takes all of them.
    pub spin: bool,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self { threads: NonZeroU32::MIN, cpus: Vec::new(), spin: false }
    }
}

/// What helps against the commonest ways to get no connection.
const HINTS: [(Problem, &str); 3] = [
    (
        Problem::ConnectRefused,
        "; nothing listens there: does the server run, and is this where it listens?",
    ),
    (
        Problem::ConnectTimeout,
        "; nobody answers there: is the address right, and no firewall between?",
    ),
    (Problem::NotHttp2, "; the server speaks no HTTP/2 at this port: leave out --http2"),
];

fn hint(problem: Problem) -> &'static str {
    HINTS.iter().find(|(of, _)| *of == problem).map_or("", |(_, hint)| hint)
}

/// Why a run yielded nothing.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The plan cannot be followed.
    #[error("the plan cannot be followed")]
    Plan(#[from] PlanError),
    /// No connection could be made at all.
    #[error("no connection to {target}: {}{}{example}{}", problem.name(), if example.is_empty() { "" } else { ": " }, hint(*problem))]
    NoConnection {
        /// Whom it was tried with.
        target: String,
        /// What came of it.
        problem: Problem,
        /// The bytes or words with which it did; may be empty.
        example: String,
    },
    /// TLS cannot even be tried.
    #[error("TLS")]
    Tls(#[from] TlsError),
    /// More connections than descriptors.
    #[error(
        "{needed} file descriptors needed, {limit} allowed: raise `ulimit -n` or use fewer connections"
    )]
    Descriptors {
        /// How many are needed.
        needed: u64,
        /// How many there may be.
        limit: u64,
    },
    /// More connections than local ports.
    #[error(
        "{needed} connections to one address need as many local ports, {available} exist: widen net.ipv4.ip_local_port_range or use fewer connections"
    )]
    Ports {
        /// How many are needed.
        needed: u64,
        /// How many there are.
        available: u64,
    },
    /// A thread could not be pinned.
    #[error("could not pin to CPU {cpu}")]
    Pin {
        /// The CPU.
        cpu: usize,
        /// What the kernel said.
        source: std::io::Error,
    },
    /// Waiting for events failed.
    #[error("waiting for events failed")]
    Epoll {
        /// What the kernel said.
        source: std::io::Error,
    },
    /// Stopped before the load began.
    #[error("stopped before the load began")]
    Stopped,
}

/// Follows `plan` against `target` until its end or until `control` stops it. Blocks.
///
/// # Errors
///
/// [`DriveError`] if nothing could be measured. Failing requests are no error but an outcome.
///
/// # Panics
///
/// If a thread panicked.
pub fn run(
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    control: &Control,
) -> Result<LoadOutcome, DriveError> {
    control.begin();
    let outcome = run_threads(plan, target, options, control);
    control.enter(Phase::Done);
    outcome
}

fn run_threads(
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    control: &Control,
) -> Result<LoadOutcome, DriveError> {
    preflight::descriptors(plan.connections.get())?;
    preflight::ports(plan.connections.get(), target)?;
    let prepared = Prepared::new(plan.clone())?;
    let tls = target.tls.as_ref().map(|tls| Client::new(tls, plan)).transpose()?;
    let threads = options.threads.get();
    let engines: Vec<Engine<'_>> = (0..threads)
        .map(|shard| Engine::new(&prepared, shard, threads))
        .collect::<Result<_, _>>()?;
    let start = Start::default();
    let clock = Clock::start();
    let shards = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .zip(engines)
            .map(|(number, engine)| {
                let cpu = options.cpus.get(number as usize % options.cpus.len().max(1)).copied();
                let spin = options.spin;
                let start = &start;
                let tls = tls.as_ref();
                let thread =
                    Thread { number, threads, cpu, spin, clock, target, control, start, tls };
                scope.spawn(move || {
                    let outcome = drive(thread, engine);
                    start.abandoned.fetch_or(outcome.is_err(), Ordering::Relaxed);
                    outcome
                })
            })
            .collect();
        let join = |handle: thread::ScopedJoinHandle<'_, _>| handle.join();
        handles.into_iter().map(join).collect::<Vec<_>>()
    });
    let mut outcomes = Vec::new();
    let mut failure = None;
    for shard in shards {
        match shard.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
            Ok(outcome) => outcomes.push(outcome),
            // Threads that were stopped because of another's failure say less than it does.
            Err(DriveError::Stopped) => drop(failure.get_or_insert(DriveError::Stopped)),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(merge(plan, options, outcomes)),
    }
}

fn merge(
    plan: &LoadPlan,
    options: &DriverOptions,
    outcomes: Vec<(bakeoff_load::ShardOutcome, Readings)>,
) -> LoadOutcome {
    let (shards, readings): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
    let busy = |reading: &Readings| {
        let wall_ns = reading.wall_ns.max(1) as f64;
        // Spinning uses CPU without having work; sleeping until an answer comes has neither.
        let worked_ns = (wall_ns - reading.idle_ns as f64).min(reading.cpu_ns as f64);
        (worked_ns / wall_ns).clamp(0.0, 1.0)
    };
    let facts = GeneratorFacts {
        threads: options.threads.get(),
        cpu_s: readings.iter().map(|reading| reading.cpu_ns as f64 / 1e9).sum(),
        wait_s: readings.iter().map(|reading| reading.wait_ns.map(|ns| ns as f64 / 1e9)).sum(),
        busy_share: readings.iter().map(busy).fold(0.0, f64::max),
        stall_ns_max: readings.iter().map(|reading| reading.stall_ns_max).max().unwrap_or(0),
        kept_ns: readings.iter().map(|reading| reading.kept_ns).sum(),
        spinning: options.spin,
    };
    LoadOutcome::new(plan, shards, facts)
}
