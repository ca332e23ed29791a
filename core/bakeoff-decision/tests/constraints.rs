//! Weights of which only inequalities are known: drawn alike from all that satisfy them, whichever
//! way they are drawn (METHODS.md B5).

use bakeoff_decision::weights::rank_order_centroid;
use bakeoff_decision::{
    Criterion, Decision, Evidence, Kind, Shape, WeightMode, WeightSampler, decide,
};

const DRAWS: usize = 100_000;

/// `n` criteria known without error; `values` by alternative.
fn evidence(n: usize, values: &[Vec<f64>], constraints: &[&str]) -> Evidence {
    let criterion = |j: usize| Criterion {
        name: format!("c{j}"),
        kind: Kind::Measured,
        shape: Some(Shape::Linear),
        exact: true,
        best: Some(1.0),
        worst: Some(0.0),
        rounds: values.iter().map(|row| Some(vec![Some(row[j])])).collect(),
        ..Criterion::default()
    };
    Evidence {
        draws: DRAWS,
        alternatives: (0..values.len()).map(|at| format!("a{at}")).collect(),
        criteria: (0..n).map(criterion).collect(),
        weights: WeightMode::None,
        constraints: constraints.iter().map(|text| (*text).to_owned()).collect(),
        ..Evidence::default()
    }
}

/// The first is all of `c0` and nothing of the rest, the second is worth `level` everywhere: the
/// first is best where the weight of `c0` exceeds `level`.
fn above(n: usize, level: f64, constraints: &[&str]) -> Evidence {
    let first = (0..n).map(|j| f64::from(u8::from(j == 0))).collect();
    evidence(n, &[first, vec![level; n]], constraints)
}

#[track_caller]
fn probability(decision: &Decision, expected: f64) {
    let slack = 4.0 * (expected * (1.0 - expected) / DRAWS as f64).sqrt();
    let found = decision.p_best[0];
    assert!((found - expected).abs() <= slack, "{found} for {expected}");
}

fn weights(decision: &Decision) -> Vec<f64> {
    decision.criteria.iter().map(|facts| facts.weight).collect()
}

fn sampler(decision: &Decision) -> WeightSampler {
    decision.constraints.as_ref().expect("there are constraints").sampler
}

#[test]
fn a_bound_on_one_of_two_weights_leaves_it_uniform_above() {
    // Of 0.25 to 1 two thirds lie above one half.
    let found = decide(&above(2, 0.5, &["c0 >= 25 %"])).expect("sound");
    assert_eq!(sampler(&found), WeightSampler::Rejection);
    probability(&found, 2.0 / 3.0);
    let share = found.constraints.as_ref().and_then(|facts| facts.share).expect("few criteria");
    assert!((share - 0.75).abs() < 0.03, "{share}");
    assert!((weights(&found)[0] - 0.625).abs() < 0.01);
}

#[test]
fn an_order_of_two_of_three_shares_their_part_three_to_one() {
    let found = decide(&above(3, 0.5, &["c0 >= c1"])).expect("sound");
    for (weight, expected) in weights(&found).iter().zip([1.0 / 2.0, 1.0 / 6.0, 1.0 / 3.0]) {
        assert!((weight - expected).abs() < 0.01, "{:?}", weights(&found));
    }
}

#[test]
fn a_constraint_that_always_holds_leaves_all_weights_however_many_criteria() {
    // A weight of n is above x with (1 - x)^(n - 1) on the whole simplex.
    for n in [3_usize, 6, 7, 8, 12, 20] {
        let level = 1.2 / n as f64;
        let found = decide(&above(n, level, &["c0 >= 0"])).expect("sound");
        let walks = n > 6;
        assert_eq!(sampler(&found) == WeightSampler::HitAndRun, walks, "{n}");
        // Draws of one walk resemble one another a little.
        let expected = (1.0 - level).powi(n as i32 - 1);
        let slack = 6.0 * (expected * (1.0 - expected) / DRAWS as f64).sqrt();
        assert!((found.p_best[0] - expected).abs() < slack, "{n}: {:?}", found.p_best);
    }
}

#[test]
fn walks_under_a_whole_order_find_its_centroid() {
    for n in [7_usize, 10] {
        let order: Vec<String> = (1..n).map(|j| format!("c{} >= c{j}", j - 1)).collect();
        let order: Vec<&str> = order.iter().map(String::as_str).collect();
        let found = decide(&above(n, 0.5, &order)).expect("sound");
        assert_eq!(sampler(&found), WeightSampler::HitAndRun);
        for (weight, expected) in weights(&found).iter().zip(rank_order_centroid(n)) {
            assert!((weight - expected).abs() < 0.01, "{n}: {:?}", weights(&found));
        }
    }
}

#[test]
fn a_narrow_part_is_walked_where_rejection_would_take_too_long() {
    // Six in order are one in 720.
    let order = ["c0 >= c1", "c1 >= c2", "c2 >= c3", "c3 >= c4", "c4 >= c5"];
    let found = decide(&above(6, 0.5, &order)).expect("sound");
    assert_eq!(sampler(&found), WeightSampler::HitAndRun);
    let mut ordinal = above(6, 0.5, &[]);
    ordinal.weights = WeightMode::Ordinal;
    for (rank, criterion) in (1..).zip(&mut ordinal.criteria) {
        criterion.rank = Some(rank);
    }
    let exact = decide(&ordinal).expect("sound");
    assert!((found.p_best[0] - exact.p_best[0]).abs() < 0.02, "{:?}", found.p_best);
}

#[test]
fn constraints_narrow_an_order_further() {
    let mut within = above(3, 0.5, &["c0 <= 0.6", "c2 >= 0.1"]);
    within.weights = WeightMode::Ordinal;
    for (rank, criterion) in (1..).zip(&mut within.criteria) {
        criterion.rank = Some(rank);
    }
    let found = decide(&within).expect("sound");
    let central = found.central_weights.iter().flatten();
    for weights in central.chain([&weights(&found)]) {
        assert!(weights[0] >= weights[1] && weights[1] >= weights[2], "{weights:?}");
        assert!(weights[0] <= 0.6 && weights[2] >= 0.1, "{weights:?}");
    }
}

#[test]
fn neither_the_order_of_criteria_nor_the_wording_of_a_constraint_changes_a_draw() {
    let values = [vec![0.9, 0.1, 0.4], vec![0.3, 0.8, 0.5]];
    let given = decide(&evidence(3, &values, &["c0 >= 2 * c1"])).expect("sound");
    let mut turned = evidence(3, &values, &["2 c1 - c0 <= 0"]);
    turned.criteria.reverse();
    let turned = decide(&turned).expect("sound");
    assert_eq!(given.p_best, turned.p_best);
    assert_eq!(given, decide(&evidence(3, &values, &["c0 >= 2 * c1"])).expect("sound"));
}

#[test]
fn constraints_without_sense_are_refused_where_they_stand() {
    let refused = |evidence: &Evidence| -> Vec<String> {
        let problems = decide(evidence).expect_err("refused");
        problems.iter().map(ToString::to_string).collect()
    };
    let said = refused(&above(3, 0.5, &["c0 >= c1", "c0 >= c7"]));
    assert!(said[0].starts_with("constraints[1] `c7` is no criterion"), "{said:?}");
    for none in [["c0 >= 0.7", "c1 >= 0.4"], ["c0 >= c1", "c0 <= c1"]] {
        let said = refused(&above(3, 0.5, &none));
        assert!(said[0].starts_with("constraints leave no room"), "{said:?}");
    }
    let mut fixed = above(3, 0.5, &["c0 >= c1"]);
    fixed.weights = WeightMode::Swing;
    for criterion in &mut fixed.criteria {
        criterion.swing = Some(1.0);
    }
    let said = refused(&fixed);
    assert!(said[0].starts_with("constraints leave nothing to draw"), "{said:?}");
}
