//! Drives the load of a trial and looks on: samples at both ends of the window and between, stops
//! it when the candidate dies or somebody says so.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_driver::{Control as Load, DriveError, DriverOptions, Target};
use bakeoff_load::{LoadOutcome, LoadPlan, Phase as LoadPhase};

use crate::control::Signals;
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
    /// Whether the load was cut short, because the candidate was gone or we were told to stop.
    pub cut_short: bool,
}

/// Drives `plan` against `target` on a thread of its own; this thread looks on, sampling with
/// `gauge` if there is a process to sample.
pub fn drive(
    plan: &LoadPlan,
    target: &Target,
    processors: &Processors,
    mut gauge: Option<Gauge>,
    signals: &Signals,
    events: &mut dyn FnMut(Event),
) -> (Result<LoadOutcome, DriveError>, Watched) {
    let control = Load::new();
    let options = DriverOptions {
        threads: NonZeroU32::MIN,
        cpus: vec![processors.generator],
        // On a processor of its own it may spin; on a shared one it would take the candidate's.
        spin: !processors.shared,
    };
    let mut watched = Watched {
        ticks: Vec::with_capacity(2 + plan.measure.as_millis() as usize / 200),
        ..Watched::default()
    };
    let outcome = std::thread::scope(|scope| {
        let load = std::thread::Builder::new()
            .name("load".to_owned())
            .spawn_scoped(scope, || bakeoff_driver::run(plan, target, &options, &control));
        let load = match load {
            Ok(load) => load,
            Err(source) => return Err(DriveError::Epoll { source }),
        };
        events(Event::PhaseStarted { phase: Phase::WarmUp, seconds: plan.warm_up.as_secs_f64() });
        look_on(&control, &mut gauge, signals, &mut watched, plan, events);
        load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    (outcome, watched)
}

fn look_on(
    control: &Load,
    gauge: &mut Option<Gauge>,
    signals: &Signals,
    watched: &mut Watched,
    plan: &LoadPlan,
    events: &mut dyn FnMut(Event),
) {
    let mut told = None;
    let mut look = |gauge: &Option<Gauge>, watched: &mut Watched, events: &mut dyn FnMut(Event)| {
        let gone = gauge.as_ref().is_some_and(|gauge| !gauge.alive());
        if gone || signals.cut_short() {
            watched.cut_short = true;
            control.stop();
        }
        let now = signals.ending().map(|ending| (ending, signals.cut_short()));
        if let Some((ending, at_once)) = now.filter(|_| now != told) {
            events(Event::Interrupting { signal: ending.name(), at_once });
        }
        told = now;
    };
    while !control.wait_for(LoadPhase::Measure, GLANCE_EVERY) {
        look(gauge, watched, events);
    }
    if control.phase() == LoadPhase::Done {
        return;
    }
    watched.begin = gauge.as_mut().map(Gauge::read);
    events(Event::PhaseStarted { phase: Phase::Measure, seconds: plan.measure.as_secs_f64() });
    while !control.wait_for(LoadPhase::Drain, GLANCE_EVERY) {
        watched.ticks.extend(gauge.as_mut().map(Gauge::tick));
        look(gauge, watched, events);
    }
    watched.end = gauge.as_mut().map(Gauge::read);
    events(Event::PhaseStarted { phase: Phase::Drain, seconds: 0.0 });
    while !control.wait_for(LoadPhase::Done, GLANCE_EVERY) {
        look(gauge, watched, events);
    }
}
