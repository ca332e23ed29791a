//! Second opinions of raw trials: the published numbers of the tests they are made of, and what turning
//! a pair round does to them.

use std::collections::BTreeMap;

use bakeoff_experiment::analyse::second::{SecondOpinion, second_opinions};
use bakeoff_experiment::metric::Direction;
use bakeoff_experiment::numbers::Numbers;
use bakeoff_experiment::trials::{Design, StopDesign, TRIALS_SCHEMA, TrialRow, Trials};
use serde_json::Value;

macro_rules! vector {
    ($id:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../vectors/",
            $id,
            ".json"
        )))
        .unwrap()
    };
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The opinion on `a` against `b`, whose logarithms are given round by round.
fn opinion(a: &[f64], b: &[f64], better: Direction, level: f64) -> SecondOpinion {
    let row = |round: usize, position: u32, candidate: &str, ln: f64| TrialRow {
        round: round as u32 + 1,
        position,
        candidate: candidate.to_owned(),
        workload: "json".to_owned(),
        load: "60%".to_owned(),
        build: 1,
        answers: None,
        metrics: Numbers::from_iter([("m", ln.exp())]),
    };
    let rounds = a.iter().zip(b).enumerate();
    let trials = rounds.flat_map(|(round, (a, b))| {
        let lead = (round % 2) as u32;
        [row(round, lead, "a", *a), row(round, 1 - lead, "b", *b)]
    });
    let trials = Trials {
        schema: TRIALS_SCHEMA.to_owned(),
        design: Design {
            candidates: vec!["a".to_owned(), "b".to_owned()],
            reference: "b".to_owned(),
            margin: BTreeMap::from([("m".to_owned(), 0.05)]),
            level,
            stop: StopDesign {
                kind: "fixed".to_owned(),
                rounds: Some(a.len() as u32),
                prior_variance: None,
                half_width: None,
                looks: Vec::new(),
            },
            direction: BTreeMap::from([("m".to_owned(), better)]),
            primary: Vec::new(),
            exploratory: Vec::new(),
        },
        trials: trials.collect(),
    };
    let mut found = second_opinions(&trials).unwrap().comparisons;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn sign_flips_of_trials_are_those_of_the_maize() {
    let vector = vector!("stat-paired-permutation-darwin");
    let eighths = numbers(&vector["inputs"]["differences_eighths_inch"]);
    let a: Vec<f64> = eighths.iter().map(|difference| difference / 100.0).collect();
    let found = opinion(&a, &vec![0.0; a.len()], Direction::Lower, 0.95);
    let expected = vector["expected"]["p_two_sided"].as_f64().unwrap();
    assert!(found.sign_flip_exact && (found.sign_flip_p - expected).abs() < 1e-12, "{found:?}");
}

#[test]
fn ranks_of_trials_are_those_of_the_depression_scores() {
    let vector = vector!("stat-signedrank-depression");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let level = inputs["confidence"].as_f64().unwrap();
    let (x, y) = (numbers(&inputs["x"]), numbers(&inputs["y"]));
    let found = opinion(&x, &y, Direction::Lower, level);
    let limits = numbers(&expected["ci"]);
    let ratio = found.rank_ratio.ln();
    assert!((ratio - expected["pseudomedian"].as_f64().unwrap()).abs() < 1e-9, "{found:?}");
    for (limit, expected) in [found.rank_lower, found.rank_upper].into_iter().zip(limits) {
        assert!((limit.unwrap().ln() - expected).abs() < 1e-9, "{found:?}");
    }
}

#[test]
fn more_is_better_turns_the_verdict_and_no_number() {
    let a = [0.02, 0.05, 0.03, 0.08, 0.01, 0.04, 0.9, 0.03];
    let b = [0.0; 8];
    let lower = opinion(&a, &b, Direction::Lower, 0.95);
    let higher = opinion(&a, &b, Direction::Higher, 0.95);
    assert_eq!(lower, higher);
    // One wild round: the t interval is wide, the ranks are not.
    assert_eq!(lower.agrees, Some(false), "{lower:?}");
    let few = opinion(&a[..4], &b[..4], Direction::Lower, 0.95);
    assert_eq!((few.agrees, few.rank_lower), (None, None));
}
