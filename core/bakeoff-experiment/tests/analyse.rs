//! What the path from raw trials to verdicts promises (METHODS.md D): invariance, false alarms,
//! coverage, drift, blocks, monotonicity. All data are simulated from fixed seeds.

use std::collections::BTreeMap;

use bakeoff_experiment::analyse::analyse;
use bakeoff_experiment::analysis::{Analysis, Comparison};
use bakeoff_experiment::metric::Direction;
use bakeoff_experiment::numbers::Numbers;
use bakeoff_experiment::trials::{Design, StopDesign, TRIALS_SCHEMA, TrialRow, Trials};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Normal draws (Box and Muller 1958).
struct Normal(ChaCha8Rng);

impl Normal {
    fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn draw(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn design(kind: &str, rounds: Option<u32>) -> Design {
    Design {
        candidates: vec!["a".to_owned(), "b".to_owned()],
        reference: "b".to_owned(),
        margin: BTreeMap::from([("m".to_owned(), 0.05)]),
        level: 0.95,
        stop: StopDesign {
            kind: kind.to_owned(),
            rounds,
            prior_variance: None,
            half_width: None,
            looks: Vec::new(),
        },
        direction: BTreeMap::from([("m".to_owned(), Direction::Lower)]),
        primary: Vec::new(),
        exploratory: Vec::new(),
    }
}

/// One trial of metric `m`.
fn row(round: u32, position: u32, candidate: &str, value: f64) -> TrialRow {
    TrialRow {
        round,
        position,
        candidate: candidate.to_owned(),
        workload: "w".to_owned(),
        load: "60%".to_owned(),
        build: 1,
        answers: None,
        metrics: Numbers::from_iter([("m", value)]),
    }
}

/// Trials of a and b, the lead alternating; `values(round)` yields both.
fn trials(design: Design, rounds: u32, mut values: impl FnMut(u32) -> (f64, f64)) -> Trials {
    let mut rows = Vec::new();
    for round in 1..=rounds {
        let (a, b) = values(round);
        let lead = round.div_ceil(2) % 2;
        rows.push(row(round, lead, "a", a));
        rows.push(row(round, 1 - lead, "b", b));
    }
    Trials { schema: TRIALS_SCHEMA.to_owned(), design, trials: rows }
}

/// Trials whose log ratio has that mean and spread.
fn simulated(design: Design, rounds: u32, mean: f64, sd: f64, seed: u64) -> Trials {
    let mut normal = Normal::seeded(seed);
    trials(design, rounds, |_| {
        let level = normal.draw() * 0.1;
        ((level + mean + sd * normal.draw()).exp(), level.exp())
    })
}

fn only(trials: &Trials) -> Comparison {
    let mut analysis = analyse(trials).unwrap();
    assert_eq!(analysis.comparisons.len(), 1, "{analysis:?}");
    analysis.comparisons.remove(0)
}

fn is_alarm(comparison: &Comparison) -> bool {
    comparison.verdict == "better" || comparison.verdict == "worse"
}

#[test]
fn the_published_paired_log_ratio_comes_out() {
    let vector: serde_json::Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/stat-paired-log-ratio.json"
    )))
    .unwrap();
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let (a, b) = (numbers(&vector["inputs"]["A"]), numbers(&vector["inputs"]["B"]));
    let rounds = a.len() as u32;
    let mut trials = trials(design("fixed", Some(rounds)), rounds, |round| {
        (a[round as usize - 1], b[round as usize - 1])
    });
    let expected = &vector["expected"];
    for (margin, verdict) in expected["verdicts_with_ci95"].as_object().unwrap() {
        let fraction = margin.parse().unwrap();
        trials.design.margin = BTreeMap::from([("m".to_owned(), fraction)]);
        let comparison = only(&trials);
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-9;
        let limits = numbers(&expected["ci95"]);
        assert!(close(comparison.ratio, expected["ratio"].as_f64().unwrap()), "{comparison:?}");
        assert!(close(comparison.lower.unwrap(), limits[0]), "{comparison:?}");
        assert!(close(comparison.upper.unwrap(), limits[1]), "{comparison:?}");
        // The vector's word for every verdict that is not settled is "inconclusive".
        let word = comparison.verdict.trim_end_matches("-size-unclear");
        let unsettled = word != comparison.verdict || word == "inconclusive";
        assert_eq!(if unsettled { "inconclusive" } else { word }, verdict.as_str().unwrap());
        assert_eq!(comparison.interval, "t");
    }
}

#[test]
fn swapping_the_candidates_mirrors_everything() {
    for seed in 0..50 {
        let forward = simulated(design("fixed", Some(10)), 10, 0.06, 0.04, seed);
        let mut swapped = forward.clone();
        swapped.design.reference = "a".to_owned();
        let (forward, swapped) = (only(&forward), only(&swapped));
        assert!((forward.ratio * swapped.ratio - 1.0).abs() < 1e-12);
        assert!((forward.lower.unwrap() * swapped.upper.unwrap() - 1.0).abs() < 1e-12);
        let mirror = |verdict: &str| match verdict {
            "better" => "worse".to_owned(),
            "worse" => "better".to_owned(),
            "better-size-unclear" => "worse-size-unclear".to_owned(),
            "worse-size-unclear" => "better-size-unclear".to_owned(),
            other => other.to_owned(),
        };
        assert_eq!(swapped.verdict, mirror(&forward.verdict));
    }
}

#[test]
fn a_metric_of_which_more_is_better_has_the_mirrored_verdict_and_its_own_ratio() {
    let lower = simulated(design("fixed", Some(10)), 10, 0.3, 0.02, 1);
    let mut higher = lower.clone();
    higher.design.direction = BTreeMap::from([("m".to_owned(), Direction::Higher)]);
    let (lower, higher) = (only(&lower), only(&higher));
    assert_eq!((lower.verdict.as_str(), higher.verdict.as_str()), ("worse", "better"));
    assert_eq!((lower.ratio, lower.lower), (higher.ratio, higher.lower));
}

#[test]
fn order_of_rows_and_units_and_candidates_leave_answers_alone() {
    let plain = simulated(design("fixed", Some(9)), 9, 0.08, 0.05, 3);
    let expected = only(&plain);
    let mut reversed = plain.clone();
    reversed.trials.reverse();
    assert_eq!(only(&reversed), expected);
    let mut relisted = plain.clone();
    relisted.design.candidates.reverse();
    assert_eq!(only(&relisted), expected);
    let mut scaled = plain;
    for row in &mut scaled.trials {
        row.metrics = row.metrics.iter().map(|(name, value)| (name, value * 1024.0)).collect();
    }
    let scaled = only(&scaled);
    assert_eq!(scaled.verdict, expected.verdict);
    assert!((scaled.ratio - expected.ratio).abs() < 1e-12);
}

#[test]
fn false_alarms_stay_below_five_percent_in_every_mode() {
    for (kind, rounds) in [("fixed", 8), ("anytime", 20), ("planned", 20)] {
        let mut design = design(kind, Some(rounds));
        design.margin = BTreeMap::from([("m".to_owned(), 0.0)]);
        let alarms = (0..1000)
            .filter(|seed| {
                let all = simulated(design.clone(), rounds, 0.0, 0.05, *seed);
                // Whoever looks after every round sees an alarm if there is one at any look.
                let looks = if kind == "fixed" { rounds..=rounds } else { 5..=rounds };
                looks.into_iter().any(|look| {
                    let mut seen = all.clone();
                    seen.trials.retain(|row| row.round <= look);
                    is_alarm(&only(&seen))
                })
            })
            .count();
        // 5 % and two binomial standard deviations.
        assert!(alarms <= 64, "{kind}: {alarms} of 1000");
    }
}

#[test]
fn the_ratio_interval_covers_the_truth_as_often_as_it_says() {
    let covered = (0..2000)
        .filter(|seed| {
            let comparison = only(&simulated(design("fixed", Some(8)), 8, 0.1, 0.05, *seed));
            let truth = 0.1_f64.exp();
            comparison.lower.unwrap() <= truth && truth <= comparison.upper.unwrap()
        })
        .count();
    assert!((1860..=1940).contains(&covered), "{covered} of 2000");
}

#[test]
fn the_anytime_interval_covers_at_every_look_at_once() {
    let covered = (0..500)
        .filter(|seed| {
            let all = simulated(design("anytime", Some(40)), 40, 0.1, 0.05, *seed);
            (2..=40).all(|look| {
                let mut seen = all.clone();
                seen.trials.retain(|row| row.round <= look);
                let comparison = only(&seen);
                let truth = 0.1_f64.exp();
                comparison.lower.is_none_or(|lower| lower <= truth)
                    && comparison.upper.is_none_or(|upper| truth <= upper)
            })
        })
        .count();
    assert!(covered >= 475, "{covered} of 500");
}

#[test]
fn the_level_is_split_over_pairs_and_primary_metrics_only() {
    let mut trials = simulated(design("fixed", Some(8)), 8, 0.1, 0.02, 1);
    for row in &mut trials.trials {
        let value = row.metrics.get("m").unwrap();
        row.metrics.set("n", value);
    }
    trials.design.direction.insert("n".to_owned(), Direction::Lower);
    let levels = |trials: &Trials| -> Vec<(String, f64, bool)> {
        let comparisons = analyse(trials).unwrap().comparisons;
        comparisons.into_iter().map(|c| (c.metric, c.level, c.primary)).collect()
    };
    let expected =
        |m: f64, n: f64, both: bool| vec![("m".to_owned(), m, true), ("n".to_owned(), n, both)];
    assert_eq!(levels(&trials), expected(0.95, 0.95, false), "only m has a margin");
    trials.design.margin.insert("n".to_owned(), 0.05);
    assert_eq!(levels(&trials), expected(0.975, 0.975, true));
    trials.design.primary = vec!["m".to_owned()];
    assert_eq!(levels(&trials), expected(0.95, 0.95, false));
}

#[test]
fn a_third_candidate_in_an_exploratory_workload_costs_the_others_no_confidence() {
    let mut trials = simulated(design("fixed", Some(8)), 8, 0.1, 0.02, 1);
    trials.design.candidates.push("c".to_owned());
    for round in 1..=8 {
        for (position, candidate) in (0..).zip(["a", "b", "c"]) {
            let value = 1.0 + f64::from((round * 7 + position * 3) % 5) / 100.0;
            let aside = "aside".to_owned();
            trials
                .trials
                .push(TrialRow { workload: aside, ..row(round, position, candidate, value) });
        }
    }
    let level_of = |trials: &Trials, workload: &str| {
        let comparisons = analyse(trials).unwrap().comparisons;
        let comparison = comparisons.into_iter().find(|it| it.workload == workload).unwrap();
        (comparison.level, comparison.primary)
    };
    let third = 1.0 - 0.05 / 3.0;
    assert_eq!(level_of(&trials, "w"), (third, true), "three pairs share it");
    trials.design.exploratory = vec!["aside".to_owned()];
    assert_eq!(level_of(&trials, "w"), (0.95, true));
    assert_eq!(level_of(&trials, "aside"), (0.95, false));
}

#[test]
fn rounds_added_to_a_fixed_run_make_the_interval_anytime() {
    let trials = simulated(design("fixed", Some(8)), 12, 0.1, 0.05, 1);
    let comparison = only(&trials);
    assert_eq!(comparison.interval, "anytime");
    assert!(comparison.notes.iter().any(|note| note.contains("rounds were added")));
}

#[test]
fn drift_under_a_balanced_order_gives_no_verdict_and_is_flagged_on_the_levels() {
    let mut alarms = 0;
    let mut flagged = 0;
    for seed in 0..200 {
        let mut normal = Normal::seeded(seed);
        let rounds = 12;
        let mut at = 0.0;
        let trials = trials(design("fixed", Some(rounds)), rounds, |round| {
            // 10 % over the run, trial by trial; the lead alternates A B B A.
            let mut next = || {
                at += 0.1 / f64::from(2 * rounds);
                (at + 0.01 * normal.draw()).exp()
            };
            let (first, second) = (next(), next());
            if round.div_ceil(2) % 2 == 0 { (first, second) } else { (second, first) }
        });
        let analysis = analyse(&trials).unwrap();
        alarms += usize::from(is_alarm(&analysis.comparisons[0]));
        flagged += usize::from(analysis.rig.drift.iter().any(|finding| !finding.blocks));
    }
    assert_eq!(alarms, 0);
    assert!(flagged >= 190, "{flagged} of 200");
}

#[test]
fn a_drifting_difference_blocks_its_verdict() {
    let trials = trials(design("fixed", Some(12)), 12, |round| {
        ((0.5 + 0.05 * f64::from(round) + 0.001 * f64::from(round % 3)).exp(), 1.0)
    });
    let analysis = analyse(&trials).unwrap();
    assert_eq!(analysis.comparisons[0].verdict, "inconclusive");
    assert!(analysis.rig.drift.iter().any(|finding| finding.blocks), "{:?}", analysis.rig);
}

#[test]
fn blocks_are_refused() {
    let rows = (1..=8).map(|n| row(n, n - 1, "a", 1.0 + 0.01 * f64::from(n)));
    let later = (1..=8).map(|n| row(n, n + 7, "b", 1.2 + 0.01 * f64::from(n)));
    let blocked = Trials {
        schema: TRIALS_SCHEMA.to_owned(),
        design: design("fixed", Some(8)),
        trials: rows.chain(later).collect(),
    };
    let analysis = analyse(&blocked).unwrap();
    assert!(!analysis.rig.valid);
    assert_eq!(analysis.comparisons[0].verdict, "inconclusive");
    assert_eq!((analysis.comparisons[0].lower, analysis.comparisons[0].upper), (None, None));
}

/// Adds a twin of b whose log ratio to b has that mean and spread.
fn with_twin(mut trials: Trials, mean: f64, sd: f64, seed: u64) -> Trials {
    let mut normal = Normal::seeded(seed);
    trials.design.candidates.push("b~twin".to_owned());
    let twins: Vec<TrialRow> = trials
        .trials
        .iter()
        .filter(|row| row.candidate == "b")
        .map(|b| {
            row(
                b.round,
                2,
                "b~twin",
                b.metrics.get("m").unwrap() * (mean + sd * normal.draw()).exp(),
            )
        })
        .collect();
    trials.trials.extend(twins);
    trials
}

fn rig_of(analysis: &Analysis) -> (bool, Option<f64>) {
    (analysis.rig.valid, analysis.rig.noise_floor.get("w|60%|m").copied())
}

#[test]
fn the_twin_yields_the_noise_floor_and_is_no_candidate() {
    let trials = simulated(design("fixed", Some(8)), 8, 0.3, 0.01, 5);
    let quiet = analyse(&with_twin(trials.clone(), 0.0, 0.01, 6)).unwrap();
    assert_eq!(quiet.comparisons.len(), 1, "the twin is not compared");
    let (valid, floor) = rig_of(&quiet);
    assert!(valid && floor.is_some_and(|floor| 0.005 < floor && floor < 0.03), "{floor:?}");
    let noisy = analyse(&with_twin(trials.clone(), 0.0, 0.2, 7)).unwrap();
    assert!(noisy.comparisons[0].notes.iter().any(|note| note.contains("below the noise floor")));
    assert!(noisy.comparisons[0].notes.iter().any(|note| note.contains("(A/A)")));
    let biased = analyse(&with_twin(trials, 0.2, 0.01, 8)).unwrap();
    assert!(!biased.rig.valid, "{:?}", biased.rig.reasons);
    assert!(biased.comparisons[0].notes.iter().any(|note| note.contains("not trustworthy")));
}

#[test]
fn a_smaller_margin_never_makes_equivalent_of_inconclusive() {
    for seed in 0..200 {
        let mut trials = simulated(design("fixed", Some(8)), 8, 0.01, 0.03, seed);
        let mut was_equivalent = true;
        for margin in [0.2, 0.1, 0.05, 0.02, 0.01, 0.0] {
            trials.design.margin = BTreeMap::from([("m".to_owned(), margin)]);
            let equivalent = only(&trials).verdict == "equivalent";
            assert!(was_equivalent || !equivalent, "seed {seed}, margin {margin}");
            was_equivalent = equivalent;
        }
    }
}

#[test]
fn a_verdict_that_ranks_do_not_share_is_inconclusive_and_says_so() {
    let ratios = [0.06_f64, 0.07, 0.08, 0.065, 0.075, -0.002];
    let trials =
        trials(design("fixed", Some(6)), 6, |round| (ratios[round as usize - 1].exp(), 1.0));
    let comparison = only(&trials);
    assert!(comparison.lower.unwrap() > 1.0, "the t interval excludes 1: {comparison:?}");
    assert_eq!(comparison.verdict, "inconclusive");
    assert!(comparison.notes.iter().any(|note| note.starts_with("outlier-sensitive")));
}

#[test]
fn zeros_are_not_compared_by_ratio_and_never_become_numbers_that_are_none() {
    let trials =
        trials(design("fixed", Some(8)), 8, |round| (if round == 3 { 0.0 } else { 1.0 }, 1.0));
    let analysis = analyse(&trials).unwrap();
    assert!(analysis.comparisons.is_empty());
    assert_eq!(analysis.rig.uncompared.len(), 1);
    // Seven rounds of nothing and one of -1: mean -1/8, and so is its standard error.
    let apart = analysis.rig.uncompared[0].difference.clone().unwrap();
    let t = 2.364_624_251_592_784_5;
    for (found, wanted) in [
        (apart.mean, -0.125),
        (apart.lower.unwrap(), -0.125 * (1.0 + t)),
        (apart.upper.unwrap(), -0.125 * (1.0 - t)),
    ] {
        assert!((found - wanted).abs() < 1e-12, "{apart:?}");
    }
    let text = serde_json::to_string(&analysis).unwrap();
    assert!(!text.contains("NaN") && !text.contains("null"), "{text}");
}

#[test]
fn start_effects_are_not_drowned_in_repetitions() {
    // Start effect 3 %, within 1 %, 5 builds of 10 rounds: type I near 5 %, not 56 %.
    let mut design = design("fixed", Some(50));
    design.margin = BTreeMap::from([("m".to_owned(), 0.0)]);
    let alarms = (0..400)
        .filter(|seed| {
            let mut normal = Normal::seeded(*seed);
            let mut effect = 0.0;
            let mut trials = trials(design.clone(), 50, |round| {
                if round % 10 == 1 {
                    effect = 0.03 * normal.draw();
                }
                ((effect + 0.01 * normal.draw()).exp(), 1.0)
            });
            for row in &mut trials.trials {
                row.build = row.round.div_ceil(10);
            }
            is_alarm(&only(&trials))
        })
        .count();
    assert!(alarms <= 30, "{alarms} of 400");
}

#[test]
fn a_quantile_of_too_few_answers_has_no_verdict_whatever_its_numbers_say() {
    let with = |metric: &str, answers: Option<u32>, mean: f64| {
        let mut trials = simulated(design("fixed", Some(8)), 8, mean, 0.01, 7);
        trials.design.margin = BTreeMap::from([(metric.to_owned(), 0.05)]);
        for row in &mut trials.trials {
            row.answers = answers;
            row.metrics = Numbers::from_iter([(metric, row.metrics.get("m").unwrap())]);
        }
        analyse(&trials).unwrap()
    };
    for (mean, enough) in [(0.3, "worse"), (-0.3, "better"), (0.0, "equivalent")] {
        for (metric, answers) in
            [("latency-p99", Some(10_000)), ("latency-p99", None), ("latency-p50", Some(200))]
        {
            let comparison = with(metric, answers, mean).comparisons.remove(0);
            assert_eq!(comparison.verdict, enough, "{metric} {answers:?}");
            assert!(comparison.primary);
        }
        for (metric, answers) in
            [("latency-p99", 9_999), ("latency-p999", 99_999), ("service-p99", 900)]
        {
            let analysis = with(metric, Some(answers), mean);
            let comparison = &analysis.comparisons[0];
            assert_eq!(comparison.verdict, "inconclusive", "{metric}");
            assert!(comparison.notes[0].starts_with("window too short"), "{comparison:?}");
            assert!(!comparison.primary, "it is exploratory");
            assert_eq!(comparison.rounds_needed, None, "more rounds do not help");
            assert!(comparison.lower.is_some(), "the interval stays to be seen");
            let said = analysis.rig.reasons.iter().any(|reason| reason.contains("too short"));
            assert!(said && analysis.rig.valid, "{:?}", analysis.rig);
        }
    }
}
