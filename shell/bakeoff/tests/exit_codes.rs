//! Every exit code of `docs/exit-codes.md`, brought about one by one and seen from outside.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use support::{SHORT, alone, bakeoff, candidate, left_of, manifest, only_run};

/// How the program ended, and what it said.
struct End {
    code: i32,
    out: String,
    err: String,
}

fn end(output: Output) -> End {
    End {
        code: output.status.code().expect("no signal ended it"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn ask(folder: &Path, arguments: &[&str]) -> End {
    end(bakeoff(folder, arguments).stdin(Stdio::null()).output().unwrap())
}

/// A run of two rounds with these candidates (name and arguments of the fixture) and whatever more.
fn run(folder: &Path, candidates: &[(&str, &str)], more: &str) -> End {
    write(folder, candidates, more);
    ask(folder, &["run", ".", "--rounds", "2", "--seed", "1"])
}

fn write(folder: &Path, candidates: &[(&str, &str)], more: &str) {
    let tables: Vec<String> =
        candidates.iter().map(|(name, arguments)| candidate(name, arguments)).collect();
    manifest(folder, candidates[0].0, &format!("{}{SHORT}{more}", tables.join("")));
}

const HONEST: &str = r#""--mode", "honest""#;
const TWO: [(&str, &str); 2] = [("one", HONEST), ("two", HONEST)];

/// Two alternatives of which one costs 0.02 s and the other as much as given.
fn evidence(folder: &Path, a: f64, more: &str) {
    let spread = |cost: f64| [0.99, 1.0, 1.01, 1.0].map(|factor| factor * cost);
    let text = format!(
        r#"{{"schema":"bakeoff.evidence/1","alternatives":["a","b"],"criteria":[{{"name":"p99",
        "kind":"measured","best":0.005,"worst":0.05,"swing":80,{more}"rounds":[{:?},{:?}]}}]}}"#,
        spread(a),
        spread(0.02)
    );
    fs::write(folder.join("evidence.json"), text).unwrap();
}

/// A bug in the midst of a run: said, written down, and nothing left of the candidates.
fn bug(folder: &Path) -> End {
    write(folder, &TWO, "");
    let mut command = bakeoff(folder, &["run", ".", "--seed", "1"]);
    command.env("BAKEOFF_FAILPOINT", "seal.begun=panic").env("TMPDIR", folder);
    let end = end(command.output().unwrap());
    let run = only_run(folder).expect("there is a run");
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
    assert!(!end.err.contains("finished"), "{}", end.err);
    let named = end.err.split('`').nth(1).expect("a crash file is named").to_owned();
    assert!(fs::read_to_string(named).unwrap().contains("failpoint seal.begun"));
    end
}

/// A gate on a run in which one candidate waits five times as long.
fn regression(folder: &Path) -> End {
    let slow = r#""--mode", "slow-by", "--factor", "5""#;
    let tables = [candidate("one", HONEST), candidate("two", slow)].join("");
    let wait = SHORT
        .replace("/json/{count}?m={m}", "/delay/5")
        .replace(r", count = { range = [1, 50] }, m = { range = [1, 1000] }", "")
        .replace("load = [\"200/s\"]\narrivals = \"constant\"\n", "");
    let judging = "[judging]\nprimary = [\"throughput\"]\n";
    manifest(folder, "one", &format!("{tables}{wait}{judging}"));
    let ran = ask(folder, &["run", ".", "--rounds", "4", "--seed", "1"]);
    let gate = ask(folder, &["gate"]);
    assert!(gate.out.contains("NOT passed"), "{}{}{}", ran.err, gate.out, gate.err);
    gate
}

/// A run that a signal ends while a trial goes on.
fn signalled(folder: &Path, signal: Signal) -> End {
    write(folder, &TWO, "");
    let log = fs::File::create(folder.join("said")).unwrap();
    let mut command = bakeoff(folder, &["run", ".", "--seed", "1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().unwrap();
    while !fs::read_to_string(folder.join("said")).unwrap().contains("trial  ") {
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    let code = child.wait().unwrap().code().expect("no signal ended it");
    let err = fs::read_to_string(folder.join("said")).unwrap();
    assert!(err.contains("bakeoff resume "), "how to go on is said: {err}");
    End { code, out: String::new(), err }
}

/// A run's store, finished at once because nobody can build anything.
fn stored(folder: &Path) -> std::path::PathBuf {
    unbuilt(folder);
    only_run(folder).expect("there is a run")
}

fn unbuilt(folder: &Path) -> End {
    let absent = "toolchain = [\"no-such-toolchain\"]\nhint = \"install it\"\n";
    let [one, two] = ["one", "two"].map(|name| format!("{}{absent}", candidate(name, HONEST)));
    manifest(folder, "one", &format!("{one}{two}{SHORT}"));
    let end = ask(folder, &["run", ".", "--rounds", "2", "--seed", "1"]);
    assert!(end.err.contains("install it"), "the hint is shown: {}", end.err);
    end
}

/// Makes the program end with `code` in `folder`.
fn brought_about(code: i32, folder: &Path) -> End {
    match code {
        0 => ask(folder, &["--version"]),
        1 => bug(folder),
        2 => ask(folder, &["run", "--qick"]),
        10 => {
            evidence(folder, 0.02, "\"max\":0.001,");
            ask(folder, &["decide", "evidence.json"])
        }
        11 => {
            evidence(folder, 0.02, "");
            ask(folder, &["decide", "evidence.json"])
        }
        12 => regression(folder),
        20 => unbuilt(folder),
        21 => {
            let contract = "[[case]]\nname = \"primes\"\npath = \"/compute/26\"\n\
                expect = { json = { n = 26, primes = 9, sum = 100 } }\n";
            fs::write(folder.join("contract.toml"), contract).unwrap();
            let tables =
                [candidate("one", HONEST), candidate("wrong", r#""--mode", "wrong-route""#)];
            let short = SHORT.replace("requests = 0", "cases = \"contract.toml\"");
            manifest(folder, "one", &format!("{}{short}", tables.join("")));
            let end = ask(folder, &["run", ".", "--rounds", "2", "--seed", "1"]);
            assert!(end.err.contains("curl "), "the difference is shown: {}", end.err);
            end
        }
        22 => {
            let end =
                run(folder, &[("one", HONEST), ("dead", r#""--mode", "exits-at-start""#)], "");
            assert!(end.err.contains("the database is not there"), "{}", end.err);
            end
        }
        23 => {
            // No generator works for so little: every trial is void, and by its fault.
            let closed = "closed = 2\n";
            let tables = TWO.map(|(name, arguments)| candidate(name, arguments)).join("");
            manifest(folder, "one", &format!("{tables}{}", SHORT.replace(closed, "")));
            let path = folder.join("bakeoff.toml");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                &path,
                text.replace("generator-cpu = \"100%\"", "generator-cpu = \"0.001%\""),
            )
            .unwrap();
            let end = ask(folder, &["run", ".", "--rounds", "2", "--seed", "1"]);
            assert!(end.err.contains("blame Generator"), "{}", end.err);
            end
        }
        30 => {
            fs::write(stored(folder).join("run.db"), "rubbish").unwrap();
            ask(folder, &["report"])
        }
        31 => {
            let held = bakeoff_store::RunStore::open(&stored(folder)).unwrap();
            let end = ask(folder, &["resume"]);
            drop(held);
            end
        }
        32 => {
            stored(folder);
            fs::write(folder.join("no-folder"), "").unwrap();
            ask(folder, &["report", "-o", "no-folder/report.html"])
        }
        129 => signalled(folder, Signal::HUP),
        130 => signalled(folder, Signal::INT),
        143 => signalled(folder, Signal::TERM),
        other => panic!("exit code {other} is documented, and nothing here brings it about"),
    }
}

#[test]
fn the_program_ends_with_each_documented_code_for_the_documented_reason() {
    let _alone = alone();
    let document = include_str!("../../../docs/exit-codes.md");
    let codes: Vec<i32> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert!(10 < codes.len(), "the table was not understood: {codes:?}");
    for code in codes {
        let folder = tempfile::tempdir().unwrap();
        let end = brought_about(code, folder.path());
        assert_eq!(end.code, code, "{}{}", end.out, end.err);
    }
}
