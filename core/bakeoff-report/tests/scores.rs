//! What is looked at changes no score (FAILURES.md F61, F62), and nothing missing becomes a number
//! (F37, F63).

mod fixture;

use std::collections::BTreeMap;

use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_report::report::Report;
use bakeoff_report::{csv, html, json};
use fixture::{Size, USUAL, run, troubled};

fn texts(report: &Report) -> BTreeMap<String, String> {
    let key = |row: &bakeoff_report::report::comparison::ComparisonRow| {
        format!("{}/{}/{}/{}", row.a, row.b, row.place.label(), row.metric)
    };
    report
        .comparisons
        .iter()
        .map(|row| (key(row), format!("{} {} {}", row.text, row.verdict.word(), row.a_text)))
        .collect()
}

#[test]
fn hiding_a_candidate_changes_no_other_row() {
    let mut several = run(Size { candidates: 3, ..USUAL });
    let all = texts(&several.report());
    several.analysis.comparisons.retain(|row| row.a != "go-gin" && row.b != "go-gin");
    several.distributions.retain(|curve| curve.candidate != "go-gin");
    let fewer = texts(&several.report());
    assert!(fewer.len() < all.len());
    for (key, text) in fewer {
        assert_eq!(all[&key], text, "{key}");
    }
}

#[test]
fn what_was_not_measured_is_said_and_never_a_number() {
    let mut run = troubled();
    for record in &mut run.records {
        let Record::Trial(trial) = record else { continue };
        if let TrialOutcome::Sealed(observation) = &mut trial.outcome
            && trial.planned.candidate == "rust-axum"
        {
            observation.metrics.remove("memory-peak");
            observation.metrics.insert("latency-p99".to_owned(), f64::NAN);
        }
    }
    run.analysis.comparisons.retain(|row| row.metric != "memory-peak");
    run.analysis.comparisons[0].ratio = f64::NAN;
    run.analysis.comparisons[1].lower = None;
    run.analysis.comparisons[1].upper = Some(f64::INFINITY);
    let report = run.report();
    let page = html::render(&report).unwrap();
    assert!(page.contains("not measured"));
    for text in [page, json::render(&report).unwrap(), csv::render(&report)] {
        for wrong in ["NaN", "inf,", "inf ", ">inf", "Infinity"] {
            assert!(!text.contains(wrong), "{wrong}");
        }
    }
}

#[test]
fn an_empty_run_still_makes_every_format() {
    let mut run = troubled();
    run.records.clear();
    run.analysis.comparisons.clear();
    run.decision = None;
    run.claims.clear();
    run.distributions.clear();
    let report = run.report();
    assert_eq!(report.answer.sentence, "No answer: no candidate was measured");
    assert!(html::render(&report).unwrap().contains("No answer"));
}

#[test]
fn no_probability_and_no_p_value_is_nought() {
    let mut run = troubled();
    run.analysis.rig.drift.push(bakeoff_experiment::analysis::Finding {
        cell: "json|60% poisson|latency-p99".to_owned(),
        text: "the ratio falls from round to round".to_owned(),
        p: 0.0,
        blocks: true,
    });
    let page = html::render(&run.report()).unwrap();
    assert!(page.contains("p &#60; 0.001") || page.contains("p &lt; 0.001"));
    assert!(!page.contains("p = 0)"));
    assert!(page.contains("blocked by drift"));
}
