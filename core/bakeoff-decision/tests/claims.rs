//! Claims: the language, and the verdict each kind of statement gives on evidence made for it.

use std::collections::BTreeMap;

use bakeoff_decision::claims::{
    CandidateFacts, ClaimVerdict, Claims, Finding, Grounds, Panel, judge,
};
use bakeoff_experiment::battery::{BatteryOutcome, Defect};
use bakeoff_experiment::trials::Trials;
use serde_json::json;

/// Eight rounds in which each candidate has its number times a little noise common to the round
/// and a little of its own.
fn trials(rows: &[(&str, &str, &str, f64)]) -> Trials {
    let mut all = Vec::new();
    for round in 1..=8u32 {
        for (at, (candidate, workload, metric, value)) in rows.iter().enumerate() {
            let common = [1.0, 1.05, 0.97, 1.02, 0.94, 1.01, 1.08, 0.99][round as usize - 1];
            let own = 1.0 + 0.01 * (f64::from(round) * 1.7 + at as f64 * 2.3).sin();
            all.push(json!({
                "round": round, "position": at, "candidate": candidate, "workload": workload,
                "load": if workload.is_empty() { "" } else { "max" }, "build": 1,
                "answers": if *workload == "brief" { 900 } else { 20_000 },
                "metrics": {*metric: value * common * own},
            }));
        }
    }
    let document = json!({
        "schema": "bakeoff.trials/1",
        "design": {"candidates": ["rust-axum", "rust-hyper", "go-nethttp", "zig-std"],
                   "reference": "go-nethttp", "margin": {}, "level": 0.95,
                   "stop": {"kind": "fixed", "rounds": 8}, "direction": {}},
        "trials": all,
    });
    serde_json::from_value(document).expect("trials of a test are sound")
}

fn grounds() -> Grounds {
    let mut grounds = Grounds::of_trials(&trials(&[
        ("rust-axum", "compute", "cpu-per-request", 1.0e-3),
        ("rust-hyper", "compute", "cpu-per-request", 0.9e-3),
        ("go-nethttp", "compute", "cpu-per-request", 1.5e-3),
        ("rust-axum", "fan-out", "cpu-per-request", 2.0e-3),
        ("rust-hyper", "fan-out", "cpu-per-request", 2.0e-3),
        ("go-nethttp", "fan-out", "cpu-per-request", 2.02e-3),
        ("go-nethttp", "read-states", "gc-pause-max", 0.6e-3),
        ("rust-axum", "brief", "latency-p99", 1.0e-3),
        ("go-nethttp", "brief", "latency-p99", 2.0e-3),
        ("rust-axum", "long", "latency-p99", 1.0e-3),
        ("go-nethttp", "long", "latency-p99", 2.0e-3),
        ("rust-axum", "", "artifact-size", 3.0e6),
        ("go-nethttp", "", "artifact-size", 7.0e6),
    ]));
    for (name, language) in
        [("rust-axum", "Rust"), ("rust-hyper", "Rust"), ("go-nethttp", "Go"), ("zig-std", "Zig")]
    {
        let absent = (name == "zig-std").then(|| "zig is not installed".to_owned());
        let facts = CandidateFacts { language: language.into(), absent };
        grounds.candidates.insert(name.into(), facts);
    }
    let defect = |class: &str, language: &str, outcome| Defect {
        class: class.into(),
        title: class.into(),
        language: language.into(),
        outcome,
        evidence: String::new(),
        steps: Vec::new(),
        source: String::new(),
    };
    grounds.battery = vec![
        defect("use-after-free", "Rust", BatteryOutcome::Rejected),
        defect("data-race", "Rust", BatteryOutcome::Rejected),
        defect("integer-overflow", "Rust", BatteryOutcome::Trapped),
        defect("data-race", "Go", BatteryOutcome::DetectorOnly),
        defect("integer-overflow", "Go", BatteryOutcome::SilentlyWrong),
    ];
    let scores = |scores: &[f64]| scores.iter().map(|score| Some(*score)).collect::<Vec<_>>();
    grounds.panels.insert(
        "onboarding".into(),
        Panel {
            scale: [1.0, 5.0],
            scores: BTreeMap::from([
                ("rust-axum".to_owned(), scores(&[2.0, 1.0, 2.0, 2.0, 3.0])),
                ("go-nethttp".to_owned(), scores(&[4.0, 4.0, 5.0, 4.0, 4.0])),
            ]),
        },
    );
    grounds.weight_space =
        vec![("rust-axum".into(), 0.45), ("rust-hyper".into(), 0.10), ("go-nethttp".into(), 0.45)];
    grounds
}

const HEAD: &str = r#"
schema = "bakeoff.claims/1"
[sources.A]
title = "an article"
year = 2026
[groups]
rust = ["rust-axum", "rust-hyper"]
go = "language:Go"
"#;

fn find(holds: &str) -> Finding {
    let text = format!(
        "{HEAD}\n[[claims]]\nid = \"c\"\nfrom = \"A\"\nsays = \"a sentence\"\nkind = \"measured\"\nholds = {holds}\n"
    );
    let claims = Claims::from_toml(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    judge(&claims, &grounds()).claims.remove(0).finding
}

#[track_caller]
fn verdict(holds: &str, expected: ClaimVerdict) -> Finding {
    let finding = find(holds);
    assert_eq!(finding.verdict, expected, "{holds}: {finding:#?}");
    finding
}

use ClaimVerdict::{Equivalent, Inconclusive, NotTestedHere, Refuted, Supported};

#[test]
fn a_ratio_of_groups_is_that_of_their_geometric_means_round_by_round() {
    let found = verdict(
        r#"{ ratio = { metric = "cpu-per-request", workload = "compute", a = "rust", b = "go" }, below = 1 }"#,
        Supported,
    );
    let expected = (1.0f64 * 0.9).sqrt() / 1.5;
    let (estimate, lower, upper) =
        (found.estimate.expect("one"), found.lower.expect("one"), found.upper.expect("one"));
    assert!((estimate / expected - 1.0).abs() < 0.02, "{estimate}");
    assert!(lower < estimate && estimate < upper && upper / lower < 1.1);
    assert_eq!((found.rounds, found.trials, found.level), (8, 24, Some(0.95)));
}

#[test]
fn a_quantile_of_windows_too_short_settles_no_claim() {
    let p99 = |workload: &str| {
        format!(
            r#"{{ ratio = {{ metric = "latency-p99", workload = "{workload}", a = "rust-axum", b = "go-nethttp" }}, below = 1 }}"#
        )
    };
    verdict(&p99("long"), Supported);
    let held = verdict(&p99("brief"), Inconclusive);
    assert!(held.upper.is_some_and(|upper| upper < 1.0), "its numbers stay: {held:?}");
    assert!(held.reasons[0].contains("window too short"), "{held:?}");
    assert_eq!(held.rounds_to_settle, None);
}

#[test]
fn a_claim_turned_round_is_refuted_and_its_negation_supported() {
    let above = r#"{ ratio = { metric = "cpu-per-request", workload = "compute", a = "rust", b = "go" }, above = 1 }"#;
    verdict(above, Refuted);
    verdict(&format!("{{ not = {above} }}"), Supported);
}

#[test]
fn an_interval_inside_the_margin_is_equivalent_and_counts_as_the_statement_says() {
    let with = |more: &str| {
        format!(
            r#"{{ ratio = {{ metric = "cpu-per-request", workload = "fan-out", a = "go", b = "rust" }}, above = 1{more} }}"#
        )
    };
    verdict(&with(""), Equivalent);
    verdict(&with(", equivalent = \"supports\""), Supported);
    verdict(&with(", equivalent = \"refutes\""), Refuted);
}

#[test]
fn a_limit_other_than_one_has_no_margin_unless_it_is_given_one() {
    let found = verdict(
        r#"{ ratio = { metric = "cpu-per-request", workload = "compute", a = "go", b = "rust" }, below = "2x" }"#,
        Supported,
    );
    assert_eq!(found.margin, Some(0.0));
}

#[test]
fn a_gap_narrows_where_the_factor_falls_whichever_way_round_it_is() {
    let found = verdict(
        r#"{ gap = { metric = "cpu-per-request", from = "compute", to = "fan-out", a = "go", b = "rust" }, below = 1, margin = "10%" }"#,
        Supported,
    );
    let other_way = find(
        r#"{ gap = { metric = "cpu-per-request", from = "compute", to = "fan-out", a = "rust", b = "go" }, below = 1, margin = "10%" }"#,
    );
    assert_eq!(found.estimate, other_way.estimate);
}

#[test]
fn values_take_units_and_extremes_say_what_they_cannot_show() {
    let value = |bound: &str| {
        format!(
            r#"{{ value = {{ metric = "gc-pause-max", workload = "read-states", candidate = "go-nethttp", take = "max" }}, {bound} }}"#
        )
    };
    let found = verdict(&value("below = \"1ms\""), Supported);
    assert!(found.reasons[0].contains("8 trials"), "{:?}", found.reasons);
    verdict(&value("above = \"2 ms\""), Refuted);
    verdict(
        r#"{ value = { metric = "artifact-size", candidate = "go-nethttp" }, above = "1MB", below = "3MB" }"#,
        Refuted,
    );
}

#[test]
fn counted_metrics_have_no_interval() {
    let found = verdict(
        r#"{ ratio = { metric = "artifact-size", a = "rust-axum", b = "go" }, below = 1 }"#,
        Supported,
    );
    assert_eq!((found.lower, found.upper, found.level), (None, None, None));
}

#[test]
fn batteries_are_counted_and_compared() {
    let rejected = |more: &str| {
        format!(r#"{{ count = {{ language = "Rust", outcomes = ["rejected"] }}, {more} }}"#)
    };
    verdict(&rejected("above = 1"), Supported);
    verdict(&rejected("share = true, above = 0.9"), Refuted);
    verdict(&rejected(r#"against = { language = "Go", outcomes = ["rejected"] }"#), Supported);
    verdict(r#"{ count = { language = "C", outcomes = ["trapped"] }, above = 0 }"#, NotTestedHere);
}

#[test]
fn raters_are_compared_within_each_rater() {
    let found = verdict(
        r#"{ rated = { criterion = "onboarding", a = "go", b = "rust-axum" }, above = 0 }"#,
        Supported,
    );
    assert!((found.estimate.expect("one") - 2.2 / 4.0).abs() < 1e-12);
    verdict(
        r#"{ rated = { criterion = "velocity", a = "go", b = "rust" }, above = 0 }"#,
        NotTestedHere,
    );
}

#[test]
fn weight_space_adds_up_over_groups() {
    let found = verdict(r#"{ weight-space = { of = ["rust", "go"] }, below = "90%" }"#, Supported);
    assert!((found.estimate.expect("one") - 0.55).abs() < 1e-12);
}

#[test]
fn what_is_missing_here_is_named() {
    let found = verdict(
        r#"{ ratio = { metric = "cpu-per-request", workload = "compute", a = "zig-std", b = "go" }, below = 1 }"#,
        NotTestedHere,
    );
    assert_eq!(found.reasons, ["zig-std: zig is not installed"]);
    let found = verdict(
        r#"{ value = { metric = "bytes-per-task", candidate = "go" }, below = 1 }"#,
        NotTestedHere,
    );
    assert_eq!(found.reasons, ["nothing was measured of bytes-per-task"]);
}

#[test]
fn one_of_several_workloads_suffices_where_it_says_so_and_each_has_to_be_surer() {
    let over = |over: &str| {
        format!(
            r#"{{ ratio = {{ metric = "cpu-per-request", over = "{over}", a = "rust", b = "go" }}, below = 1 }}"#
        )
    };
    let found = verdict(&over("some"), Supported);
    assert_eq!(found.parts.len(), 2);
    assert!(found.parts.iter().all(|part| part.level == Some(0.975)), "{found:#?}");
    verdict(&over("every"), Equivalent);
}

#[test]
fn an_inconclusive_claim_says_how_many_rounds_would_settle_it() {
    let found = verdict(
        r#"{ ratio = { metric = "cpu-per-request", workload = "fan-out", a = "go", b = "rust" }, above = 1, margin = "0.9%" }"#,
        Inconclusive,
    );
    assert!(found.rounds_to_settle.is_some_and(|rounds| rounds > 8), "{found:#?}");
}

#[test]
fn every_problem_of_a_claims_file_is_reported_with_its_path() {
    let text = r#"
schema = "bakeoff.claims/1"
[[claims]]
id = "a"
from = ["Z"]
says = "s"
kind = "measured"
holds = { ratio = { metric = "m", a = "x", b = "y" } }
[[claims]]
id = "a"
says = "s"
kind = "measured"
holds = { count = { language = "Go", outcomes = ["trappd"] }, above = "many" }
[[claims]]
id = "c"
says = "s"
kind = "cited"
[[claims]]
id = "d"
says = "s"
kind = "measured"
holds = { any = [ { ratio = { metric = "m", a = "x", b = "y" }, value = { metric = "m", candidate = "x" }, above = 1 } ] }
"#;
    let problems = Claims::from_toml(text).expect_err("all wrong");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    claims[0].holds needs above, below or both
    claims[0].from `Z` is no source
    claims[1].holds.above is `many`, no number with a unit such as `1ms`, `2kB`, `5%` or `2x`
    claims[1].holds.count.outcomes `trappd` is no outcome of a battery; did you mean `trapped`?
    claims[1].id repeats claims[0]
    claims[2].citation is missing
    claims[3].holds.any[0] needs exactly one of ratio, gap, value, count, rated, weight-space, all, any, not
    ");
}

#[test]
fn misspelt_fields_are_reported_with_what_was_probably_meant() {
    let text = "schema = \"bakeoff.claims/1\"\n[[claims]]\nid = \"a\"\nsays = \"s\"\nkind = \"mesured\"\nhold = {}\n";
    let problems = Claims::from_toml(text).expect_err("all wrong");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    claims[0].hold is no known field; did you mean `holds`?
    claims[0].kind is `mesured`, which is none of `measured`, `measured-in-part`, `rated`, `cited`; did you mean `measured`?
    ");
}

#[test]
fn a_cited_claim_keeps_its_citation_and_is_not_tested_here() {
    let text = format!(
        "{HEAD}\n[[claims]]\nid = \"popularity\"\nfrom = \"A\"\nsays = \"s\"\nkind = \"cited\"\nlimits = \"a survey\"\n\
         citation = {{ title = \"State of Rust\", year = 2025, figure = \"26 %\" }}\n"
    );
    let ledger = judge(&Claims::from_toml(&text).expect("sound"), &grounds());
    let entry = &ledger.claims[0];
    assert_eq!(entry.verdict, NotTestedHere);
    assert_eq!(entry.finding.reasons, ["cited, not measured: State of Rust, 2025"]);
    assert_eq!(ledger.counts, BTreeMap::from([("not tested here".to_owned(), 1)]));
}
