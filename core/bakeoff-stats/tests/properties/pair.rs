//! A pair of candidates from raw rounds to a verdict: directions, caveats, and when a verdict is blocked.

use bakeoff_stats::comparison::{Comparison, Question, Rounds, compare, second_opinions};
use bakeoff_stats::draws::Draws;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{Criticals, Stopping};
use bakeoff_stats::paired::{self, Direction};
use bakeoff_stats::rank::CrossCheck;
use bakeoff_stats::verdict::{Margin, Verdict};

fn ask(a: &[f64], b: &[f64], a_first: &[bool], direction: Direction) -> Comparison {
    let criticals = Criticals::new(Stopping::Fixed { rounds: a.len() }, Level::P95, 40);
    let margin = Margin::new(0.05).unwrap();
    let question = Question { direction, margin, criticals: &criticals };
    let rounds = Rounds { a, b, a_first };
    let comparison = compare(rounds, &question).unwrap();
    let opinions = second_opinions(rounds, &question, 1).unwrap();
    assert!(opinions.cross_check != CrossCheck::OutlierSensitive, "{opinions:?}");
    comparison
}

/// `count` rounds of `ratio` with a spread of 1 %, over levels that wander.
fn pair(seed: u64, count: usize, ratio: impl Fn(usize) -> f64) -> (Vec<f64>, Vec<f64>) {
    let mut draws = Draws::seeded(seed);
    let b: Vec<f64> = (0..count).map(|_| 10.0 * (0.2 * draws.normal()).exp()).collect();
    let a = (0..count).map(|r| b[r] * ratio(r) * (0.01 * draws.normal()).exp()).collect();
    (a, b)
}

#[test]
fn of_throughput_above_one_is_better_and_of_latency_below() {
    let (a, b) = pair(50, 12, |_| 0.8);
    let latency = ask(&a, &b, &[], Direction::Lower);
    assert_eq!(latency.judgement.verdict, Verdict::Better);
    assert!(latency.interval.contains(latency.ratio) && latency.interval.upper() < 0.85);
    let throughput = ask(&a, &b, &[], Direction::Higher);
    assert_eq!(throughput.judgement.verdict, Verdict::Worse);
    assert!((throughput.ratio - latency.ratio).abs() < 1e-12);
    assert_eq!(latency.rounds_needed, None);
}

#[test]
fn a_trend_that_pairing_does_not_cancel_blocks_the_verdict() {
    let (a, b) = pair(51, 20, |_| 0.8);
    assert!(!ask(&a, &b, &[], Direction::Lower).is_blocked);
    let (a, b) = pair(51, 20, |round| 0.8 + 0.01 * round as f64);
    assert!(ask(&a, &b, &[], Direction::Lower).is_blocked);
}

#[test]
fn rounds_with_memory_get_a_wider_interval() {
    let (a, b) = pair(52, 40, |round| if (round / 10).is_multiple_of(2) { 0.95 } else { 1.05 });
    let comparison = ask(&a, &b, &[], Direction::Lower);
    let plain = paired::log_ratio(&a, &b, Level::P95).unwrap().interval;
    let inflation = comparison.memory.unwrap().inflation;
    assert!(inflation > 1.5, "{inflation}");
    let wider = comparison.look.interval.half_width() / plain.half_width();
    assert!((wider - inflation).abs() < 1e-9);
}

#[test]
fn going_first_is_read_from_the_leads() {
    let lead = |round: usize| matches!(round % 4, 0 | 3);
    let (a, b) = pair(53, 20, |round| if lead(round) { 1.03 } else { 0.97 });
    let leads: Vec<bool> = (0..20).map(lead).collect();
    let comparison = ask(&a, &b, &leads, Direction::Lower);
    let order = comparison.order.unwrap();
    assert!(!order.interval.contains(0.0) && (order.order - 0.03).abs() < 0.01);
    assert_eq!(comparison.judgement.verdict, Verdict::Equivalent);
    // Without leads, or with one lead only, there is nothing to read.
    assert_eq!(ask(&a, &b, &[], Direction::Lower).order, None);
    assert_eq!(ask(&a, &b, &[true; 20], Direction::Lower).order, None);
}

#[test]
fn an_unsettled_verdict_names_the_rounds_it_needs() {
    let mut draws = Draws::seeded(54);
    let b = [10.0; 8];
    let a: Vec<f64> = (0..8).map(|_| 10.0 * (0.1 * draws.normal()).exp()).collect();
    let comparison = ask(&a, &b, &[], Direction::Lower);
    assert_eq!(comparison.judgement.verdict, Verdict::Inconclusive);
    assert!(comparison.rounds_needed.is_some_and(|rounds| rounds > 8), "{comparison:?}");
}
