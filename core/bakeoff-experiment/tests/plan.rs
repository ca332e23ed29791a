//! What a plan promises: every candidate once a round, balance, the same seed the same plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bakeoff_experiment::experiment::{Experiment, Stop};
use bakeoff_experiment::manifest;
use bakeoff_experiment::plan::{Plan, PlannedTrial, Stage};
use proptest::prelude::*;

/// An experiment of that many candidates and workloads, with a closed and two open loads each.
fn experiment(candidates: usize, workloads: usize, rounds: u32) -> Experiment {
    let mut text = "title = \"t\"\n".to_owned();
    for index in 0..candidates {
        write!(text, "[candidates.c{index}]\ndir = \"d\"\nrun = [\"./x\"]\n").unwrap();
    }
    for index in 0..workloads {
        write!(
            text,
            "[workloads.w{index}]\nrequests = [{{ get = \"/\" }}]\nclosed = 8\nload = \"60%\"\n\
             arrivals = [\"constant\", \"poisson\"]\nwarm-up = \"1s\"\nmeasure = \"2s\"\n"
        )
        .unwrap();
    }
    write!(text, "[judging]\nrounds = {rounds}\n").unwrap();
    let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
    manifest::read("m", text.as_bytes(), &files).unwrap().experiment
}

/// Trials by workload and load.
fn by_cell(trials: &[PlannedTrial]) -> BTreeMap<(String, String), Vec<&PlannedTrial>> {
    let mut cells: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for trial in trials {
        cells.entry((trial.workload.clone(), trial.load.to_string())).or_default().push(trial);
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_candidate_and_the_twin_run_once_a_round_in_balanced_positions(
        candidates in 1_usize..6, workloads in 1_usize..4, rounds in 2_u32..14, seed: u64,
    ) {
        let experiment = experiment(candidates, workloads, rounds);
        let plan = Plan::draw(&experiment, seed);
        let labels = candidates + 1;
        prop_assert_eq!(plan.trials.len(), labels * workloads * 3 * rounds as usize);
        for trials in by_cell(&plan.trials).values() {
            let mut seen = BTreeSet::new();
            let mut positions: BTreeMap<(&str, u32), u32> = BTreeMap::new();
            for trial in trials {
                prop_assert!(seen.insert((trial.round, trial.candidate.as_str())), "twice in a round");
                *positions.entry((trial.candidate.as_str(), trial.position)).or_default() += 1;
            }
            prop_assert_eq!(seen.len(), labels * rounds as usize);
            let most = positions.values().max().copied().unwrap_or(0);
            let fewest = if positions.len() < labels * labels {
                0
            } else {
                positions.values().min().copied().unwrap_or(0)
            };
            prop_assert!(most - fewest <= 1, "positions {positions:?}");
        }
    }

    #[test]
    fn no_candidate_is_ever_wholly_before_another(seed: u64, rounds in 3_u32..10) {
        let plan = Plan::draw(&experiment(2, 1, rounds), seed);
        for trials in by_cell(&plan.trials).values() {
            let labels: BTreeSet<&str> = trials.iter().map(|t| t.candidate.as_str()).collect();
            for a in &labels {
                for b in &labels {
                    let last_a = trials.iter().rposition(|t| t.candidate == *a);
                    let first_b = trials.iter().position(|t| t.candidate == *b);
                    prop_assert!(last_a >= first_b || a == b);
                }
            }
        }
    }

    #[test]
    fn the_seed_alone_makes_the_plan(seed: u64) {
        let experiment = experiment(3, 2, 8);
        let plan = Plan::draw(&experiment, seed);
        prop_assert_eq!(&plan, &Plan::draw(&experiment, seed));
        prop_assert_ne!(&plan.trials, &Plan::draw(&experiment, seed.wrapping_add(1)).trials);
    }

    #[test]
    fn added_rounds_are_those_that_a_longer_plan_would_have_had(seed: u64) {
        let short = Plan::draw(&experiment(3, 2, 4), seed);
        let long = experiment(3, 2, 5);
        let added = Plan::added_round(&long, seed, &short.trials);
        let ids: BTreeSet<u32> = short.trials.iter().chain(&added).map(|t| t.id).collect();
        prop_assert_eq!(ids.len(), short.trials.len() + added.len(), "ids are unique");
        prop_assert!(added.iter().all(|t| t.stage == Stage::Added && t.round == 5));
        let order = |trials: &[PlannedTrial]| -> Vec<(String, String, u32, String)> {
            let mut order: Vec<_> = trials
                .iter()
                .filter(|t| t.round == 5)
                .map(|t| (t.workload.clone(), t.load.to_string(), t.position, t.candidate.clone()))
                .collect();
            order.sort();
            order
        };
        prop_assert_eq!(order(&added), order(&Plan::draw(&long, seed).trials));
    }
}

#[test]
fn closed_loops_come_before_open_ones() {
    let plan = Plan::draw(&experiment(2, 2, 3), 1);
    let first_open = plan.trials.iter().position(|t| !t.load.is_closed()).unwrap();
    assert!(plan.trials[first_open..].iter().all(|t| t.stage == Stage::Rated));
    assert!(plan.trials[..first_open].iter().all(|t| t.stage == Stage::Capacity));
    let ids: Vec<u32> = plan.trials.iter().map(|t| t.id).collect();
    assert_eq!(ids, (1..=plan.trials.len() as u32).collect::<Vec<_>>());
}

#[test]
fn a_candidate_runs_only_under_its_own_workloads() {
    let mut experiment = experiment(2, 2, 3);
    experiment.candidates[1].workloads = vec!["w1".to_owned()];
    let plan = Plan::draw(&experiment, 1);
    assert!(plan.trials.iter().all(|t| t.candidate != "c1" || t.workload == "w1"));
    assert!(plan.trials.iter().any(|t| t.candidate == "c1"));
}

#[test]
fn the_reference_runs_once_where_nothing_is_judged() {
    let mut experiment = experiment(2, 2, 3);
    experiment.workloads[1].exploratory = true;
    let plan = Plan::draw(&experiment, 1);
    let twins = plan.trials.iter().filter(|trial| trial.candidate != trial.runs());
    assert!(twins.clone().all(|twin| twin.workload == "w0"));
    assert_eq!(twins.count(), 3 * 3);
}

#[test]
fn a_quick_run_of_the_pilot_takes_at_most_six_minutes() {
    let quick = experiment(2, 4, 8).quickened();
    assert_eq!(quick.judging.stop, Stop::Fixed { rounds: 5 });
    let seconds = Plan::draw(&quick, 1).duration(&quick);
    assert!(seconds <= 360.0, "{seconds} s");
}

#[test]
fn only_leaves_the_battery_out_unless_it_is_named() {
    let mut experiment = experiment(2, 2, 3);
    experiment.battery = Some("battery".to_owned());
    let battery = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        experiment.clone().only(&names).map(|left| left.battery.is_some())
    };
    assert_eq!(battery(&["w1"]), Ok(false));
    assert_eq!(battery(&["w1", "battery"]), Ok(true));
    assert_eq!(battery(&["batery"]).unwrap_err().meant.as_deref(), Some("battery"));
}
