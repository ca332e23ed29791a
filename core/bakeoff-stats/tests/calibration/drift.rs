//! What a machine that changes does to verdicts, and what of it is noticed.

use crate::simulate::{autoregression, normal, share};
use bakeoff_stats::autocorrelation::{effective_size, ljung_box, memory};
use bakeoff_stats::draws::Draws;
use bakeoff_stats::level::Level;
use bakeoff_stats::order::{order_effect, require_interleaved};
use bakeoff_stats::paired;
use bakeoff_stats::rig::calibrate;
use bakeoff_stats::trend::mann_kendall;
use bakeoff_stats::verdict::{Margin, Verdict, judge};
use bakeoff_stats::warmup::{Course, mser5, warm_up};

/// Ten rounds of two equal candidates under 10 % linear drift, trial sd 1 %, the lead alternating: AB BA AB ...
struct Drifting {
    a: Vec<f64>,
    b: Vec<f64>,
}

fn drifting(draws: &mut Draws) -> Drifting {
    let mut level = |trial: usize| 10.0 * (0.1 * trial as f64 / 19.0 + 0.01 * draws.normal()).exp();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..10 {
        let (first, second) = (level(2 * round), level(2 * round + 1));
        let (of_a, of_b) = if round % 2 == 0 { (first, second) } else { (second, first) };
        a.push(of_a);
        b.push(of_b);
    }
    Drifting { a, b }
}

#[test]
fn drift_under_alternating_leads_deceives_nobody_and_is_flagged() {
    let margin = Margin::new(0.05).unwrap();
    let mut draws = Draws::seeded(30);
    let (mut detected, mut trend_of_ratios) = (0, 0);
    for _ in 0..1000 {
        let Drifting { a, b } = drifting(&mut draws);
        let ratio = paired::log_ratio(&a, &b, Level::P95).unwrap();
        let verdict = judge(ratio.interval, margin).verdict;
        assert_eq!(verdict, Verdict::Equivalent, "{a:?} {b:?}");
        assert!(mann_kendall(&a).unwrap().p() < 0.05 && mann_kendall(&b).unwrap().p() < 0.05);
        detected += u32::from(!ratio.interval.contains(0.0));
        let differences = paired::log_differences(&a, &b).unwrap();
        trend_of_ratios += u32::from(mann_kendall(&differences).unwrap().p() < 0.05);
    }
    assert!(detected <= 64, "{detected}");
    assert!(trend_of_ratios <= 64, "{trend_of_ratios}");
}

#[test]
fn blocks_are_refused_and_any_mixture_is_not() {
    assert!(require_interleaved(&[0, 0, 0, 1, 1, 1]).is_err());
    let blocked = require_interleaved(&[2, 0, 2, 0, 2, 1, 1]).unwrap_err();
    assert_eq!((blocked.first, blocked.second), (0, 1));
    for fine in [&[0, 1, 1, 0][..], &[0, 1, 0, 1], &[0, 1], &[0, 0], &[], &[1, 0, 0, 1, 2, 2, 1, 0]]
    {
        assert_eq!(require_interleaved(fine), Ok(()), "{fine:?}");
    }
}

#[test]
fn going_first_is_noticed_and_cancels_out_of_the_balanced_ratio() {
    let mut draws = Draws::seeded(31);
    let (mut noticed, mut biased) = (0, 0);
    for _ in 0..1000 {
        let (ab, ba) = (normal(&mut draws, 6, 0.03, 0.01), normal(&mut draws, 6, -0.03, 0.01));
        let effect = order_effect(&ab, &ba, Level::P95).unwrap();
        noticed += u32::from(!effect.interval.contains(0.0));
        biased += u32::from(effect.treatment.abs() > 4.0 * 0.01 / 12.0_f64.sqrt());
    }
    assert!(noticed >= 999 && biased <= 1, "{noticed} {biased}");
}

#[test]
fn a_rig_without_bias_is_seldom_called_biased_and_one_with_bias_is() {
    let rate = |mean: f64| {
        share(1000, 32, |draws| calibrate(&normal(draws, 10, mean, 0.01)).unwrap().is_biased)
    };
    let (none, some) = (rate(0.0), rate(0.02));
    assert!(none <= 0.02 && some >= 0.95, "{none} {some}");
}

#[test]
fn memory_is_found_where_there_is_some() {
    for rounds in [8, 12, 32] {
        let rate = share(2000, 33, |draws| {
            memory(&normal(draws, rounds, 0.0, 1.0)).unwrap().inflation > 1.0
        });
        assert!(rate <= 0.02, "{rounds}: {rate}");
    }
    let found =
        share(500, 34, |draws| memory(&autoregression(draws, 100, 0.5)).unwrap().inflation > 1.0);
    assert!(found >= 0.95, "{found}");
    let boxed =
        share(500, 35, |draws| ljung_box(&normal(draws, 100, 0.0, 1.0), 10).unwrap().p < 0.05);
    assert!((0.02..=0.08).contains(&boxed), "{boxed}");
    // An autoregression of 0.5 is worth a third of its length.
    let size = effective_size(&autoregression(&mut Draws::seeded(36), 20_000, 0.5)).unwrap();
    assert!((size.tau - 3.0).abs() < 0.5, "{}", size.tau);
}

#[test]
fn the_course_of_a_trial_is_named() {
    let mut draws = Draws::seeded(37);
    let mut course = |shape: &dyn Fn(usize) -> f64| {
        let windows: Vec<f64> = (0..60).map(|t| shape(t) + 0.02 * draws.normal()).collect();
        warm_up(&windows).unwrap().course
    };
    for _ in 0..20 {
        assert_eq!(course(&|t| 1.0 + (-(t as f64) / 4.0).exp()), Course::WarmUp);
        assert_eq!(course(&|t| if t < 20 { 1.0 } else { 1.5 }), Course::Slowdown);
        assert_eq!(course(&|t| 1.0 + 0.05 * t as f64), Course::NoSteadyState);
    }
    assert_eq!(warm_up(&[3.0; 12]).unwrap().course, Course::Flat);
}

#[test]
fn flat_noise_is_called_flat_with_and_without_memory() {
    // METHODS.md A2 has 3.7, 36 and 91 % where nothing is gathered.
    for (phi, most) in [(0.0, 0.08), (0.3, 0.25), (0.6, 0.45)] {
        let changed = share(500, 38, |draws| {
            !warm_up(&autoregression(draws, 60, phi)).unwrap().changes.is_empty()
        });
        assert!(changed <= most, "phi {phi}: {changed}");
    }
}

#[test]
fn truncation_cuts_a_transient_and_at_most_half() {
    let mut draws = Draws::seeded(39);
    for _ in 0..50 {
        let series: Vec<f64> =
            (0..100).map(|t| 5.0 * (-f64::from(t) / 5.0).exp() + 0.1 * draws.normal()).collect();
        let cut = mser5(&series).unwrap();
        assert!((15..=50).contains(&cut), "{cut}");
    }
}
