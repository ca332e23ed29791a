//! Weights from comparisons: what consistent ones give exactly, and that nothing beats what
//! inconsistent ones give.

use bakeoff_decision::weights::best_worst::BestWorst;
use bakeoff_decision::weights::pairwise::{Comparisons, RandomIndex};
use bakeoff_decision::weights::with_one_fixed;
use bakeoff_decision::{Criterion, Evidence, Group, Kind, decide};

/// The largest deviation of the linear best-worst method at these weights.
fn deviation(best: usize, worst: usize, to: &[f64], from: &[f64], weights: &[f64]) -> f64 {
    let each = (0..weights.len()).map(|j| {
        let to = (weights[best] - to[j] * weights[j]).abs();
        to.max((weights[j] - from[j] * weights[worst]).abs())
    });
    each.fold(0.0, f64::max)
}

#[test]
fn consistent_comparisons_with_best_and_worst_give_their_ratios() {
    let (to, from) = (vec![2.0, 1.0, 4.0, 8.0], vec![4.0, 8.0, 2.0, 1.0]);
    let found = BestWorst::new(1, 3, to, from).expect("comparisons").weights();
    for (found, expected) in found.weights.iter().zip([4.0, 8.0, 2.0, 1.0].map(|p| p / 15.0)) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
    assert!(found.xi < 1e-6 && found.consistency == 0.0, "{found:?}");
}

#[test]
fn no_other_weights_deviate_less_than_those_of_the_best_worst_method() {
    let cases = [
        (1, 4, vec![2.0, 1.0, 4.0, 3.0, 8.0], vec![4.0, 8.0, 4.0, 2.0, 1.0]),
        (0, 2, vec![1.0, 3.0, 9.0], vec![9.0, 5.0, 1.0]),
        (2, 0, vec![7.0, 2.0, 1.0, 5.0], vec![1.0, 6.0, 7.0, 3.0]),
    ];
    for (best, worst, to, from) in cases {
        let found =
            BestWorst::new(best, worst, to.clone(), from.clone()).expect("comparisons").weights();
        let own = deviation(best, worst, &to, &from, &found.weights);
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((own - found.xi).abs() < 1e-5, "{own} and {}", found.xi);
        assert!(found.consistency > 0.0);
        // Moves of weight between any two criteria, of many sizes, and pairs of such moves.
        let n = to.len();
        let moves: Vec<(usize, usize, f64)> = (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .filter(|(i, j)| i != j)
            .flat_map(|(i, j)| [1e-4, 1e-3, 1e-2, 5e-2].map(|mass| (i, j, mass)))
            .collect();
        let shifted = |weights: &[f64], (i, j, mass): (usize, usize, f64)| {
            let mut weights = weights.to_vec();
            weights[i] -= mass;
            weights[j] += mass;
            weights
        };
        for first in &moves {
            let once = shifted(&found.weights, *first);
            for second in &moves {
                let twice = shifted(&once, *second);
                assert!(deviation(best, worst, &to, &from, &twice) > own - 1e-5);
            }
        }
    }
}

#[test]
fn priority_methods_agree_where_comparisons_are_consistent_and_a_group_is_their_mean() {
    let consistent =
        vec![vec![1.0, 2.0, 6.0], vec![0.5, 1.0, 3.0], vec![1.0 / 6.0, 1.0 / 3.0, 1.0]];
    let comparisons = Comparisons::new(consistent).expect("reciprocal");
    let eigen = comparisons.eigenvector();
    for (a, b) in eigen.weights.iter().zip(comparisons.geometric_mean()) {
        assert!((a - b).abs() < 1e-12);
    }
    assert!(eigen.consistency_ratio(RandomIndex::Saaty1980).expect("three").abs() < 1e-12);
    let other = Comparisons::new(vec![
        vec![1.0, 0.5, 1.0 / 6.0],
        vec![2.0, 1.0, 1.0 / 3.0],
        vec![6.0, 3.0, 1.0],
    ])
    .expect("reciprocal");
    let group = Comparisons::of_group(&[comparisons, other]).expect("same order");
    for weight in group.geometric_mean() {
        assert!((weight - 1.0 / 3.0).abs() < 1e-12);
    }
}

#[test]
fn comparisons_that_are_none_are_refused_with_their_place() {
    let refused = |matrix: Vec<Vec<f64>>| Comparisons::new(matrix).expect_err("none").to_string();
    assert_eq!(refused(vec![vec![1.0, 2.0]]), "matrix is not square, or empty");
    assert_eq!(refused(vec![vec![1.0, 0.0], vec![1.0, 1.0]]), "[0][1] is 0, not above zero");
    assert_eq!(refused(vec![vec![1.0, 2.0], vec![2.0, 1.0]]), "[1][0] times [0][1] is 4, not 1");
}

#[test]
fn weights_of_a_tree_multiply_along_the_path() {
    let criterion = |name: &str, path: &[&str], swing: f64| Criterion {
        name: name.into(),
        kind: Kind::Unknown,
        path: path.iter().map(|node| (*node).to_owned()).collect(),
        swing: Some(swing),
        ..Criterion::default()
    };
    let group = |path: &[&str], swing: f64| Group {
        path: path.iter().map(|n| (*n).into()).collect(),
        swing,
    };
    let evidence = Evidence {
        draws: 1000,
        alternatives: vec!["a".into(), "b".into()],
        criteria: vec![
            criterion("tail", &["speed"], 75.0),
            criterion("cpu", &["speed"], 25.0),
            criterion("hiring", &[], 40.0),
        ],
        groups: vec![group(&["speed"], 60.0)],
        ..Evidence::default()
    };
    let decision = decide(&evidence).expect("sound");
    let weights: Vec<f64> = decision.criteria.iter().map(|facts| facts.weight).collect();
    for (found, expected) in weights.iter().zip([0.45, 0.15, 0.40]) {
        assert!((found - expected).abs() < 1e-12, "{weights:?}");
    }
}

#[test]
fn one_weight_set_leaves_the_others_in_proportion_even_where_they_were_nothing() {
    assert_eq!(with_one_fixed(&[0.5, 0.3, 0.2], 0, 0.0), [0.0, 0.6, 0.4]);
    assert_eq!(with_one_fixed(&[1.0, 0.0, 0.0], 0, 0.5), [0.5, 0.25, 0.25]);
    assert_eq!(with_one_fixed(&[1.0], 0, 0.2), [1.0]);
}
