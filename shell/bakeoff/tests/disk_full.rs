//! A file system that fills up while a run writes to it (FAILURES.md F04): the candidates are stopped,
//! the exit code says so, and the run goes on when there is room.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use bakeoff_experiment::progress::Progress;
use bakeoff_store::RunStore;
use support::{BAKEOFF, SHORT, alone, candidate, left_of, manifest};

/// Runs on a small file system of its own until it is full, keeps what is there, makes room, goes on.
const SCRIPT: &str = r#"
set -u
mkdir small kept
mount -t tmpfs -o size=3m tmpfs small || exit 99
export BAKEOFF_STORE="$PWD/small/runs"
# What is left after this is room for a few trials.
head -c 2400000 /dev/zero > small/ballast
"$BAKEOFF" run . --rounds 40 --seed 4 2> said-full
echo $? > code-full
"$BAKEOFF" runs --json > runs.json
mount -o remount,size=64m small
"$BAKEOFF" resume --budget 8s 2> said-room
echo $? > code-room
cp -r small/runs/. kept/
"#;

/// Whether this user may mount a file system in a namespace of his own, or why not.
fn may_mount() -> Result<(), String> {
    let probe = "d=$(mktemp -d) && mount -t tmpfs tmpfs $d";
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", probe])
        .stdin(Stdio::null())
        .output();
    match tried {
        Err(why) => Err(format!("no `unshare`: {why}")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_full_disk_stops_the_run_with_32_and_it_goes_on_when_there_is_room() {
    let _alone = alone();
    if let Err(why) = may_mount() {
        // Said aloud, and the reason with it; where namespaces are allowed, nothing is skipped.
        eprintln!("skipped: cannot mount a small file system here ({why})");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let tables = ["one", "two"].map(|name| candidate(name, r#""--mode", "honest""#)).join("");
    manifest(at, "one", &format!("{tables}{SHORT}"));
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT])
        .current_dir(at)
        .env("BAKEOFF", BAKEOFF)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let full = read(at, "said-full");
    assert_eq!(read(at, "code-full").trim(), "32", "{full}");
    assert!(full.contains("run.db"), "which file: {full}");
    assert!(full.contains("bytes") || full.contains("iB"), "how much is needed: {full}");
    let listed: serde_json::Value = serde_json::from_str(&read(at, "runs.json")).unwrap();
    let sealed_then = listed["runs"][0]["sealed"].as_u64().unwrap();

    let room = read(at, "said-room");
    assert!(["0", "23"].contains(&read(at, "code-room").trim()), "{room}");
    let run = std::fs::read_dir(at.join("kept")).unwrap().next().unwrap().unwrap().path();
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    let progress = Progress::of(&records);
    assert_eq!(progress.finished(), Some("budget"), "{room}");
    assert!(sealed_then < u64::from(progress.counts().sealed), "{sealed_then}: {room}");
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
}
