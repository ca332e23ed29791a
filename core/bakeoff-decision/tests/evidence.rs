//! Evidence documents: what is wrong with bad ones, and that no number of a decision is ever none.

use bakeoff_decision::{Evidence, decide};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "schema": "bakeoff.evidence/1", "seed": 1, "draws": 2000, "alternatives": ["rust", "go"],
        "criteria": [
            {"name": "p99", "kind": "measured", "shape": "log", "best": 0.005, "worst": 0.05,
             "swing": 80, "rounds": [[0.009, 0.0096, 0.0088], [0.0118, 0.0131, 0.0122]], "max": null},
            {"name": "maintainability", "kind": "rated", "scale": [1, 5], "swing": 60,
             "scores": [[3, 4, 3], [4, 4, 5]]},
            {"name": "hiring", "kind": "cited", "swing": 40,
             "triangular": [[0.2, 0.35, 0.6], [0.5, 0.7, 0.85]]},
            {"name": "unknown-thing", "kind": "unknown", "swing": 10},
        ],
    })
}

/// The problems of the document with one value replaced (or removed, by `null`), one a line.
fn problems(pointer: &str, value: Value) -> String {
    let mut document = document();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("its parent");
    match key.parse::<usize>() {
        Ok(index) => parent[index] = value,
        Err(_) => parent[key] = value,
    }
    match Evidence::from_json(&document.to_string()) {
        Ok(_) => "fine".to_owned(),
        Err(problems) => {
            problems.iter().map(ToString::to_string).collect::<Vec<String>>().join("\n")
        }
    }
}

#[test]
fn the_example_of_the_design_is_sound() {
    let evidence = Evidence::from_json(&document().to_string()).expect("sound");
    let decision = decide(&evidence).expect("sound");
    assert!((decision.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let shares = decision.shares;
    let total = shares.measured + shares.rated + shares.cited + shares.unknown;
    assert!((total - 1.0).abs() < 1e-12);
    let again: Evidence =
        serde_json::from_str(&serde_json::to_string(&evidence).expect("writes")).expect("reads");
    assert_eq!(again, evidence);
}

#[test]
fn a_measured_criterion_that_cannot_be_logarithmic_says_so_unless_its_shape_was_chosen() {
    let said = |best: f64, rounds: Value, shape: Value| {
        let mut document = document();
        let criterion = &mut document["criteria"][0];
        (criterion["best"], criterion["rounds"]) = (json!(best), rounds);
        criterion["shape"] = shape;
        let evidence = Evidence::from_json(&document.to_string()).expect("sound");
        let warnings = decide(&evidence).expect("sound").warnings;
        let of = warnings.into_iter().map(|warning| warning.text);
        of.filter(|text| text.contains("above zero")).collect::<Vec<String>>().join("\n")
    };
    let above = json!([[0.009, 0.0096, 0.0088], [0.0118, 0.0131, 0.0122]]);
    let below = json!([[0.009, 0.0096, -0.001], [0.0118, 0.0131, 0.0122]]);
    assert_eq!(said(0.005, above.clone(), Value::Null), "", "log, as METHODS.md has it");
    insta::assert_snapshot!(said(-0.01, above.clone(), Value::Null), @"p99: an anchor is not above zero, so equal differences were taken to be equally valuable; `shape` says what is meant");
    insta::assert_snapshot!(said(0.005, below.clone(), Value::Null), @"p99: a round is not above zero, so equal differences were taken to be equally valuable; `shape` says what is meant");
    assert_eq!(said(-0.01, above, json!("linear")), "");
    assert_eq!(said(0.005, below, json!("linear")), "");
}

#[test]
fn each_problem_has_its_path_and_reason() {
    let cases: Vec<(&str, Value)> = vec![
        ("/schema", json!("bakeoff.evidence/2")),
        ("/alternatives", json!(["rust", "rust"])),
        ("/alternatives", json!([])),
        ("/draws", json!(0)),
        ("/draws", json!(-5)),
        ("/criteria", json!([])),
        ("/criteria", json!("many")),
        ("/criteria/0/best", json!(0.05)),
        ("/criteria/0/best", json!(-0.05)),
        ("/criteria/0/best", Value::Null),
        ("/criteria/0/best", json!("5ms")),
        ("/criteria/0/best", json!(1e200)),
        ("/criteria/0/swing", json!(-1)),
        ("/criteria/0/swing", Value::Null),
        ("/criteria/0/swign", json!(3)),
        ("/criteria/0/rounds", json!([[0.009, 0.0096, 0.0088]])),
        ("/criteria/0/rounds", json!([[0.009, 0.0096], [0.0118, 0.0131, 0.0122]])),
        ("/criteria/0/rounds", json!([[0.009], [0.0118]])),
        ("/criteria/0/rounds", json!([[0.009, 0.01], [0.0118, 0.0]])),
        ("/criteria/0/rounds", json!([[0.009, "x"], [0.0118, 0.01]])),
        ("/criteria/0/rounds", json!([null, []])),
        ("/criteria/0/shape", json!("logarithmic")),
        ("/criteria/0/shape", json!("piecewise")),
        ("/criteria/0/shape", json!("exponential")),
        ("/criteria/0/scores", json!([[1], [2]])),
        ("/criteria/0/min", json!(5)),
        ("/criteria/1/scale", Value::Null),
        ("/criteria/1/scale", json!([3, 3])),
        ("/criteria/1/scores", json!([[3, 4, 3], [4, 4, 6]])),
        ("/criteria/1/raters", json!(["ann"])),
        ("/criteria/1/max", json!(4)),
        ("/criteria/2/triangular", json!([[0.2, 0.1, 0.6], [0.5, 0.7, 0.85]])),
        ("/criteria/2/triangular", json!([[0.2, 0.35, 1.6], [0.5, 0.7, 0.85]])),
        ("/criteria/2/triangular", json!([[0.2, 0.35], [0.5, 0.7, 0.85]])),
        ("/criteria/2/name", json!("p99")),
        ("/criteria/3/kind", json!("unkown")),
        ("/weights", json!("members")),
        ("/members", json!([{"name": "ann", "weights": {"p98": 3}}])),
        ("/requirements", json!([{"name": "r"}])),
        ("/requirements", json!([{"name": "r", "criterion": "hiring", "max": 1}])),
        ("/requirements", json!([{"name": "r", "holds": [true]}])),
        ("/groups", json!([{"path": ["speed"], "swing": 3}])),
    ];
    let lines: Vec<String> = cases
        .into_iter()
        .map(|(pointer, value)| {
            format!(
                "{pointer} = {value}\n    {}",
                problems(pointer, value.clone()).replace('\n', "\n    ")
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn all_problems_come_at_once() {
    let mut document = document();
    document["criteria"][0]["best"] = json!(0.05);
    document["criteria"][1]["scale"] = Value::Null;
    document["criteria"][2]["swing"] = json!(-3);
    let problems = Evidence::from_json(&document.to_string()).expect_err("three of them");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_not_json_says_where() {
    let problems = Evidence::from_json("{\"schema\": 1e999}").expect_err("no number");
    assert!(problems[0].reason.contains("line 1"), "{}", problems[0]);
}

/// Whether any number of a decision is missing: JSON has no way to write one that is none.
fn has_hole(value: &Value, path: &str, holes: &mut Vec<String>) {
    const MAY_BE_NULL: [&str; 14] = [
        "title",
        "leader",
        "closest_flip",
        "flips_to_below",
        "flips_to_above",
        "unit",
        "factor",
        "weights",
        "krippendorff",
        "kendall_w",
        "icc",
        "icc_one",
        "se_of_difference",
        "difference",
    ];
    match value {
        Value::Null => {
            let name = path.rsplit('.').next().unwrap_or_default();
            if !MAY_BE_NULL.contains(&name) && name != "members" {
                holes.push(path.to_owned());
            }
        }
        Value::Object(object) => {
            object.iter().for_each(|(key, item)| has_hole(item, &format!("{path}.{key}"), holes));
        }
        Value::Array(items) => items.iter().for_each(|item| has_hole(item, path, holes)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn quantity() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 1e-3..1e3f64,
        1 => Just(0.0),
        1 => -1e3..1e3f64,
        1 => (-99.0..99.0f64).prop_map(|power| 10f64.powf(power)),
    ]
}

fn criterion(alternatives: usize, name: usize) -> impl Strategy<Value = Value> {
    let row = move || proptest::collection::vec(proptest::option::weighted(0.9, quantity()), 3);
    let rows = proptest::collection::vec(proptest::option::weighted(0.9, row()), alternatives);
    let shape = proptest::option::of(prop_oneof![Just("log"), Just("linear"), Just("exponential")]);
    let measured = (rows, quantity(), quantity(), shape, proptest::option::of(quantity()))
        .prop_map(move |(rounds, best, worst, shape, max)| {
            json!({"name": name.to_string(), "kind": "measured", "swing": 1.0, "best": best,
                   "worst": worst, "rounds": rounds, "shape": shape, "rho": 1.0, "max": max})
        });
    let scores = proptest::collection::vec(
        proptest::collection::vec(proptest::option::weighted(0.8, 1..=5i32), 3),
        alternatives,
    );
    let rated = scores.prop_map(move |scores| {
        json!({"name": name.to_string(), "kind": "rated", "swing": 0.5, "scale": [1, 5],
               "scores": scores})
    });
    prop_oneof![3 => measured, 1 => rated]
}

fn anything() -> impl Strategy<Value = Value> {
    (1usize..4, prop_oneof![Just("swing"), Just("ordinal"), Just("none")]).prop_flat_map(
        |(alternatives, weights)| {
            let criteria: Vec<_> = (0..3).map(|name| criterion(alternatives, name)).collect();
            criteria.prop_map(move |criteria| {
                let names: Vec<String> = (0..alternatives).map(|a| format!("a{a}")).collect();
                json!({"schema": "bakeoff.evidence/1", "draws": 600, "alternatives": names,
                       "criteria": criteria, "weights": weights})
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sound_gives_a_decision_of_whole_numbers(document in anything()) {
        if let Ok(evidence) = Evidence::from_json(&document.to_string()) {
            let decision = decide(&evidence).expect("sound");
            let mut holes = Vec::new();
            let value = serde_json::to_value(&decision).expect("serialises");
            has_hole(&value, "", &mut holes);
            let expected = |hole: &String| {
                hole.starts_with(".central_weights") || hole.starts_with(".confidence_factors")
            };
            holes.retain(|hole| !expected(hole));
            prop_assert!(holes.is_empty(), "{:?} of {}", holes, document);
            let sum: f64 = decision.p_best.iter().sum::<f64>() + decision.p_none;
            prop_assert!((sum - 1.0).abs() < 1e-6);
            for mean in &decision.value.mean {
                prop_assert!((-1e-6..=1.000_001).contains(mean));
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", cut in 0usize..900) {
        prop_assert!(Evidence::from_json(&text).is_err());
        let whole = document().to_string();
        let cut = cut.min(whole.len() - 1);
        prop_assert!(Evidence::from_json(&whole[..cut]).is_err());
    }
}

#[test]
fn what_is_no_number_and_what_would_overflow_is_refused_where_it_stands() {
    let text = document().to_string();
    for (from, to, said) in [
        ("0.0118", "NaN", "criteria[0].rounds[1][0] is not JSON"),
        ("0.0118", "1e999", "criteria[0].rounds[1][0] is not a finite number"),
        ("\"swing\":80", "\"swing\":1.7e308", "criteria[0].swing is 170000"),
        ("\"scale\":[1,5]", "\"scale\":[-1e300,1e300]", "criteria[1].scale has no two levels"),
        (
            "\"swing\":80",
            "\"swing\":80,\"more\":1099511627776",
            "criteria[0].more needs a whole number",
        ),
        ("\"swing\":80", "\"swing\":80,\"effort\":1e-320", "criteria[0].effort is not within"),
    ] {
        assert!(text.contains(from), "{from}");
        let found = Evidence::from_json(&text.replacen(from, to, 1)).expect_err("is refused");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|problem| problem.starts_with(said)), "{to}: {found:?}");
    }
}
