//! An upstream beside the candidates: there for the workloads that reach it, apart from them, gone
//! with them, and not their fault when it fails.

mod support;

use std::path::Path;

use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Record, TrialOutcome, TrialRecord};
use bakeoff_store::RunStore;
use support::{alone, bakeoff, candidate, left_of, manifest, only_run, pilot};

/// One workload that reaches the upstream and one that does not.
const NEAR_AND_FAR: &str = r#"
[contract]
requests = 0

[workloads.far]
requests = [{ get = "/ask/5" }]
closed = 4
load = "100/s"
warm-up = "50ms"
measure = "300ms"

[workloads.near]
requests = [{ get = "/plaintext" }]
closed = 4
warm-up = "50ms"
measure = "300ms"

[judging]
retries = 0
"#;

/// Runs two rounds of two candidates with this upstream; exit code, what was said, the trials.
fn run(folder: &Path, upstream: &str) -> (i32, String, Vec<Record>) {
    let asks = r#""--upstream", "http://{upstream}""#;
    let candidates = [candidate("one", asks), candidate("two", asks)].join("");
    manifest(folder, "one", &format!("{candidates}{NEAR_AND_FAR}{upstream}"));
    let output = bakeoff(folder, &["run", ".", "--rounds", "2", "--seed", "3"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let run = only_run(folder).unwrap_or_else(|| panic!("no run: {said}"));
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    let id = run.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(left_of(&id), Vec::<String>::new(), "{said}");
    (output.status.code().unwrap_or(-1), said, records)
}

fn trials<'r>(records: &'r [Record], workload: &str) -> Vec<&'r TrialRecord> {
    let trial = |record: &'r Record| match record {
        Record::Trial(trial) if trial.planned.workload == workload => Some(&**trial),
        _ => None,
    };
    records.iter().filter_map(trial).collect()
}

fn sealed(trial: &TrialRecord) -> &Observation {
    match &trial.outcome {
        TrialOutcome::Sealed(observation) => observation,
        TrialOutcome::Void { reason, .. } => panic!("{:?}: {reason}", trial.planned),
    }
}

#[test]
fn it_runs_beside_the_workloads_that_reach_it_and_what_it_used_is_a_gate() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (code, said, records) = run(folder.path(), "[upstream]\nworkloads = \"far\"\n");
    assert!([0, 23].contains(&code), "{code}: {said}");
    let gate = |observation: &Observation| {
        observation.gates.iter().find(|gate| gate.name == "upstream-cpu").cloned()
    };
    for trial in trials(&records, "far") {
        let observation = sealed(trial);
        let place = &observation.limits["upstream"];
        assert!(place.starts_with("the built-in stub on CPU "), "{place}");
        let used = gate(observation).unwrap_or_else(|| panic!("{observation:?}")).value;
        assert!(0.0 < used && used < 1.0, "{used}");
        assert_eq!(observation.errors, [], "no answer of nobody's");
        assert_eq!(observation.stop.leaked, 0, "it is none of the candidate's processes");
    }
    let Some(Record::Opened(opened)) = records.first() else { panic!("{said}") };
    for workload in &opened.experiment.workloads {
        for trial in trials(&records, &workload.name) {
            let load = &trial.planned.load;
            let stray = sealed(trial).metrics.keys().find(|metric| !workload.yields(load, metric));
            assert_eq!(stray, None, "what a load yields is known before it is measured");
        }
    }
    for trial in trials(&records, "near") {
        assert_eq!(sealed(trial).limits.get("upstream"), None);
        assert_eq!(gate(sealed(trial)), None);
    }
    assert_eq!((trials(&records, "far").len(), trials(&records, "near").len()), (12, 6), "{said}");
    let report = bakeoff(folder.path(), &["report", "--format", "json"]).output().unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("the built-in stub on CPU "), "the report says it");
}

#[test]
fn a_program_of_the_suites_own_that_dies_under_load_is_not_the_candidates_fault() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let upstream = format!(
        "[upstream]\nworkloads = \"far\"\nrun = [{:?}, \"--listen\", \"{{address}}\", \"--mode\", \
         \"crashes-under-load\", \"--after\", \"20\"]\n",
        pilot().display().to_string()
    );
    let (_, said, records) = run(folder.path(), &upstream);
    let far = trials(&records, "far");
    assert_eq!(far.len(), 12, "{said}");
    for trial in far {
        match &trial.outcome {
            TrialOutcome::Void { reason, blame, .. } => {
                assert_eq!(*blame, Blame::Generator, "{reason}");
                assert!(reason.contains("upstream ended"), "{reason}");
            }
            TrialOutcome::Sealed(observation) => panic!("it did not crash: {observation:?}"),
        }
    }
    let progress = Progress::of(&records);
    assert!(progress.excluded().is_empty(), "{:?}", progress.excluded());
    assert!(trials(&records, "near").into_iter().all(|trial| sealed(trial).errors.is_empty()));
}

#[test]
fn one_that_does_not_start_is_named_as_what_did_not() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let upstream = format!(
        "[upstream]\nrun = [{:?}, \"--mode\", \"exits-at-start\"]\n",
        pilot().display().to_string()
    );
    let (code, said, _) = run(folder.path(), &upstream);
    assert_eq!(code, 22, "{said}");
    assert!(said.contains("the upstream beside it"), "{said}");
    assert!(said.contains("exit status 3"), "{said}");
}
