//! Drives the load of a trial and looks on: samples at both ends of the window and between, stops
//! it when the candidate dies or somebody says so.

use std::num::NonZeroU32;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use bakeoff_driver::{CapacityQuestion, Control, DriveError, DriverOptions, Target, find_capacity};
use bakeoff_load::{
    Capacity, Limited, LoadOutcome, LoadPlan, Phase as LoadPhase, RequestCount, TrialVerdict, Tried,
};

use crate::control::{Ending, Signals};
use crate::cpus::Processors;
use crate::event::{Event, Phase};
use crate::sample::{Gauge, Reading, Tick};

/// Pause between two glances.
const GLANCE_EVERY: Duration = Duration::from_millis(200);

/// What was seen from beside the load.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// When measuring began; `None` if it never did.
    pub begin: Option<Reading>,
    /// When it ended.
    pub end: Option<Reading>,
    /// Between.
    pub ticks: Vec<Tick>,
    /// What the upstream had used when measuring began, and when it ended.
    pub upstream: Option<(Tick, Tick)>,
    /// How often each request was sent and answered, over all phases and all rates that were tried.
    pub asked: Vec<RequestCount>,
    /// Whether the load was cut short, because the candidate was gone or we were told to stop.
    pub cut_short: bool,
}

/// What to drive.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// The load.
    pub plan: &'a LoadPlan,
    /// On whom.
    pub target: &'a Target,
    /// If the rate is to be found: what must hold.
    pub question: Option<&'a CapacityQuestion>,
    /// Whether the generator may spin: only where nobody else needs its processor.
    pub spin: bool,
}

/// Who is looked at meanwhile.
#[derive(Debug, Default)]
pub struct Gauges {
    /// The candidate; none if it is not ours to look at.
    pub candidate: Option<Gauge>,
    /// What it calls, if that runs beside it.
    pub upstream: Option<Gauge>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Driven {
    /// A load as planned.
    Load(Box<LoadOutcome>),
    /// A search for the highest rate.
    Search {
        /// Where it lies.
        capacity: Capacity,
        /// What happened at the highest rate that held, or if none did at the last.
        outcome: Option<Box<LoadOutcome>>,
        /// Why the generator was not fit, where it last was not.
        unfit: String,
    },
}

impl Driven {
    /// The outcome, and the capacity if it was searched for and is there; else why the generator
    /// could not tell.
    pub(crate) fn known(self) -> Result<(LoadOutcome, Option<f64>), String> {
        match self {
            Self::Load(outcome) => Ok((*outcome, None)),
            Self::Search { capacity, outcome, unfit } => {
                let limited = capacity.limited == Some(Limited::Generator);
                let known = if capacity.held.is_some() { capacity.failed } else { None };
                let held = capacity.held.map(bakeoff_units::Rate::as_per_second);
                if limited && known.is_none() {
                    let rate = held.map_or("no rate".to_owned(), |rate| format!("{rate:.0}/s"));
                    return Err(format!("{rate} held before the generator gave out: {unfit}"));
                }
                // Where no rate held there is no capacity to tell; the trial stands all the same.
                outcome
                    .map(|outcome| (*outcome, held))
                    .ok_or_else(|| "no rate was tried".to_owned())
            }
        }
    }
}

/// Drives `load` on a thread of its own; this thread looks on, sampling with `gauges` whoever there
/// is to sample.
pub fn drive(
    load: Load<'_>,
    processors: &Processors,
    gauges: Gauges,
    signals: &Signals,
    events: &mut dyn FnMut(Event),
) -> (Result<Driven, DriveError>, Watched) {
    let control = Control::new();
    let options = DriverOptions {
        threads: NonZeroU32::MIN,
        cpus: vec![processors.generator],
        spin: load.spin,
    };
    let Load { plan, target, question, .. } = load;
    let ticks = Vec::with_capacity(2 + plan.measure.as_millis() as usize / 200);
    let watched = Watched { ticks, ..Watched::default() };
    let Gauges { candidate: gauge, upstream } = gauges;
    let mut watch =
        Watch { control: &control, gauge, upstream, signals, watched, told: None, events };
    let driven = match question {
        None => load_once(&mut watch, plan, target, &options),
        Some(question) => search(&mut watch, plan, target, &options, question),
    };
    (driven, watch.watched)
}

fn load_once(
    watch: &mut Watch<'_>,
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
) -> Result<Driven, DriveError> {
    let control = watch.control;
    std::thread::scope(|scope| {
        let load = std::thread::Builder::new()
            .name("load".to_owned())
            .spawn_scoped(scope, || bakeoff_driver::run(plan, target, options, control))
            .map_err(|source| DriveError::Epoll { source })?;
        watch.look_on(plan);
        let outcome = load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        watch.count(&outcome);
        Ok(Driven::Load(Box::new(outcome)))
    })
}

/// The window of a search is all of it.
fn search(
    watch: &mut Watch<'_>,
    plan: &LoadPlan,
    target: &Target,
    options: &DriverOptions,
    question: &CapacityQuestion,
) -> Result<Driven, DriveError> {
    let control = watch.control;
    let (tell, told) = channel::<(Tried, LoadOutcome)>();
    let step = plan.warm_up + plan.measure;
    let seconds = (step * question.search.trials_max).as_secs_f64();
    (watch.events)(Event::PhaseStarted { phase: Phase::Measure, seconds });
    let upstream = watch.begin();
    let (capacity, mut outcomes) = std::thread::scope(|scope| {
        let load = std::thread::Builder::new()
            .name("load".to_owned())
            .spawn_scoped(scope, move || {
                let report = |tried: &Tried, outcome: &LoadOutcome| {
                    // Nobody listens any more only if the watching thread panicked.
                    let _ = tell.send((*tried, outcome.clone()));
                };
                find_capacity(plan, target, options, control, question, report)
            })
            .map_err(|source| DriveError::Epoll { source })?;
        let mut outcomes = Vec::new();
        loop {
            match told.recv_timeout(GLANCE_EVERY) {
                Ok(outcome) => outcomes.push(outcome),
                Err(RecvTimeoutError::Timeout) => watch.glance(true),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let capacity = load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok::<_, DriveError>((capacity, outcomes))
    })?;
    watch.end(upstream);
    for (_, outcome) in &outcomes {
        watch.count(outcome);
    }
    let unfit = outcomes.iter().rev().map(|(_, outcome)| outcome.health().reasons.join("; "));
    let unfit = unfit.into_iter().find(|reasons| !reasons.is_empty()).unwrap_or_default();
    let at = outcomes
        .iter()
        .rposition(|(tried, _)| {
            tried.verdict == TrialVerdict::Held && Some(tried.rate) == capacity.held
        })
        .or(outcomes.len().checked_sub(1));
    let outcome = at.map(|at| Box::new(outcomes.swap_remove(at).1));
    Ok(Driven::Search { capacity, outcome, unfit })
}

/// Who looks on, and what was seen so far.
struct Watch<'a> {
    control: &'a Control,
    gauge: Option<Gauge>,
    upstream: Option<Gauge>,
    signals: &'a Signals,
    watched: Watched,
    told: Option<(Ending, bool)>,
    events: &'a mut dyn FnMut(Event),
}

impl Watch<'_> {
    /// Stops the load if the candidate is gone or somebody says so; samples if `measuring`.
    fn glance(&mut self, measuring: bool) {
        if measuring {
            self.watched.ticks.extend(self.gauge.as_mut().map(Gauge::tick));
        }
        let gauges = [&self.gauge, &self.upstream];
        let gone = gauges.into_iter().flatten().any(|gauge| !gauge.alive());
        if gone || self.signals.cut_short() {
            self.watched.cut_short = true;
            self.control.stop();
        }
        let now = self.signals.ending().map(|ending| (ending, self.signals.cut_short()));
        if let Some((ending, at_once)) = now.filter(|_| now != self.told) {
            (self.events)(Event::Interrupting { signal: ending.name(), at_once });
        }
        self.told = now;
    }

    /// Reads the counters at the beginning of the window; those of the upstream are given back.
    fn begin(&mut self) -> Option<Tick> {
        self.watched.begin = self.gauge.as_mut().map(Gauge::read);
        self.upstream.as_mut().map(Gauge::tick)
    }

    /// Notes what was sent and answered, beside what was before.
    fn count(&mut self, outcome: &LoadOutcome) {
        let asked = &mut self.watched.asked;
        asked.resize(outcome.by_request.len(), RequestCount::default());
        for (into, one) in asked.iter_mut().zip(&outcome.by_request) {
            into.sent += one.sent;
            into.answered += one.answered;
        }
    }

    /// Reads them at its end.
    fn end(&mut self, upstream: Option<Tick>) {
        self.watched.end = self.gauge.as_mut().map(Gauge::read);
        self.watched.upstream = upstream.zip(self.upstream.as_mut().map(Gauge::tick));
    }

    fn look_on(&mut self, plan: &LoadPlan) {
        let control = self.control;
        let seconds = plan.warm_up.as_secs_f64();
        (self.events)(Event::PhaseStarted { phase: Phase::WarmUp, seconds });
        while !control.wait_for(LoadPhase::Measure, GLANCE_EVERY) {
            self.glance(false);
        }
        if control.phase() == LoadPhase::Done {
            return;
        }
        let upstream = self.begin();
        let seconds = plan.measure.as_secs_f64();
        (self.events)(Event::PhaseStarted { phase: Phase::Measure, seconds });
        while !control.wait_for(LoadPhase::Drain, GLANCE_EVERY) {
            self.glance(true);
        }
        self.end(upstream);
        (self.events)(Event::PhaseStarted { phase: Phase::Drain, seconds: 0.0 });
        while !control.wait_for(LoadPhase::Done, GLANCE_EVERY) {
            self.glance(false);
        }
    }
}
