//! What the report says, as a reader of a terminal sees it.

mod fixture;

use bakeoff_experiment::observation::Blame;
use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_report::report::answer::Tone;
use bakeoff_report::terminal::{self, Layout};
use fixture::{Run, USUAL, run, troubled};

fn screen(run: &Run, width: usize, colour: bool) -> String {
    let location = Some("runs/01JD3K5Y7QH2Z8/report.html");
    terminal::render(&run.report(), &Layout { width, colour, location })
}

#[test]
fn a_wide_terminal_has_the_whole_answer_on_one_screen() {
    let screen = screen(&troubled(), 110, false);
    assert!(screen.lines().count() <= 50, "{} lines", screen.lines().count());
    insta::assert_snapshot!(screen);
}

#[test]
fn a_narrow_terminal_says_the_same_in_more_lines() {
    let narrow = screen(&troubled(), 60, false);
    for line in narrow.lines() {
        assert!(line.chars().count() <= 62, "{line}");
    }
    insta::assert_snapshot!(narrow);
}

#[test]
fn colour_repeats_words_and_never_replaces_them() {
    let (plain, coloured) = (screen(&troubled(), 110, false), screen(&troubled(), 110, true));
    let mut stripped = String::new();
    let mut inside = false;
    for c in coloured.chars() {
        match (inside, c) {
            (false, '\u{1b}') => inside = true,
            (true, 'm') => inside = false,
            (true, _) => {}
            (false, c) => stripped.push(c),
        }
    }
    assert_eq!(stripped, plain);
    assert_ne!(coloured, plain);
}

#[test]
fn an_invalid_rig_comes_first_and_withholds_verdicts_and_probability() {
    let mut run = troubled();
    run.analysis.rig.valid = false;
    run.analysis.rig.reasons = vec!["the twin differs from its candidate by 8.1 %".to_owned()];
    let screen = screen(&run, 110, false);
    let grave = screen.find("NOT TRUSTWORTHY  the twin differs").unwrap();
    assert!(grave < screen.find("No answer: this run cannot be trusted").unwrap());
    for withheld in ["(likely)", "▲ better", "(clear)"] {
        assert!(!screen.contains(withheld), "{withheld} in\n{screen}");
    }
    assert!(run.report().decision.is_none());
}

#[test]
fn nothing_weighed_is_no_choice() {
    let mut run = troubled();
    run.decision = None;
    let answer = run.report().answer;
    insta::assert_snapshot!(
        format!("{}\n{}", answer.sentence, answer.conditions),
        @r"
    Against go-nethttp, rust-axum is better in 40, equivalent in 5, inconclusive in 3 of 48 primary comparisons
    No criteria are weighed, so nothing is chosen; this load, this machine.
    "
    );
}

#[test]
fn one_candidate_left_is_said_so() {
    let mut run = run(fixture::Size { candidates: 2, ..USUAL });
    run.decision = None;
    run.analysis.comparisons.clear();
    let sentence = run.report().answer.sentence;
    assert!(sentence.starts_with("Nothing to compare"), "{sentence}");
}

#[test]
fn everyone_failing_a_requirement_leaves_no_best_one() {
    let answer = fixture::required(1e6).report().answer;
    assert_eq!(
        answer.sentence,
        "None: every candidate probably fails a requirement (> 99.9 % that none meets them all)"
    );
    assert_eq!(answer.tone, Tone::Open);
}

#[test]
fn the_only_one_that_meets_the_requirements_is_chosen_for_that() {
    let answer = fixture::required(12e6).report().answer;
    assert_eq!(answer.sentence, "rust-axum, > 99.9 %: every other candidate fails a requirement");
}

#[test]
fn a_run_whose_trials_are_all_void_says_whose_fault_it_was() {
    let mut run = troubled();
    run.analysis.comparisons.clear();
    for record in &mut run.records {
        if let Record::Trial(trial) = record {
            trial.outcome = TrialOutcome::Void {
                reason: "steal 9.1 % of the measuring window, at most 5 %".to_owned(),
                blame: Blame::Host,
                observation: None,
            };
        }
    }
    let answer = run.report().answer;
    assert_eq!(
        answer.sentence,
        "No answer: 385 of 385 trials are void (385 by fault of the host), none is left"
    );
    assert_eq!(answer.beside, ["385 of them: steal 9.1 % of the measuring window, at most 5 %"]);
}

#[test]
fn same_evidence_same_bytes() {
    let (one, two) = (troubled().report(), troubled().report());
    assert_eq!(
        bakeoff_report::html::render(&one).unwrap(),
        bakeoff_report::html::render(&two).unwrap()
    );
    assert_eq!(
        bakeoff_report::json::render(&one).unwrap(),
        bakeoff_report::json::render(&two).unwrap()
    );
}

#[test]
fn a_comparison_against_the_reference_is_spoken_of_the_other_one() {
    let mut run = troubled();
    run.analysis.comparisons.retain(|comparison| comparison.b == "go-nethttp");
    let before = screen(&run, 110, false);
    for comparison in &mut run.analysis.comparisons {
        // The same fact told the other way round.
        std::mem::swap(&mut comparison.a, &mut comparison.b);
        std::mem::swap(&mut comparison.a_mean, &mut comparison.b_mean);
        comparison.ratio = 1.0 / comparison.ratio;
        (comparison.lower, comparison.upper) =
            (comparison.upper.map(|x| 1.0 / x), comparison.lower.map(|x| 1.0 / x));
        comparison.verdict = match comparison.verdict.as_str() {
            "better" => "worse".to_owned(),
            "worse" => "better".to_owned(),
            other => other.to_owned(),
        };
    }
    assert_eq!(screen(&run, 110, false), before);
}
