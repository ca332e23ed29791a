//! One trial: launch, ready, learn, load, drain, stop; and what it yields.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bakeoff_driver::{DriveError, Reach, Target};
use bakeoff_experiment::experiment::{Candidate, Experiment};
use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::plan::PlannedTrial;
use bakeoff_experiment::record::{BuildReceipt, Rates, TrialOutcome};
use bakeoff_experiment::workload::Workload;
use bakeoff_load::RequestCount;
use rustix::time::{ClockId, clock_gettime};

use crate::candidate::{Running, Start};
use crate::control::Signals;
use crate::cpus::Processors;
use crate::database::{Counters, DatabaseError, Fresh, Server, Spent};
use crate::environment::Environment;
use crate::event::{Event, Phase};
use crate::gates::{self, Facts};
use crate::journal::Blob;
use crate::learn::{Agreement, learn};
use crate::limits::{Held, Tree, Wanted};
use crate::observe::Measured;
use crate::offer::Offer;
use crate::sample::{Gauge, Memory};
use crate::slow::Slow;
use crate::upstream::Beside;
use crate::watch::{self, Gauges};

/// Most of a candidate's last words kept in a record.
const TAIL_BYTES_MAX: usize = 4096;

/// What stays the same for all trials of a run.
#[derive(Debug)]
pub struct Rig<'a> {
    /// Where.
    pub environment: &'a Environment,
    /// The question.
    pub experiment: &'a Experiment,
    /// What the plan was drawn from.
    pub seed: u64,
    /// Control groups of this machine.
    pub tree: Tree,
    /// Who runs on which processors.
    pub processors: Processors,
    /// What candidates call, if anything that is still planned reaches it.
    pub upstream: Option<Beside>,
    /// Where they keep their data, if they use a database.
    pub database: Option<Server>,
    /// Whom to stop for.
    pub signals: Signals,
}

/// One trial to do.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// What was planned.
    pub planned: &'a PlannedTrial,
    /// Which try it is, from 1.
    pub attempt: u32,
    /// The receipt of the candidate's build; `None` if it ran before.
    pub receipt: Option<&'a BuildReceipt>,
    /// The offered rates, once fixed.
    pub rates: Option<&'a Rates>,
}

/// Why there is nothing to judge by gates. Only what a person did is the User's fault: such a trial
/// is repeated without end.
struct Failed {
    reason: String,
    blame: Blame,
}

impl Failed {
    fn new(reason: impl Into<String>, blame: Blame) -> Self {
        Self { reason: reason.into(), blame }
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Wall time of the parts of a trial.
struct Walls {
    parts: BTreeMap<String, f64>,
    phase: Phase,
    since: Instant,
}

impl Walls {
    fn new() -> Self {
        Self { parts: BTreeMap::new(), phase: Phase::Launch, since: Instant::now() }
    }

    fn enter(&mut self, phase: Phase) {
        let now = Instant::now();
        let spent = (now - self.since).as_secs_f64();
        *self.parts.entry(self.phase.name().to_owned()).or_default() += spent;
        (self.phase, self.since) = (phase, now);
    }
}

impl Rig<'_> {
    /// What every candidate gets.
    pub fn wanted(&self) -> Wanted {
        let limits = &self.experiment.limits;
        let cpus = self.processors.candidate.clone();
        Wanted { cpus, memory: limits.memory, pids: limits.pids, yields: false }
    }

    /// How a start of a candidate is asked for; `name` is unique among those of the run.
    pub fn start<'s>(
        &'s self,
        candidate: &'s Candidate,
        artifact: &'s Path,
        wanted: &'s Wanted,
        name: &'s str,
    ) -> Start<'s> {
        Start {
            environment: self.environment,
            tree: &self.tree,
            candidate,
            artifact,
            wanted,
            name,
            upstream: self.upstream.as_ref(),
            database: self.database.as_ref(),
            signals: &self.signals,
        }
    }

    /// Whether trials of this workload have an upstream beside the candidate.
    fn has_upstream(&self, workload: &str) -> bool {
        self.experiment.upstream.as_ref().is_some_and(|upstream| upstream.is_reached_by(workload))
    }

    /// Opens what there is to look at.
    fn gauges(&self, running: &Running) -> Gauges {
        let open = |running: &Running| {
            let process = running.process()?;
            Some(Gauge::open(process, &self.processors, &self.environment.cgroup_root))
        };
        Gauges { candidate: open(running), upstream: running.upstream().and_then(open) }
    }

    /// Memory of the candidate now, if it is ours to look at.
    fn memory(&self, running: &Running) -> Option<Memory> {
        self.gauges(running).candidate.map(|gauge| gauge.memory())
    }

    /// Does the trial and judges it. Nothing of the candidate runs afterwards.
    pub fn trial(
        &self,
        trial: Trial<'_>,
        agreement: &mut Agreement,
        events: &mut dyn FnMut(Event),
    ) -> (TrialOutcome, Vec<Blob>) {
        let mut walls = Walls::new();
        let mut observation = Observation { started_unix: unix_now(), ..Observation::default() };
        let mut blobs = Vec::new();
        let stops = self.signals.stops();
        let slept = asleep();
        let facts =
            self.measure(trial, agreement, &mut walls, &mut observation, &mut blobs, events);
        walls.enter(Phase::Launch);
        observation.wall = walls.parts;
        let stopped = self.signals.stops() - stops;
        let verdict = match facts {
            Ok(mut facts) => {
                facts.stops = stopped;
                facts.suspended = (asleep() - slept).max(0.0);
                observation.gates = gates::judge(&facts, &self.experiment.judging.gates);
                gates::verdict(&observation.gates)
            }
            Err(_) if 0 < stopped => Some(("stopped (Ctrl-Z)".to_owned(), Blame::User)),
            Err(failed) => Some((failed.reason, failed.blame)),
        };
        if self.signals.cut_short() {
            let signal = self.signals.ending().map_or("a signal", crate::control::Ending::name);
            let reason = format!("cut short by {signal}");
            return (void(reason, Blame::User, observation), blobs);
        }
        if let Some((reason, blame)) = verdict {
            return (void(reason, blame, observation), blobs);
        }
        observation.stderr_tail = String::new();
        (TrialOutcome::Sealed(observation), blobs)
    }

    fn measure(
        &self,
        trial: Trial<'_>,
        agreement: &mut Agreement,
        walls: &mut Walls,
        observation: &mut Observation,
        blobs: &mut Vec<Blob>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Facts, Failed> {
        let candidate = self.candidate(trial.planned.runs())?;
        let artifact = trial.receipt.map(|it| PathBuf::from(&it.artifact)).unwrap_or_default();
        let wanted = self.wanted();
        let name = format!("trial-{}-{}", trial.planned.id, trial.attempt);
        events(Event::PhaseStarted { phase: Phase::Launch, seconds: 0.0 });
        let mut start = self.start(candidate, &artifact, &wanted, &name);
        start.upstream = start.upstream.filter(|_| self.has_upstream(&trial.planned.workload));
        let mut running = start.run().map_err(|error| Failed::new(chain(&error), error.blame()))?;
        observation.limits = running.limits();
        observation.limits.insert("where".to_owned(), self.processors.describe());
        let upstream = self.experiment.upstream.as_ref().filter(|_| running.upstream().is_some());
        observation.limits.extend(upstream.map(|upstream| {
            let place = self.processors.describe_upstream();
            ("upstream".to_owned(), format!("{} {place}", upstream.describe()))
        }));
        let database = running.database().map(|fresh| fresh.about().to_owned());
        observation.limits.extend(database.map(|about| ("database".to_owned(), about)));
        let measured = self.load(trial, &mut running, agreement, walls, events);
        events(Event::PhaseStarted { phase: Phase::Stop, seconds: 0.0 });
        walls.enter(Phase::Stop);
        let died = running.ended();
        let upstream_died = running.upstream_ended();
        let unenforced = self.unenforced(&running);
        let stopped = running.stop(Duration::from_secs_f64(candidate.stop_within), &self.signals);
        observation.stop = stopped.facts;
        observation.stderr_tail = cut(&stopped.tail);
        let measured = measured.map_err(|failed| match (&died, &upstream_died) {
            // Whatever went wrong: it went wrong because one of them was gone.
            (Some(died), _) => Failed::new(format!("ended: {died}"), Blame::Candidate),
            (None, Some(died)) => {
                Failed::new(format!("the upstream ended: {died}"), Blame::Generator)
            }
            (None, None) => failed,
        })?;
        *blobs = measured.blobs();
        let whole = measured.observation();
        observation.metrics = whole.metrics;
        observation.answers = whole.answers;
        observation.series = whole.series;
        observation.histograms = whole.histograms;
        observation.offered = whole.offered;
        observation.errors = whole.errors;
        Ok(Facts { upstream_died, died, unenforced, ..measured.facts() })
    }

    fn load(
        &self,
        trial: Trial<'_>,
        running: &mut Running,
        agreement: &mut Agreement,
        walls: &mut Walls,
        events: &mut dyn FnMut(Event),
    ) -> Result<Measured, Failed> {
        let planned = trial.planned;
        let workload = self.workload(&planned.workload)?;
        events(Event::PhaseStarted { phase: Phase::Prepare, seconds: 0.0 });
        walls.enter(Phase::Prepare);
        let before = self.memory(running);
        // The same requests at the same times for every candidate of a round.
        let purpose = format!("{} {} round {}", workload.name, planned.load, planned.round);
        let ignore = &self.experiment.contract.ignore;
        let learnt = learn(running.address, workload, self.seed, &purpose, ignore)
            .map_err(|error| Failed::new(chain(&error), Blame::Candidate))?;
        if let Some(difference) = agreement.note(&purpose, &planned.candidate, &learnt) {
            return Err(Failed::new(difference, Blame::Candidate));
        }
        let offer = Offer { workload, planned, rates: trial.rates };
        let seed = stream_seed(self.seed, &purpose);
        let slow = Slow::start(running.address, planned.load.slow_clients, &learnt.requests);
        let plan = offer
            .plan(running.address, learnt.requests, seed)
            .map_err(|reason| Failed::new(reason, Blame::Host))?;
        let target = Target::tcp(running.address, &Reach::Loopback)
            .map_err(|error| Failed::new(chain(&error), Blame::Host))?;
        walls.enter(Phase::WarmUp);
        let question = offer.question().map_err(|reason| Failed::new(reason, Blame::Host))?;
        let gauges = self.gauges(running);
        let counted = Counting::begin(running, workload)?;
        // On a processor of its own it may spin; on a shared one it would take the other's.
        let beside = gauges.upstream.is_some() || running.database().is_some();
        let shared = beside && self.processors.upstream_is_beside_generator();
        let spin = !self.processors.shared && !shared;
        let load = watch::Load { plan: &plan, target: &target, question: question.as_ref(), spin };
        let (driven, watched) = watch::drive(load, &self.processors, gauges, &self.signals, events);
        let slow_cut_off = slow.stop();
        walls.enter(Phase::Drain);
        let driven = driven.map_err(|error| Failed::new(chain(&error), drive_blame(&error)))?;
        let known = driven.known();
        let (outcome, capacity) = known.map_err(|reason| Failed::new(reason, Blame::Generator))?;
        // The driver's phases are not ours to time: what was asked for is what was spent.
        let measuring = outcome.duration_s();
        let loading = walls.parts.remove(Phase::WarmUp.name()).unwrap_or(0.0);
        walls.parts.insert(Phase::Measure.name().to_owned(), measuring);
        walls.parts.insert(Phase::WarmUp.name().to_owned(), (loading - measuring).max(0.0));
        let after = self.memory(running);
        let database = counted.map(|counted| counted.end(&watched.asked)).transpose()?;
        Ok(Measured {
            outcome,
            database,
            watched,
            processors: self.processors.clone(),
            before,
            after,
            start_seconds: running.start_seconds,
            load: planned.load.clone(),
            series_every: plan.series_every.as_secs_f64(),
            capacity,
            slow_cut_off,
            comparable: workload.is_comparable(&planned.load),
        })
    }

    fn candidate(&self, name: &str) -> Result<&Candidate, Failed> {
        let mut candidates = self.experiment.candidates.iter();
        candidates.find(|candidate| candidate.name == name).ok_or_else(|| {
            Failed::new(format!("the manifest has no candidate `{name}`"), Blame::Host)
        })
    }

    fn workload(&self, name: &str) -> Result<&Workload, Failed> {
        let mut workloads = self.experiment.workloads.iter();
        workloads.find(|workload| workload.name == name).ok_or_else(|| {
            Failed::new(format!("the manifest has no workload `{name}`"), Blame::Host)
        })
    }

    fn unenforced(&self, running: &Running) -> Vec<String> {
        let Some(process) = running.process().filter(|_| self.experiment.limits.required) else {
            return Vec::new();
        };
        let held = process.group().in_force().iter();
        held.filter(|(_, held)| matches!(held, Held::NotEnforced(_)))
            .map(|(name, held)| format!("{name} {}", held.describe()))
            .collect()
    }
}

/// What the database had counted before a load whose requests say what they cost.
struct Counting<'a> {
    fresh: &'a Fresh,
    workload: &'a Workload,
    before: Counters,
}

impl<'a> Counting<'a> {
    fn begin(running: &'a Running, workload: &'a Workload) -> Result<Option<Self>, Failed> {
        let fresh = running.database().filter(|_| workload.is_counted());
        fresh
            .map(|fresh| Ok(Self { fresh, workload, before: fresh.counters()? }))
            .transpose()
            .map_err(|error: DatabaseError| Failed::new(chain(&error), Blame::Host))
    }

    fn end(self, asked: &[RequestCount]) -> Result<Spent, Failed> {
        let spent = self.fresh.spent(self.before, self.workload, asked);
        spent.map_err(|error| Failed::new(chain(&error), Blame::Host))
    }
}

fn void(reason: String, blame: Blame, observation: Observation) -> TrialOutcome {
    TrialOutcome::Void { reason, blame, observation: Some(observation) }
}

/// The end of `tail`, at most [`TAIL_BYTES_MAX`] of it.
fn cut(tail: &str) -> String {
    let mut from = tail.len().saturating_sub(TAIL_BYTES_MAX);
    while !tail.is_char_boundary(from) {
        from += 1;
    }
    tail[from..].to_owned()
}

/// What differs between a build's artifact and its receipt, if anything does (FAILURES.md F28).
pub(crate) fn artifact_changed(receipt: &BuildReceipt) -> Option<String> {
    if receipt.artifact.is_empty() || receipt.artifact_hash.is_empty() {
        return None;
    }
    match fs::read(&receipt.artifact) {
        Ok(bytes) if blake3::hash(&bytes).to_hex().as_str() == receipt.artifact_hash => None,
        Ok(_) => Some(format!("`{}` is not what was built", receipt.artifact)),
        Err(error) => Some(format!("`{}`: {error}", receipt.artifact)),
    }
}

/// The seed of one purpose under the plan's.
fn stream_seed(seed: u64, purpose: &str) -> u64 {
    let hash = blake3::hash(format!("{seed} {purpose}").as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("a hash is 32 bytes long"))
}

fn drive_blame(error: &DriveError) -> Blame {
    match error {
        DriveError::NoConnection { .. } => Blame::Candidate,
        DriveError::Plan(_)
        | DriveError::Tls(_)
        | DriveError::Stopped
        | DriveError::Descriptors { .. }
        | DriveError::Ports { .. }
        | DriveError::Pin { .. }
        | DriveError::Epoll { .. } => Blame::Generator,
    }
}

/// For how long the machine has slept since it booted, in seconds: the clock that counts sleep
/// against the one that does not (FAILURES.md F12).
fn asleep() -> f64 {
    let seconds = |id| {
        let now = clock_gettime(id);
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    };
    seconds(ClockId::Boottime) - seconds(ClockId::Monotonic)
}

/// Seconds since the Unix epoch, for people.
pub(crate) fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
