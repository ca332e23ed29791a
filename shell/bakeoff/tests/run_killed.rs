//! Runs that are killed and taken up again: nothing sealed is lost, nothing is left behind, and
//! the end is that of an unbroken run (FAILURES.md F01, F13, F23).

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_store::RunStore;
use rustix::process::{Pid, Signal, kill_process};
use support::{BAKEOFF, SHORT, alone, bakeoff, candidate, left_of, manifest, only_run};

/// How often the run is killed.
const KILLS: u32 = 50;

/// What a killed run may leave for this long (FAILURES.md F13).
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// After this long the wait is given up.
const PATIENCE: Duration = Duration::from_mins(1);

fn records(run: &Path) -> Vec<Record> {
    RunStore::open_read_only(run).unwrap().records().unwrap()
}

/// The sealed trials by id, with what was sealed, as text.
fn sealed(records: &[Record]) -> BTreeMap<u32, String> {
    let trial = |record: &Record| {
        let Record::Trial(trial) = record else { return None };
        match &trial.outcome {
            TrialOutcome::Sealed(observation) => {
                Some((trial.planned.id, format!("{:?}", observation.metrics)))
            }
            TrialOutcome::Void { .. } => None,
        }
    };
    records.iter().filter_map(trial).collect()
}

fn write_manifest(folder: &Path, rounds: u32) {
    let candidates = [
        // With an upstream beside it, which must go with it.
        candidate("honest", r#""--mode", "honest", "--upstream", "http://{upstream}""#),
        candidate("forking", r#""--mode", "forks""#),
    ];
    let judging = format!("[upstream]\n[judging]\nrounds = {rounds}\n");
    manifest(folder, "honest", &format!("{}{SHORT}{judging}", candidates.join("")));
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("said")).unwrap();
    let mut command = bakeoff(folder, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap()
}

/// How long it took until nothing of the run was left, from a moment just after the kill.
fn wait_until_nothing_is_left(run: &str) -> Duration {
    let began = Instant::now();
    loop {
        let left = left_of(run);
        if left.is_empty() {
            return began.elapsed();
        }
        assert!(began.elapsed() < PATIENCE, "left behind: {left:?}");
        // Looking goes through all processes: without a pause it would take from the reaper.
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How long this machine takes, right now, to start a program that does next to nothing: what
/// anybody has to wait for a processor here.
fn control() -> Duration {
    let began = Instant::now();
    let status =
        std::process::Command::new(BAKEOFF).arg("--version").stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    began.elapsed()
}

/// That leftovers are gone in time. The promise is two seconds on a machine that has a processor to
/// give; what scheduling adds where others want it too is not ours, and the control shows it. So
/// half of all kills must hold to the promise as it stands, whatever the machine does, and each
/// one to the promise and ten times its own control. Measured on two processors with six times as
/// many programs that want them: 14 ms for the median, 97 ms at most.
fn assert_gone_in_time(mut took: Vec<(Duration, Duration)>) {
    took.sort();
    let (median, _) = took[took.len() / 2];
    let (most, _) = took[took.len() - 1];
    let control = took.iter().map(|(_, control)| *control).max().unwrap_or_default();
    let summary = format!(
        "{} kills: gone after {median:.1?} (median), {most:.1?} (most); control up to {control:.1?}",
        took.len()
    );
    eprintln!("{summary}");
    assert!(median <= GONE_WITHIN, "{summary}");
    for (took, control) in took {
        assert!(took <= GONE_WITHIN + 10 * control, "{took:.1?}, control {control:.1?}; {summary}");
    }
}

#[test]
fn fifty_kills_lose_nothing_leave_nothing_and_change_nothing() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 8);
    let mut child = start(folder.path(), &["run", ".", "--seed", "11"]);
    let mut before = BTreeMap::new();
    let mut took = Vec::new();
    // Any sequence will do, as long as the test is the same every time.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..KILLS {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let delay = Duration::from_millis(20 + (random >> 33) % 1500);
        let killed_at = Instant::now() + delay;
        while Instant::now() < killed_at && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let Some(run) = only_run(folder.path()) else {
            // Killed before there was a run.
            child = start(folder.path(), &["run", ".", "--seed", "11"]);
            continue;
        };
        let id = run.file_name().unwrap().to_str().unwrap().to_owned();
        took.push((wait_until_nothing_is_left(&id), control()));
        let now = sealed(&records(&run));
        for (trial, measured) in &before {
            assert_eq!(now.get(trial), Some(measured), "trial {trial} after kill {kill}");
        }
        before = now;
        child = start(folder.path(), &["resume"]);
    }
    assert_gone_in_time(took);
    assert!(child.wait().unwrap().code().is_some());
    let run = only_run(folder.path()).unwrap();
    let records = records(&run);
    let progress = Progress::of(&records);
    assert_eq!(progress.finished(), Some("rounds done"));
    let counts = progress.counts();
    assert_eq!((counts.open, counts.given_up), (0, 0), "{counts:?}");
    // The order of an unbroken run of that seed: each trial sealed once, in the order of the plan.
    let order: Vec<u32> = records
        .iter()
        .filter_map(|record| match record {
            Record::Trial(trial) if matches!(trial.outcome, TrialOutcome::Sealed(_)) => {
                Some(trial.planned.id)
            }
            _ => None,
        })
        .collect();
    let planned: Vec<u32> = progress.trials().iter().map(|trial| trial.planned.id).collect();
    assert_eq!(order, planned);
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
    // What was shown as done is on disk: the count of such lines never exceeds that of the seals.
    let said = fs::read_to_string(folder.path().join("said")).unwrap();
    let shown = said.lines().filter(|line| line.starts_with("sealed ")).count();
    assert!(0 < shown && shown <= order.len(), "{shown} of {}", order.len());
}

/// Starts a run, waits until a trial of it measures, and sends the signals.
fn signalled(signals: &[Signal]) -> (Option<i32>, Vec<Record>) {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 8);
    let mut child = start(folder.path(), &["run", ".", "--seed", "3"]);
    let said = folder.path().join("said");
    while !fs::read_to_string(&said).unwrap_or_default().contains("trial  ") {
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    for signal in signals {
        kill_process(Pid::from_child(&child), *signal).unwrap();
    }
    let code = child.wait().unwrap().code();
    let run = only_run(folder.path()).unwrap();
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
    (code, records(&run))
}

fn interrupted(records: &[Record]) -> bool {
    matches!(records.last(), Some(Record::Interrupted(_)))
}

#[test]
fn ctrl_c_lets_the_trial_end_and_keeps_it() {
    let (code, records) = signalled(&[Signal::INT]);
    assert_eq!(code, Some(130));
    assert!(interrupted(&records), "{:?}", records.last());
    assert_eq!(sealed(&records).len(), 1);
}

#[test]
fn sigterm_and_hang_up_end_it_now_and_void_the_trial() {
    for (signal, exit) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let (code, records) = signalled(&[signal]);
        assert_eq!(code, Some(exit));
        assert!(interrupted(&records), "{:?}", records.last());
        let progress = Progress::of(&records);
        assert_eq!(progress.trials().iter().map(|trial| trial.charged).sum::<u32>(), 0);
    }
}
