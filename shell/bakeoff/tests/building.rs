//! What a build is made from: the candidate's own folder, and nothing that an earlier one left.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bakeoff_experiment::record::{BuildOutcome, BuildRecord, ProbeRecord, Record};
use bakeoff_experiment::trials::{TrialRow, Trials};
use bakeoff_store::RunStore;
use support::{FORGIVING, alone, bakeoff, only_run, pilot};

/// Notes whether an earlier build left anything, in a folder that no tool is known by; then
/// leaves something itself. What it makes depends on where it is made, as it does with many tools.
const BUILD: &str = r#"
if [ -e kept ]; then echo found >> "$NOTES"; else echo nothing >> "$NOTES"; fi
mkdir -p kept
cp "$MADE" service
pwd >> service
"#;

/// Says something only in the folder it lies in.
const RECEIPT: &str = "#!/bin/sh\necho \"receipt of $(cat version)\"\n";

/// Two candidates in folders of their own, of which only they have the toolchain. They note with
/// which artifact they are started.
fn write(folder: &Path, judging: &str) {
    let candidate = |name: &str| {
        let dir = folder.join(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("main.go"), "package main\n").unwrap();
        fs::write(dir.join("version"), format!("{name} 1.0\n")).unwrap();
        fs::write(dir.join("build.sh"), BUILD).unwrap();
        fs::write(dir.join("receipt.sh"), RECEIPT).unwrap();
        // What the last build left, before this program was ever asked.
        fs::create_dir(dir.join("kept")).unwrap();
        fs::write(dir.join("kept/left"), "").unwrap();
        let notes = folder.join(format!("{name}.notes"));
        format!(
            r#"
[candidates.{name}]
language = "Go"
dir = "{name}"
toolchain = ["sh", "receipt.sh"]
clean = ["rm", "-rf", "kept"]
build = ["sh", "build.sh"]
artifact = "service"
run = ["sh", "-c", "echo {{artifact}} >> $NOTES.runs; exec {{artifact}} --listen {{address}}"]
env = {{ NOTES = "{}", MADE = "{}" }}
"#,
            notes.display(),
            pilot().display()
        )
    };
    let off = ["start", "size", "source"]
        .map(|probe| format!("[probes.{probe}]\nenabled = false\n"))
        .join("");
    let text = format!(
        r#"title = "a test"
{}{}
[contract]
requests = 0

[workloads.plain]
requests = [{{ get = "/plaintext" }}]
closed = 2
warm-up = "50ms"
measure = "200ms"

[probes.build]
rounds = 1
{off}{judging}{FORGIVING}"#,
        candidate("one"),
        candidate("two")
    );
    fs::write(folder.join("bakeoff.toml"), text).unwrap();
}

/// Builds and probes the two; what was said, and the records.
fn run(folder: &Path, judging: &str, rounds: &str) -> (String, Vec<Record>) {
    write(folder, judging);
    let arguments = ["run", ".", "--rounds", rounds, "--seed", "1"];
    let output = bakeoff(folder, &arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let run = only_run(folder).unwrap_or_else(|| panic!("no run: {said}"));
    (said, RunStore::open_read_only(&run).unwrap().records().unwrap())
}

#[test]
fn receipts_are_asked_in_the_candidates_own_folder_and_no_build_finds_what_an_earlier_one_left() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (said, records) = run(folder.path(), "", "2");
    let mut built = 0;
    for record in &records {
        let Record::Built(BuildRecord { candidate, outcome, .. }) = record else { continue };
        match outcome {
            BuildOutcome::Done(receipt) => {
                assert_eq!(receipt.toolchain, format!("receipt of {candidate} 1.0"));
                built += 1;
            }
            BuildOutcome::Skipped { .. } | BuildOutcome::Failed { .. } => {
                panic!("{candidate}: {outcome:?}")
            }
        }
    }
    assert_eq!(built, 2, "{said}");
    let probed: Vec<&ProbeRecord> = records
        .iter()
        .filter_map(|record| match record {
            Record::Probe(probe) if probe.probe == "build" => Some(probe),
            _ => None,
        })
        .collect();
    assert_eq!(probed.len(), 2, "{said}");
    for probe in probed {
        assert_eq!(probe.failure, None, "{said}");
        assert!(probe.metrics.contains_key("build-clean"), "{probe:?}");
        let notes = folder.path().join(format!("{}.notes", probe.candidate));
        let notes = fs::read_to_string(notes).unwrap();
        // The build; of the probe, from nothing, with nothing changed, with one line changed.
        assert_eq!(
            notes.split_whitespace().collect::<Vec<_>>(),
            ["nothing", "nothing", "found", "found"]
        );
    }
    // The probe worked in a copy: the source is as it was.
    let source = fs::read_to_string(folder.path().join("one/main.go")).unwrap();
    assert_eq!(source, "package main\n");
}

#[test]
fn rounds_take_turns_with_builds_that_were_made_in_folders_of_their_own() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (said, records) = run(folder.path(), "[judging]\nbuilds = 2\n", "3");
    let mut artifacts: BTreeMap<(String, u32), String> = BTreeMap::new();
    for record in &records {
        let Record::Built(BuildRecord { candidate, build, outcome }) = record else { continue };
        let BuildOutcome::Done(receipt) = outcome else { panic!("{said}") };
        assert!(receipt.metrics.contains_key("build-clean"), "{receipt:?}");
        artifacts.insert((candidate.clone(), *build), receipt.artifact.clone());
    }
    assert_eq!(artifacts.len(), 4, "{said}");
    for name in ["one", "two"] {
        let runs = folder.path().join(format!("{name}.notes.runs"));
        let runs = fs::read_to_string(runs).unwrap();
        for build in [1, 2] {
            let artifact = &artifacts[&(name.to_owned(), build)];
            assert!(runs.lines().any(|line| line == artifact), "build {build} of {name}: {runs}");
        }
    }
    let trials = Trials::from_records(&records).unwrap();
    let trials: Vec<&TrialRow> = trials.trials.iter().filter(|row| !row.load.is_empty()).collect();
    assert_eq!(trials.len(), 9, "two candidates and the twin in three rounds: {said}");
    for row in trials {
        assert_eq!(row.build, [1, 2, 1][row.round as usize - 1], "{row:?}");
    }
}
