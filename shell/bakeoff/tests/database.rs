//! A database behind the candidates: one of its own for each start, and its own counters decide
//! whether a trial counts.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use bakeoff_experiment::observation::{Blame, Observation};
use bakeoff_experiment::record::{BuildOutcome, Record, TrialOutcome, TrialRecord};
use bakeoff_store::RunStore;
use support::{FORGIVING, alone, bakeoff, build, left_of, manifest, only_run};

/// How `script/postgres` says that there is no PostgreSQL to start.
const NO_POSTGRES: i32 = 3;

/// A file of this project.
fn ours(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A server to throw away; ended and removed with this value.
struct Server {
    folder: PathBuf,
    url: String,
}

impl Server {
    /// Starts one. `None`, said on stderr, where there is no PostgreSQL or no Go; on CI there must
    /// be.
    fn start() -> Option<Self> {
        let go = Command::new("go").arg("version").stdout(Stdio::null()).status();
        let none = |what: &str| -> Option<Self> {
            assert!(std::env::var_os("CI").is_none(), "these tests need {what}: see script/test");
            eprintln!("skipped: no {what} (script/test gets it)");
            None
        };
        if !go.is_ok_and(|status| status.success()) {
            return none("Go");
        }
        // Not below a folder that only we may enter: root runs it as another user.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let name = format!("bakeoff-test-pg-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let started = Command::new(ours("script/postgres"))
            .arg("start")
            .args([&folder, Path::new(&port.to_string())])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        if started.status.code() == Some(NO_POSTGRES) {
            return none("PostgreSQL");
        }
        assert!(started.status.success(), "script/postgres: {}", started.status);
        let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        Some(Self { folder, url })
    }

    /// The databases that are there, of templates and the server's own apart.
    fn databases(&self) -> Vec<String> {
        let mut client = postgres::Client::connect(&self.url, postgres::NoTls).unwrap();
        let rows = client.query("select datname::text from pg_database", &[]).unwrap();
        let names = rows.iter().map(|row| row.get::<_, String>(0));
        names.filter(|name| name.starts_with("bakeoff_")).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = Command::new(ours("script/postgres")).arg("stop").arg(&self.folder).status();
        assert!(stopped.is_ok_and(|status| status.success()), "the server is left behind");
    }
}

fn stored() -> &'static Path {
    static STORED: OnceLock<PathBuf> = OnceLock::new();
    STORED.get_or_init(|| build("stored"))
}

/// A candidate that is the fixture in this mode, named after it.
fn candidate(mode: &str) -> String {
    let stored = stored().display();
    format!(
        r#"
[candidates.{mode}]
language = "Go"
dir = "."
run = ["{stored}", "--listen", "{{address}}", "--database", "{{database}}", "--pool", "{{pool}}", "--mode", "{mode}"]
"#
    )
}

/// The part of a manifest that names the server, and a workload of orders that are read once each
/// before the load and often under it.
fn orders(url: &str) -> String {
    format!(
        r#"
[database]
url = "{url}"
pool = 4
prepare = "prepare.sql"
hint = "start one"

[contract]
requests = 0

[workloads.orders]
requests = [{{ get = "/orders/{{id}}", id = {{ range = [1, 50] }}, queries = 1, rows = 1 }}]
closed = 8
load = "200/s"
warm-up = "100ms"
measure = "400ms"

[judging]
retries = 0
"#
    )
}

const PREPARE: &str = "create table orders (id bigint primary key, total bigint);
    insert into orders select id, 7 * id from generate_series(1, 50) as id;";

/// Runs the manifest of a folder: exit code, what was said, the records.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, Vec<Record>) {
    let arguments = [&["run", ".", "--seed", "3"], arguments].concat();
    let output = bakeoff(folder, &arguments).env_remove("BAKEOFF_DATABASE").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let run = only_run(folder).unwrap_or_else(|| panic!("no run: {said}"));
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    let id = run.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(left_of(&id), Vec::<String>::new(), "{said}");
    (output.status.code().unwrap_or(-1), said, records)
}

fn trials(records: &[Record]) -> Vec<&TrialRecord> {
    records
        .iter()
        .filter_map(|record| match record {
            Record::Trial(trial) => Some(&**trial),
            _ => None,
        })
        .collect()
}

/// The observation of a trial that counts, whose counters must have been looked at.
fn counted<'t>(trial: &'t TrialRecord, gates: &[&str]) -> &'t Observation {
    let TrialOutcome::Sealed(observation) = &trial.outcome else {
        panic!("{:?}: {:?}", trial.planned, trial.outcome)
    };
    for name in gates {
        let gate = observation.gates.iter().find(|gate| gate.name == *name);
        let gate = gate.unwrap_or_else(|| panic!("no gate `{name}`: {observation:?}"));
        assert!(gate.passed && 0.0 < gate.value, "{gate:?}");
    }
    let place = &observation.limits["database"];
    assert!(place.starts_with("PostgreSQL "), "{place}");
    observation
}

const GATES: [&str; 3] = ["database-queries", "database-rows", "database-pool"];

#[test]
fn caches_further_queries_and_further_connections_void_a_trial_by_the_servers_own_counters() {
    let _alone = alone();
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("prepare.sql"), PREPARE).unwrap();
    let modes = ["honest", "caches", "asks-twice", "hoards"];
    let candidates = modes.map(candidate).join("");
    manifest(folder.path(), "honest", &format!("{candidates}{}", orders(&server.url)));
    let (_, said, records) = run(folder.path(), &["--rounds", "2"]);
    let mut seen = BTreeSet::new();
    for trial in trials(&records) {
        let runs = trial.planned.runs();
        let (gate, figures) = match runs {
            "honest" => {
                counted(trial, &GATES);
                seen.insert(runs);
                continue;
            }
            "caches" => ("database-queries: ", "the database counted 0 queries; "),
            "asks-twice" => ("database-queries: ", " answers cost "),
            _ => ("database-pool: ", "it held 5 connections to the database and may hold 4"),
        };
        let TrialOutcome::Void { reason, blame, .. } = &trial.outcome else {
            panic!("it counts: {:?}", trial.planned)
        };
        assert_eq!(*blame, Blame::Candidate, "{reason}");
        assert!(reason.starts_with(gate) && reason.contains(figures), "{runs}: {reason}");
        seen.insert(runs);
    }
    assert_eq!(seen.len(), modes.len(), "{said}");
    assert_eq!(server.databases(), Vec::<String>::new(), "each is dropped after its start");
}

#[test]
fn without_a_server_candidates_that_need_one_are_left_out_with_the_reason_and_the_hint() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("prepare.sql"), PREPARE).unwrap();
    // A port that was free a moment ago: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/postgres");
    // Never started, so that any program does.
    let candidates = ["one", "two"].map(|name| {
        format!("[candidates.{name}]\ndir = \".\"\nrun = [\"true\", \"{{database}}\"]\n")
    });
    manifest(folder.path(), "one", &format!("{}{}", candidates.join(""), orders(&url)));
    let (code, said, records) = run(folder.path(), &["--rounds", "2"]);
    assert_eq!(code, 20, "{said}");
    assert!(said.contains(&format!("no PostgreSQL for us at 127.0.0.1:{port}")), "{said}");
    assert!(said.contains("start one"), "{said}");
    let skipped = records.iter().filter(|record| match record {
        Record::Built(built) => matches!(built.outcome, BuildOutcome::Skipped { .. }),
        _ => false,
    });
    assert_eq!(skipped.count(), 2, "{said}");
}

/// The suite as it is, its manifest changed so that a test can use it: unoptimised builds that are
/// kept, short windows, and gates that forgive the machine.
fn suite(folder: &Path, url: &str) {
    let source = ours("suites/orders-postgres");
    for name in ["candidates", "contract.toml", "prepare.sql"] {
        symlink(source.join(name), folder.join(name)).unwrap();
    }
    let text = fs::read_to_string(source.join("bakeoff.toml")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("clean ="));
    let mut text: String = lines.flat_map(|line| [line, "\n"]).collect();
    for (from, to) in [
        ("\"--release\", ", ""),
        ("target/release/", "target/debug/"),
        ("postgres://bakeoff@127.0.0.1:54329/postgres", url),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(folder.join("bakeoff.toml"), format!("{text}{FORGIVING}")).unwrap();
}

#[test]
fn both_candidates_of_the_suite_keep_the_contract_and_the_counters_agree() {
    let _alone = alone();
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    suite(folder.path(), &server.url);
    let (code, said, records) = run(folder.path(), &["--quick", "--rounds", "2"]);
    assert!([0, 11, 23].contains(&code), "{code}: {said}");
    for record in &records {
        let Record::Contract(contract) = record else { continue };
        assert_eq!((&contract.failures[..], &contract.broke), (&[][..], &None), "{said}");
    }
    let sealed: BTreeSet<&str> = trials(&records)
        .into_iter()
        .filter(|trial| !counted(trial, &GATES).metrics.is_empty())
        .map(|trial| trial.planned.runs())
        .collect();
    assert_eq!(sealed, BTreeSet::from(["go-nethttp", "rust-axum"]), "{said}");
    assert_eq!(server.databases(), Vec::<String>::new());
}

#[test]
fn its_contract_is_that_of_the_embedded_store_case_for_case() {
    let read = |path: &str| fs::read_to_string(ours(path)).unwrap();
    let (all, here) = (
        read("suites/rust-vs-go/contract-service.toml"),
        read("suites/orders-postgres/contract.toml"),
    );
    let of_orders = all.split("\n[[").map(str::trim).filter(|block| {
        block.contains("\nname = \"orders: ")
            || block.contains("]]\nmethod") && block.contains("\"/orders")
    });
    let mut cases = 0;
    for block in of_orders {
        assert!(here.contains(block), "not the same here:\n{block}");
        cases += 1;
    }
    assert!(30 < cases, "{cases}");
}
