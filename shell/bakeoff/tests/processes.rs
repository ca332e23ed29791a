//! Candidates that misbehave as processes: each is told what is wrong with it, and nothing of any
//! of them is left (FAILURES.md F13 to F22).

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use bakeoff_experiment::experiment::{Candidate, Ready, Source, Tuning};
use bakeoff_experiment::observation::Blame;
use bakeoff_runner::candidate::{Running, Start, StartError};
use bakeoff_runner::control::Signals;
use bakeoff_runner::environment::Environment;
use bakeoff_runner::http;
use bakeoff_runner::limits::{Held, Tree, Wanted};
use bakeoff_runner::reaper;
use support::{BAKEOFF, left_of, pilot};

/// One candidate, started in a run of its own.
struct Bench {
    folder: tempfile::TempDir,
    environment: Environment,
    tree: Tree,
    wanted: Wanted,
    signals: Signals,
}

impl Bench {
    /// `name` is unique among the tests of this file.
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = format!("test-{name}-{}", std::process::id());
        let environment = Environment::new(Path::new(BAKEOFF), &run, folder.path(), folder.path());
        let tree = Tree::of_this_process(&environment.cgroup_root);
        Self { folder, environment, tree, wanted: Wanted::default(), signals: Signals::default() }
    }

    fn start(&self, run: &[&str], ready_within: f64) -> Result<Running, StartError> {
        let candidate = Candidate {
            name: "fixture".to_owned(),
            language: "Go".to_owned(),
            tuning: Tuning::OutOfTheBox,
            note: String::new(),
            source: Source::Dir(".".to_owned()),
            toolchain: Vec::new(),
            hint: String::new(),
            fetch: Vec::new(),
            build: Vec::new(),
            clean: Vec::new(),
            check: Vec::new(),
            artifact: None,
            run: run.iter().map(|&argument| argument.to_owned()).collect(),
            env: BTreeMap::new(),
            ready: Ready { method: "GET".to_owned(), path: "/health".to_owned() },
            ready_within,
            stop_within: 1.0,
            workloads: Vec::new(),
        };
        let start = Start {
            environment: &self.environment,
            tree: &self.tree,
            candidate: &candidate,
            artifact: pilot(),
            wanted: &self.wanted,
            name: "start-1",
            upstream: None,
            database: None,
            signals: &self.signals,
        };
        start.run()
    }

    fn mode(&self, mode: &str, ready_within: f64) -> Result<Running, StartError> {
        let run = ["{artifact}", "--listen", "{address}", "--mode", mode];
        self.start(&run, ready_within)
    }

    fn nothing_is_left(&self) {
        assert_eq!(left_of(&self.environment.run), Vec::<String>::new());
    }
}

/// Why it did not start; panics if it did.
fn refused(outcome: Result<Running, StartError>) -> (String, Blame) {
    let error = outcome.map(drop).expect_err("it started");
    (error.to_string(), error.blame())
}

const GRACE: Duration = Duration::from_secs(1);

#[test]
fn an_honest_candidate_starts_answers_and_ends_when_asked() {
    let bench = Bench::new("honest");
    let running = bench.mode("honest", 20.0).unwrap();
    assert!(running.start_seconds.is_some_and(|seconds| 0.0 < seconds));
    let answer = http::fetch(running.address, &http::get("/plaintext"), GRACE * 10).unwrap();
    assert_eq!(answer.status, 200);
    let stopped = running.stop(GRACE * 10, &bench.signals);
    assert_eq!((stopped.facts.rung.as_str(), stopped.facts.leaked), ("term", 0));
    bench.nothing_is_left();
}

#[test]
fn one_that_ends_at_once_is_quoted_without_waiting_for_readiness() {
    let bench = Bench::new("exits");
    let (reason, blame) = refused(bench.mode("exits-at-start", 3600.0));
    assert!(reason.contains("exit status 3"), "{reason}");
    assert!(reason.contains("the database is not there"), "{reason}");
    assert_eq!(blame, Blame::Candidate);
    bench.nothing_is_left();
}

#[test]
fn one_that_cannot_be_executed_is_said_to_be_so() {
    let bench = Bench::new("absent");
    let (reason, _) = refused(bench.start(&["./no-such-program"], 3600.0));
    assert!(reason.contains("could not be executed"), "{reason}");
    assert!(reason.contains("./no-such-program"), "{reason}");
    bench.nothing_is_left();
}

#[test]
fn one_that_never_gets_ready_is_told_what_was_asked_and_answered() {
    let bench = Bench::new("unready");
    let (reason, blame) = refused(bench.mode("never-ready", 1.0));
    assert!(reason.contains("GET http://127.0.0.1:"), "{reason}");
    assert!(reason.contains("answered 503") || reason.contains("nobody"), "{reason}");
    assert_eq!(blame, Blame::Candidate);
    let (reason, _) = refused(bench.mode("never-listens", 0.5));
    assert!(reason.contains("found nobody listening"), "{reason}");
    bench.nothing_is_left();
}

#[test]
fn grandchildren_in_sessions_of_their_own_are_counted_and_gone() {
    let bench = Bench::new("forks");
    let stopped = bench.mode("forks", 20.0).unwrap().stop(GRACE * 10, &bench.signals);
    assert_eq!(stopped.facts.leaked, 2, "{stopped:?}");
    assert_ne!(stopped.facts.rung, "term");
    bench.nothing_is_left();
}

#[test]
fn grandchildren_are_found_without_any_control_group_too() {
    let mut bench = Bench::new("bare");
    bench.tree = Tree::detect(bench.folder.path(), "");
    let stopped = bench.mode("forks", 20.0).unwrap().stop(GRACE * 10, &bench.signals);
    assert_eq!(stopped.facts.rung, "tree-kill", "{stopped:?}");
    assert_eq!(stopped.facts.leaked, 2, "{stopped:?}");
    bench.nothing_is_left();
}

#[test]
fn those_who_shed_session_parent_and_environment_are_known_by_their_limits() {
    let mut bench = Bench::new("shed");
    bench.tree = Tree::detect(bench.folder.path(), "");
    let stopped = bench.mode("sheds-all", 20.0).unwrap().stop(GRACE * 10, &bench.signals);
    assert_eq!(stopped.facts.rung, "tree-kill", "{stopped:?}");
    assert_eq!(stopped.facts.leaked, 2, "{stopped:?}");
    bench.nothing_is_left();
}

#[test]
fn the_reaper_finds_them_when_we_are_gone() {
    let mut bench = Bench::new("reaped");
    bench.tree = Tree::detect(bench.folder.path(), "");
    let running = bench.mode("sheds-all", 20.0).unwrap();
    let leader = running.process().unwrap().leader();
    let left = reaper::clear(&bench.environment.run, bench.folder.path());
    assert_eq!(left.len(), 3, "the candidate and its two orphans: {left:?}");
    assert!(left.iter().any(|name| name.contains(&leader.to_string())), "{left:?}");
    drop(running);
    bench.nothing_is_left();
}

#[test]
fn one_that_is_deaf_to_sigterm_is_killed_and_said_to_be_so() {
    let bench = Bench::new("deaf");
    let stopped = bench.mode("ignores-sigterm", 20.0).unwrap().stop(GRACE / 10, &bench.signals);
    assert!(stopped.facts.status.contains("SIGKILL"), "{stopped:?}");
    assert_ne!(stopped.facts.rung, "term");
    bench.nothing_is_left();
}

#[test]
fn a_flood_on_stdout_makes_no_answer_wait_and_little_of_it_is_kept() {
    let bench = Bench::new("flood");
    let running = bench.mode("floods-stdout", 20.0).unwrap();
    for _ in 0..20 {
        let answer = http::fetch(running.address, &http::get("/plaintext"), GRACE * 20).unwrap();
        assert_eq!(answer.status, 200);
    }
    let stopped = running.stop(GRACE * 10, &bench.signals);
    assert!(stopped.tail.chars().count() < 20 * 402, "{}", stopped.tail.len());
    assert!(stopped.tail.chars().all(|char| char == '\n' || !char.is_control()));
    bench.nothing_is_left();
}

#[test]
fn memory_beyond_the_limit_is_named_as_the_cause_of_death() {
    let mut bench = Bench::new("memory");
    bench.wanted.memory = Some(64 << 20);
    let mut running = bench.mode("eats-memory", 20.0).unwrap();
    let held = running.process().unwrap().group().in_force()["memory"].clone();
    if let Held::NotEnforced(reason) = held {
        // Without the right to limit it there is nothing to die of, and that is said.
        assert!(!reason.is_empty());
        return;
    }
    let ended = (0..10_000).find_map(|_| {
        let _ = http::fetch(running.address, &http::get("/plaintext"), GRACE * 10);
        running.ended()
    });
    assert!(ended.as_ref().is_some_and(|words| words.contains("OOM-killed")), "{ended:?}");
    drop(running);
    bench.nothing_is_left();
}

#[test]
fn a_fork_bomb_stays_within_its_limit() {
    let mut bench = Bench::new("bomb");
    bench.wanted.pids = Some(32);
    let bomb = "while :; do sleep 300 & done";
    let (reason, blame) = refused(bench.start(&["sh", "-c", bomb], 3.0));
    assert_eq!(blame, Blame::Candidate, "{reason}");
    bench.nothing_is_left();
}

#[test]
fn somebody_else_who_answers_at_its_address_is_refused() {
    let bench = Bench::new("foreign");
    let note = bench.folder.path().join("port");
    let script =
        format!("echo {{port}} > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 300", note.display());
    let stranger = std::thread::spawn(move || {
        let port: u16 = loop {
            match fs::read_to_string(&note) {
                Ok(text) => break text.trim().parse().unwrap(),
                Err(_) => std::thread::yield_now(),
            }
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Stays open until it has been looked at.
        let _ = stream.read(&mut [0; 1]);
        listener
    });
    let (reason, blame) = refused(bench.start(&["sh", "-c", &script], 3600.0));
    assert!(reason.contains("belongs to"), "{reason}");
    assert!(reason.contains(&format!("({})", std::process::id())), "{reason}");
    assert_eq!(blame, Blame::Host);
    drop(stranger.join().unwrap());
    bench.nothing_is_left();
}
