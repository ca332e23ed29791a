//! What happens during a run, for whoever shows it. Nothing here is data: data are records.

use bakeoff_experiment::battery::Defect;
use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::plan::{PlannedTrial, Stage};
use bakeoff_experiment::record::{BuildRecord, ContractRecord, ProbeRecord, Rates};

/// Something that happened, in the order it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run was taken up: freshly, or where it stood.
    Started(Started),
    /// A candidate's build began.
    BuildStarted {
        /// The candidate.
        candidate: String,
        /// Which build of it, from 1.
        build: u32,
    },
    /// A candidate was built, skipped or could not be built.
    BuildEnded(BuildRecord),
    /// The contract began: all of these candidates are held against it.
    ContractStarted {
        /// The candidates.
        candidates: Vec<String>,
        /// Fixed cases.
        cases: u32,
        /// Random requests.
        random: u32,
    },
    /// A candidate was held against the contract.
    ContractEnded(ContractRecord),
    /// A probe began.
    ProbeStarted {
        /// The probe.
        probe: String,
        /// The candidate or subject.
        candidate: String,
    },
    /// A probe ended.
    ProbeEnded(ProbeRecord),
    /// The defective programs are put to the tools.
    BatteryStarted {
        /// Their folder, relative to the manifest.
        folder: String,
    },
    /// One of them was judged.
    DefectJudged(Defect),
    /// A stage of the plan began.
    StageStarted {
        /// Which.
        stage: Stage,
        /// Trials of it that are still to be done.
        trials: u32,
    },
    /// The offered rates were fixed.
    RatesFixed(Rates),
    /// A trial began.
    TrialStarted(TrialStarted),
    /// A part of the trial began.
    PhaseStarted {
        /// Which.
        phase: Phase,
        /// How long it should take, in seconds; 0 if it takes what it takes.
        seconds: f64,
    },
    /// A trial was sealed: it is on disk and counts.
    TrialSealed {
        /// What was planned.
        planned: PlannedTrial,
        /// What it yielded.
        observation: Box<Observation>,
    },
    /// A trial does not count; it is on disk all the same.
    TrialVoid {
        /// What was planned.
        planned: PlannedTrial,
        /// Which try it was, from 1.
        attempt: u32,
        /// Why it does not count.
        reason: String,
        /// Whose fault.
        blame: Blame,
        /// Whether it is tried again.
        again: bool,
    },
    /// A candidate takes no further part.
    Excluded {
        /// The candidate.
        candidate: String,
        /// Why.
        reason: String,
    },
    /// The data were looked at after a round.
    Looked {
        /// The last whole round.
        round: u32,
        /// Whether that settles it.
        settled: bool,
        /// In words.
        reason: String,
    },
    /// Rounds were added to the plan.
    Extended {
        /// How many trials were added.
        trials: u32,
        /// Why.
        reason: String,
    },
    /// Something that a reader should know.
    Warning(String),
    /// The run is about to stop because of a signal.
    Interrupting {
        /// The signal's name.
        signal: &'static str,
        /// Whether the trial at hand is cut short.
        at_once: bool,
    },
    /// Nothing is left to do.
    Finished {
        /// Why.
        reason: String,
    },
}

/// How a run was taken up.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// The run's id.
    pub run: String,
    /// The plan's seed.
    pub seed: u64,
    /// Trials sealed before.
    pub sealed: u32,
    /// Trials planned so far.
    pub planned: u32,
    /// Whether the run was begun before.
    pub resumed: bool,
    /// Which processors the candidate and the generator get, in words.
    pub processors: String,
    /// What limits are enforced by, in words by name.
    pub limits: Vec<(String, String)>,
    /// What was left behind by an earlier process and has been cleared.
    pub cleared: Vec<String>,
}

/// A trial that began.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialStarted {
    /// What was planned.
    pub planned: PlannedTrial,
    /// Which try it is, from 1.
    pub attempt: u32,
    /// Trials done before it, void ones that are not tried again included.
    pub done: u32,
    /// Trials planned so far.
    pub total: u32,
    /// How long it should take, in seconds.
    pub expected: f64,
    /// How long all that is planned should still take, this one included, in seconds.
    pub remaining: f64,
}

/// The parts of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// From exec to the first correct answer.
    Launch,
    /// Requests are drawn and their answers learnt.
    Prepare,
    /// Load without measuring.
    WarmUp,
    /// Load, measured.
    Measure,
    /// Answers still due are waited for.
    Drain,
    /// The candidate is stopped.
    Stop,
}

impl Phase {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Prepare => "prepare",
            Self::WarmUp => "warm-up",
            Self::Measure => "measure",
            Self::Drain => "drain",
            Self::Stop => "stop",
        }
    }
}
