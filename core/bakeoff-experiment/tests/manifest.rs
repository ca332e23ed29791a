//! The reader of manifests meets anything: it answers, every problem has a place in the file, and
//! showing the problems works.

use std::collections::BTreeMap;

use bakeoff_experiment::manifest::{self, Problems};
use proptest::prelude::*;

const SOUND: &str = r#"title = "two pilots"
reference = "b"

[limits]
cpus = 1
memory = "512MiB"

[candidates.a]
dir = "a"
run = ["./a", "{address}"]
env = { KEY = "ü" }

[candidates.b]
dir = "b"
build = [["make", "x"], ["make", "y"]]
run = ["./b", "{address}"]

[contract]
cases = "contract.toml"

[workloads.json]
requests = [{ get = "/json/{n}", n = { range = [1, 50] } }, { post = "/e", json = { id = { range = [1, 9] } } }]
arrivals = ["constant", "poisson"]
load = ["30%", "2000/s"]
closed = 32
objective = { p99 = "20ms" }

[criteria.performance]
swing = 60
tail = { measure = "latency-p99", load = "30% poisson", best = "2ms", worst = "50ms", swing = 2, margin = "10%" }

[criteria.hiring]
cited = "a survey, 2026"
values = { a = [0.1, 0.2, 0.3] }
swing = 40

[requirements.memory]
measure = "memory-peak"
max = "64MiB"

[profiles.mine]
performance = 10

[judging]
until = "decided"
margins = { throughput = "3%" }
gates = { errors = "1%" }

[quick]
rounds = 3
"#;

fn files() -> BTreeMap<String, Vec<u8>> {
    let contract = "[[case]]\nname = \"x\"\npath = \"/x\"\nexpect = { text = \"ok\" }\n";
    BTreeMap::from([
        ("a/x".to_owned(), Vec::new()),
        ("b/x".to_owned(), Vec::new()),
        ("contract.toml".to_owned(), contract.as_bytes().to_vec()),
    ])
}

/// Reads, and checks what holds of any answer.
fn read(bytes: &[u8]) -> Result<(), Problems> {
    let result = manifest::read("bakeoff.toml", bytes, &files());
    if let Err(problems) = &result {
        assert!(problems.has_errors(), "no experiment, and no error: {problems:?}");
        let lines = bytes.split(|byte| *byte == b'\n').count();
        for problem in &problems.list {
            assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem:?}");
        }
        assert!(!problems.render(false).is_empty() && !problems.render(true).is_empty());
    }
    result.map(|_| ())
}

#[test]
fn the_sound_one_is_sound() {
    assert_eq!(read(SOUND.as_bytes()), Ok(()));
}

/// Things that people and fuzzers put into files.
const SPLICES: [&str; 16] = [
    "",
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "nan",
    "-1",
    "1e400",
    "\u{0}",
    "ü",
    "\r\n",
    "[[x]]\n",
    "'''",
    "9999999999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_spoilt_manifest_is_answered(
        at in 0..SOUND.len(), length in 0_usize..12, splice in prop::sample::select(&SPLICES[..]),
    ) {
        let end = (at + length).min(SOUND.len());
        let bytes = [&SOUND.as_bytes()[..at], splice.as_bytes(), &SOUND.as_bytes()[end..]].concat();
        let _ = read(&bytes);
    }

    #[test]
    fn lines_in_any_order_are_answered(order in prop::collection::vec(0_usize..60, 0..80)) {
        let lines: Vec<&str> = SOUND.lines().collect();
        let text: Vec<&str> = order.iter().filter_map(|at| lines.get(*at).copied()).collect();
        let _ = read(text.join("\n").as_bytes());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}
