//! What must not change an answer, or change it in one known way only.

use bakeoff_stats::anytime::{self, PriorVariance};
use bakeoff_stats::autocorrelation::{effective_size, memory};
use bakeoff_stats::change_point::optimal_partition;
use bakeoff_stats::hierarchy::nested;
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{Stopping, rounds_for};
use bakeoff_stats::order::order_effect;
use bakeoff_stats::paired;
use bakeoff_stats::rank::{hodges_lehmann, signed_rank};
use bakeoff_stats::rig::calibrate;
use bakeoff_stats::sample::SampleError;
use bakeoff_stats::trend::{mann_kendall, theil_sen};
use bakeoff_stats::unpaired::welch_log;
use bakeoff_stats::verdict::{Margin, Verdict, judge, rounds_to_settle};
use bakeoff_stats::warmup::{mser5, warm_up};
use proptest::prelude::*;

fn rounds() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((1e-3..1e3, 1e-3..1e3), 2..20)
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

fn same(a: Interval, b: Interval) -> bool {
    close(a.lower(), b.lower()) && close(a.upper(), b.upper())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn swapping_the_candidates_inverts_the_ratio_and_mirrors_the_verdict(pairs in rounds()) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let there = paired::log_ratio(&a, &b, Level::P95).unwrap();
        let back = paired::log_ratio(&b, &a, Level::P95).unwrap();
        prop_assert!(close(there.ratio(), 1.0 / back.ratio()));
        prop_assert!(same(there.swapped().interval, back.interval));
    }

    #[test]
    fn the_order_of_rounds_and_the_unit_change_nothing(pairs in rounds(), unit in 1e-6..1e6_f64) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let (c, d): (Vec<f64>, Vec<f64>) = pairs.iter().rev().map(|(a, b)| (a * unit, b * unit)).unzip();
        let one = paired::log_ratio(&a, &b, Level::P95).unwrap();
        let other = paired::log_ratio(&c, &d, Level::P95).unwrap();
        prop_assert!(same(one.interval, other.interval));
    }

    #[test]
    fn more_is_better_is_less_is_better_of_the_inverse(pairs in rounds()) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let inverse = |values: &[f64]| values.iter().map(|v| 1.0 / v).collect::<Vec<_>>();
        let throughput = paired::log_ratio(&inverse(&a), &inverse(&b), Level::P95).unwrap();
        let latency = paired::log_ratio(&a, &b, Level::P95).unwrap();
        prop_assert!(same(throughput.interval, latency.swapped().interval));
    }

    #[test]
    fn a_smaller_margin_never_finds_equivalence(
        centre in -0.3..0.3_f64, half in 0.0..0.3_f64, margin in 0.0..0.5_f64, less in 0.0..1.0_f64,
    ) {
        let interval = Interval::around(centre, half);
        let at = |margin: f64| judge(interval, Margin::new(margin).unwrap()).verdict;
        let (wide, narrow) = (at(margin), at(margin * less));
        prop_assert!(narrow != Verdict::Equivalent || wide == Verdict::Equivalent);
        prop_assert!(wide != Verdict::Better || narrow == Verdict::Better);
        prop_assert!(wide != Verdict::Worse || narrow == Verdict::Worse);
    }

    #[test]
    fn the_anytime_interval_is_the_wider_and_a_share_of_the_level_wider_still(
        values in proptest::collection::vec(-1.0..1.0_f64, 5..40), parts in 2_usize..20,
    ) {
        let half = |level: Level| anytime::interval(&values, PriorVariance::ONE, level).unwrap().half_width();
        let fixed = paired::mean(&values, Level::P95).unwrap().interval.half_width();
        prop_assert!(half(Level::P95) >= fixed);
        prop_assert!(half(Level::P95.split(parts)) >= half(Level::P95));
    }

    #[test]
    fn the_rounds_said_to_settle_do_and_fewer_do_not(mean in -0.2..0.2_f64, sd in 0.001..0.2_f64) {
        let (margin, mode) = (Margin::new(0.05).unwrap(), Stopping::Anytime { prior: PriorVariance::ONE });
        let critical = |n: usize| mode.critical(n, Level::P95);
        if let Some(rounds) = rounds_to_settle(mean, sd, margin, 10_000, critical) {
            let verdict = |n: usize| {
                let half = critical(n) * sd / (n as f64).sqrt();
                let interval = if half.is_finite() { Interval::around(mean, half) } else { Interval::UNBOUNDED };
                judge(interval, margin).verdict
            };
            prop_assert!(verdict(rounds).is_settled());
            prop_assert!(rounds == 2 || !verdict(rounds - 1).is_settled());
        }
    }

    #[test]
    fn no_answer_is_ever_not_a_number(values in proptest::collection::vec(
        prop_oneof![Just(0.0), Just(1.0), Just(-1.0), -1e-300..1e-300, -1e150..1e150_f64], 0..24,
    )) {
        let mut seen = Vec::new();
        let mut interval = |interval: Interval| seen.extend([interval.lower(), interval.upper()]);
        if let Ok(m) = paired::mean(&values, Level::P95) { interval(m.interval) }
        if let Ok(i) = anytime::interval(&values, PriorVariance::ONE, Level::P95) { interval(i) }
        if let Ok(h) = hodges_lehmann(&values, Level::P95) { interval(h.interval) }
        if let Ok(s) = theil_sen(&values, Level::P95) { interval(s.interval) }
        let (left, right) = values.split_at(values.len() / 2);
        if let Ok(o) = order_effect(left, right, Level::P95) { interval(o.interval) }
        if let Ok(n) = nested(&[left.to_vec(), right.to_vec()], Level::P95) { interval(n.mean.interval) }
        if let Ok(w) = welch_log(left, right, Level::P95) { interval(w.interval) }
        if let Ok(m) = memory(&values) { seen.extend([m.von_neumann, m.p, m.lag1, m.inflation]) }
        if let Ok(e) = effective_size(&values) { seen.extend([e.tau, e.values]) }
        if let Ok(t) = mann_kendall(&values) { seen.extend([t.z, t.p(), t.tau]) }
        if let Ok(s) = signed_rank(&values) { seen.extend([s.v, s.p, s.p_greater]) }
        if let Ok(p) = optimal_partition(&values, 1.0) { seen.push(p.objective) }
        if let Ok(c) = calibrate(&values) { seen.extend([c.sd_upper, c.noise_floor(8, Level::P95)]) }
        prop_assert!(seen.iter().all(|value| !value.is_nan()), "{:?}", seen);
        // These have no number to give, but must not stumble either.
        prop_assert!(mser5(&values).is_ok_and(|cut| cut <= values.len()) || values.len() < 10);
        prop_assert!(warm_up(&values).is_ok() || values.len() < 8 || values.iter().any(|v| v.abs() > 1e100));
    }
}

#[test]
fn data_that_cannot_be_compared_are_refused_with_a_place_and_a_reason() {
    let refuse = |a: &[f64], b: &[f64]| paired::log_ratio(a, b, Level::P95).unwrap_err();
    assert_eq!(refuse(&[1.0], &[1.0]), SampleError::TooFew { got: 1, needed: 2 });
    assert_eq!(refuse(&[1.0, 2.0], &[1.0]), SampleError::Unequal { first: 2, second: 1 });
    let zero = refuse(&[1.0, 0.0], &[1.0, 1.0]);
    assert_eq!(zero, SampleError::NotPositive { index: 1, value: 0.0 });
    let infinite = refuse(&[1.0, 1.0], &[f64::INFINITY, 1.0]);
    assert_eq!(infinite, SampleError::NotFinite { index: 0, value: f64::INFINITY });
    assert_eq!(infinite.to_string(), "value inf at index 0 is not finite");
}

#[test]
fn rounds_without_any_spread_give_a_point() {
    let ratio = paired::log_ratio(&[2.0; 8], &[2.0; 8], Level::P95).unwrap();
    assert_eq!((ratio.lower(), ratio.upper()), (0.0, 0.0));
    let verdict = judge(ratio.interval, Margin::new(0.05).unwrap()).verdict;
    assert_eq!(verdict, Verdict::Equivalent);
    assert_eq!(paired::mean(&[0.0; 8], Level::P95).unwrap().p(), None);
    assert_eq!(
        anytime::interval(&[0.5; 8], PriorVariance::ONE, Level::P95).unwrap(),
        Interval::around(0.5, 0.0)
    );
    let fixed = Stopping::Fixed { rounds: 8 };
    assert_eq!(rounds_for(&fixed, 0.0, 0.01, Level::P95, 8), Some(2));
}
