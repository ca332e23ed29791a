//! Second opinions of raw trials: the published numbers of the tests they are made of, and what turning
//! a pair round does to them.

use std::collections::BTreeMap;

use bakeoff_experiment::analyse::analyse;
use bakeoff_experiment::analyse::second::{Costs, Outlier, SecondOpinion, second_opinions};
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

/// A trial of a candidate in a round, with the logarithm of its number.
type Row = (usize, &'static str, f64);

/// Trials in the order given, one workload and load, all from build 1.
fn trials(candidates: &[&str], rows: &[Row], better: Direction, level: f64) -> Trials {
    let rounds = rows.iter().map(|(round, ..)| *round).max().unwrap();
    let row = |(position, (round, candidate, ln)): (usize, &Row)| TrialRow {
        round: *round as u32 + 1,
        position: position as u32,
        candidate: (*candidate).to_owned(),
        workload: "json".to_owned(),
        load: "60%".to_owned(),
        build: 1,
        answers: None,
        metrics: Numbers::from_iter([("m", ln.exp())]),
    };
    Trials {
        schema: TRIALS_SCHEMA.to_owned(),
        design: Design {
            candidates: candidates.iter().map(|name| (*name).to_owned()).collect(),
            reference: "b".to_owned(),
            margin: BTreeMap::from([("m".to_owned(), 0.05)]),
            level,
            stop: StopDesign {
                kind: "fixed".to_owned(),
                rounds: Some(rounds as u32 + 1),
                prior_variance: None,
                half_width: None,
                looks: Vec::new(),
            },
            direction: BTreeMap::from([("m".to_owned(), better)]),
            primary: Vec::new(),
            exploratory: Vec::new(),
        },
        trials: rows.iter().enumerate().map(row).collect(),
    }
}

/// `a` and `b`, whose logarithms are given round by round, with leads that alternate.
fn rounds(a: &[f64], b: &[f64], better: Direction, level: f64) -> Trials {
    let of = |(round, (a, b)): (usize, (&f64, &f64))| {
        let both = [(round, "a", *a), (round, "b", *b)];
        if round.is_multiple_of(2) { both } else { [both[1], both[0]] }
    };
    let rows: Vec<Row> = a.iter().zip(b).enumerate().flat_map(of).collect();
    trials(&["a", "b"], &rows, better, level)
}

/// `a` and `b` in rounds of their own, mixed.
fn apart(a: &[f64], b: &[f64], level: f64) -> Trials {
    let mut rows: Vec<Row> = a.iter().enumerate().map(|(i, ln)| (2 * i, "a", *ln)).collect();
    rows.extend(b.iter().enumerate().map(|(i, ln)| (2 * i + 1, "b", *ln)));
    rows.sort_by_key(|(round, ..)| *round);
    trials(&["a", "b"], &rows, Direction::Lower, level)
}

/// The opinion on `a` against `b`, whose logarithms are given round by round.
fn opinion(a: &[f64], b: &[f64], better: Direction, level: f64) -> SecondOpinion {
    let mut found = second_opinions(&rounds(a, b, better, level), None).unwrap().comparisons;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn near(got: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((got - expected).abs() < 1e-9 * expected.abs().max(1.0), "{got} for {expected}");
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

#[test]
fn what_holds_whenever_one_stops_is_that_of_the_published_sequence() {
    let vector = vector!("stat-anytime-t-confidence-sequence");
    let differences = numbers(&vector["inputs"]["log_ratios"]);
    let found = opinion(&differences, &vec![0.0; differences.len()], Direction::Lower, 0.95);
    let anytime = found.anytime.unwrap();
    let rows = vector["expected"]["rows"].as_array().unwrap();
    near(anytime.ln_e_value.unwrap(), &rows[rows.len() - 1]["log_e_vs_zero"]);
    let [lower, upper] = [anytime.lower, anytime.upper].map(|limit| limit.unwrap().ln());
    for row in rows {
        let (Some(least), Some(most)) = (row["cs"][0].as_f64(), row["cs"][1].as_f64()) else {
            continue;
        };
        assert!(least <= lower + 1e-9 && upper <= most + 1e-9, "{row}");
    }
}

#[test]
fn drift_of_trials_is_that_of_the_rising_series() {
    let vector = vector!("stat-drift-mann-kendall");
    let (series, expected) = (numbers(&vector["inputs"]["series"]), &vector["expected"]);
    let found = opinion(&series, &vec![0.0; series.len()], Direction::Lower, 0.95);
    let drift = found.drift.unwrap();
    near(drift.p, &expected["p_exact"]);
    near(drift.per_round.ln(), &expected["slope"]);
    near(drift.lower.ln(), &expected["slope_ci95"][0]);
    near(drift.upper.ln(), &expected["slope_ci95"][1]);
}

#[test]
fn builds_share_the_variance_as_looms_do_and_the_cheapest_counts_follow() {
    let vector = vector!("stat-variance-components-loom");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let groups: Vec<Vec<f64>> = inputs["groups"].as_array().unwrap().iter().map(numbers).collect();
    // Hundredths, so that their exponentials are numbers.
    let differences: Vec<f64> = groups.concat().iter().map(|value| value / 100.0).collect();
    let mut trials = rounds(&differences, &[0.0; 16], Direction::Lower, 0.95);
    for row in &mut trials.trials {
        row.build = (row.round - 1) / 4 + 1;
    }
    let costs = Some(Costs { round: 1.0, build: 60.0 });
    let found = second_opinions(&trials, costs).unwrap().comparisons[0].builds.clone().unwrap();
    assert_eq!(found.builds, 4);
    near(found.share, &expected["icc"]);
    near(found.lower, &expected["icc_ci95"][0]);
    near(found.upper, &expected["icc_ci95"][1]);
    near(found.p.unwrap(), &expected["p"]);
    let variance = |name: &str| expected[name].as_f64().unwrap();
    let cheapest = (60.0 * variance("var_within") / variance("var_between")).sqrt().ceil();
    assert_eq!(found.rounds_a_build, Some(cheapest as u32));
    let unpriced = second_opinions(&trials, None).unwrap();
    assert_eq!(unpriced.comparisons[0].builds.as_ref().unwrap().rounds_a_build, None);
}

#[test]
fn candidates_that_share_no_round_are_compared_by_ranks_and_by_welch() {
    let vector = vector!("stat-mwu-exact-scipy-docs");
    let logs = |key: &str| -> Vec<f64> {
        numbers(&vector["inputs"][key]).into_iter().map(f64::ln).collect()
    };
    let (x, y) = (logs("x"), logs("y"));
    let found = second_opinions(&apart(&x, &y, 0.95), None).unwrap();
    assert!(found.comparisons.is_empty());
    let unpaired = &found.unpaired[0];
    assert_eq!((unpaired.a_trials, unpaired.b_trials, unpaired.rank_p_exact), (5, 4, true));
    near(unpaired.rank_p, &vector["expected"]["p_exact"]);
    assert!((unpaired.rank_p_least - 2.0 / 126.0).abs() < 1e-12, "{unpaired:?}");
    assert!((unpaired.means_ratio.unwrap() - 22.0 / 15.0).abs() < 1e-12, "{unpaired:?}");

    let vector = vector!("stat-sleep-paired-vs-welch");
    let (a, b) = (numbers(&vector["inputs"]["a"]), numbers(&vector["inputs"]["b"]));
    let trials = apart(&a, &b, 0.95);
    let expected = &vector["expected"]["welch"];
    let unpaired = second_opinions(&trials, None).unwrap().unpaired.remove(0);
    near(unpaired.p.unwrap(), &expected["p"]);
    near(unpaired.lower.unwrap().ln(), &expected["ci"][0]);
    near(unpaired.upper.unwrap().ln(), &expected["ci"][1]);
    // The verdict of `analyse` is that of the same interval, and says what it lacks.
    let verdict = analyse(&trials).unwrap().comparisons.remove(0);
    assert_eq!((verdict.interval.as_str(), verdict.lower), ("welch", unpaired.lower));
    assert!(verdict.notes[0].starts_with("no round has both"), "{:?}", verdict.notes);
    let mut looked_at = trials;
    looked_at.design.stop.kind = "anytime".to_owned();
    assert_eq!(analyse(&looked_at).unwrap().comparisons[0].verdict, "inconclusive");
}

#[test]
fn a_ranking_has_the_best_first_whichever_way_is_better() {
    let of = |better: Direction| {
        let at = |round: usize| f64::from(round as u32) / 10.0;
        let rows: Vec<Row> = (0..6)
            .flat_map(|round| {
                let mut row = [
                    (round, "a", at(round)),
                    (round, "b", at(round) + 1.0),
                    (round, "c", at(round) + 2.0),
                ];
                row.rotate_left(round % 3);
                row
            })
            .collect();
        let found = second_opinions(&trials(&["a", "b", "c"], &rows, better, 0.95), None).unwrap();
        let ranking = found.cells[0].ranking.clone().unwrap();
        assert!((ranking.chi_squared - 12.0).abs() < 1e-9, "{ranking:?}");
        let ranked = ranking.candidates.into_iter();
        ranked.map(|r| format!("{} {}", r.candidate, r.mean_rank)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(of(Direction::Lower), "a 1, b 2, c 3");
    assert_eq!(of(Direction::Higher), "c 1, b 2, a 3");
}

#[test]
fn rounds_that_stand_out_or_begin_another_level_are_named() {
    let wobble = |round: usize| [0.0, 0.01, -0.01, 0.004, -0.006][round % 5];
    let step: Vec<f64> =
        (0..20).map(|round| wobble(round) + if round < 12 { 0.0 } else { 0.3 }).collect();
    let found = opinion(&step, &[0.0; 20], Direction::Lower, 0.95);
    let changes: Vec<u32> = found.changes.iter().map(|change| change.round).collect();
    assert_eq!((changes, found.changes_by_energy), (vec![13], vec![13]));
    let mut wild: Vec<f64> = (0..12).map(wobble).collect();
    wild[4] = 0.5;
    let found = opinion(&wild, &[0.0; 12], Direction::Lower, 0.95);
    assert_eq!(found.outliers, [Outlier { round: 5, far: true }]);
    assert_eq!(found.rounds, 12, "listed, not dropped");
}

#[test]
fn a_pilot_of_six_rounds_plans_and_one_of_five_does_not() {
    let pilot = [0.02, -0.03, 0.05, -0.01, 0.04, -0.05];
    let planned = opinion(&pilot, &[0.0; 6], Direction::Lower, 0.95).planning.unwrap();
    // Reference: scipy.stats. s = 0.03983, its upper 80 % bound 1.461 times that: t_{.975,R-1} 0.0582/sqrt R <= ln 1.05.
    assert_eq!((planned.for_margin, planned.to_find_margin), (Some(8), Some(14)));
    assert_eq!(opinion(&pilot[..5], &[0.0; 5], Direction::Lower, 0.95).planning, None);
}

#[test]
fn no_failure_in_a_thousand_allows_three_and_means_of_thirty_rounds_are_resampled() {
    let a: Vec<f64> = (0..30).map(|round| 0.1 + f64::from(round % 4) / 50.0).collect();
    let mut trials = rounds(&a, &[0.0; 30], Direction::Lower, 0.95);
    for row in &mut trials.trials {
        row.answers = Some(100);
        let failed = f64::from(u8::from(row.candidate == "a" && row.round == 1)) / 101.0;
        row.metrics =
            Numbers::from_iter([("errors", failed), ("m", row.metrics.get("m").unwrap())]);
    }
    let found = second_opinions(&trials, None).unwrap();
    let said: Vec<(u64, u64)> = found.errors.iter().map(|e| (e.failed, e.requests)).collect();
    assert_eq!(said, [(1, 3001), (0, 3000)]);
    assert!((found.errors[1].upper - (1.0 - 0.05_f64.powf(1.0 / 3000.0))).abs() < 1e-12);
    let means = found.comparisons[0].means.clone().unwrap();
    let ratio = a.iter().map(|ln| ln.exp()).sum::<f64>() / 30.0;
    assert!((means.ratio - ratio).abs() < 1e-12, "{means:?}");
    assert!(means.lower < ratio && ratio < means.upper, "{means:?}");
}
