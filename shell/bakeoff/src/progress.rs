//! How a run is shown while it goes on: a bar on a terminal, plain lines in a pipe.
//!
//! Nothing is drawn but when something happens: a clock that redraws would take processor time
//! from what is being measured.

use std::fmt::Write as _;
use std::time::Duration;

use bakeoff_experiment::metric::metric;
use bakeoff_experiment::observation::Observation;
use bakeoff_experiment::plan::{PlannedTrial, Stage};
use bakeoff_experiment::record::{BuildOutcome, BuildRecord, ContractRecord, ProbeRecord, Rates};
use bakeoff_runner::event::{Event, Phase, TrialStarted};
use bakeoff_units::{Unit, format_span};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::talk;

/// Shows events as they come.
pub(crate) struct Progress {
    screen: Option<Screen>,
    current: String,
}

/// What a terminal shows below the lines that stay.
struct Screen {
    all: MultiProgress,
    last: ProgressBar,
    now: ProgressBar,
    bar: ProgressBar,
}

impl Progress {
    /// On a terminal a bar, else lines.
    pub(crate) fn new() -> Self {
        Self { screen: talk::is_watched().then(Screen::new), current: String::new() }
    }

    /// Shows `event`.
    pub(crate) fn take(&mut self, event: &Event) {
        if let Event::TrialStarted(started) = event {
            self.current = place(&started.planned);
        }
        match &self.screen {
            None => {
                if let Some(line) = line_of(event) {
                    talk::line(&line);
                }
            }
            Some(screen) => screen.take(event, &self.current),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(screen) = &self.screen {
            for bar in [&screen.last, &screen.now, &screen.bar] {
                bar.finish_and_clear();
            }
        }
    }
}

impl Screen {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let line =
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressStyle::with_template("[{bar:32}] {pos}/{len} trials {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        Self {
            last: all.add(ProgressBar::new(0).with_style(line.clone())),
            now: all.add(ProgressBar::new(0).with_style(line)),
            bar: all.add(ProgressBar::new(0).with_style(bar)),
            all,
        }
    }

    fn take(&self, event: &Event, current: &str) {
        match event {
            Event::TrialStarted(started) => {
                self.bar.set_length(u64::from(started.total));
                self.bar.set_position(u64::from(started.done));
                self.bar.set_message(format!(", about {} left", span(started.remaining)));
                self.now.set_message(format!("now   {current}"));
            }
            Event::PhaseStarted { phase, seconds } => {
                self.now.set_message(format!("now   {current}: {}", phase_text(*phase, *seconds)));
            }
            Event::TrialSealed { planned, observation } => {
                self.last.set_message(format!("last  {}: {}", place(planned), result(observation)));
                self.bar.inc(1);
            }
            Event::Started(_)
            | Event::BuildStarted { .. }
            | Event::BuildEnded(_)
            | Event::ContractStarted { .. }
            | Event::ContractEnded(_)
            | Event::ProbeStarted { .. }
            | Event::ProbeEnded(_)
            | Event::BatteryStarted { .. }
            | Event::DefectJudged(_)
            | Event::StageStarted { .. }
            | Event::RatesFixed(_)
            | Event::TrialVoid { .. }
            | Event::Excluded { .. }
            | Event::Looked { .. }
            | Event::Extended { .. }
            | Event::Warning(_)
            | Event::Interrupting { .. }
            | Event::Finished { .. } => {
                if let Some(line) = line_of(event) {
                    // A terminal that went away is no reason to stop measuring.
                    let _ = self.all.println(line);
                }
            }
        }
    }
}

/// What stays on the screen, or in the log, of an event; `None` if it is only of the moment.
fn line_of(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started(started) => started_text(started),
        Event::BuildStarted { candidate, build } => {
            format!("build      {}", nth(candidate, *build))
        }
        Event::BuildEnded(build) => build_text(build),
        Event::ContractStarted { candidates, cases, random } => format!(
            "contract   {cases} cases and {random} random requests to {}",
            candidates.join(", ")
        ),
        Event::ContractEnded(contract) => contract_text(contract),
        Event::ProbeStarted { .. } | Event::PhaseStarted { .. } => return None,
        Event::ProbeEnded(probe) => probe_text(probe),
        Event::BatteryStarted { folder } => format!("battery    {folder}"),
        Event::DefectJudged(defect) => {
            format!("defect     {} in {}: {:?}", defect.class, defect.language, defect.outcome)
        }
        Event::StageStarted { stage, trials } => {
            format!("stage      {}: {trials} trials", stage_text(*stage))
        }
        Event::RatesFixed(rates) => rates_text(rates),
        Event::TrialStarted(started) => trial_text(started),
        Event::TrialSealed { planned, observation } => {
            format!("sealed     {}: {}", place(planned), result(observation))
        }
        Event::TrialVoid { planned, attempt, reason, blame, again } => {
            let then = if *again { "tried again" } else { "given up" };
            format!(
                "void       {} (try {attempt}): {reason}; blame {blame:?}; {then}",
                place(planned)
            )
        }
        Event::Excluded { candidate, reason } => format!("excluded   {candidate}: {reason}"),
        Event::Looked { round, settled, reason } => {
            let settled = if *settled { "settled" } else { "not settled" };
            format!("look       after round {round}: {settled}; {reason}")
        }
        Event::Extended { trials, reason } => format!("extended   by {trials} trials: {reason}"),
        Event::Warning(text) => format!("warning    {text}"),
        Event::Interrupting { signal, at_once: true } => format!("{signal}: stopping now"),
        Event::Interrupting { signal, at_once: false } => {
            format!("{signal}: finishing this trial; once more to stop now")
        }
        Event::Finished { reason } => format!("finished   {reason}"),
    })
}

fn started_text(started: &bakeoff_runner::event::Started) -> String {
    let mut text = format!("processors {}", started.processors);
    for (limit, means) in &started.limits {
        let _ = write!(text, "\nlimit      {limit}: {means}");
    }
    for cleared in &started.cleared {
        let _ = write!(text, "\ncleared    {cleared}");
    }
    if started.resumed {
        let _ = write!(text, "\nresumed    {} of {} trials done", started.sealed, started.planned);
    }
    text
}

fn trial_text(started: &TrialStarted) -> String {
    format!(
        "trial      {}/{} {}, about {} left",
        started.done + 1,
        started.total,
        place(&started.planned),
        span(started.remaining)
    )
}

/// A candidate, and which build of it, where that is not the first.
fn nth(candidate: &str, build: u32) -> String {
    if build == 1 { candidate.to_owned() } else { format!("{candidate}, build {build}") }
}

pub(crate) fn build_text(build: &BuildRecord) -> String {
    let candidate = nth(&build.candidate, build.build);
    match &build.outcome {
        BuildOutcome::Done(receipt) => {
            let metric =
                |name: &str, unit: Unit| receipt.metrics.get(name).map(|value| unit.format(*value));
            let facts = [
                metric("build-clean", Unit::Seconds),
                metric("artifact-size", Unit::Bytes),
                Some(receipt.toolchain.clone()),
            ];
            let facts: Vec<String> = facts.into_iter().flatten().collect();
            format!("built      {candidate}: {}", facts.join(", "))
        }
        BuildOutcome::Skipped { reason, hint } => {
            format!("skipped    {candidate}: {reason}; {hint}")
        }
        BuildOutcome::Failed { reason, log_tail, log } => {
            format!("failed     {candidate}: {reason}; log: {log}\n{log_tail}")
        }
    }
}

pub(crate) fn contract_text(contract: &ContractRecord) -> String {
    let candidate = &contract.candidate;
    if contract.passed() {
        return format!(
            "kept       {candidate}: {} cases, {} random",
            contract.cases, contract.random
        );
    }
    let mut text = match &contract.broke {
        Some(broke) => format!("broken     {candidate}: {broke}"),
        None => format!("broken     {candidate}: {} answers differ", contract.failures.len()),
    };
    for failure in contract.failures.iter().take(3) {
        let _ = write!(
            text,
            "\n           {}: {}\n           {}",
            failure.case, failure.difference, failure.curl
        );
    }
    text
}

/// The rates that all candidates are offered shares of.
pub(crate) fn rates_text(rates: &Rates) -> String {
    let weakest = rates.sustainable.keys().filter_map(|workload| {
        Some(format!("{workload} {}", Unit::PerSecond.format(rates.weakest(workload)?)))
    });
    format!("rates      the weakest sustains {}", weakest.collect::<Vec<_>>().join(", "))
}

/// What a probe yielded.
pub(crate) fn probe_text(probe: &ProbeRecord) -> String {
    let which = format!("probe      {} {} #{}", probe.probe, probe.candidate, probe.round);
    if let Some(failure) = &probe.failure {
        return format!("{which}: {failure}");
    }
    let numbers: Vec<String> = probe
        .metrics
        .iter()
        .map(|(name, value)| {
            let unit = metric(name).map_or(Unit::Count, |metric| metric.unit);
            format!("{name} {}", unit.format(*value))
        })
        .collect();
    format!("{which}: {}", numbers.join(", "))
}

/// Which trial, for people: `round 2, json at 60% poisson, rust-axum`.
pub(crate) fn place(planned: &PlannedTrial) -> String {
    format!(
        "round {}, {} at {}, {}",
        planned.round, planned.workload, planned.load, planned.candidate
    )
}

/// What a trial yielded, in a few numbers.
pub(crate) fn result(observation: &Observation) -> String {
    let shown = [
        ("throughput", Unit::PerSecond, ""),
        ("capacity", Unit::PerSecond, "knee "),
        ("goodput", Unit::PerSecond, "goodput "),
        ("recovery", Unit::Seconds, "recovery "),
        ("latency-p50", Unit::Seconds, "p50 "),
        ("latency-p99", Unit::Seconds, "p99 "),
        ("cpu-per-request", Unit::Seconds, "CPU/request "),
        ("memory-peak", Unit::Bytes, "memory "),
    ];
    let numbers: Vec<String> = shown
        .iter()
        .filter_map(|(name, unit, lead)| {
            Some(format!("{lead}{}", unit.format(*observation.metrics.get(*name)?)))
        })
        .collect();
    numbers.join(", ")
}

fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Capacity => "capacity (closed loops)",
        Stage::Rated => "rated (same rates for all)",
        Stage::Added => "added rounds",
    }
}

fn phase_text(phase: Phase, seconds: f64) -> String {
    if 0.0 < seconds {
        format!("{} {}", phase.name(), span(seconds))
    } else {
        phase.name().to_owned()
    }
}

fn span(seconds: f64) -> String {
    let sound = if seconds.is_finite() { seconds.clamp(0.0, 1e9) } else { 0.0 };
    // Whole seconds: an estimate has no milliseconds.
    let whole = if sound < 10.0 { sound } else { sound.round() };
    format_span(Duration::from_secs_f64(whole))
}
