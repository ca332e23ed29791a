//! The run: builds, contract, probes, trials, looks, until nothing is left to do.
//!
//! What to do next is a pure fold of the records ([`Progress::step`]); this loop does it, records
//! it, and asks again. To resume is to fold what was recorded before.

use std::collections::BTreeMap;
use std::time::Instant;

use bakeoff_experiment::battery::{BatteryRecord, Defect};
use bakeoff_experiment::experiment::{Experiment, Stop};
use bakeoff_experiment::plan::{Plan, PlannedTrial, trial_duration};
use bakeoff_experiment::progress::{Progress, Step};
use bakeoff_experiment::record::{
    Extended, Finished, Interrupted, Opened, Rates, Record, Resumed, TrialOutcome, TrialRecord,
};
use rustix::process::{getpid, set_child_subreaper};

use crate::control::Control;
use crate::cpus::{self, Processors};
use crate::database::Server;
use crate::environment::Environment;
use crate::event::{Event, Started, TrialStarted};
use crate::journal::{Journal, JournalError};
use crate::learn::Agreement;
use crate::limits::{Group, Held, Tree, Wanted};
use crate::probe::Ask;
use crate::reaper::{self, Reaper, group_prefix};
pub use crate::run_end::{Failure, RunEnd};
use crate::run_end::{end_of, too_few};
use crate::trial::{Rig, Trial, artifact_changed, unix_now};
use crate::upstream::Beside;
use crate::{battery, build, contract, database};

/// Whether the data settle the question. Whoever calls [`run`] decides: the runner never does.
#[derive(Clone, Debug, PartialEq)]
pub struct LookVerdict {
    /// Whether measuring may stop.
    pub settled: bool,
    /// Why, in words: `all 12 primary verdicts are decisive`, `json throughput is inconclusive`.
    pub reason: String,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store gave or took nothing.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The records do not begin with how the run was opened.
    #[error("the run's records do not begin with how it was opened")]
    NotOpened,
    /// A limit is required that cannot be enforced here.
    #[error("{limit} cannot be enforced here, and the manifest requires it: {reason}")]
    Limit {
        /// Which limit.
        limit: String,
        /// Why not.
        reason: String,
    },
    /// The reaper could not be started, so that a killed run would leave candidates behind.
    #[error("could not start the process that cleans up after us")]
    Reaper {
        /// What the system said.
        source: std::io::Error,
    },
    /// What was built is not what is there.
    #[error(
        "candidate `{candidate}` changed while it was measured: {what}; put back what was built and \
         resume, or begin a new run"
    )]
    Changed {
        /// The candidate.
        candidate: String,
        /// What differs.
        what: String,
    },
}

/// Does what is left to do of an opened run. To resume is to call it again: what was done is a
/// fold of the records.
///
/// Must be called on a thread that lives as long as the process (candidates die with the thread
/// that started them). While it runs, the thread is bound to the generator's processor.
///
/// # Errors
///
/// [`RunError`] if the run cannot go on; what was sealed stays sealed.
pub fn run(
    journal: &mut dyn Journal,
    environment: &Environment,
    control: &Control,
    events: &mut dyn FnMut(Event),
    decide: &mut dyn FnMut(&[Record]) -> LookVerdict,
) -> Result<RunEnd, RunError> {
    let records = journal.records()?;
    let progress = Progress::of(&records);
    let Some(opened) = progress.opened().cloned() else { return Err(RunError::NotOpened) };
    if progress.step() == Step::Done {
        return Ok(end_of(&progress));
    }
    let cleared = reaper::clear(&environment.run, &environment.cgroup_root);
    let _reaper = Reaper::start(environment).map_err(|source| RunError::Reaper { source })?;
    // Orphans of candidates become our children, so that they can be counted and reaped.
    let _ = set_child_subreaper(Some(getpid()));
    let limits = &opened.experiment.limits;
    let processors = Processors::assign(&environment.cpus, limits.cpus);
    let _pinned = Pinned::to(&processors, &environment.cpus);
    let rig = Rig {
        environment,
        experiment: &opened.experiment,
        seed: opened.plan.seed,
        tree: Tree::of_this_process(&environment.cgroup_root),
        upstream: upstream(environment, &opened.experiment, &processors),
        database: opened.experiment.database.as_ref().map(|it| Server::new(it, environment)),
        processors,
        signals: control.signals.clone(),
    };
    let in_force = preflight(&rig)?;
    let resumed = 1 < records.len() || !journal.found_running().is_empty();
    let mut run = Run {
        journal,
        control,
        events,
        rig: &rig,
        opened: &opened,
        records,
        progress,
        began: Instant::now(),
        walls: BTreeMap::new(),
        agreement: Agreement::default(),
        stage: None,
    };
    run.take_up(resumed, cleared, in_force)?;
    run.go_on(decide)
}

/// What candidates call, if anything that is still planned reaches it.
fn upstream(
    environment: &Environment,
    experiment: &Experiment,
    processors: &Processors,
) -> Option<Beside> {
    let upstream = experiment.upstream.as_ref().filter(|it| it.is_reached(experiment))?;
    Some(Beside::new(upstream, &environment.exe, processors))
}

/// Binds this thread and what it starts to the generator's side, and sets it free in the end.
struct Pinned<'a>(&'a [usize]);

impl<'a> Pinned<'a> {
    fn to(processors: &Processors, all: &'a [usize]) -> Self {
        // Where that fails, the driver's own pinning fails too, and says so.
        let _ = cpus::pin(&[processors.sampler()]);
        Self(all)
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        let _ = cpus::pin(self.0);
    }
}

/// What limits will be enforced by, tried out on a group that nothing runs in.
fn preflight(rig: &Rig<'_>) -> Result<Vec<(String, String)>, RunError> {
    let wanted: Wanted = rig.wanted();
    let name = format!("{}preflight", group_prefix(&rig.environment.run));
    let group = Group::create(&rig.tree, &name, &wanted);
    let in_force = group.in_force().clone();
    // Nothing was in it; if it stays, the next start finds it.
    let _ = group.remove();
    for (limit, held) in &in_force {
        if let Held::NotEnforced(reason) = held
            && rig.experiment.limits.required
        {
            return Err(RunError::Limit { limit: limit.clone(), reason: reason.clone() });
        }
    }
    Ok(in_force.into_iter().map(|(name, held)| (name, held.describe())).collect())
}

struct Run<'a> {
    journal: &'a mut dyn Journal,
    control: &'a Control,
    events: &'a mut dyn FnMut(Event),
    rig: &'a Rig<'a>,
    opened: &'a Opened,
    records: Vec<Record>,
    progress: Progress,
    began: Instant,
    walls: BTreeMap<String, f64>,
    agreement: Agreement,
    stage: Option<bakeoff_experiment::plan::Stage>,
}

impl Run<'_> {
    fn experiment(&self) -> &Experiment {
        &self.opened.experiment
    }

    fn take_up(
        &mut self,
        resumed: bool,
        mut cleared: Vec<String>,
        limits: Vec<(String, String)>,
    ) -> Result<(), RunError> {
        for found in self.journal.found_running() {
            let TrialRecord { planned, attempt, .. } = found;
            cleared.push(format!("trial {} (try {attempt}) was cut off; void", planned.id));
        }
        let counts = self.progress.counts();
        (self.events)(Event::Started(Started {
            run: self.opened.run.clone(),
            seed: self.opened.plan.seed,
            sealed: counts.sealed,
            planned: self.progress.trials().len() as u32,
            resumed,
            processors: self.rig.processors.describe(),
            limits,
            cleared: cleared.clone(),
        }));
        if !self.records.iter().any(|record| matches!(record, Record::Host(_))) {
            self.append(Record::Host(crate::host::facts(self.rig.environment)))?;
        }
        if resumed {
            self.append(Record::Resumed(Resumed { at_unix: unix_now(), cleared }))?;
        }
        Ok(())
    }

    fn go_on(
        &mut self,
        decide: &mut dyn FnMut(&[Record]) -> LookVerdict,
    ) -> Result<RunEnd, RunError> {
        loop {
            if let Some(ending) = self.control.signals.ending() {
                let at_once = self.control.signals.cut_short();
                (self.events)(Event::Interrupting { signal: ending.name(), at_once });
                self.append(Record::Interrupted(Interrupted {
                    reason: ending.name().to_owned(),
                    at_unix: unix_now(),
                }))?;
                return Ok(RunEnd::Interrupted(ending));
            }
            match self.progress.step() {
                Step::Open => return Err(RunError::NotOpened),
                Step::Build { candidate, build } => self.build(&candidate, build)?,
                Step::Contract(candidates) => self.contract(&candidates)?,
                Step::Probe { probe, subject, round } => self.probe(&probe, &subject, round)?,
                Step::Battery(folder) => self.battery(&folder)?,
                Step::Rates(rates) => self.rates(rates)?,
                Step::Trial(planned, attempt) => match self.reason_to_stop(&planned) {
                    Some(reason) => self.finish(&reason)?,
                    None => self.trial(&planned, attempt)?,
                },
                Step::Look => self.look(decide)?,
                Step::Done => return Ok(end_of(&self.progress)),
            }
        }
    }

    /// Writes a record, folds it in, and tells who fell out because of it.
    fn append(&mut self, record: Record) -> Result<(), RunError> {
        self.journal.append(&record)?;
        self.fold(record);
        Ok(())
    }

    fn fold(&mut self, record: Record) {
        let before: Vec<String> = self.progress.excluded().keys().cloned().collect();
        self.progress.take(&record);
        self.records.push(record);
        for (candidate, exclusion) in self.progress.excluded() {
            if !before.contains(candidate) {
                (self.events)(Event::Excluded {
                    candidate: candidate.clone(),
                    reason: exclusion.reason().to_owned(),
                });
            }
        }
    }

    fn spend(&mut self, part: &str, since: Instant) {
        *self.walls.entry(part.to_owned()).or_default() += since.elapsed().as_secs_f64();
    }

    /// Whether we were not stopped (Ctrl-Z) since there had been `stops`. If we were, times and
    /// deadlines say nothing: what is not recorded is the next step again.
    fn went_through(&mut self, stops: u32) -> bool {
        if self.control.signals.stops() == stops {
            return true;
        }
        (self.events)(Event::Warning("stopped (Ctrl-Z) meanwhile: done again".to_owned()));
        false
    }

    fn build(&mut self, name: &str, number: u32) -> Result<(), RunError> {
        let began = Instant::now();
        (self.events)(Event::BuildStarted { candidate: name.to_owned(), build: number });
        let rig = self.rig;
        let candidate = rig.experiment.candidates.iter().find(|it| it.name == name);
        let stops = rig.signals.stops();
        let built = candidate.and_then(|it| {
            let lacking = database::lacking(rig.database.as_ref(), it, number);
            lacking.or_else(|| build::build(rig.environment, &rig.signals, it, number))
        });
        self.spend("build", began);
        let Some(record) = built.filter(|_| self.went_through(stops)) else { return Ok(()) };
        self.append(Record::Built(record.clone()))?;
        (self.events)(Event::BuildEnded(record));
        Ok(())
    }

    fn contract(&mut self, candidates: &[String]) -> Result<(), RunError> {
        let began = Instant::now();
        let contract = &self.experiment().contract;
        let random = if contract.random.is_empty() { 0 } else { contract.requests };
        let cases = contract.cases.len() as u32;
        let candidates = candidates.to_vec();
        (self.events)(Event::ContractStarted { candidates: candidates.clone(), cases, random });
        let stops = self.rig.signals.stops();
        let held = contract::hold(self.rig, &candidates, self.progress.builds());
        self.spend("contract", began);
        if !self.went_through(stops) {
            return Ok(());
        }
        for record in held.into_iter().flatten() {
            self.append(Record::Contract(record.clone()))?;
            (self.events)(Event::ContractEnded(record));
        }
        Ok(())
    }

    fn probe(&mut self, probe: &str, subject: &str, round: u32) -> Result<(), RunError> {
        let began = Instant::now();
        let started =
            Event::ProbeStarted { probe: probe.to_owned(), candidate: subject.to_owned() };
        (self.events)(started);
        let ask = Ask { probe, subject, round, builds: self.progress.builds() };
        let stops = self.rig.signals.stops();
        let record = crate::probe::run(self.rig, ask);
        self.spend("probe", began);
        let Some(record) = record.filter(|_| self.went_through(stops)) else { return Ok(()) };
        self.append(Record::Probe(record.clone()))?;
        (self.events)(Event::ProbeEnded(record));
        Ok(())
    }

    fn battery(&mut self, folder: &str) -> Result<(), RunError> {
        let began = Instant::now();
        let rig = self.rig;
        (self.events)(Event::BatteryStarted { folder: folder.to_owned() });
        let events = &mut *self.events;
        let mut told = |defect: &Defect| events(Event::DefectJudged(defect.clone()));
        let path = rig.environment.manifest_dir.join(folder);
        let stops = rig.signals.stops();
        let outcome = battery::run(rig.environment, &rig.signals, &path, &mut told);
        self.spend("battery", began);
        if self.control.signals.ending().is_some() || !self.went_through(stops) {
            return Ok(());
        }
        let record = outcome.unwrap_or_else(|error| {
            let reason = crate::trial::chain(&error);
            (self.events)(Event::Warning(format!("battery `{folder}`: {reason}")));
            BatteryRecord::default()
        });
        self.append(Record::Battery(record))
    }

    fn rates(&mut self, rates: Rates) -> Result<(), RunError> {
        self.append(Record::Rates(rates.clone()))?;
        (self.events)(Event::RatesFixed(rates));
        Ok(())
    }

    /// Why measuring ends before this trial, if it does.
    fn reason_to_stop(&self, next: &PlannedTrial) -> Option<String> {
        let budget = self.control.budget?;
        let expected = trial_duration(self.experiment(), next);
        let spent = self.began.elapsed().as_secs_f64();
        (budget.as_secs_f64() < spent + expected).then(|| "budget".to_owned())
    }

    fn trial(&mut self, planned: &PlannedTrial, attempt: u32) -> Result<(), RunError> {
        if too_few(&self.progress).is_some() {
            return self.finish("too few candidates");
        }
        let receipt = self.progress.builds().of_round(planned.runs(), planned.round).cloned();
        if let Some(what) = receipt.as_ref().and_then(artifact_changed) {
            return Err(RunError::Changed { candidate: planned.runs().to_owned(), what });
        }
        self.announce(planned, attempt);
        self.journal.begin(planned.id, attempt)?;
        let rates = self.progress.rates().cloned();
        let trial = Trial { planned, attempt, receipt: receipt.as_ref(), rates: rates.as_ref() };
        let (outcome, blobs) = self.rig.trial(trial, &mut self.agreement, self.events);
        let record = TrialRecord { planned: planned.clone(), attempt, outcome };
        self.journal.seal(&record, &blobs)?;
        let unretried = self.progress.retry_time().refused();
        self.fold(Record::Trial(Box::new(record.clone())));
        let planned = record.planned;
        match record.outcome {
            TrialOutcome::Sealed(observation) => {
                let observation = Box::new(observation);
                (self.events)(Event::TrialSealed { planned, observation });
            }
            TrialOutcome::Void { reason, blame, .. } => {
                if unretried == 0 && 0 < self.progress.retry_time().refused() {
                    let spent = format!("{}; no further one is", self.progress.retry_time());
                    (self.events)(Event::Warning(spent));
                }
                let again = self
                    .progress
                    .trials()
                    .iter()
                    .any(|it| it.planned.id == planned.id && !self.progress.given_up(it));
                (self.events)(Event::TrialVoid { planned, attempt, reason, blame, again });
            }
        }
        Ok(())
    }

    fn announce(&mut self, planned: &PlannedTrial, attempt: u32) {
        let open =
            || self.progress.trials().iter().filter(|it| !it.sealed && !self.progress.given_up(it));
        if self.stage != Some(planned.stage) {
            self.stage = Some(planned.stage);
            let trials = open().filter(|it| it.planned.stage == planned.stage).count() as u32;
            (self.events)(Event::StageStarted { stage: planned.stage, trials });
        }
        let counts = self.progress.counts();
        let experiment = self.experiment();
        let remaining = open().map(|it| trial_duration(experiment, &it.planned)).sum();
        let expected = trial_duration(experiment, planned);
        (self.events)(Event::TrialStarted(TrialStarted {
            planned: planned.clone(),
            attempt,
            done: counts.sealed + counts.given_up,
            total: self.progress.trials().len() as u32,
            expected,
            remaining,
        }));
    }

    fn look(&mut self, decide: &mut dyn FnMut(&[Record]) -> LookVerdict) -> Result<(), RunError> {
        if too_few(&self.progress).is_some() {
            return self.finish("too few candidates");
        }
        let rounds_max = match self.experiment().judging.stop {
            Stop::Fixed { .. } => return self.finish("rounds done"),
            Stop::Decided { rounds_max, .. } | Stop::Precision { rounds_max, .. } => rounds_max,
        };
        let round = self.progress.rounds_complete();
        let LookVerdict { settled, reason } = decide(&self.records);
        (self.events)(Event::Looked { round, settled, reason: reason.clone() });
        if settled {
            return self.finish("decided");
        }
        if rounds_max <= round {
            return self.finish("most rounds reached");
        }
        let before = self.progress.plan_so_far();
        let trials = Plan::added_round(self.experiment(), before.seed, &before.trials);
        let count = trials.len() as u32;
        self.append(Record::Extended(Extended { trials, reason: reason.clone() }))?;
        (self.events)(Event::Extended { trials: count, reason });
        Ok(())
    }

    fn finish(&mut self, reason: &str) -> Result<(), RunError> {
        let finished =
            Finished { at_unix: unix_now(), reason: reason.to_owned(), wall: self.wall() };
        self.append(Record::Finished(finished))?;
        (self.events)(Event::Finished { reason: reason.to_owned() });
        Ok(())
    }

    /// Wall time by part, in seconds; of the trials, those of earlier processes too.
    fn wall(&self) -> BTreeMap<String, f64> {
        let mut wall = self.walls.clone();
        let mut trials = 0.0;
        for record in &self.records {
            let Record::Trial(trial) = record else { continue };
            for (part, seconds) in trial.outcome.observation().into_iter().flat_map(|it| &it.wall) {
                *wall.entry(part.clone()).or_default() += seconds;
                trials += seconds;
            }
        }
        let parts: f64 = self.walls.values().sum();
        let rest = self.began.elapsed().as_secs_f64() - parts - trials;
        wall.insert("rest".to_owned(), rest.max(0.0));
        wall
    }
}
