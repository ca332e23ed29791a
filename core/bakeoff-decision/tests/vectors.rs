//! Every published decision vector whose method is in METHODS.md, at its stated tolerance.
//!
//! Left out: `dec-topsis-tzeng2011` and `dec-vikor-opricovic2004`, methods that METHODS.md B1
//! leaves to a footnote because their scores depend on which others are present.

use bakeoff_decision::agreement::{TwoWay, kendall_w};
use bakeoff_decision::dominance::{dominates, worse_on_one};
use bakeoff_decision::flips::{least_mass_moved, stability, threshold};
use bakeoff_decision::value::ValueFunction;
use bakeoff_decision::voi::{flip_probability, preposterior_sd, two_normal, unit_normal_loss};
use bakeoff_decision::weights::pairwise::{Comparisons, RandomIndex};
use bakeoff_decision::weights::{
    normalised, rank_order_centroid, rank_reciprocal, rank_sum, rescaled,
};
use bakeoff_decision::{Criterion, Decision, Evidence, Kind, Shape, WeightMode, decide};
use serde_json::Value;

macro_rules! vector {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../vectors/",
            $name,
            ".json"
        )))
        .expect("a vector is JSON")
    };
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(number).collect()
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("an array").iter().map(numbers).collect()
}

fn texts(value: &Value) -> Vec<String> {
    let text = |item: &Value| item.as_str().expect("a string").to_owned();
    value.as_array().expect("an array").iter().map(text).collect()
}

#[track_caller]
fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "got {got}, expected {expected} +- {tolerance}");
}

#[track_caller]
fn all_close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        close(*got, *expected, tolerance);
    }
}

#[test]
fn pairwise_comparisons_of_drinks_have_saatys_priorities_and_consistency() {
    let vector = vector!("dec-ahp-drinks-saaty2008");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
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
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
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
    let inputs = &vector["inputs"];
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
    let expected = &vector["expected"];
    assert_eq!(Value::from(found), expected["dominates"]);
    for pair in expected["worse_on_exactly_one"].as_array().expect("pairs") {
        assert!(near.contains(pair), "{pair} among {near:?}");
    }
}

#[test]
fn stability_intervals_and_the_least_weight_moved_agree_with_grid_and_linear_program() {
    let vector = vector!("dec-flip-points-stability");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let names = texts(&inputs["alternatives"]);
    let by_alternative = matrix(&inputs["values"]);
    let weights = numbers(&inputs["weights"]);
    let values: Vec<Vec<f64>> =
        (0..weights.len()).map(|j| by_alternative.iter().map(|row| row[j]).collect()).collect();
    let scores: Vec<f64> = (0..names.len())
        .map(|a| weights.iter().zip(&values).map(|(w, row)| w * row[a]).sum())
        .collect();
    all_close(&scores, &numbers(&expected["scores"]), 1e-9);
    let leader = names.iter().position(|name| expected["leader"] == **name).expect("named");
    for (j, row) in expected["stability"].as_array().expect("rows").iter().enumerate() {
        let found = stability(&values, &weights, j, leader, &[0, 1, 2]);
        close(found.low, number(&row["stable_low"]), 1e-9);
        close(found.high, number(&row["stable_high"]), 1e-9);
        let name = |at: Option<usize>| at.map_or(Value::Null, |at| Value::from(names[at].clone()));
        assert_eq!(name(found.below), row["flips_to_below"], "below {j}");
        assert_eq!(name(found.above), row["flips_to_above"], "above {j}");
    }
    for (name, mass) in expected["min_weight_mass_moved"].as_object().expect("map") {
        let rival = names.iter().position(|known| known == name).expect("named");
        let (moved, changed) = least_mass_moved(&values, &weights, leader, rival).expect("can be");
        close(moved, number(mass), 1e-9);
        let gap: f64 =
            changed.iter().zip(&values).map(|(w, row)| w * (row[leader] - row[rival])).sum();
        close(gap, 0.0, 1e-9);
    }
}

#[test]
fn fixed_anchors_do_not_reverse_ranks_where_distributive_ahp_does() {
    let vector = vector!("dec-rank-reversal-belton-gear");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let columns: Vec<Vec<f64>> = ["a", "b", "c"].map(|key| numbers(&inputs[key])).to_vec();
    let weights = numbers(&inputs["weights"]);
    let anchored = ValueFunction::Linear { best: 9.0, worst: 1.0 };
    for (count, fixed, distributive) in
        [(3, "fixed_value_3", "distributive_3"), (4, "fixed_value_4", "distributive_4")]
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
    }
}

#[test]
fn rank_weights_are_centroid_sum_and_reciprocal() {
    let vector = vector!("dec-rank-weights-roc");
    for n in 2..=6usize {
        let of = |key: &str| numbers(&vector["expected"][key][n.to_string()]);
        all_close(&rank_order_centroid(n), &of("ROC"), 1e-12);
        all_close(&rank_sum(n), &of("RS"), 1e-12);
        all_close(&rank_reciprocal(n), &of("RR"), 1e-12);
    }
}

#[test]
fn intraclass_correlations_are_those_of_shrout_and_fleiss() {
    let vector = vector!("dec-raters-icc-shrout-fleiss");
    let expected = &vector["expected"];
    let table = TwoWay::new(&matrix(&vector["inputs"]["ratings"])).expect("complete");
    let squares =
        [table.between_targets, table.between_raters, table.residual, table.within_targets];
    for (got, key) in squares.into_iter().zip(["BMS", "JMS", "EMS", "WMS"]) {
        close(got, number(&expected[key]), 1e-9);
    }
    let all = [
        ("1,1", table.icc_1()),
        ("2,1", table.icc_2()),
        ("3,1", table.icc_3()),
        ("1,k", table.icc_1k()),
        ("2,k", table.icc_2k()),
        ("3,k", table.icc_3k()),
    ];
    for (key, got) in all {
        close(got, number(&expected["ICC"][key]), 1e-9);
    }
    close(table.se_of_difference(), number(&expected["se_of_target_difference"]), 1e-9);
    close(table.residual_df(), number(&expected["df_error"]), 0.0);
}

#[test]
fn kendalls_concordance_of_the_applicants() {
    let vector = vector!("dec-raters-kendall-w-siegel");
    let expected = &vector["expected"];
    let found = kendall_w(&matrix(&vector["inputs"]["ranks"])).expect("three raters");
    close(found.s, number(&expected["S"]), 1e-9);
    close(found.w, number(&expected["W"]), 1e-9);
    close(found.chi_squared, number(&expected["chi2"]), 1e-9);
}

#[test]
fn swing_weights_keep_trade_offs_when_anchors_move() {
    let vector = vector!("dec-swing-weights-range");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
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
    let after = rescaled(&weights, 0, factor);
    all_close(&after, &numbers(&expected["weights_after"]), 1e-12);
    for x in ["8", "12"] {
        let ms: f64 = x.parse().expect("a number");
        close(old.worth(ms).value, number(&expected["value_old"][x]), 1e-12);
        close(new.worth(ms).value, number(&expected["value_new"][x]), 1e-12);
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
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let cutoffs = numbers(&inputs["cutoffs"]);
    let knots = cutoffs.iter().zip(numbers(&inputs["values"])).map(|(x, v)| [*x, v]).collect();
    let function = ValueFunction::Piecewise { knots };
    let found: Vec<_> = numbers(&inputs["x"]).into_iter().map(|x| function.worth(x)).collect();
    let values: Vec<f64> = found.iter().map(|worth| worth.value).collect();
    all_close(&values, &numbers(&expected["v"]), 1e-12);
    let clipped: Vec<Value> = found.iter().map(|worth| Value::from(worth.clipped)).collect();
    assert_eq!(Value::from(clipped), expected["clipped"]);
}

#[test]
fn value_of_information_for_two_normals_is_the_loss_integral() {
    let vector = vector!("dec-voi-two-normal");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let weights = numbers(&inputs["weights"]);
    let (means, sds) = (numbers(&inputs["diff_mean"]), numbers(&inputs["diff_sd"]));
    let mean: f64 = weights.iter().zip(&means).map(|(w, m)| w * m).sum();
    let own: Vec<f64> = weights.iter().zip(&sds).map(|(w, s)| w * s).collect();
    let sd = own.iter().map(|s| s * s).sum::<f64>().sqrt();
    close(two_normal(mean, sd), number(&expected["evpi"]), 1e-9);
    let evppi: Vec<f64> = own.iter().map(|sd| two_normal(mean, *sd)).collect();
    all_close(&evppi, &numbers(&expected["evppi"]), 1e-9);
    close(1.0 - flip_probability(mean, sd), number(&expected["p_first_is_best"]), 1e-9);
    let so_far = number(&inputs["evsi"]["rounds_so_far"]);
    let round_sd = own[0] * so_far.sqrt();
    for row in expected["evsi"].as_array().expect("rows") {
        let before = preposterior_sd(own[0], round_sd, number(&row["extra_rounds"]));
        close(before, number(&row["preposterior_sd"]), 1e-9);
        close(two_normal(mean, before), number(&row["evsi"]), 1e-9);
        close(flip_probability(mean, before), number(&row["p_decision_flips"]), 1e-9);
    }
    for (u, loss) in expected["unit_normal_loss"].as_object().expect("map") {
        close(unit_normal_loss(u.parse().expect("a number")), number(loss), 1e-9);
    }
}

#[test]
fn simulation_agrees_with_the_closed_form_of_two_normals() {
    let vector = vector!("dec-voi-two-normal");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let (means, sds) = (numbers(&inputs["diff_mean"]), numbers(&inputs["diff_sd"]));
    let weights = numbers(&inputs["weights"]);
    let criteria = (0..4).map(|j| Criterion {
        name: format!("c{j}"),
        kind: Kind::Cited,
        swing: Some(weights[j]),
        // A wide scale, so that no draw is clipped: differences shrink by its length.
        best: Some(2.0),
        worst: Some(-2.0),
        normal: vec![Some([means[j], sds[j]]), Some([0.0, 0.0])],
        ..Criterion::default()
    });
    let evidence = Evidence {
        alternatives: vec!["first".into(), "second".into()],
        criteria: criteria.collect(),
        ..Evidence::default()
    };
    let decision = decide(&evidence).expect("sound");
    let p = number(&expected["p_first_is_best"]);
    close(decision.p_best[0], p, 4.0 * (p * (1.0 - p) / 1e5).sqrt());
    close(4.0 * decision.voi.evpi, number(&expected["evpi"]), 5e-4);
    for (found, expected) in decision.voi.criteria.iter().zip(numbers(&expected["evppi"])) {
        close(4.0 * found.evppi, expected, 3e-4);
    }
}

/// The criteria of a vector as evidence: its `gate_max` is our `max`.
fn pipeline(inputs: &Value) -> Evidence {
    let weights = numbers(&inputs["weights"]);
    let mut criteria = inputs["criteria"].clone();
    for (criterion, weight) in criteria.as_array_mut().expect("criteria").iter_mut().zip(weights) {
        let object = criterion.as_object_mut().expect("an object");
        object.insert("swing".into(), weight.into());
        if let Some(max) = object.remove("gate_max") {
            object.insert("max".into(), max);
        }
    }
    let document = serde_json::json!({
        "schema": "bakeoff.evidence/1",
        "draws": 200_000,
        "alternatives": inputs["alternatives"],
        "criteria": criteria,
    });
    Evidence::from_json(&document.to_string()).expect("the vector is sound evidence")
}

#[test]
fn whole_pipeline_of_rounds_ratings_citation_and_requirement() {
    let vector = vector!("dec-pipeline-reference-a");
    let expected = &vector["expected"];
    let decision = decide(&pipeline(&vector["inputs"])).expect("sound");
    all_close(&decision.p_best, &numbers(&expected["p_best"]), 0.01);
    close(decision.p_none, number(&expected["p_none"]), 0.003);
    all_close(&decision.p_feasible, &numbers(&expected["p_feasible"]), 0.003);
    all_close(&decision.value.mean, &numbers(&expected["mean_score"]), 0.003);
    all_close(&decision.value.sd, &numbers(&expected["sd_score"]), 0.003);
    for (alternative, row) in matrix(&expected["mean_values"]).iter().enumerate() {
        let found: Vec<f64> =
            decision.criteria.iter().map(|facts| facts.values[alternative]).collect();
        all_close(&found, row, 0.003);
    }
}

fn smaa(criteria: Vec<Criterion>, alternatives: Vec<String>) -> Decision {
    let weights = WeightMode::None;
    let evidence =
        Evidence { alternatives, criteria, weights, draws: 400_000, ..Evidence::default() };
    decide(&evidence).expect("sound")
}

#[test]
fn acceptability_over_two_criteria_is_exact_to_four_standard_errors() {
    let vector = vector!("dec-smaa-analytic-2criteria");
    let (values, expected) = (matrix(&vector["inputs"]["values"]), &vector["expected"]);
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
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let found = smaa(vec![criterion(0), criterion(1)], names);
    for (got, expected) in
        found.rank_acceptability.iter().zip(matrix(&expected["rank_acceptability"]))
    {
        for (got, p) in got.iter().zip(expected) {
            close(*got, p, 4.0 * (p * (1.0 - p) / 400_000.0).sqrt() + 1e-9);
        }
    }
    for (got, expected) in found.central_weights.iter().zip(matrix(&expected["central_weights"])) {
        all_close(got.as_ref().expect("all win somewhere"), &expected, 0.003);
    }
    let by_criterion: Vec<Vec<f64>> =
        (0..2).map(|j| values.iter().map(|row| row[j]).collect()).collect();
    let mut flips: Vec<f64> = [(0, 1), (0, 2), (1, 2)]
        .into_iter()
        .filter_map(|(a, b)| threshold(&by_criterion, &[0.5, 0.5], 0, a, b))
        .collect();
    flips.sort_by(f64::total_cmp);
    all_close(&flips, &numbers(&expected["all_pairwise_flip_points"]), 1e-9);
}

#[test]
fn stochastic_acceptability_of_four_drugs_agrees_with_jsmaa() {
    let vector = vector!("dec-smaa2-jsmaa-benefit-risk");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let scales = matrix(&inputs["scales"]);
    let criteria = texts(&inputs["criteria"]).into_iter().enumerate().map(|(j, name)| {
        let base =
            Criterion { kind: Kind::Cited, shape: Some(Shape::Linear), ..Criterion::default() };
        if j == 0 {
            let interval = |row: &Vec<f64>| {
                let half = 1.959_963_984_540_054 * row[1];
                Some([(row[0] - half).exp(), (row[0] + half).exp()])
            };
            let rows = matrix(&inputs["efficacy_lognormal_mu_sd"]);
            return Criterion {
                name,
                best: Some(scales[j][1]),
                worst: Some(scales[j][0]),
                interval: rows.iter().map(interval).collect(),
                ..base
            };
        }
        let rows = matrix(&inputs["gaussian_mean_sd"][name.as_str()]);
        Criterion {
            name,
            best: Some(scales[j][0]),
            worst: Some(scales[j][1]),
            normal: rows.iter().map(|row| Some([row[0], row[1]])).collect(),
            ..base
        }
    });
    let found = smaa(criteria.collect(), texts(&inputs["alternatives"]));
    let precise = &expected["high_precision_N400000_unclipped_or_clipped_last"];
    for (reference, ranks, weights, factors) in
        [(expected, 0.02, 0.02, 0.03), (precise, 0.006, 0.006, 0.02)]
    {
        let acceptability = matrix(&reference["rank_acceptability"]);
        for (got, expected) in found.rank_acceptability.iter().zip(acceptability) {
            all_close(got, &expected, ranks);
        }
        let central = matrix(&reference["central_weights"]);
        for (got, expected) in found.central_weights.iter().zip(central) {
            all_close(got.as_ref().expect("all win somewhere"), &expected, weights);
        }
        for (got, expected) in
            found.confidence_factors.iter().zip(numbers(&reference["confidence_factors"]))
        {
            close(got.expect("all win somewhere"), expected, factors);
        }
    }
}
