//! Several builds of a candidate: what a verdict rests on, and how many rounds of each build are the cheapest (METHODS.md A7).

use std::collections::BTreeMap;

use bakeoff_experiment::analyse::second::Costs;
use bakeoff_experiment::analyse::{analyse, analyse_at};
use bakeoff_experiment::analysis::{BuildLevels, Comparison};
use bakeoff_experiment::metric::Direction;
use bakeoff_experiment::numbers::Numbers;
use bakeoff_experiment::trials::{Design, StopDesign, TRIALS_SCHEMA, TrialRow, Trials};

/// Trials of a and b: `groups` are the log ratios of each build, in the order measured. The lead alternates.
fn trials(kind: &str, groups: &[Vec<f64>]) -> Trials {
    let rounds: Vec<(u32, f64)> = (1..)
        .zip(groups)
        .flat_map(|(build, group)| group.iter().map(move |difference| (build, *difference)))
        .collect();
    let row = |round: u32, position: u32, candidate: &str, build: u32, value: f64| TrialRow {
        round,
        position,
        candidate: candidate.to_owned(),
        workload: "w".to_owned(),
        load: "60%".to_owned(),
        build,
        answers: None,
        metrics: Numbers::from_iter([("m", value)]),
    };
    let mut rows = Vec::new();
    for (round, (build, difference)) in (1..).zip(&rounds) {
        let lead = (round / 2) % 2;
        rows.push(row(round, lead, "a", *build, difference.exp()));
        rows.push(row(round, 1 - lead, "b", *build, 1.0));
    }
    let design = Design {
        candidates: vec!["a".to_owned(), "b".to_owned()],
        reference: "b".to_owned(),
        margin: BTreeMap::from([("m".to_owned(), 0.05)]),
        level: 0.95,
        stop: StopDesign {
            kind: kind.to_owned(),
            rounds: Some(rounds.len() as u32),
            prior_variance: None,
            half_width: None,
            looks: Vec::new(),
        },
        direction: BTreeMap::from([("m".to_owned(), Direction::Lower)]),
        primary: Vec::new(),
        exploratory: Vec::new(),
    };
    Trials { schema: TRIALS_SCHEMA.to_owned(), design, trials: rows }
}

fn only(trials: &Trials) -> Comparison {
    let mut analysis = analyse(trials).unwrap();
    assert_eq!(analysis.comparisons.len(), 1, "{analysis:?}");
    analysis.comparisons.remove(0)
}

/// Limits on the log scale.
fn log_limits(comparison: &Comparison) -> Option<[f64; 2]> {
    Some([comparison.lower?.ln(), comparison.upper?.ln()])
}

/// `builds` builds of four rounds that lie `apart`, the rounds spread by about a hundredth.
fn layered(builds: usize, apart: f64) -> Vec<Vec<f64>> {
    let within = [0.011, -0.009, 0.004, -0.006];
    // Neither ascending nor descending.
    let place = |build: usize| ((build * 3) % 7) as f64 - 3.0;
    (0..builds).map(|build| within.iter().map(|x| x + apart * place(build)).collect()).collect()
}

#[test]
fn the_published_looms_have_the_interval_of_their_means_and_not_that_of_pooled_rounds() {
    let vector: serde_json::Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/stat-variance-components-loom.json"
    )))
    .unwrap();
    let groups: Vec<Vec<f64>> = vector["inputs"]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            group.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect()
        })
        .collect();
    let comparison = only(&trials("fixed", &groups));
    let expected = |key: &str| vector["expected"][key].as_f64().unwrap();
    let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{comparison:?}");
    close(comparison.ratio.ln(), expected("grand_mean"));
    let limits = log_limits(&comparison).unwrap();
    for (found, wanted) in
        limits.iter().zip(vector["expected"]["ci95_grand_mean"].as_array().unwrap())
    {
        close(*found, wanted.as_f64().unwrap());
    }
    let builds = comparison.builds.clone().unwrap();
    assert_eq!((builds.builds, builds.rests_on.as_str()), (4, "builds"));
    close(builds.build_variance, expected("var_between"));
    close(builds.round_variance, expected("var_within"));
}

#[test]
fn builds_that_add_nothing_leave_the_interval_to_the_rounds() {
    let groups = layered(4, 0.0);
    let with = only(&trials("fixed", &groups));
    let without = only(&trials("fixed", &[groups.concat()]));
    assert_eq!(log_limits(&with), log_limits(&without));
    assert_eq!(without.builds, None, "one build has no levels");
    let levels = with.builds.unwrap();
    assert_eq!((levels.rests_on.as_str(), levels.build_variance), ("rounds", 0.0));
    assert_eq!(levels.rounds_a_build, None, "one build serves for all rounds");
}

#[test]
fn the_cheapest_rounds_of_a_build_follow_from_what_each_takes() {
    let trials = trials("fixed", &layered(6, 0.01));
    let rounds = |costs: Costs| {
        let analysis = analyse_at(&trials, costs).unwrap();
        let levels: BuildLevels = analysis.comparisons[0].builds.clone().unwrap();
        let wanted =
            (costs.build / costs.round * levels.round_variance / levels.build_variance).sqrt();
        assert_eq!(levels.rounds_a_build, Some(wanted.ceil().max(1.0) as u32), "{levels:?}");
        wanted
    };
    let (cheap, dear) = (rounds(Costs::EQUAL), rounds(Costs { round: 5.0, build: 2000.0 }));
    assert!((dear / cheap - 20.0).abs() < 1e-9, "{cheap}, {dear}");
    assert_eq!(analyse(&trials), analyse_at(&trials, Costs::EQUAL));
}

#[test]
fn looking_again_and_again_asks_more_of_few_builds_too() {
    let few = only(&trials("anytime", &layered(3, 0.02)));
    assert_eq!((few.lower, few.upper, few.verdict.as_str()), (None, None, "inconclusive"));
    assert!(few.notes.iter().any(|note| note.contains("too few")), "{:?}", few.notes);
    let groups = layered(8, 0.02);
    let (any, once) = (only(&trials("anytime", &groups)), only(&trials("fixed", &groups)));
    let width = |comparison: &Comparison| log_limits(comparison).map(|[low, high]| high - low);
    assert!(width(&any) > width(&once), "{any:?}, {once:?}");
    assert_eq!((any.interval.as_str(), once.interval.as_str()), ("anytime", "t"));
    assert!(any.rounds_needed.is_none_or(|rounds| rounds > any.rounds));
}

#[test]
fn builds_one_slower_than_the_one_before_are_no_drift_and_a_drift_within_each_is() {
    let step = |build: usize| 0.02 * build as f64;
    let level: Vec<Vec<f64>> =
        (0..4).map(|build| layered(1, 0.0)[0].iter().map(|x| x + step(build)).collect()).collect();
    let comparison = only(&trials("fixed", &level));
    assert!(!comparison.notes.iter().any(|note| note.contains("blocked")), "{comparison:?}");
    let drifting: Vec<Vec<f64>> = (0..4)
        .map(|build| (0..6).map(|round| step((build * 3) % 4) + 0.004 * f64::from(round)).collect())
        .collect();
    let comparison = only(&trials("fixed", &drifting));
    assert!(comparison.notes.iter().any(|note| note.contains("blocked")), "{comparison:?}");
    assert_eq!(comparison.verdict, "inconclusive");
}

#[test]
fn builds_of_unequal_rounds_count_alike_and_the_ratio_lies_within_its_interval() {
    let mut groups = layered(5, 0.01);
    groups[0].extend([-0.03; 30].iter().zip(0..).map(|(x, at)| x + 0.001 * f64::from(at % 3)));
    let comparison = only(&trials("fixed", &groups));
    let means: Vec<f64> =
        groups.iter().map(|group| group.iter().sum::<f64>() / group.len() as f64).collect();
    let mean = means.iter().sum::<f64>() / 5.0;
    assert!((comparison.ratio.ln() - mean).abs() < 1e-12, "{comparison:?}");
    let [low, high] = log_limits(&comparison).unwrap();
    assert!((f64::midpoint(low, high) - mean).abs() < 1e-12, "{comparison:?}");
}
