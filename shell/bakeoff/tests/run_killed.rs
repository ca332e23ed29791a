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
use support::{SHORT, alone, bakeoff, candidate, left_of, manifest, only_run};

/// How often the run is killed.
const KILLS: u32 = 50;

/// What a killed run may leave for this long (FAILURES.md F13).
const GONE_WITHIN: Duration = Duration::from_secs(2);

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
        candidate("honest", r#""--mode", "honest""#),
        candidate("forking", r#""--mode", "forks""#),
    ];
    let judging = format!("[judging]\nrounds = {rounds}\n");
    manifest(folder, "honest", &format!("{}{SHORT}{judging}", candidates.join("")));
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("said")).unwrap();
    let mut command = bakeoff(folder, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap()
}

/// Waits until nothing of the run is left, and for how long that took at most.
fn wait_until_nothing_is_left(run: &str) {
    let began = Instant::now();
    // The promise is two seconds; a machine that is busy with other tests gets ten times that.
    while began.elapsed() < GONE_WITHIN * 10 {
        if left_of(run).is_empty() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("left behind: {:?}", left_of(run));
}

#[test]
fn fifty_kills_lose_nothing_leave_nothing_and_change_nothing() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 8);
    let mut child = start(folder.path(), &["run", ".", "--seed", "11"]);
    let mut before = BTreeMap::new();
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
        wait_until_nothing_is_left(&id);
        let now = sealed(&records(&run));
        for (trial, measured) in &before {
            assert_eq!(now.get(trial), Some(measured), "trial {trial} after kill {kill}");
        }
        before = now;
        child = start(folder.path(), &["resume"]);
    }
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
