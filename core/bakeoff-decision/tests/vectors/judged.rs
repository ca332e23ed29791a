//! Vectors of what people say: weights, comparisons, values, agreement.

use bakeoff_decision::agreement::{TwoWay, kendall_w};
use bakeoff_decision::dominance::{dominates, worse_on_one};
use bakeoff_decision::value::ValueFunction;
use bakeoff_decision::weights::pairwise::{Comparisons, RandomIndex};
use bakeoff_decision::weights::{normalised, rank_order_centroid, rank_reciprocal, rank_sum};
use serde_json::Value;

use crate::vector::{all_close, close, matrix, number, numbers, texts, vector};

#[test]
fn pairwise_comparisons_of_drinks_have_saatys_priorities_and_consistency() {
    let vector = vector!("dec-ahp-drinks-saaty2008");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let found = Comparisons::new(matrix(&inputs["matrix"])).expect("reciprocal").eigenvector();
    all_close(&found.weights, &numbers(&expected["priorities"]), 1e-6);
    all_close(&found.weights, &numbers(&expected["published"]), 0.0006);
    close(found.lambda_max, number(&expected["lambda_max"]), 1e-6);
    close(found.consistency_index, number(&expected["CI"]), 1e-6);
    let ratio = found.consistency_ratio(RandomIndex::Saaty1980).expect("seven are in the table");
    close(ratio, number(&expected["CR"]), 1e-6);
}

#[test]
fn pairwise_hierarchy_multiplies_along_the_path_and_names_its_table() {
    let vector = vector!("dec-ahp-leader-hierarchy");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let solve = |name: &str| Comparisons::new(matrix(&inputs[name])).expect(name).eigenvector();
    let criteria = solve("criteria_matrix");
    all_close(&criteria.weights, &numbers(&expected["criteria_weights"]), 1e-6);
    close(criteria.consistency_index, number(&expected["CI_criteria"]), 1e-6);
    let locals: Vec<_> =
        ["experience", "education", "charisma", "age"].into_iter().map(solve).collect();
    let global: Vec<f64> = (0..3)
        .map(|at| locals.iter().zip(&criteria.weights).map(|(l, w)| l.weights[at] * w).sum())
        .collect();
    all_close(&global, &numbers(&expected["global_weights"]), 1e-6);
    let indices: Vec<f64> = locals.iter().map(|local| local.consistency_index).collect();
    all_close(&indices, &numbers(&expected["CI"]), 1e-6);
    for (table, key) in [
        (RandomIndex::Saaty1980, "CR_RI_saaty1980"),
        (RandomIndex::SaatyLater, "CR_RI_saaty_later_052_089"),
    ] {
        let ratio = criteria.consistency_ratio(table).expect("in the table");
        close(ratio, number(&expected[key]["criteria"]), 1e-6);
        let ratios: Vec<f64> =
            locals.iter().map(|local| local.consistency_ratio(table).expect("in")).collect();
        all_close(&ratios, &numbers(&expected[key]["locals"]), 1e-6);
    }
}

#[test]
fn dominance_screen_finds_the_dominated_office_and_the_nearly_dominated_ones() {
    let vector = vector!("dec-dominance-even-swaps");
    let inputs = &vector.inputs;
    let names = texts(&inputs["names"]);
    let falling = |key: &str| numbers(&inputs[key]).into_iter().map(|x| -x).collect::<Vec<f64>>();
    // A is the best service, so the letter falls in value.
    let services = texts(&inputs["services"]);
    let services = services.iter().map(|text| -f64::from(text.as_bytes()[0])).collect();
    let columns = [
        falling("commute_min"),
        numbers(&inputs["access_pct"]),
        services,
        numbers(&inputs["size"]),
        falling("cost"),
    ];
    let profile = |at: usize| columns.iter().map(|column| column[at]).collect::<Vec<f64>>();
    let (mut found, mut near) = (Vec::new(), Vec::new());
    for a in 0..names.len() {
        for b in (0..names.len()).filter(|b| *b != a) {
            let (left, right) = (profile(a), profile(b));
            if dominates(&left, &right) {
                found.push(serde_json::json!([names[a], names[b]]));
            } else if worse_on_one(&left, &right).is_some() {
                near.push(serde_json::json!([names[a], names[b], 1]));
            }
        }
    }
    let expected = &vector.expected;
    assert_eq!(Value::from(found), expected["dominates"]);
    for pair in expected["worse_on_exactly_one"].as_array().expect("pairs") {
        assert!(near.contains(pair), "{pair} among {near:?}");
    }
}

#[test]
fn fixed_anchors_do_not_reverse_ranks_where_distributive_ahp_does() {
    let vector = vector!("dec-rank-reversal-belton-gear");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let columns: Vec<Vec<f64>> = ["a", "b", "c"].map(|key| numbers(&inputs[key])).to_vec();
    let weights = numbers(&inputs["weights"]);
    let anchored = ValueFunction::Linear { best: 9.0, worst: 1.0 };
    let leader = |values: &[f64]| {
        let best = (0..values.len()).reduce(|a, b| if values[b] > values[a] { b } else { a });
        ["A", "B", "C", "D"][best.expect("three or four")]
    };
    for key in ["ideal_3", "ideal_4"] {
        expected.leave(key, "the ideal mode of AHP, which serves for weights only (METHODS.md B1)");
    }
    for (case, (count, fixed, distributive)) in
        [(3, "fixed_value_3", "distributive_3"), (4, "fixed_value_4", "distributive_4")]
            .into_iter()
            .enumerate()
    {
        let total = |of: &dyn Fn(&[f64], usize) -> f64| -> Vec<f64> {
            (0..count)
                .map(|at| columns.iter().zip(&weights).map(|(c, w)| w * of(&c[..count], at)).sum())
                .collect()
        };
        let ours = total(&|column, at| anchored.worth(column[at]).value);
        all_close(&ours, &numbers(&expected[fixed]), 1e-9);
        // What we do not do, to show that the vector's trap is there.
        let ahp = total(&|column, at| normalised(column)[at]);
        all_close(&ahp, &numbers(&expected[distributive]), 1e-9);
        assert_eq!(leader(&ours), expected["leader_fixed"][case]);
        assert_eq!(leader(&ahp), expected["leader_distributive"][case]);
    }
}

#[test]
fn rank_weights_are_centroid_sum_and_reciprocal() {
    let vector = vector!("dec-rank-weights-roc");
    for n in numbers(&vector.inputs["n"]) {
        let n = n as usize;
        let of = |key: &str| numbers(&vector.expected[key][n.to_string()]);
        all_close(&rank_order_centroid(n), &of("ROC"), 1e-12);
        all_close(&rank_sum(n), &of("RS"), 1e-12);
        all_close(&rank_reciprocal(n), &of("RR"), 1e-12);
    }
}

#[test]
fn intraclass_correlations_are_those_of_shrout_and_fleiss() {
    let vector = vector!("dec-raters-icc-shrout-fleiss");
    let expected = &vector.expected;
    let ratings = matrix(&vector.inputs["ratings"]);
    let table = TwoWay::new(&ratings).expect("complete");
    let squares =
        [table.between_targets, table.between_raters, table.residual, table.within_targets];
    for (got, key) in squares.into_iter().zip(["BMS", "JMS", "EMS", "WMS"]) {
        close(got, number(&expected[key]), 1e-9);
    }
    // METHODS.md B4 asks for ICC(3) alone: every rater rates every alternative.
    let all = [("3,1", table.icc_3()), ("3,k", table.icc_3k())];
    for (key, got) in all {
        close(got, number(&expected["ICC"][key]), 1e-9);
    }
    close(table.se_of_difference(), number(&expected["se_of_target_difference"]), 1e-9);
    // The residual has (targets - 1)(raters - 1) degrees of freedom.
    let (targets, raters) = (ratings.len() as f64, ratings[0].len() as f64);
    close((targets - 1.0) * (raters - 1.0), number(&expected["df_error"]), 0.0);
}

#[test]
fn kendalls_concordance_of_the_applicants() {
    let vector = vector!("dec-raters-kendall-w-siegel");
    let expected = &vector.expected;
    let found = kendall_w(&matrix(&vector.inputs["ranks"])).expect("three raters");
    close(found.s, number(&expected["S"]), 1e-9);
    close(found.w, number(&expected["W"]), 1e-9);
    close(found.chi_squared, number(&expected["chi2"]), 1e-9);
    // The mean rank correlation of pairs of raters says the same as W: (m W - 1)/(m - 1).
    close((3.0 * found.w - 1.0) / 2.0, number(&expected["mean_spearman"]), 1e-9);
}

#[test]
fn swing_weights_keep_trade_offs_when_anchors_move() {
    let vector = vector!("dec-swing-weights-range");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let points: Vec<f64> =
        ["p99", "cpu", "team", "build"].map(|key| number(&inputs["points"][key])).to_vec();
    let weights = normalised(&points);
    all_close(&weights, &numbers(&expected["weights"]), 1e-12);
    let function = |key: &str| ValueFunction::Log {
        best: number(&inputs[key]["best"]),
        worst: number(&inputs[key]["worst"]),
    };
    let (old, new) = (function("old_anchor_ms"), function("new_anchor_ms"));
    let factor = (20f64 / 5.0).ln() / (50f64 / 5.0).ln();
    close(factor, number(&expected["f"]), 1e-12);
    // The range grew by the factor, and what it is worth with it (METHODS.md B3).
    let mut points = weights.clone();
    points[0] *= factor;
    let after = normalised(&points);
    all_close(&after, &numbers(&expected["weights_after"]), 1e-12);
    for (key, function) in [("value_old", &old), ("value_new", &new)] {
        for (x, value) in expected[key].as_object().expect("map") {
            let ms: f64 = x.parse().expect("a number");
            close(function.worth(ms).value, number(value), 1e-12);
        }
    }
    let rate = |function: &ValueFunction, weights: &[f64]| {
        weights[0] * (function.worth(8.0).value - function.worth(12.0).value) / weights[1]
    };
    let expected = number(&expected["exchange_rate_8_vs_12ms_in_cpu_value"]);
    close(rate(&old, &weights), expected, 1e-12);
    close(rate(&new, &after), expected, 1e-12);
}

#[test]
fn piecewise_values_are_clipped_and_counted_outside_the_knots() {
    let vector = vector!("dec-value-piecewise-smaa-pvf");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let cutoffs = numbers(&inputs["cutoffs"]);
    let knots = cutoffs.iter().zip(numbers(&inputs["values"])).map(|(x, v)| [*x, v]).collect();
    let function = ValueFunction::Piecewise { knots };
    let found: Vec<_> = numbers(&inputs["x"]).into_iter().map(|x| function.worth(x)).collect();
    let values: Vec<f64> = found.iter().map(|worth| worth.value).collect();
    all_close(&values, &numbers(&expected["v"]), 1e-12);
    let clipped: Vec<Value> = found.iter().map(|worth| Value::from(worth.clipped)).collect();
    assert_eq!(Value::from(clipped), expected["clipped"]);
}
