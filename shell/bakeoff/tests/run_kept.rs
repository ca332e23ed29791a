//! What a run keeps: the files its answers rest on, nothing of the machine it ran on, and the
//! artifacts that were measured (FAILURES.md F28, F59).

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use bakeoff_experiment::progress::Progress;
use bakeoff_store::RunStore;
use support::{FORGIVING, alone, bakeoff, left_of, only_run, pilot};

const RATINGS: &str = r#"
schema = "bakeoff.ratings/1"

[[criteria]]
name = "joy"
question = "How gladly do you read it?"
levels = [{ level = 1, means = "not" }, { level = 2, means = "so-so" }, { level = 3, means = "gladly" }]

[[ratings]]
rater = "ann"

[ratings.scores.joy]
one = { score = 1, reason = "long" }
two = { score = 3, reason = "short" }
"#;

const CLAIMS: &str = r#"
schema = "bakeoff.claims/1"

[sources.A]
title = "An article"
year = 2025

[[claims]]
id = "faster"
from = ["A"]
says = "One is faster than two"
kind = "measured"
holds = { ratio = { metric = "throughput", workload = "plain", a = "one", b = "two" }, above = 1 }
"#;

/// Two candidates that are built here, from a script so that the manifest names no machine's path.
fn write(folder: &Path) {
    let script = format!("cp '{0}' new-$1 && mv new-$1 $1.bin\n", pilot().display());
    fs::write(folder.join("make.sh"), script).unwrap();
    fs::write(folder.join("ratings.toml"), RATINGS).unwrap();
    fs::write(folder.join("claims.toml"), CLAIMS).unwrap();
    let candidate = |name: &str| {
        format!(
            r#"
[candidates.{name}]
language = "Go"
dir = "."
build = ["sh", "make.sh", "{name}"]
artifact = "{name}.bin"
run = ["{{artifact}}", "--listen", "{{address}}"]
"#
        )
    };
    let off = ["start", "size", "source"]
        .map(|probe| format!("[probes.{probe}]\nenabled = false\n"))
        .join("");
    let text = format!(
        r#"title = "a test"
reference = "two"
claims = "claims.toml"
{}{}
[contract]
requests = 0

[workloads.plain]
requests = [{{ get = "/plaintext" }}]
closed = 2
warm-up = "50ms"
measure = "250ms"

[criteria.speed]
measure = "throughput"
workload = "plain"
best = "100000/s"
worst = "10/s"
swing = 50

[criteria.joy]
rated = "ratings.toml"
swing = 50
{off}{FORGIVING}"#,
        candidate("one"),
        candidate("two")
    );
    fs::write(folder.join("bakeoff.toml"), text).unwrap();
}

fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = bakeoff(folder, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_report_of_an_old_run_does_not_change_with_the_files_beside_its_manifest() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at);
    let (code, _, err) = said(at, &["run", ".", "--rounds", "2", "--seed", "1"]);
    assert!([0, 23].contains(&code), "{code}: {err}");
    let commands: [&[&str]; 8] = [
        &["report", "--format", "html"],
        &["report", "--format", "md"],
        &["report", "--format", "json"],
        &["report", "--format", "csv"],
        &["report", "--format", "junit"],
        &["decide", "--json"],
        &["claims", "--json"],
        &["export", "--evidence"],
    ];
    let answers = || commands.map(|command| said(at, command).1);
    let before = answers();
    assert!(before[6].contains("One is faster"), "{}", before[6]);

    // Nobody's folders: the report is read elsewhere.
    let here = at.to_str().unwrap();
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).to_str().unwrap();
    for (command, answer) in commands.iter().zip(&before) {
        assert!(!answer.is_empty(), "{command:?}");
        for path in [here, build] {
            let place = answer.find(path);
            assert_eq!(
                place,
                None,
                "{command:?} names {path}: {:?}",
                place.map(|at| &answer[at..])
            );
        }
    }

    fs::write(at.join("ratings.toml"), RATINGS.replace("score = 1", "score = 2")).unwrap();
    fs::write(at.join("claims.toml"), CLAIMS.replace("One is faster", "Two is slower")).unwrap();
    assert_eq!(answers(), before, "the same after the files changed");
    let (_, now, _) = said(at, &["decide", "--json", "--files-now"]);
    assert_ne!(now, before[5], "unless it is asked for");
    let (_, now, _) = said(at, &["claims", "--json", "--files-now"]);
    assert!(now.contains("Two is slower"), "{now}");
    let (_, _, err) = said(at, &["resume"]);
    assert!(err.contains("files.ratings.toml") && err.contains("files.claims.toml"), "{err}");

    fs::remove_file(at.join("ratings.toml")).unwrap();
    fs::remove_file(at.join("claims.toml")).unwrap();
    assert_eq!(answers(), before, "the same after they are gone");
}

#[test]
fn unsound_files_stop_a_run_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at);
    fs::write(at.join("ratings.toml"), RATINGS.replace("score = 1", "score = 7")).unwrap();
    let (code, _, err) = said(at, &["run", ".", "--rounds", "2"]);
    assert!(code == 2 && err.contains("ratings.toml"), "{code}: {err}");
    assert_eq!(only_run(at), None);
}

/// Starts a run and returns once its first trial began.
fn measuring(at: &Path) -> Child {
    let log = fs::File::create(at.join("said")).unwrap();
    let mut command = bakeoff(at, &["run", ".", "--rounds", "4", "--seed", "1"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    while !fs::read_to_string(at.join("said")).unwrap().contains("trial  ") {
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

#[test]
fn an_artifact_that_changes_between_trials_stops_the_run_until_it_is_back() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at);
    let mut child = measuring(at);
    // As a build does it: a new file in the place of the old one, which goes on running.
    let built = fs::read(at.join("one.bin")).unwrap();
    let replace = |bytes: &[u8]| {
        fs::copy(at.join("two.bin"), at.join("other")).unwrap();
        fs::write(at.join("other"), bytes).unwrap();
        fs::rename(at.join("other"), at.join("one.bin")).unwrap();
    };
    replace(&[&built[..], b"changed"].concat());
    assert_eq!(child.wait().unwrap().code(), Some(23));
    let err = fs::read_to_string(at.join("said")).unwrap();
    assert!(err.contains("candidate `one` changed while it was measured"), "{err}");
    let run = only_run(at).unwrap();
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());

    let (code, _, err) = said(at, &["resume"]);
    assert!(code == 23 && err.contains("changed while it was measured"), "{code}: {err}");
    assert!(err.contains("a new run"), "what to do is said: {err}");

    replace(&built);
    let (code, _, err) = said(at, &["resume"]);
    assert!([0, 23].contains(&code), "{code}: {err}");
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    let progress = Progress::of(&records);
    assert_eq!(progress.finished(), Some("rounds done"), "{err}");
    assert_eq!(progress.counts().given_up, 0, "{err}");
}
