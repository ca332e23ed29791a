//! Thirty-three hostile servers, each in one write, in two, and byte by byte: classified alike,
//! within bounds, whatever the cut. Virtual time: patience ends exactly when it should.

mod common;

use bakeoff_load::LoadOutcome;

use common::{Case, Cut, bodies, heads, meet};

/// The outcome in words: `answered N`, then what went wrong, then what was odd.
fn words(outcome: &LoadOutcome) -> String {
    let mut words = vec![format!("answered {}", outcome.counters.answered)];
    for problems in [&outcome.problems, &outcome.other_problems] {
        words.extend(problems.occurred().map(|(problem, ..)| problem.name().to_owned()));
    }
    let odd = outcome.warnings;
    for (count, name) in [
        (odd.bare_lf, "flag bare-lf"),
        (odd.repeated_length, "flag repeated-length"),
        (odd.tiny_chunks, "flag tiny-chunks"),
    ] {
        if 0 < count {
            words.push(name.to_owned());
        }
    }
    words.join(", ")
}

#[test]
fn every_case_is_classified_alike_however_it_is_cut() {
    let cases: Vec<Case> = heads().into_iter().chain(bodies()).collect();
    let mut numbers: Vec<u32> = cases.iter().map(|case| case.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=33).collect::<Vec<_>>());
    for case in &cases {
        for cut in [Cut::Whole, Cut::Two, Cut::Bytes] {
            let outcome = meet(case, cut);
            assert_eq!(words(&outcome), case.expected, "case {} {cut:?}", case.number);
            let counters = outcome.counters;
            assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
        }
    }
}

#[test]
fn deadlines_end_at_their_time() {
    let expected = [(6, 5.0), (7, 5.0), (8, 2.0)];
    for case in heads() {
        let Some((_, seconds)) = expected.iter().find(|(number, _)| *number == case.number) else {
            continue;
        };
        let outcome = meet(&case, Cut::Whole);
        let late = outcome.duration_s() - seconds;
        assert!((0.0..=0.2).contains(&late), "case {}: {late} s late", case.number);
    }
}

#[test]
fn evidence_is_escaped_and_at_most_512_bytes() {
    for case in heads().iter().chain(&bodies()) {
        let outcome = meet(case, Cut::Whole);
        for (problem, _, example) in outcome.problems.occurred() {
            assert!(example.len() <= 512 && example.is_ascii(), "{problem:?} {example}");
            assert!(!example.contains(|c: char| c.is_ascii_control()), "{problem:?} {example}");
        }
    }
}
