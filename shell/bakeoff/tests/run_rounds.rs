//! When a run stops: after its rounds, when it is decided, when a budget is spent; and what becomes
//! of the intervals when it goes on afterwards (METHODS.md A6).

mod support;

use std::path::Path;

use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::Record;
use bakeoff_store::RunStore;
use serde_json::Value;
use support::{alone, bakeoff, candidate, manifest, only_run};

/// One candidate waits five times as long as the other: so clear that few rounds decide it.
fn write_manifest(folder: &Path, judging: &str) {
    let candidates = [
        candidate("honest", r#""--mode", "honest""#),
        candidate("slow", r#""--mode", "slow-by", "--factor", "5""#),
    ];
    let workload = r#"
[contract]
requests = 0

[workloads.wait]
requests = [{ get = "/delay/5" }]
closed = 4
warm-up = "50ms"
measure = "250ms"
"#;
    let judging = format!("[judging]\nprimary = [\"throughput\"]\n{judging}");
    manifest(folder, "honest", &format!("{}{workload}{judging}", candidates.join("")));
}

/// Runs the program; gives exit code and both streams.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = bakeoff(folder, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn progress(folder: &Path) -> (Progress, Vec<Record>) {
    let run = only_run(folder).expect("there is a run");
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    (Progress::of(&records), records)
}

/// Rounds and interval of the comparison of `slow` with `honest`, and whether it is decisive.
fn compared(folder: &Path) -> (u64, String, bool) {
    let (code, out, err) = said(folder, &["report", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let (code, trials, _) = said(folder, &["export", "--trials"]);
    assert_eq!(code, 0);
    assert!(out.contains("bakeoff.report/1"), "{out}");
    let exported: Value = serde_json::from_str(&trials).unwrap();
    for row in exported["trials"].as_array().unwrap() {
        assert!(Some(0) < row["answers"].as_u64(), "what quantiles stand on: {row}");
    }
    std::fs::write(folder.join("trials.json"), trials).unwrap();
    // By way of the export: whoever doubts a run offline is told the same.
    let (code, out, err) = said(folder, &["analyse", "trials.json", "--json"]);
    assert_eq!(code, 0, "{err}");
    let analysis: Value = serde_json::from_str(&out).unwrap();
    let rows = analysis["comparisons"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["metric"] == "throughput" && row["a"] == "slow" && row["b"] == "honest")
        .unwrap_or_else(|| panic!("not compared: {out}"));
    let interval = row["interval"].as_str().unwrap().to_owned();
    (row["rounds"].as_u64().unwrap(), interval, row["verdict"] == "worse")
}

#[test]
fn until_decided_looks_after_every_round_and_stops_at_the_first_that_settles_it() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), "until = \"decided\"\nrounds-min = 3\nrounds-max = 30\n");
    let (code, _, err) = said(folder.path(), &["run", ".", "--until", "decided", "--seed", "5"]);
    let (progress, records) = progress(folder.path());
    assert_eq!(progress.finished(), Some("decided"), "{err}");
    // A rig of this size, on a busy machine, may be told unfit; that it was decided stands.
    assert!([0, 23].contains(&code), "{code}: {err}");
    let (rounds, interval, decisive) = compared(folder.path());
    assert_eq!(interval, "anytime");
    assert!(decisive, "{err}");
    // The interval is first finite at the fifth round (METHODS.md A6), so no look before settles it.
    assert!((5..30).contains(&rounds), "{rounds}: {err}");
    let extended =
        records.iter().filter(|record| matches!(record, Record::Extended(_))).count() as u64;
    assert_eq!(extended, rounds - 3, "a round at a time: {err}");
    let looks = err.lines().filter(|line| line.starts_with("look ")).count() as u64;
    assert_eq!(looks, rounds - 2, "{err}");
    assert!(err.contains(&format!("look       after round {rounds}: settled")), "{err}");
}

#[test]
fn a_budget_ends_it_and_going_on_makes_the_interval_anytime_valid() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), "rounds = 60\n");
    let run = ["run", ".", "--seed", "5", "--budget", "15s"];
    let (code, _, err) = said(folder.path(), &run);
    assert!([0, 23].contains(&code), "{code}: {err}");
    assert!(err.contains("finished   budget"), "{err}");
    let (at_first, _) = progress(folder.path());
    let counts = at_first.counts();
    assert_eq!(at_first.finished(), Some("budget"));
    assert!(0 < counts.sealed && 0 < counts.open, "{counts:?}: {err}");
    let (rounds_before, interval, _) = compared(folder.path());
    assert_eq!(interval, "t", "time, not data, ended it: one look");

    let (code, _, err) = said(folder.path(), &["resume", "--budget", "15s"]);
    assert!([0, 23].contains(&code), "{code}: {err}");
    assert!(err.contains("anytime-valid"), "{err}");
    let (rounds_after, interval, _) = compared(folder.path());
    assert!(rounds_before < rounds_after && rounds_after < 60, "{rounds_before} {rounds_after}");
    assert_eq!(interval, "anytime", "{err}");
    let (_, report, _) = said(folder.path(), &["report", "--format", "json"]);
    assert!(report.contains("measuring went on after the first look"), "{report}");
}

#[test]
fn rounds_added_to_a_finished_run_switch_its_interval_and_the_report_says_so() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), "");
    let (_, _, err) = said(folder.path(), &["run", ".", "--rounds", "3", "--seed", "5"]);
    assert_eq!(compared(folder.path()).0, 3, "{err}");
    assert_eq!(compared(folder.path()).1, "t");
    let (_, _, err) = said(folder.path(), &["resume"]);
    assert!(!err.contains("trial "), "nothing was left to do: {err}");
    assert_eq!(compared(folder.path()).0, 3);
    let (code, _, err) = said(folder.path(), &["resume", "--rounds", "3"]);
    assert!(code == 2 && err.contains("has 3 rounds already"), "{code}: {err}");
    let (_, _, err) = said(folder.path(), &["resume", "--rounds", "6"]);
    assert!(err.contains("anytime-valid"), "{err}");
    let (rounds, interval, _) = compared(folder.path());
    assert_eq!((rounds, interval.as_str()), (6, "anytime"), "{err}");
    let (_, report, _) = said(folder.path(), &["report", "--format", "md"]);
    assert!(report.contains("were added after the first look"), "{report}");
}
