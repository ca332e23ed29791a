//! What the fold over records promises: no prefix is special, retries are bounded, nothing excluded runs.

use std::collections::BTreeMap;

use bakeoff_experiment::manifest;
use bakeoff_experiment::observation::{Blame, Gate, Observation, RATE_DELIVERED};
use bakeoff_experiment::plan::{Plan, trial_duration};
use bakeoff_experiment::progress::{Progress, Step};
use bakeoff_experiment::record::{
    BuildOutcome, BuildReceipt, BuildRecord, ContractRecord, Extended, Finished, Interrupted,
    Opened, ProbeRecord, Record, Resumed, TrialOutcome, TrialRecord,
};
use proptest::prelude::*;

const MANIFEST: &str = r#"
title = "t"
reference = "b"
[candidates.a]
dir = "d"
run = ["./x"]
[candidates.b]
dir = "d"
build = ["make"]
artifact = "x"
run = ["{artifact}"]
[workloads.w]
requests = [{ get = "/" }]
load = "60%"
[judging]
rounds = 2
builds = 2
retries = 1
"#;

fn opened() -> Record {
    let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
    let experiment = manifest::read("m", MANIFEST.as_bytes(), &files).unwrap().experiment;
    let plan = Plan::draw(&experiment, 7);
    Record::Opened(Box::new(Opened {
        run: "r".to_owned(),
        version: String::new(),
        at_unix: 0.0,
        command: Vec::new(),
        folder: String::new(),
        place: String::new(),
        manifest: MANIFEST.to_owned(),
        files: BTreeMap::new(),
        experiment,
        plan,
        lock: String::new(),
    }))
}

/// What an honest runner would record next; `chance` decides how things go.
fn next(progress: &Progress, mut chance: impl FnMut(u32) -> u32) -> Record {
    match progress.step() {
        Step::Open => opened(),
        Step::Build { candidate, build } => {
            let fails = candidate == "a" && chance(8) == 0;
            let outcome = if fails {
                BuildOutcome::Skipped { reason: "no tool".to_owned(), hint: String::new() }
            } else {
                BuildOutcome::Done(BuildReceipt::default())
            };
            Record::Built(BuildRecord { candidate, build, outcome })
        }
        Step::Contract(candidates) => {
            let held = progress.contracts();
            let candidate = candidates.into_iter().find(|name| !held.contains_key(name)).unwrap();
            let broke = (candidate == "a" && chance(8) == 0).then(|| "died".to_owned());
            let (cases, random, failures) = (1, 1, Vec::new());
            Record::Contract(ContractRecord { candidate, cases, random, failures, broke })
        }
        Step::Probe { probe, subject, round } => Record::Probe(ProbeRecord {
            probe,
            candidate: subject,
            round,
            metrics: BTreeMap::new(),
            units: BTreeMap::new(),
            facts: BTreeMap::new(),
            failure: None,
        }),
        Step::Battery(_) => unreachable!("the manifest has none"),
        Step::Rates(rates) => Record::Rates(rates),
        Step::Trial(planned, attempt) => {
            let outcome = match chance(4) {
                0 => TrialOutcome::Void {
                    reason: "noise".to_owned(),
                    blame: [Blame::Host, Blame::User, Blame::Candidate][chance(3) as usize],
                    observation: None,
                },
                _ => TrialOutcome::Sealed(Observation {
                    metrics: BTreeMap::from([("throughput".to_owned(), 100.0)]),
                    ..Observation::default()
                }),
            };
            Record::Trial(Box::new(TrialRecord { planned, attempt, outcome }))
        }
        Step::Look | Step::Done => Record::Finished(Finished {
            at_unix: 1.0,
            reason: "rounds done".to_owned(),
            wall: BTreeMap::new(),
        }),
    }
}

/// The records of a whole run in which things go as `choices` say.
fn run(choices: &[u32]) -> Vec<Record> {
    let mut choices = choices.iter().cycle();
    let mut records: Vec<Record> = Vec::new();
    let mut progress = Progress::default();
    let mut added = false;
    while progress.step() != Step::Done {
        let mut chance = |of: u32| choices.next().copied().unwrap_or(1) % of;
        let mut record = next(&progress, &mut chance);
        if progress.step() == Step::Look && !added {
            added = true;
            let opened = progress.opened().unwrap();
            let before = progress.plan_so_far().trials;
            let trials = Plan::added_round(&opened.experiment, opened.plan.seed, &before);
            record = Record::Extended(Extended { trials, reason: "not settled".to_owned() });
        } else if chance(10) == 0 && !records.is_empty() {
            let (reason, at_unix) = ("interrupt".to_owned(), 0.0);
            records.push(Record::Interrupted(Interrupted { reason, at_unix }));
            records.push(Record::Resumed(Resumed { at_unix: 0.0, cleared: Vec::new() }));
        }
        progress.take(&record);
        records.push(record);
        assert!(records.len() < 2000, "a run must end");
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn folding_a_prefix_and_then_the_rest_is_folding_all(
        choices in prop::collection::vec(1_u32..1000, 50..200), cut in 0.0_f64..1.0,
    ) {
        let records = run(&choices);
        let (head, tail) = records.split_at((cut * records.len() as f64) as usize);
        let mut resumed = Progress::of(head);
        for record in tail {
            resumed.take(record);
        }
        prop_assert_eq!(resumed, Progress::of(&records));
    }

    #[test]
    fn retries_are_bounded_and_what_is_excluded_never_runs(
        choices in prop::collection::vec(0_u32..1000, 50..200),
    ) {
        let records = run(&choices);
        let progress = Progress::of(&records);
        for trial in progress.trials() {
            prop_assert!(trial.sealed || progress.given_up(trial), "nothing is left open");
            prop_assert!(trial.charged <= 2, "one try and one retry: {trial:?}");
        }
        let mut so_far = Progress::default();
        for record in &records {
            if let Record::Trial(trial) = record {
                let out = so_far.excluded().contains_key(trial.planned.runs());
                prop_assert!(!out, "excluded candidates take no part");
            }
            so_far.take(record);
        }
    }
}

#[test]
fn the_rates_are_fixed_once_from_the_capacity_trials_before_any_share_is_offered() {
    let records = run(&[1]);
    let rates = records.iter().position(|record| matches!(record, Record::Rates(_))).unwrap();
    let closed = |record: &Record| match record {
        Record::Trial(trial) => Some(trial.planned.load.is_closed()),
        _ => None,
    };
    assert!(records[..rates].iter().filter_map(closed).all(|closed| closed));
    assert!(records[..rates].iter().filter_map(closed).count() > 0);
    let Record::Rates(rates) = &records[rates] else { unreachable!("just found") };
    assert_eq!(rates.weakest("w"), Some(100.0));
    assert_eq!(rates.sustainable["w"].len(), 2, "the twin's trials are the reference's");
}

/// How often trials of `a` are spoilt by this gate before `a` is left out of the run, at most 4.
fn spoilt_until_left_out(gate: &str) -> Option<u32> {
    let mut progress = Progress::default();
    let mut spoilt = 0;
    while progress.step() != Step::Done && spoilt < 4 {
        let mut record = next(&progress, |_| 1);
        if let Record::Trial(trial) = &mut record
            && trial.planned.runs() == "a"
        {
            spoilt += 1;
            let failed = Gate {
                name: gate.to_owned(),
                passed: false,
                value: 0.0,
                bound: 1.0,
                blame: Blame::Candidate,
                detail: String::new(),
            };
            let observation = Some(Observation { gates: vec![failed], ..Observation::default() });
            let (reason, blame) = (gate.to_owned(), Blame::Candidate);
            trial.outcome = TrialOutcome::Void { reason, blame, observation };
        }
        progress.take(&record);
        if progress.excluded().contains_key("a") {
            return Some(spoilt);
        }
    }
    None
}

#[test]
fn wrong_answers_in_three_tries_leave_a_candidate_out_and_falling_behind_does_not() {
    assert_eq!(spoilt_until_left_out("errors"), Some(3));
    assert_eq!(spoilt_until_left_out(RATE_DELIVERED), None);
}

#[test]
fn a_probe_for_some_candidates_is_asked_of_no_other() {
    let mut progress = Progress::default();
    let Record::Opened(mut start) = opened() else { unreachable!("it opens a run") };
    let only = start.experiment.probes[0].name.clone();
    start.experiment.probes[0].candidates = vec!["a".to_owned()];
    progress.take(&Record::Opened(start));
    let mut asked = Vec::new();
    while progress.step() != Step::Done {
        if let Step::Probe { probe, subject, .. } = progress.step() {
            asked.push((probe == only, subject));
        }
        progress.take(&next(&progress, |_| 1));
    }
    assert!(asked.contains(&(true, "a".to_owned())) && asked.contains(&(false, "b".to_owned())));
    assert!(!asked.contains(&(true, "b".to_owned())), "{asked:?}");
}

/// What became of a run in which every try takes what was planned for it and `void` says which are
/// void by the host's fault, however often each may be tried.
fn in_a_storm(share: &str, void: impl Fn(u32) -> bool) -> (Progress, f64) {
    let mut progress = Progress::default();
    let (mut tries, mut seconds) = (0, 0.0);
    while progress.step() != Step::Done {
        let mut record = next(&progress, |_| 1);
        if let Record::Opened(opened) = &mut record {
            opened.experiment.judging.retries = 100;
            opened.experiment.judging.retry_share = share.parse().unwrap();
        }
        if let Record::Trial(trial) = &mut record {
            let experiment = &progress.opened().unwrap().experiment;
            let planned = trial_duration(experiment, &trial.planned);
            let wall = BTreeMap::from([("measure".to_owned(), planned)]);
            seconds += planned;
            let metrics = BTreeMap::from([("throughput".to_owned(), 100.0)]);
            let observation = Observation { wall, metrics, ..Observation::default() };
            trial.outcome = if void(tries) {
                let (reason, blame) = ("steal".to_owned(), Blame::Host);
                TrialOutcome::Void { reason, blame, observation: Some(observation) }
            } else {
                TrialOutcome::Sealed(observation)
            };
            tries += 1;
        }
        progress.take(&record);
    }
    (progress, seconds)
}

#[test]
fn retries_take_no_more_than_their_share_of_the_plans_time_whatever_the_weather() {
    let Record::Opened(opened) = opened() else { unreachable!("it opens a run") };
    let planned = opened.plan.duration(&opened.experiment);
    let trials = opened.plan.trials.len() as u32;
    for share in ["0", "0.5", "1"] {
        let (progress, seconds) = in_a_storm(share, |_| true);
        let allowed = share.parse::<f64>().unwrap() * planned;
        let time = progress.retry_time();
        assert!(time.spent() <= allowed, "{share}: {time}");
        assert!(seconds <= planned + allowed + 1e-9, "{share}: {seconds} of {planned}");
        assert_eq!(progress.counts().given_up, trials, "{share}: the run ends with what it has");
        assert!(progress.trials().iter().all(|trial| 0 < trial.attempts), "each has a try");
        assert!(0 < time.refused(), "{share}: and says so: {time}");
    }
    let (calm, seconds) = in_a_storm("0.5", |tries| tries == 3);
    assert_eq!((calm.retry_time().refused(), calm.counts().sealed), (0, trials));
    assert!(planned < seconds, "one was tried twice");
}

#[test]
fn further_rounds_give_retries_time_of_their_own_and_none_to_earlier_trials() {
    let (mut progress, _) = in_a_storm("0", |tries| tries == 0);
    let before = progress.counts();
    assert_eq!(before.given_up, 1);
    let opened = progress.opened().unwrap().clone();
    let trials =
        Plan::added_round(&opened.experiment, opened.plan.seed, &progress.plan_so_far().trials);
    let added = trials.len() as u32;
    progress.take(&Record::Extended(Extended { trials, reason: "asked for".to_owned() }));
    assert_eq!(progress.counts().open, added, "what was given up stays so");
}
