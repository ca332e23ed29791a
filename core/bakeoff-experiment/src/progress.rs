//! How far a run is: a pure fold of its records, so that resuming is reading.

use std::collections::BTreeMap;

use crate::builds::Builds;
pub use crate::exclusion::{Exclusion, FAILURES_MAX};
use crate::experiment::{Experiment, ProbeKind, Source, candidate_of};
use crate::observation::{Blame, Observation, RATE_DELIVERED};
use crate::plan::{Plan, PlannedTrial, trial_duration};
use crate::record::{BuildOutcome, BuildRecord, Opened, Rates, Record, TrialOutcome, TrialRecord};
use crate::retry_time::RetryTime;

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    opened: Option<Opened>,
    builds: Builds,
    contracts: BTreeMap<String, bool>,
    excluded: BTreeMap<String, Exclusion>,
    failures: BTreeMap<String, u32>,
    rates: Option<Rates>,
    probes: BTreeMap<(String, String), u32>,
    battery_done: bool,
    trials: Vec<TrialState>,
    index: BTreeMap<u32, usize>,
    throughput: BTreeMap<(String, String, String), Vec<f64>>,
    added: bool,
    retry_time: RetryTime,
    interrupted: bool,
    finished: Option<String>,
}

/// How far a planned trial is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialState {
    /// What was planned.
    pub planned: PlannedTrial,
    /// How often it was tried.
    pub attempts: u32,
    /// How many of those count against the retries: all but those the user interrupted.
    pub charged: u32,
    /// Whether a try was sealed.
    pub sealed: bool,
    /// Whether it is not tried again because retries have had their time. That stays so where
    /// further rounds give them more: what they get is for their own trials.
    pub refused: bool,
    /// Why and by whose fault the last void try did not count.
    pub last_void: Option<(String, Blame)>,
}

/// What a run has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing has been recorded: open the run.
    Open,
    /// Build a candidate.
    Build {
        /// The candidate.
        candidate: String,
        /// Which build of it, from 1.
        build: u32,
    },
    /// Hold these candidates against the contract, together.
    Contract(Vec<String>),
    /// Run a probe.
    Probe {
        /// The probe.
        probe: String,
        /// The candidate, or the subject of a probe program.
        subject: String,
        /// The repetition, from 1.
        round: u32,
    },
    /// Put the defective programs of this folder, relative to the manifest, to the tools.
    Battery(String),
    /// Fix the offered rates from the capacity trials.
    Rates(Rates),
    /// Run this trial; it is that try of it, from 1.
    Trial(PlannedTrial, u32),
    /// Every planned trial is sealed or given up: look at the stop rule.
    Look,
    /// The run is finished.
    Done,
}

impl Progress {
    /// How far the run of these records is.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut progress = Self::default();
        for record in records {
            progress.take(record);
        }
        progress
    }

    /// Takes one more record into account. Records come in the order they were written.
    pub fn take(&mut self, record: &Record) {
        match record {
            Record::Opened(opened) => {
                self.opened = Some((**opened).clone());
                self.plan(&opened.plan.trials);
            }
            Record::Host(_) => {}
            Record::Battery(_) => self.battery_done = true,
            Record::Built(built) => self.take_build(built),
            Record::Contract(contract) => {
                self.contracts.insert(contract.candidate.clone(), contract.passed());
                let exclusion = match &contract.broke {
                    Some(reason) => Exclusion::NotStarted { reason: reason.clone() },
                    None if contract.passed() => return,
                    None => Exclusion::ContractFailed {
                        reason: format!(
                            "{} answers differ from the contract",
                            contract.failures.len()
                        ),
                    },
                };
                self.excluded.insert(contract.candidate.clone(), exclusion);
            }
            Record::Rates(rates) => self.rates = Some(rates.clone()),
            Record::Probe(probe) => {
                let done =
                    self.probes.entry((probe.probe.clone(), probe.candidate.clone())).or_default();
                // What fails the first time (no toolchain, no such file) fails every time.
                let hopeless = probe.round == 1 && probe.failure.is_some();
                *done = (*done).max(if hopeless { u32::MAX } else { probe.round });
            }
            Record::Trial(trial) => self.take_trial(trial),
            Record::Extended(extended) => {
                self.added = true;
                self.finished = None;
                self.plan(&extended.trials);
            }
            Record::Interrupted(_) => self.interrupted = true,
            Record::Resumed(_) => self.interrupted = false,
            Record::Finished(finished) => self.finished = Some(finished.reason.clone()),
        }
    }

    fn plan(&mut self, trials: &[PlannedTrial]) {
        if let Some(opened) = &self.opened {
            self.retry_time.plan(&opened.experiment, trials);
        }
        for planned in trials {
            self.index.insert(planned.id, self.trials.len());
            self.trials.push(TrialState {
                planned: planned.clone(),
                attempts: 0,
                charged: 0,
                sealed: false,
                refused: false,
                last_void: None,
            });
        }
    }

    fn take_build(&mut self, built: &BuildRecord) {
        self.builds.take(built);
        let exclusion = match &built.outcome {
            BuildOutcome::Done(_) => {
                self.excluded.remove(&built.candidate);
                return;
            }
            BuildOutcome::Skipped { reason, hint } if hint.is_empty() => {
                Exclusion::Skipped { reason: reason.clone() }
            }
            BuildOutcome::Skipped { reason, hint } => {
                Exclusion::Skipped { reason: format!("{reason}; {hint}") }
            }
            BuildOutcome::Failed { reason, .. } => {
                Exclusion::BuildFailed { reason: reason.clone() }
            }
        };
        self.excluded.insert(built.candidate.clone(), exclusion);
    }

    fn take_trial(&mut self, record: &TrialRecord) {
        let Some(&index) = self.index.get(&record.planned.id) else { return };
        let expected = self.expected(&record.planned);
        let retries = self.retries();
        let state = &mut self.trials[index];
        state.attempts = state.attempts.max(record.attempt);
        if 0 < state.charged {
            self.retry_time.spend(record.outcome.seconds().unwrap_or(expected));
        }
        match &record.outcome {
            TrialOutcome::Sealed(observation) => {
                state.sealed = true;
                self.failures.remove(record.planned.runs());
                let planned = &record.planned;
                if planned.load.is_closed()
                    && let Some(&rate) = observation.metrics.get("throughput")
                {
                    let key = (
                        planned.workload.clone(),
                        planned.runs().to_owned(),
                        planned.load.to_string(),
                    );
                    self.throughput.entry(key).or_default().push(rate);
                }
            }
            TrialOutcome::Void { reason, blame, observation } => {
                state.charged += match blame {
                    Blame::User => 0,
                    Blame::Candidate | Blame::Generator | Blame::Host => 1,
                };
                state.last_void = Some((reason.clone(), *blame));
                let again = *blame != Blame::User && state.charged <= retries;
                state.refused = again && !self.retry_time.grant(expected);
                if *blame == Blame::Candidate && !observation.as_ref().is_some_and(fell_behind) {
                    self.count_failure(record.planned.runs(), reason);
                }
            }
        }
    }
}

/// Whether all that a candidate did wrong was not to keep up with the rate: that says something of
/// this load, in this moment, and leaves it what it can do under others.
fn fell_behind(observation: &Observation) -> bool {
    let mut spoilt = observation.gates.iter().filter(|g| !g.passed && g.blame == Blame::Candidate);
    let first = spoilt.next();
    first.is_some_and(|gate| gate.name == RATE_DELIVERED)
        && spoilt.all(|gate| gate.name == RATE_DELIVERED)
}

impl Progress {
    fn count_failure(&mut self, candidate: &str, reason: &str) {
        let failures = self.failures.entry(candidate.to_owned()).or_default();
        *failures += 1;
        if FAILURES_MAX <= *failures && !self.excluded.contains_key(candidate) {
            let reason = format!("failed {failures} tries in a row: {reason}");
            self.excluded.insert(candidate.to_owned(), Exclusion::Unreliable { reason });
        }
    }

    /// How the run began.
    pub fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// What was built.
    pub fn builds(&self) -> &Builds {
        &self.builds
    }

    /// Whether each candidate that was held against the contract passed.
    pub fn contracts(&self) -> &BTreeMap<String, bool> {
        &self.contracts
    }

    /// The candidates that take no part in trials, and why.
    pub fn excluded(&self) -> &BTreeMap<String, Exclusion> {
        &self.excluded
    }

    /// The offered rates, once fixed.
    pub fn rates(&self) -> Option<&Rates> {
        self.rates.as_ref()
    }

    /// Every planned trial in the order of the plan, added ones last.
    pub fn trials(&self) -> &[TrialState] {
        &self.trials
    }

    /// Whether rounds were added after the first look.
    pub fn added(&self) -> bool {
        self.added
    }

    /// Whether the last thing that happened to the run was an interruption.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Why the run stopped, if nothing is left to do.
    pub fn finished(&self) -> Option<&str> {
        self.finished.as_deref()
    }

    /// How much time retries may take, and took.
    pub fn retry_time(&self) -> RetryTime {
        self.retry_time
    }

    /// Whether `trial` will never be sealed: its candidate is out, its tries are used up, or
    /// retries have had their time.
    pub fn given_up(&self, trial: &TrialState) -> bool {
        let out = || self.is_excluded(trial.planned.runs());
        !trial.sealed && (trial.charged > self.retries() || trial.refused || out())
    }

    fn retries(&self) -> u32 {
        self.opened.as_ref().map_or(0, |opened| opened.experiment.judging.retries)
    }

    /// How long a try of a planned trial should take, in seconds.
    fn expected(&self, planned: &PlannedTrial) -> f64 {
        self.opened.as_ref().map_or(0.0, |opened| trial_duration(&opened.experiment, planned))
    }

    fn is_excluded(&self, candidate: &str) -> bool {
        self.excluded.contains_key(candidate)
    }

    /// How many trials are sealed, void for good, and still to come.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for trial in &self.trials {
            if trial.sealed {
                counts.sealed += 1;
            } else if self.given_up(trial) {
                counts.given_up += 1;
            } else {
                counts.open += 1;
            }
        }
        counts
    }

    /// The highest round up to which no trial is still to come.
    pub fn rounds_complete(&self) -> u32 {
        let open = |trial: &&TrialState| !trial.sealed && !self.given_up(trial);
        let first_open = self.trials.iter().filter(open).map(|trial| trial.planned.round).min();
        let last = self.trials.iter().map(|trial| trial.planned.round).max().unwrap_or(0);
        first_open.map_or(last, |round| round - 1)
    }

    /// The sustainable rates as the capacity trials show them: for each workload and candidate the
    /// median throughput over its closed trials, at the closed load where that is highest.
    pub fn sustainable(&self) -> Rates {
        let mut rates = Rates::default();
        for ((workload, candidate, _), values) in &self.throughput {
            if self.is_excluded(candidate) {
                continue;
            }
            let rate = rates
                .sustainable
                .entry(workload.clone())
                .or_default()
                .entry(candidate.clone())
                .or_insert(0.0);
            *rate = rate.max(median(values));
        }
        rates
    }

    /// What to do next. The order is fixed: first builds, contract, further builds, probes, battery,
    /// capacity, rates, the rest.
    pub fn step(&self) -> Step {
        let Some(opened) = &self.opened else { return Step::Open };
        if self.finished.is_some() {
            return Step::Done;
        }
        let experiment = &opened.experiment;
        self.next_build(experiment)
            .or_else(|| self.next_contract(experiment))
            .or_else(|| self.next_rebuild(experiment))
            .or_else(|| self.next_probe(experiment))
            .or_else(|| self.next_battery(experiment))
            .or_else(|| self.next_trial())
            .unwrap_or(Step::Look)
    }

    fn next_build(&self, experiment: &Experiment) -> Option<Step> {
        let unbuilt = experiment.candidates.iter().find(|candidate| {
            let built = match candidate.source {
                Source::Url(_) => true,
                Source::Dir(_) | Source::Git { .. } => 0 < self.builds.count(&candidate.name),
            };
            !built && !self.is_excluded(&candidate.name)
        })?;
        Some(Step::Build { candidate: unbuilt.name.clone(), build: 1 })
    }

    /// Build by build, so that a drifting machine meets every candidate alike.
    fn next_rebuild(&self, experiment: &Experiment) -> Option<Step> {
        let candidates = experiment.candidates.iter().filter(|candidate| {
            candidate.artifact.is_some()
                && !candidate.build.is_empty()
                && !self.is_excluded(&candidate.name)
        });
        let (done, candidate) = candidates
            .map(|candidate| (self.builds.count(&candidate.name), &candidate.name))
            .filter(|(done, _)| *done < experiment.judging.builds)
            .min_by_key(|(done, _)| *done)?;
        Some(Step::Build { candidate: candidate.clone(), build: done + 1 })
    }

    fn next_contract(&self, experiment: &Experiment) -> Option<Step> {
        let remaining: Vec<String> = experiment
            .candidates
            .iter()
            .filter(|candidate| !self.is_excluded(&candidate.name))
            .map(|candidate| candidate.name.clone())
            .collect();
        let all_held = remaining.iter().all(|name| self.contracts.contains_key(name));
        (!all_held).then_some(Step::Contract(remaining))
    }

    fn next_battery(&self, experiment: &Experiment) -> Option<Step> {
        let folder = experiment.battery.as_ref().filter(|_| !self.battery_done)?;
        Some(Step::Battery(folder.clone()))
    }

    fn next_probe(&self, experiment: &Experiment) -> Option<Step> {
        let wanted = |probe: &str, subject: &str, rounds: u32| {
            let key = (probe.to_owned(), subject.to_owned());
            let done = self.probes.get(&key).copied().unwrap_or(0);
            (done < rounds).then(|| (done + 1, probe.to_owned(), subject.to_owned()))
        };
        let mut open = Vec::new();
        for probe in &experiment.probes {
            match &probe.kind {
                ProbeKind::BuiltIn => open.extend(
                    experiment
                        .candidates
                        .iter()
                        .filter(|candidate| !self.is_excluded(&candidate.name))
                        .filter(|c| {
                            probe.candidates.is_empty() || probe.candidates.contains(&c.name)
                        })
                        .filter_map(|c| wanted(&probe.name, &c.name, probe.rounds)),
                ),
                ProbeKind::Program { subject, .. } => {
                    open.extend(wanted(&probe.name, subject, probe.rounds));
                }
            }
        }
        // Repetition by repetition, so that a drifting machine meets every candidate alike.
        let (round, probe, subject) = open.into_iter().min_by_key(|(round, ..)| *round)?;
        Some(Step::Probe { probe, subject, round })
    }

    fn next_trial(&self) -> Option<Step> {
        let next = self.trials.iter().find(|t| !t.sealed && !self.given_up(t))?;
        if next.planned.load.needs_rates() && self.rates.is_none() {
            return Some(Step::Rates(self.sustainable()));
        }
        Some(Step::Trial(next.planned.clone(), next.attempts + 1))
    }

    /// The plan with everything that was added to it.
    pub fn plan_so_far(&self) -> Plan {
        Plan {
            seed: self.opened.as_ref().map_or(0, |opened| opened.plan.seed),
            trials: self.trials.iter().map(|trial| trial.planned.clone()).collect(),
        }
    }
}

/// Trials by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sealed.
    pub sealed: u32,
    /// Never to be sealed: tries used up, or the candidate is out.
    pub given_up: u32,
    /// Still to come.
    pub open: u32,
}

/// The middle value; of an even number of them, the mean of the two in the middle.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Whether a label is the twin of its candidate.
pub fn is_twin(label: &str) -> bool {
    candidate_of(label) != label
}
