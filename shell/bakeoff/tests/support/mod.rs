//! What the end-to-end tests share: the fixture `pilot`, built once, and folders to run it in.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use bakeoff_runner::mark::Mark;
use bakeoff_runner::proc_fs;

/// The program under test.
pub(crate) const BAKEOFF: &str = env!("CARGO_BIN_EXE_bakeoff");

/// The fixture of `suites/fixtures`: a candidate that is wrong in whatever way it is told.
pub(crate) fn pilot() -> &'static Path {
    static PILOT: OnceLock<PathBuf> = OnceLock::new();
    PILOT.get_or_init(|| build("pilot"))
}

/// The fixture that serves at programmed times and logs what it did. `None`, said on stderr, where
/// there is no Go; on CI there must be.
pub(crate) fn truth() -> Option<&'static Path> {
    static TRUTH: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = TRUTH.get_or_init(|| {
        let here = Command::new("go").arg("version").output().is_ok_and(|out| out.status.success());
        assert!(here || std::env::var_os("CI").is_none(), "these tests need Go: see the README");
        if !here {
            eprintln!("skipped: no Go to build suites/fixtures/truth with (script/setup gets it)");
        }
        here.then(|| build("truth"))
    });
    made.as_deref()
}

pub(crate) fn build(fixture: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/fixtures").join(fixture);
    // Test programs run side by side: each builds its own, and Go's cache makes it cheap.
    let name = format!("{fixture}-{}", std::process::id());
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let status = Command::new("go")
        .args(["build", "-o"])
        .arg(&made)
        .arg(".")
        .current_dir(source)
        .status()
        .expect("these tests need Go: see the README");
    assert!(status.success(), "the fixture does not build");
    made
}

/// A candidate's table for a manifest: the pilot in this mode.
pub(crate) fn candidate(name: &str, arguments: &str) -> String {
    let pilot = pilot().display();
    format!(
        r#"
[candidates.{name}]
language = "Go"
dir = "."
run = ["{pilot}", "--listen", "{{address}}", {arguments}]
ready-within = "5s"
stop-within = "2s"
"#
    )
}

/// Everything that judges the machine instead of the program is let pass: a busy machine must not
/// fail a test.
pub(crate) const FORGIVING: &str = r#"
[judging.gates]
generator-cpu = "100%"
rate-delivered = "1%"
send-lag-p99 = "30s"
errors = "0.1%"
littles-law = "100%"
steal = "100%"
generator-wait = "100%"
interference = "100%"
"#;

/// A workload that takes half a second a trial.
pub(crate) const SHORT: &str = r#"
[contract]
requests = 0

[workloads.json]
requests = [{ get = "/json/{count}?m={m}", count = { range = [1, 50] }, m = { range = [1, 1000] } }]
variants = 8
closed = 2
load = ["200/s"]
arrivals = "constant"
connections = 8
warm-up = "100ms"
measure = "400ms"
"#;

/// Writes a manifest into a folder of its own.
pub(crate) fn manifest(folder: &Path, reference: &str, rest: &str) {
    let head = format!("title = \"a test\"\nreference = \"{reference}\"\n");
    let off = ["start", "size", "source"]
        .map(|probe| format!("[probes.{probe}]\nenabled = false\n"))
        .join("");
    fs::write(folder.join("bakeoff.toml"), format!("{head}{rest}{off}{FORGIVING}")).unwrap();
}

/// The program, to be run in `folder` with a store of its own.
pub(crate) fn bakeoff(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BAKEOFF);
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    command.env("BAKEOFF_STORE", folder.join("runs"));
    command
}

/// Held by a test while it measures: two at once would measure each other.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static MEASURING: Mutex<()> = Mutex::new(());
    MEASURING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder of the only run in the store of `folder`, once there is one.
pub(crate) fn only_run(folder: &Path) -> Option<PathBuf> {
    let mut runs = fs::read_dir(folder.join("runs")).ok()?.flatten().map(|entry| entry.path());
    let run = runs.find(|path| path.join("run.db").is_file())?;
    assert!(runs.all(|other| !other.join("run.db").is_file()), "more than one run");
    Some(run)
}

/// What is left of a run's processes and control groups, in words.
pub(crate) fn left_of(run: &str) -> Vec<String> {
    let tree = bakeoff_runner::limits::Tree::of_this_process(Path::new("/sys/fs/cgroup"));
    let mut left = tree.groups(&format!("bakeoff-{run}-"));
    left.extend(Mark::Run(run).carriers().into_iter().map(proc_fs::name));
    left
}
