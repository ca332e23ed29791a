//! Weights from comparisons, by the way that people have: the evidence file.

use bakeoff_decision::{Decision, Evidence, decide};
use serde_json::{Value, json};

fn document(names: &[&str], elicitation: &Value) -> Value {
    let criteria: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            json!({"name": name, "kind": "cited", "rank": at + 1,
                   "normal": [[0.5, 0.1], [0.6, 0.1]], "best": 1.0, "worst": 0.0})
        })
        .collect();
    json!({"schema": "bakeoff.evidence/1", "draws": 2000, "alternatives": ["x", "y"],
           "criteria": criteria, "elicitation": elicitation})
}

fn decided(names: &[&str], elicitation: &Value) -> Decision {
    let evidence = Evidence::from_value(document(names, elicitation));
    decide(&evidence.unwrap_or_else(|problems| panic!("{problems:?}"))).expect("checked evidence")
}

fn refused(names: &[&str], elicitation: &Value) -> String {
    let problems = Evidence::from_value(document(names, elicitation)).expect_err("is refused");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn close(ours: &[f64], theirs: &Value, tolerance: f64) {
    let theirs: Vec<f64> = serde_json::from_value(theirs.clone()).expect("numbers");
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!((ours - theirs).abs() <= tolerance, "{ours} for {theirs}");
    }
}

#[test]
fn saatys_drinks_come_out_of_an_evidence_file() {
    let vector: Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/dec-ahp-drinks-saaty2008.json"
    )))
    .expect("a vector");
    let matrix = &vector["inputs"]["matrix"];
    let names = ["a", "g", "f", "e", "d", "c", "b"];
    let decision = decided(&names, &json!({"method": "pairwise", "comparisons": matrix}));
    let facts = decision.elicitation.expect("facts");
    let expected = &vector["expected"];
    close(&facts.weights, &expected["priorities"], 1e-6);
    close(&[facts.lambda_max.expect("one")], &json!([expected["lambda_max"]]), 1e-6);
    close(&[facts.consistency_index.expect("one")], &json!([expected["CI"]]), 1e-6);
    let ratios: Vec<f64> = facts.consistency_ratios.into_values().collect();
    let named = expected["CR"].as_f64().expect("one");
    assert!(ratios.iter().any(|ratio| (ratio - named).abs() < 1e-6), "{ratios:?}");
    // The criteria weigh what the comparisons say, in whatever order their names sort.
    let weights: Vec<f64> = decision.criteria.iter().map(|criterion| criterion.weight).collect();
    close(&weights, &expected["priorities"], 1e-6);
    assert!(decision.warnings.iter().all(|warning| !warning.text.contains("contradict")));
}

#[test]
fn half_a_matrix_and_a_group_of_judges_say_the_same_as_the_whole() {
    let whole = json!([[1, 3, 5], [1.0 / 3.0, 1, 2], [0.2, 0.5, 1]]);
    let half = json!([[null, 3, 5], [null, null, 2], null]);
    let weights = |elicitation: Value| {
        decided(&["k", "l", "m"], &elicitation).elicitation.expect("facts").weights
    };
    let expected = weights(json!({"method": "pairwise", "comparisons": whole}));
    for other in [
        json!({"method": "pairwise", "comparisons": half}),
        json!({"method": "pairwise", "judges": [{"name": "Ada", "comparisons": half}, {"comparisons": whole}]}),
    ] {
        close(&weights(other), &json!(expected), 1e-9);
    }
}

#[test]
fn contradicting_comparisons_are_warned_of_and_the_tables_named() {
    let circle = json!([[1, 5, 0.2], [0.2, 1, 5], [5, 0.2, 1]]);
    let decision = decided(&["k", "l", "m"], &json!({"method": "pairwise", "comparisons": circle}));
    let facts = decision.elicitation.expect("facts");
    assert_eq!(facts.consistency_ratios.len(), 2);
    assert!(facts.consistency_ratios.values().all(|ratio| *ratio > 1.0));
    assert!(decision.warnings.iter().any(|warning| warning.text.contains("RI of Saaty")));
    close(
        &facts.other_weights.expect("the other method"),
        &json!([1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]),
        1e-9,
    );
}

#[test]
fn best_worst_comparisons_give_weights_and_their_contradiction() {
    // Rezaei (2015), buying a car: quality, price, comfort, safety, style.
    let given = json!({"method": "best-worst", "best": "price", "worst": "style",
        "best_to_others": {"quality": 2, "comfort": 4, "safety": 3, "style": 8},
        "others_to_worst": {"quality": 4, "price": 8, "comfort": 4, "safety": 2}});
    let facts = decided(&["quality", "price", "comfort", "safety", "style"], &given)
        .elicitation
        .expect("facts");
    assert!((facts.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let xi = facts.xi.expect("xi");
    let [quality, price, comfort, safety, style] = facts.weights[..] else { panic!("five") };
    for deviation in [
        price - 2.0 * quality,
        price - 4.0 * comfort,
        price - 3.0 * safety,
        price - 8.0 * style,
        quality - 4.0 * style,
        comfort - 4.0 * style,
        safety - 2.0 * style,
    ] {
        assert!(deviation.abs() <= xi + 1e-6, "{deviation} beyond {xi}");
    }
    assert!(price > quality && quality > safety && style < safety);
}

#[test]
fn an_order_gives_the_vector_that_is_asked_for() {
    let weights = |formula: &str| {
        let given = json!({"method": "ranks", "formula": formula});
        decided(&["k", "l", "m"], &given).elicitation.expect("facts").weights
    };
    close(&weights("centroid"), &json!([11.0 / 18.0, 5.0 / 18.0, 2.0 / 18.0]), 1e-12);
    close(&weights("sum"), &json!([0.5, 1.0 / 3.0, 1.0 / 6.0]), 1e-12);
    close(&weights("reciprocal"), &json!([6.0 / 11.0, 3.0 / 11.0, 2.0 / 11.0]), 1e-12);
}

#[test]
fn wrong_comparisons_are_refused_with_path_and_reason() {
    for (given, said) in [
        (json!({"method": "pairwise"}), "elicitation.comparisons or judges is needed"),
        (json!({"method": "guess"}), "elicitation.method is `guess`"),
        (
            json!({"method": "pairwise", "comparisons": [[1, 2], [0.5, 1]]}),
            "elicitation.comparisons has 2 rows for 3 criteria",
        ),
        (
            json!({"method": "pairwise", "comparisons": [[1, 2, 3], [0.5, 1], [1, 1, 1]]}),
            "elicitation.comparisons[1] has 2 entries",
        ),
        (
            json!({"method": "pairwise", "comparisons": [[1, 0, 3], [0.5, 1, 1], [1, 1, 1]]}),
            "[0][1] is 0, not above zero",
        ),
        (json!({"method": "pairwise", "comparisons": [[1, 2, 3], [2, 1, 1], [1, 1, 1]]}), "not 1"),
        (
            json!({"method": "pairwise", "comparisons": [[1, null, 3], [null, 1, 1], [null, 1, 1]]}),
            "[0][1] is null, and so is its reciprocal",
        ),
        (
            json!({"method": "pairwise", "comparisons": [[1, 1e300, 3], [null, 1, 1], [null, 1, 1]]}),
            "beyond 1e12",
        ),
        (json!({"method": "best-worst", "best": "k"}), "elicitation.worst is missing"),
        (
            json!({"method": "best-worst", "best": "k", "worst": "m", "best_to_others": {"l": 2}, "others_to_worst": {"l": 2, "k": 4}}),
            "elicitation.best_to_others.m is missing",
        ),
        (
            json!({"method": "best-worst", "best": "k", "worst": "m", "best_to_others": {"l": 0.5, "m": 4}, "others_to_worst": {"l": 2, "k": 4}}),
            "elicitation.best_to_others.l is 0.5",
        ),
        (
            json!({"method": "best-worst", "best": "k", "worst": "m", "best_to_others": {"l": 2, "m": 4}, "others_to_worst": {"l": 2, "k": 5}}),
            "differ",
        ),
        (
            json!({"method": "best-worst", "best": "k", "worst": "k", "best_to_others": {"l": 2, "m": 4}, "others_to_worst": {"l": 2, "m": 5}}),
            "not two of the criteria",
        ),
        (json!({"method": "ranks", "best": "k"}), "elicitation.best belongs to another method"),
    ] {
        let found = refused(&["k", "l", "m"], &given);
        assert!(found.contains(said), "{given}: {found}");
    }
}
