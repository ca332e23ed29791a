//! The program as a script sees it: exit codes, stdout for data, stderr for talk.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own with an empty store, and the program run in it.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
        command.args(args).current_dir(self.path()).env("NO_COLOR", "1");
        command.env("BAKEOFF_STORE", self.path().join("runs"));
        command.env("XDG_STATE_HOME", self.path().join("state"));
        command
    }

    fn run(&self, args: &[&str]) -> Answer {
        Answer::of(self.command(args).stdin(Stdio::null()).output().unwrap())
    }
}

/// What the program said.
#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why} in {self:?}"))
    }
}

/// A sound manifest with two candidates that nothing can build here.
const MANIFEST: &str = r#"
title = "a or b"
reference = "a"

[candidates.a]
dir = "a"
toolchain = ["no-such-toolchain", "--version"]
hint = "install it"
build = ["no-such-toolchain"]
run = ["a", "{address}"]
ready = "GET /health"

[candidates.b]
dir = "b"
toolchain = ["no-such-toolchain", "--version"]
hint = "install it"
build = ["no-such-toolchain"]
run = ["b", "{address}"]
ready = "GET /health"

[workloads.json]
requests = [{ get = "/json" }]
closed = 4
"#;

fn desk_with_manifest() -> Desk {
    let desk = Desk::new();
    desk.write("bakeoff.toml", MANIFEST);
    for candidate in ["a", "b"] {
        fs::create_dir(desk.path().join(candidate)).unwrap();
    }
    desk
}

/// Trials of `a` and `b`, the latency of `a` being `factor` times that of `b`, over 8 rounds.
fn trials(factor: f64, spread: f64) -> String {
    let mut rows = Vec::new();
    for round in 1..=8_u32 {
        let drift = 1.0 + 0.001 * f64::from(round);
        // Alternating order and sign, so that neither order nor drift makes a difference.
        let sign = if round % 2 == 0 { 1.0 } else { -1.0 };
        for (index, candidate) in ["a", "b"].into_iter().enumerate() {
            let position = (index as u32 + round) % 2;
            let own = if candidate == "a" { factor * (1.0 + sign * spread) } else { 1.0 };
            rows.push(serde_json::json!({
                "round": round, "position": position, "candidate": candidate, "workload": "json",
                "load": "60%", "build": 1, "metrics": { "latency-p99": 0.01 * drift * own },
            }));
        }
    }
    serde_json::json!({
        "schema": "bakeoff.trials/1",
        "design": {
            "candidates": ["a", "b"], "reference": "b", "margin": { "latency-p99": 0.05 },
            "level": 0.95, "stop": { "kind": "fixed", "rounds": 8 },
            "direction": { "latency-p99": "lower" },
        },
        "trials": rows,
    })
    .to_string()
}

#[test]
fn help_and_version_are_data_and_a_wrong_flag_is_usage() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]);
    assert!(help.code == 0 && help.out.contains("Usage: bakeoff") && help.err.is_empty());
    assert_eq!(desk.run(&["--version"]).code, 0);
    let wrong = desk.run(&["run", "--qick"]);
    assert!(wrong.code == 2 && wrong.out.is_empty() && wrong.err.contains("--quick"), "{wrong:?}");
    assert_eq!(desk.run(&["run", "--rounds", "0"]).code, 2);
    assert_eq!(desk.run(&["run", "--rounds", "8", "--until", "decided"]).code, 2);
}

#[test]
fn check_reports_every_problem_with_its_place_and_exit_2() {
    let desk = desk_with_manifest();
    let sound = desk.run(&["check"]);
    assert!(sound.code == 0 && sound.out.contains("sound; 2 candidates"), "{sound:?}");
    let broken = MANIFEST.replace("reference = \"a\"", "reference = \"c\"");
    desk.write("broken.toml", &broken.replace("hint =", "hnit ="));
    let answer = desk.run(&["check", "broken.toml"]);
    assert!(answer.code == 2 && answer.out.is_empty(), "{answer:?}");
    for said in ["broken.toml:3:", "did you mean `hint`?", "hnit"] {
        assert!(answer.err.contains(said), "{said} in {}", answer.err);
    }
    let json = desk.run(&["check", "broken.toml", "--json"]);
    assert!(json.code == 2 && json.json()["problems"].as_array().unwrap().len() >= 3);
}

#[test]
fn plan_is_the_same_for_the_same_seed_and_names_unknown_names() {
    let desk = desk_with_manifest();
    let first = desk.run(&["plan", "--seed", "7", "--json"]);
    assert_eq!(first.code, 0);
    assert_eq!(first.out, desk.run(&["plan", "--seed", "7", "--json"]).out);
    assert_ne!(first.out, desk.run(&["plan", "--seed", "8", "--json"]).out);
    let only = desk.run(&["plan", "--only", "jsn"]);
    assert!(only.code == 2 && only.err.contains("did you mean `json`?"), "{only:?}");
}

#[test]
fn analyse_answers_in_the_published_form_and_refuses_with_a_path() {
    let desk = Desk::new();
    for (factor, verdict) in [(0.8, "better"), (1.0, "equivalent"), (1.25, "worse")] {
        desk.write("trials.json", &trials(factor, 0.002));
        let answer = desk.run(&["analyse", "trials.json", "--json"]);
        assert_eq!(answer.code, 0);
        let analysis = answer.json();
        assert_eq!(analysis["schema"], "bakeoff.analysis/1");
        assert_eq!(analysis["comparisons"][0]["verdict"], verdict);
    }
    desk.write("trials.json", &trials(1.0, 0.0).replace("\"level\":0.95", "\"level\":2"));
    let answer = desk.run(&["analyse", "trials.json"]);
    assert!(answer.code == 2 && answer.err.contains("design.level"), "{answer:?}");
}

#[test]
fn decide_says_how_sure_it_is_by_exit_code_and_names_what_is_wrong() {
    let desk = Desk::new();
    let evidence = |a: [f64; 4], more: &str| {
        format!(
            r#"{{"schema":"bakeoff.evidence/1","alternatives":["a","b"],"criteria":[
            {{"name":"p99","kind":"measured","worst":0.05,"swing":80,{more}
              "rounds":[{a:?},[0.02,0.021,0.0205,0.0202]]}}]}}"#
        )
    };
    let sound = "\"best\":0.005,";
    desk.write("clear.json", &evidence([0.01, 0.0102, 0.0101, 0.0099], sound));
    let clear = desk.run(&["decide", "clear.json", "--json"]);
    assert!(clear.code == 0 && clear.json()["schema"] == "bakeoff.decision/1", "{clear:?}");
    desk.write("toss-up.json", &evidence([0.0202, 0.0205, 0.021, 0.02], sound));
    assert_eq!(desk.run(&["decide", "toss-up.json"]).code, 11);
    desk.write("none.json", &evidence([0.02; 4], "\"best\":0.005,\"max\":0.001,"));
    assert_eq!(desk.run(&["decide", "none.json"]).code, 10);
    desk.write("wrong.json", &evidence([0.02; 4], "\"best\":0.05,"));
    let wrong = desk.run(&["decide", "wrong.json"]);
    assert!(wrong.code == 2 && wrong.err.contains("criteria[0]"), "{wrong:?}");
    let weight = desk.run(&["decide", "clear.json", "--weight", "speed=3"]);
    assert!(weight.code == 2 && weight.err.contains("there are: p99"), "{weight:?}");
}

/// Evidence of two candidates, of which each is the better on one of two criteria.
const EVIDENCE: &str = r#"{"schema":"bakeoff.evidence/1","draws":2000,"alternatives":["a","b"],"criteria":[
    {"name":"tail","kind":"measured","exact":true,"best":1,"worst":9,"swing":50,"rounds":[[1],[9]]},
    {"name":"memory","kind":"measured","exact":true,"best":1,"worst":9,"swing":50,"rounds":[[9],[1]]}]}"#;

#[test]
fn constraints_on_the_command_line_take_the_place_of_swing_points() {
    let desk = Desk::new();
    desk.write("both.json", EVIDENCE);
    for (constraint, leader) in [("tail >= 1.2 * memory", "a"), ("memory >= 60%", "b")] {
        let answer = desk.run(&["decide", "both.json", "--json", "--constraint", constraint]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let decision = answer.json();
        assert_eq!(decision["answer"]["leader"], leader, "{constraint}");
        assert_eq!(decision["constraints"]["constraints"][0], constraint);
    }
    let none = desk.run(&["decide", "both.json", "--constraint", "speed >= memory"]);
    assert!(none.code == 2 && none.err.contains("constraints[0]"), "{none:?}");
    let both = ["decide", "both.json", "--constraint", "tail >= 0.1", "--weight", "tail=3"];
    assert_eq!(desk.run(&both).code, 2);
}

#[test]
fn flips_are_told_with_their_band_and_no_probability_is_whole() {
    let desk = Desk::new();
    desk.write("both.json", EVIDENCE);
    let answer = desk.run(&["decide", "both.json", "--weight", "tail=60"]);
    assert!(answer.out.contains("90 % band"), "{answer:?}");
    assert!(answer.out.contains("> 99.99 %") && answer.out.contains("< 0.01 %"), "{answer:?}");
}

#[test]
fn second_opinions_take_the_place_of_verdicts() {
    let desk = Desk::new();
    desk.write("trials.json", &trials(0.8, 0.002));
    let answer = desk.run(&["analyse", "trials.json", "--second-opinions", "--json"]);
    let opinions = answer.json();
    assert_eq!(opinions["schema"], "bakeoff.second-opinions/1");
    let first = &opinions["comparisons"][0];
    assert!((first["sign_flip_p"].as_f64().unwrap() - 2.0 / 256.0).abs() < 1e-12, "{first}");
    assert_eq!(first["agrees"], true);
    let told = desk.run(&["analyse", "trials.json", "--second-opinions"]);
    assert!(told.out.contains("json 60% latency-p99: a against b: by ranks 0.8"), "{told:?}");
}

#[test]
fn ratings_begin_with_questions_and_are_asked_of_one_person_at_a_time() {
    let desk = desk_with_manifest();
    let made = desk.run(&["ratings", "new", "ratings.toml", "joy"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(desk.run(&["ratings", "new", "ratings.toml", "joy"]).code, 2);
    let rate = |answers: &str, more: &[&str]| {
        let args = [&["ratings", "rate", "ratings.toml", "--rater", "ann"][..], more].concat();
        desk.write("answers", answers);
        let file = fs::File::open(desk.path().join("answers")).unwrap();
        Answer::of(desk.command(&args).stdin(file).output().unwrap())
    };
    let none = rate("", &[]);
    assert!(none.code == 2 && none.err.contains("nothing was written"), "{none:?}");
    let early = rate("4 short\n", &["-o", "half.toml"]);
    assert!(early.code == 2 && early.err.contains("1 of 2 are kept in `half.toml`"), "{early:?}");
    let rest = rate("3 long\n", &["-o", "half.toml"]);
    assert!(rest.code == 0 && rest.err.contains("going on: 1 answer kept"), "{rest:?}");
    let half = fs::read_to_string(desk.path().join("half.toml")).unwrap();
    assert!(half.contains("short") && half.contains("long"), "{half}");
    let twice = rate("", &["-o", "half.toml"]);
    assert!(twice.code == 2 && twice.err.contains("has rated already"), "{twice:?}");
    // Another's answers are not seen, and a mistake is asked again.
    let rated = rate("4\n4 short\n5 4..5 I wrote it\n", &["-o", "ann.toml"]);
    assert!(rated.code == 0 && rated.err.contains("a reason too"), "{rated:?}");
    let both = ["ratings", "merge", "ratings.toml", "ann.toml", "-o", "ratings.toml"];
    assert_eq!(desk.run(&both).code, 0);
    let sound = desk.run(&["ratings", "check", "ratings.toml"]);
    assert!(sound.code == 0 && sound.out.contains("rated by ann"), "{sound:?}");
    let text = fs::read_to_string(desk.path().join("ratings.toml")).unwrap();
    assert!(text.contains("I wrote it") && text.contains("low = 4"), "{text}");
}

#[test]
fn a_rater_who_is_interrupted_keeps_what_is_answered() {
    let desk = desk_with_manifest();
    desk.run(&["ratings", "new", "ratings.toml", "joy"]);
    let args = ["ratings", "rate", "ratings.toml", "--rater", "ann"];
    let mut asked = desk
        .command(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    asked.stdin.as_mut().unwrap().write_all(b"4 short\n").unwrap();
    // The question after it shows that the answer was taken.
    let mut talk = asked.stderr.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"[2 of 2] b: ") {
        assert_eq!(talk.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    let pid = rustix::process::Pid::from_child(&asked);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    talk.read_to_string(&mut rest).unwrap();
    assert_eq!(asked.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("1 of 2 are kept in `ratings.toml`"), "{rest}");
    let text = fs::read_to_string(desk.path().join("ratings.toml")).unwrap();
    assert!(text.contains("short"), "{text}");
}

#[test]
fn a_run_that_cannot_be_built_ends_with_20_and_is_kept() {
    let desk = desk_with_manifest();
    let answer = desk.run(&["run", "--quick", "--seed", "1"]);
    assert_eq!(answer.code, 20, "{answer:?}");
    assert!(answer.err.contains("install it"), "the hint is shown: {answer:?}");
    let runs = desk.run(&["runs", "--json"]).json();
    let run = &runs["runs"][0];
    assert_eq!(run["sealed"], 0);
    let id = run["id"].as_str().unwrap();
    let shown = desk.run(&["show", &id[..20]]);
    assert!(shown.code == 0 && shown.out.contains("skipped"), "{shown:?}");
}

#[test]
fn stores_that_cannot_be_read_locked_or_written_have_codes_of_their_own() {
    let desk = desk_with_manifest();
    assert_eq!(desk.run(&["report"]).code, 2, "no runs");
    desk.run(&["run", "--quick"]);
    let runs = desk.path().join("runs");
    let folder = fs::read_dir(&runs).unwrap().next().unwrap().unwrap().path();
    assert_eq!(desk.run(&["show", "zzz"]).code, 2, "no such run");

    let held = bakeoff_store::RunStore::open(&folder).unwrap();
    let locked = desk.run(&["resume"]);
    assert!(locked.code == 31 && locked.err.contains("process"), "{locked:?}");
    assert_eq!(desk.run(&["clean", "latest"]).code, 31);
    drop(held);

    let file = folder.join("run.db");
    fs::write(&file, "rubbish").unwrap();
    let damaged = desk.run(&["report"]);
    assert!(damaged.code == 30 && damaged.err.contains("run.db"), "{damaged:?}");
    assert_eq!(desk.run(&["runs"]).code, 0, "the list shows it all the same");

    let blocked = desk.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let answer = desk.run(&["--store", blocked.join("runs").to_str().unwrap(), "run"]);
    assert_eq!(answer.code, 32, "{answer:?}");
    assert_eq!(desk.run(&["clean", "latest"]).code, 0);
    assert!(!folder.exists());
}

#[test]
fn nobody_reading_is_no_failure() {
    let desk = desk_with_manifest();
    let mut child = desk.command(&["schema"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn load_refuses_other_machines_and_dead_ports() {
    let desk = Desk::new();
    let elsewhere = desk.run(&["load", "http://192.0.2.1/"]);
    assert!(elsewhere.code == 2 && elsewhere.err.contains("allow-external"), "{elsewhere:?}");
    let metadata = desk.run(&["load", "http://169.254.169.254/", "--allow-external", "-r", "1"]);
    assert_eq!(metadata.code, 2, "{metadata:?}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(desk.run(&["load", &format!("http://{free}/"), "-d", "1"]).code, 22);
    assert_eq!(desk.run(&["load", "http://127.0.0.1:1/", "--poisson"]).code, 2);
}

#[test]
fn doctor_says_that_the_generator_was_not_calibrated_and_cites_the_certificate_if_it_was() {
    let desk = Desk::new();
    let before = desk.run(&["doctor"]);
    assert!(before.out.contains("not calibrated: run `bakeoff calibrate`"), "{before:?}");
    let host = desk.run(&["doctor", "--json"]).json()["host"].clone();
    let words = |name: &str| host[name].as_str().unwrap().to_owned();
    let machine = format!("{} x {}, {}", host["cpus"], words("cpu-model"), words("kernel"));
    let certificate = serde_json::json!({
        "schema": "bakeoff.certificate/1", "at_unix": 1_795_000_000.0, "version": "0.1.0",
        "host": machine, "spinning": true, "checks": [], "send_lag_p50": 1e-6,
        "send_lag_p99": 5e-6, "rate_max": 2e5, "cpu_per_request": 4.4e-6, "connections": 10_000,
        "excess_max": 0.0, "reasons": []
    });
    fs::create_dir_all(desk.path().join("state/bakeoff")).unwrap();
    desk.write("state/bakeoff/certificate.json", &certificate.to_string());
    let after = desk.run(&["doctor"]);
    assert!(after.out.contains("calibrated 2026-11-18 11:06 UTC (version 0.1.0)"), "{after:?}");
    let kept = desk.run(&["doctor", "--json"]).json()["host"]["calibration"].clone();
    assert_eq!(kept["certificate"], certificate.to_string());
}
