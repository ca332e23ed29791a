//! `bakeoff load` against servers of two makes: TLS, and whether its reports are true.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use support::{BAKEOFF, alone, truth};

/// Slack for what lies between the two programs on a busy machine, in seconds. What a generator
/// that omits requests gets wrong is many times as much.
const SLACK: f64 = 0.025;

/// A server in a process of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, address }
    }

    /// The Go server; none where there is no Go.
    fn truth(arguments: &[&str]) -> Option<Self> {
        Some(Self::start(Command::new(truth()?).args(arguments)))
    }

    /// The server of our own.
    fn reference(arguments: &[&str]) -> Self {
        Self::start(Command::new(BAKEOFF).arg("__reference").args(arguments))
    }

    /// What the Go server says it did.
    fn log(&self) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"GET /log HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn load(&self, scheme: &str, arguments: &[&str]) -> Output {
        let url = format!("{scheme}://{}/", self.address);
        Command::new(BAKEOFF).args(["load", &url]).args(arguments).output().unwrap()
    }

    /// `bakeoff.load/1` of a load.
    fn told(&self, scheme: &str, arguments: &[&str]) -> Value {
        let output = self.load(scheme, &[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // A machine too busy to measure on is said so; the numbers are there all the same.
        assert!(matches!(output.status.code(), Some(0 | 23)), "{said}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {said}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn number(told: &Value, pointer: &str) -> f64 {
    told.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}: {told}"))
}

/// That `reported` is not below `truth`, and, of a generator that calls itself fit, not far above.
fn holds(told: &Value, what: &str, reported: f64, truth: f64, slack: f64) {
    // Histograms keep three digits.
    assert!(truth * 0.998 - slack <= reported, "{what}: {reported} reported, {truth} true");
    let fit = told["generator"]["health"] == "healthy";
    assert!(
        !fit || reported <= truth + slack.max(SLACK),
        "{what}: {reported} reported, {truth} true"
    );
}

#[test]
fn https_is_loaded_and_handshakes_are_told_apart() {
    let server = Server::reference(&["--tls"]);
    let told = server.told("https", &["--insecure", "-c", "2", "-n", "60", "--churn", "10"]);
    assert_eq!((&told["answered"], &told["failed"]), (&60.into(), &0.into()));
    let made = told["connections_made"].as_u64().unwrap();
    assert_eq!(told["tls"]["count"].as_u64(), Some(made));
    // The last ones may have got no further than that.
    assert!((made..=made + 2).contains(&told["connect"]["count"].as_u64().unwrap()), "{told}");
    assert!(0 < told["tls_resumed"].as_u64().unwrap());
    let arguments = ["-k", "-c", "2", "-n", "60", "--churn", "10", "--no-resumption"];
    assert_eq!(server.told("https", &arguments)["tls_resumed"], 0);
    let screen = server.load("https", &["-k", "-n", "200"]);
    let screen = String::from_utf8(screen.stdout).unwrap();
    assert!(screen.contains("64 handshakes, 0 of them resumed a session"), "{screen}");
}

#[test]
fn http2_is_spoken_by_prior_knowledge_and_by_what_tls_agrees_on() {
    let _alone = alone();
    let Some(server) = Server::truth(&["--service", "1ms"]) else { return };
    let arguments = ["--http2", "--streams", "16", "-c", "2", "-n", "3000"];
    let told = server.told("http", &arguments);
    assert_eq!(told["protocol"], "HTTP/2", "{told}");
    assert_eq!((&told["answered"], &told["failed"]), (&3000.into(), &0.into()), "{told}");
    assert!(0.001 <= number(&told, "/latency/min"), "{told}");
    let open = [&arguments[..], &["--rate", "2000", "--poisson"]].concat();
    assert_eq!(server.told("http", &open)["answered"], 3000);
    let body = "x".repeat(100_000);
    let posted = [&arguments[..], &["--body", &body, "--check", "body=ok"]].concat();
    assert_eq!(server.told("http", &posted)["answered"], 3000);
    assert_eq!(server.log()["protocols"]["HTTP/2.0"], 9000);
    let Some(server) = Server::truth(&["--tls"]) else { return };
    let told = server.told("https", &[&arguments[..], &["--insecure"]].concat());
    assert_eq!((&told["answered"], &told["protocol"]), (&3000.into(), &"HTTP/2".into()), "{told}");
    assert_eq!(told["tls"]["count"], 2);
}

#[test]
fn a_server_that_speaks_no_http2_is_said_so() {
    for (scheme, arguments, problem) in
        [("http", &[][..], "not-http2"), ("https", &["--tls"][..], "no-common-protocol")]
    {
        let server = Server::reference(arguments);
        let refused = server.load(scheme, &["--http2", "-n", "1", "--timeout", "2"]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(22), "{said}");
        assert!(said.contains(problem), "{said}");
    }
}

#[test]
fn a_certificate_nobody_vouches_for_ends_with_22_and_what_helps() {
    let server = Server::reference(&["--tls"]);
    let refused = server.load("https", &["-n", "1"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(22), "{said}");
    assert!(said.contains("tls-certificate") && said.contains("pass --insecure"), "{said}");
    let plain = server.load("http", &["-n", "4", "-c", "1"]);
    let screen = String::from_utf8(plain.stdout).unwrap();
    assert!(screen.contains("which is TLS: use https://"), "{screen}");
    assert_eq!(server.load("http", &["-n", "1", "--insecure"]).status.code(), Some(2));
}

#[test]
fn tls_of_another_make_is_spoken_too() {
    for (version, arguments) in [("1.3", ["--tls"]), ("1.2", ["--tls12"])] {
        let Some(server) = Server::truth(&arguments) else { return };
        let told = server.told("https", &["-k", "-c", "2", "-n", "60", "--churn", "10"]);
        assert_eq!((&told["answered"], &told["failed"]), (&60.into(), &0.into()), "{version}");
        assert!(0 < told["tls_resumed"].as_u64().unwrap(), "{version}");
    }
}

#[test]
fn programmed_times_are_reported_as_the_server_logged_them() {
    let _alone = alone();
    for arrivals in [&["--rate", "500"][..], &["--rate", "500", "--poisson"], &["--closed"]] {
        let times = ["--service", "2ms", "--slow", "20ms", "--slowest", "120ms"];
        let Some(server) = Server::truth(&times) else { return };
        let told = server.told("http", &[arrivals, &["-d", "3s", "-c", "64"]].concat());
        let log = server.log();
        assert_eq!(told["answered"], log["answers"], "{arrivals:?}");
        for name in ["p50", "p90", "p95", "p99", "p999", "max"] {
            let truth = number(&log, &format!("/quantiles/{name}"));
            // No request can be answered sooner than the server did, by anybody's clock.
            let service = number(&told, &format!("/service_time/{name}"));
            holds(&told, &format!("service time {name} {arrivals:?}"), service, truth, 0.0);
            assert!(service * 0.998 <= number(&told, &format!("/latency/{name}")));
        }
    }
}

#[test]
fn a_stall_is_reported_as_the_schedule_has_it() {
    let _alone = alone();
    for arrivals in [&["--rate", "1000"][..], &["--rate", "1000", "--poisson"]] {
        let Some(server) = Server::truth(&["--stall", "200ms"]) else { return };
        // Two whole periods; ten connections, which the stall silences.
        let told = server.told("http", &[arrivals, &["-d", "4s", "-c", "10"]].concat());
        let log = server.log();
        assert_eq!(told["unsent"], 0, "{arrivals:?}");
        assert_eq!(told["answered"], log["answers"], "{arrivals:?}");
        // The server's own lateness makes a stall longer.
        let late = number(&log, "/late");
        for (name, share) in [("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
            // A tenth of the arrivals falls into the stall and waits 0 to 200 ms.
            let truth = (share - 0.9) / 0.1 * 0.2;
            let latency = number(&told, &format!("/latency/{name}"));
            holds(&told, &format!("latency {name} {arrivals:?}"), latency, truth, SLACK + late);
        }
        // What the server saw of it: ten requests each time, for nobody sent more.
        assert!(number(&log, "/quantiles/p90") < 0.1, "{log}");
    }
}

#[test]
fn a_wrong_answer_ends_with_10_whether_or_not_the_generator_was_fit() {
    let server = Server::reference(&[]);
    // So few at once fill the generator's core for as long as it lasts: alone that ends with 23.
    for arrivals in [&["-n", "50", "-c", "1"][..], &["-n", "20", "--rate", "100"]] {
        let ended = server.load("http", &[arrivals, &["--check", "body=no"]].concat());
        let screen = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(ended.status.code(), Some(10), "{screen}");
        assert!(screen.contains("wrong-body"), "{screen}");
    }
}

/// `HdrHistogram`'s own reader of logs, which `script/bench` fetches; none without it or without Java.
fn log_processor() -> Option<Command> {
    let fetched = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers/HdrHistogram.jar");
    let jar = std::env::var("HDRHISTOGRAM_JAR").unwrap_or_else(|_| fetched.to_owned());
    let java =
        Command::new("java").arg("-version").output().is_ok_and(|java| java.status.success());
    if !java || !std::path::Path::new(&jar).exists() {
        eprintln!("skipped: no Java, or no HdrHistogram.jar at `{jar}`");
        return None;
    }
    let mut command = Command::new("java");
    command.args(["-cp", &jar, "org.HdrHistogram.HistogramLogProcessor", "-csv"]);
    command.args(["-outputValueUnitRatio", "1"]);
    Some(command)
}

#[test]
fn the_histogram_log_says_to_hdrhistograms_own_tool_what_json_says() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("load.hlog");
    let server = Server::reference(&["--exponential", "--service", "2ms"]);
    let told = server.told("http", &["--rate", "2k", "-n", "4k", "--hdr", log.to_str().unwrap()]);
    let text = std::fs::read_to_string(&log).unwrap();
    for (tag, key) in
        [("latency", "latency"), ("service-time", "service_time"), ("send-lag", "send_lag")]
    {
        assert_eq!(text.matches(&format!("Tag={tag},")).count(), 1, "{text}");
        let Some(mut processor) = log_processor() else { continue };
        let made = folder.path().join(tag);
        processor.arg("-i").arg(&log).args(["-tag", tag]).arg("-o").arg(&made);
        assert!(processor.output().unwrap().status.success());
        let table = std::fs::read_to_string(&made).unwrap();
        let rows: Vec<Vec<&str>> = table
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split(',').map(|cell| cell.trim_matches('"')).collect())
            .collect();
        let [names, values] = &rows[..] else { panic!("{table}") };
        let cell = |name: &str| {
            let at = names.iter().position(|known| *known == name).unwrap();
            values[at].parse::<f64>().unwrap()
        };
        assert_eq!(cell("Total_Count"), number(&told, &format!("/{key}/count")));
        for (name, ours) in [
            ("Total_50%", "p50"),
            ("Total_90%", "p90"),
            ("Total_99%", "p99"),
            ("Total_99.9%", "p999"),
            ("Total_Max", "max"),
        ] {
            let (theirs, ours) = (cell(name), number(&told, &format!("/{key}/{ours}")) * 1e9);
            // They tell the upper end of a bucket; ours never tells more than the exact maximum.
            assert!(
                ours <= theirs + 0.5 && theirs <= ours * 1.001 + 1.0,
                "{key} {name}: {theirs} {ours}"
            );
        }
    }
}
