//! What a discrete signal is worth: the textbook's, and those of an evidence file (METHODS.md B8).

use bakeoff_decision::signals::{Discrete, discrete};
use bakeoff_decision::{Evidence, decide};
use serde_json::{Value, json};

/// Raiffa's oil wildcatter (Decision Analysis, 1968): drill or not; dry, wet or soaking; what the seismic soundings say.
fn wildcatter() -> Discrete {
    discrete(
        &[0.5, 0.3, 0.2],
        &[vec![-70.0, 50.0, 200.0], vec![0.0, 0.0, 0.0]],
        &[vec![0.6, 0.3, 0.1], vec![0.3, 0.4, 0.4], vec![0.1, 0.3, 0.5]],
    )
}

#[test]
fn the_soundings_of_the_oil_wildcatter_are_worth_twelve_and_a_half() {
    let found = wildcatter();
    assert_eq!(found.choice, Some(0), "drill");
    for (found, expected) in [(found.now, 20.0), (found.evsi, 12.5), (found.p_flip, 0.41)] {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
    let heard: Vec<(f64, Option<usize>)> =
        found.heard.iter().map(|(p, choice)| (*p, choice.map(|(at, _)| at))).collect();
    for ((p, choice), expected) in
        heard.iter().zip([(0.41, Some(1)), (0.35, Some(0)), (0.24, Some(0))])
    {
        assert!((p - expected.0).abs() < 1e-12 && *choice == expected.1, "{heard:?}");
    }
    assert!((found.heard[2].1.unwrap().1 - 87.5).abs() < 1e-12, "{:?}", found.heard);
}

#[test]
fn a_signal_that_says_the_same_of_every_state_is_worth_nothing_and_a_perfect_one_everything() {
    let payoffs = [vec![-70.0, 50.0, 200.0], vec![0.0, 0.0, 0.0]];
    let prior = [0.5, 0.3, 0.2];
    let empty = discrete(&prior, &payoffs, &[vec![0.7; 3], vec![0.3; 3]]);
    assert!(empty.evsi < 1e-12 && empty.p_flip == 0.0, "{empty:?}");
    let exact = [vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]];
    assert!((discrete(&prior, &payoffs, &exact).evsi - 35.0).abs() < 1e-12);
    let never = discrete(&prior, &payoffs, &[vec![1.0; 3], vec![0.0; 3]]);
    assert_eq!(never.heard[1], (0.0, None), "what is never said changes nothing");
}

/// Nobody knows the first; the second is worth .55.
fn document(outcomes: &Value) -> Value {
    json!({
        "schema": "bakeoff.evidence/1", "seed": 1, "draws": 100_000, "alternatives": ["a", "b"],
        "criteria": [{"name": "ease", "kind": "cited", "swing": 1,
                      "triangular": [null, [0.55, 0.55, 0.55]]}],
        "signals": [{"name": "a spike in a", "criterion": "ease", "alternative": "a", "hours": 16,
                     "outcomes": outcomes}],
    })
}

#[test]
fn a_spike_that_goes_well_as_often_as_it_is_good_is_worth_what_bayes_says() {
    let outcomes = json!([
        {"says": "it went well", "given": [[0, 0], [1, 1]]},
        {"says": "it did not", "given": [[0, 1], [1, 0]]},
    ]);
    let evidence = Evidence::from_json(&document(&outcomes).to_string()).expect("sound");
    let decision = decide(&evidence).expect("sound");
    let signal = &decision.voi.signals[0];
    // Of a uniform value the half that goes well has the mean 2/3.
    let expected = 0.5 * (2.0 / 3.0 - 0.55);
    assert!((signal.evsi - expected).abs() < 0.003, "{signal:?}");
    assert!((signal.p_flip - 0.5).abs() < 0.01, "{signal:?}");
    let choices: Vec<Option<&str>> =
        signal.outcomes.iter().map(|outcome| outcome.choice.as_deref()).collect();
    assert_eq!(choices, [Some("a"), Some("b")]);
    assert!(signal.evsi <= decision.voi.evpi);
    let next = decision.voi.next.iter().find(|next| next.action == "a spike in a").expect("listed");
    assert_eq!((next.hours, next.evsi_per_hour), (16.0, signal.evsi / 16.0));
}

#[test]
fn signals_that_make_no_sense_are_refused_with_their_path() {
    let sound = json!([{"says": "yes", "given": [[0, 0], [1, 1]]}, {"says": "no", "given": [[0, 1], [1, 0]]}]);
    let refused = |pointer: &str, value: Value| {
        let mut document = document(&sound);
        *document.pointer_mut(pointer).expect("there") = value;
        let problems = Evidence::from_json(&document.to_string()).expect_err(pointer);
        problems.iter().map(ToString::to_string).collect::<Vec<String>>().join("; ")
    };
    let said = [
        ("/signals/0/criterion", json!("eas")),
        ("/signals/0/alternative", json!("c")),
        ("/signals/0/hours", json!(0)),
        ("/signals/0/outcomes", json!([{"says": "yes", "given": [[0, 1]]}])),
        ("/signals/0/outcomes/0/given", json!([[0, 0.5], [1, 1]])),
        ("/signals/0/outcomes/0/given", json!([[0, 2]])),
        ("/signals/0/outcomes/0/given", json!([])),
        ("/signals/0/outcomes/0/given", json!("often")),
    ]
    .map(|(pointer, value)| refused(pointer, value))
    .join("\n");
    insta::assert_snapshot!(said, @r"
    signals[0].criterion is no criterion; did you mean `ease`?
    signals[0].alternative is no alternative
    signals[0].hours is not within 1e-6 to 1e6
    signals[0].outcomes needs two at least: what is always said says nothing
    signals[0].outcomes sum to 1.500 at value 0, not to 1
    signals[0].outcomes[0].given needs [value, probability] pairs from 0 to 1, values ascending
    signals[0].outcomes[0].given needs [value, probability] pairs from 0 to 1, values ascending
    signals[0].outcomes[0].given needs an array, and is `often`
    ");
}
