//! Vectors of the simulation and of what is computed from its draws.

use bakeoff_decision::flips::{least_mass_moved, stability, threshold};
use bakeoff_decision::voi::{flip_probability, preposterior_sd, two_normal, unit_normal_loss};
use bakeoff_decision::{Criterion, Decision, Evidence, Kind, Shape, WeightMode, decide};
use serde_json::Value;

use crate::vector::{all_close, close, matrix, number, numbers, texts, vector};

#[test]
fn stability_intervals_and_the_least_weight_moved_agree_with_grid_and_linear_program() {
    let vector = vector!("dec-flip-points-stability");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
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
fn value_of_information_for_two_normals_is_the_loss_integral() {
    let vector = vector!("dec-voi-two-normal");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
    let weights = numbers(&inputs["weights"]);
    let (means, sds) = (numbers(&inputs["diff_mean"]), numbers(&inputs["diff_sd"]));
    let mean: f64 = weights.iter().zip(&means).map(|(w, m)| w * m).sum();
    let own: Vec<f64> = weights.iter().zip(&sds).map(|(w, s)| w * s).collect();
    let sd = own.iter().map(|s| s * s).sum::<f64>().sqrt();
    close(mean, number(&expected["mean"]), 1e-9);
    close(sd, number(&expected["sd"]), 1e-9);
    close(two_normal(mean, sd), number(&expected["evpi"]), 1e-9);
    let evppi: Vec<f64> = own.iter().map(|sd| two_normal(mean, *sd)).collect();
    all_close(&evppi, &numbers(&expected["evppi"]), 1e-9);
    let mut by_worth: Vec<usize> = (0..evppi.len()).collect();
    by_worth.sort_by(|a, b| evppi[*b].total_cmp(&evppi[*a]));
    assert_eq!(Value::from(by_worth), expected["rank_of_criteria_by_evppi"]);
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
    let (inputs, expected) = (&vector.inputs, &vector.expected);
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
    for key in ["mean", "sd", "rank_of_criteria_by_evppi", "evsi", "unit_normal_loss"] {
        expected.leave(key, "held against the closed form in the test above");
    }
    for (found, expected) in decision.voi.criteria.iter().zip(numbers(&expected["evppi"])) {
        close(4.0 * found.evppi, expected, 3e-4);
        // The formula errs by the spread of the draws alone.
        let by_formula = found.normal.expect("two alternatives").evppi;
        close(4.0 * by_formula, expected, 1e-4);
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
    let expected = &vector.expected;
    let decision = decide(&pipeline(&vector.inputs)).expect("sound");
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
    let (values, expected) = (matrix(&vector.inputs["values"]), &vector.expected);
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
    let leader = |weight: f64| -> usize {
        let value = |at: &usize| weight * values[*at][0] + (1.0 - weight) * values[*at][1];
        (0..3).max_by(|a, b| value(a).total_cmp(&value(b))).expect("three")
    };
    let edges: Vec<f64> = [0.0].into_iter().chain(flips).chain([1.0]).collect();
    let mut leaders: Vec<usize> =
        edges.windows(2).map(|edge| leader(f64::midpoint(edge[0], edge[1]))).collect();
    let changes: Vec<f64> = (1..leaders.len())
        .filter(|at| leaders[*at] != leaders[*at - 1])
        .map(|at| edges[at])
        .collect();
    all_close(&changes, &numbers(&expected["leader_flip_points"]), 1e-9);
    leaders.dedup();
    assert_eq!(Value::from(leaders), expected["leader_by_interval"]);
}

#[test]
fn stochastic_acceptability_of_four_drugs_agrees_with_jsmaa() {
    let vector = vector!("dec-smaa2-jsmaa-benefit-risk");
    let (inputs, expected) = (&vector.inputs, &vector.expected);
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
    let precise = "high_precision_N400000_unclipped_or_clipped_last";
    for (reference, ranks, weights, factors) in
        [(None, 0.02, 0.02, 0.03), (Some(precise), 0.006, 0.006, 0.02)]
    {
        let reference = |key: &str| reference.map_or(&expected[key], |part| &expected[part][key]);
        let acceptability = matrix(reference("rank_acceptability"));
        for (got, expected) in found.rank_acceptability.iter().zip(acceptability) {
            all_close(got, &expected, ranks);
        }
        let central = matrix(reference("central_weights"));
        for (got, expected) in found.central_weights.iter().zip(central) {
            all_close(got.as_ref().expect("all win somewhere"), &expected, weights);
        }
        for (got, expected) in
            found.confidence_factors.iter().zip(numbers(reference("confidence_factors")))
        {
            close(got.expect("all win somewhere"), expected, factors);
        }
    }
}
