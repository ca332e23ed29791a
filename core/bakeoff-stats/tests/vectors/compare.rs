//! Vectors of comparisons: intervals of a ratio or difference and the verdicts drawn from them.

use crate::vector::vector;
use bakeoff_stats::anytime::{self, PriorVariance};
use bakeoff_stats::distributions::t;
use bakeoff_stats::equivalence::two_one_sided;
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::paired;
use bakeoff_stats::sample::Moments;
use bakeoff_stats::unpaired::{Fieller, fieller, welch};
use bakeoff_stats::verdict::{Margin, judge};

#[test]
fn paired_log_ratio_and_its_verdicts() {
    let vector = vector!("stat-paired-log-ratio");
    let (a, b) = (vector.numbers("/inputs/A"), vector.numbers("/inputs/B"));
    let ratio = paired::log_ratio(&a, &b, vector.level()).unwrap();
    vector.check("/mean_log", ratio.mean);
    vector.check("/sd_log", ratio.sd);
    vector.check("/ratio", ratio.ratio());
    vector.check_interval("/ci95", ratio.interval.exp());
    let wide = paired::log_ratio(&a, &b, Level::new(0.9).unwrap()).unwrap();
    vector.check_interval("/ci90", wide.interval.exp());
    vector.check_interval("/inverse_ratio_ci95", ratio.swapped().interval.exp());
    for margin in vector.numbers("/inputs/margins") {
        // The vector's table does not tell which way an inconclusive one leans; ours does, as METHODS.md A5 has it.
        let verdict = judge(ratio.interval, Margin::new(margin).unwrap()).verdict;
        let expected = vector.at(&format!("/expected/verdicts_with_ci95/{margin}"));
        let plain = if verdict.is_settled() { verdict.name() } else { "inconclusive" };
        assert_eq!(plain, expected.as_str().unwrap(), "margin {margin}");
    }
}

#[test]
fn anytime_interval_and_e_value_after_each_round() {
    let vector = vector!("stat-anytime-t-confidence-sequence");
    vector.leave("/width_multiplier_over_fixed_t", "run by the next test");
    let ratios = vector.numbers("/inputs/log_ratios");
    let prior = PriorVariance::new(vector.number("/inputs/g")).unwrap();
    let level = Level::new(1.0 - vector.number("/inputs/alpha")).unwrap();
    for row in 0..vector.length("/expected/rows") {
        let at = |key: &str| format!("/rows/{row}/{key}");
        let so_far = &ratios[..vector.count(&format!("/expected{}", at("n")))];
        let moments = Moments::of(so_far).unwrap();
        vector.check(&at("mean"), moments.mean);
        vector.check(&at("sd"), moments.sd);
        vector.check(&at("t"), moments.mean / moments.se());
        vector
            .check(&at("log_e_vs_zero"), anytime::ln_e_value(so_far, 0.0, prior).unwrap().unwrap());
        vector.check_interval(&at("cs"), anytime::interval(so_far, prior, level).unwrap());
        vector.check_interval(&at("fixed_ci"), paired::mean(so_far, level).unwrap().interval);
    }
}

#[test]
fn anytime_interval_is_wider_than_the_fixed_one_by_the_known_factor() {
    let vector = vector!("stat-anytime-t-confidence-sequence");
    vector.leave("/rows", "run by the test above");
    let table = vector.at("/expected/width_multiplier_over_fixed_t").as_object().unwrap();
    for (g, row) in table {
        let prior = PriorVariance::new(g.parse().unwrap()).unwrap();
        for n in row.as_object().unwrap().keys() {
            let rounds: usize = n.parse().unwrap();
            let fixed = t::quantile(0.975, (rounds - 1) as f64);
            let got = anytime::critical(rounds, prior, Level::P95) / fixed;
            let path = format!("/expected/width_multiplier_over_fixed_t/{g}/{n}");
            let expected = vector.number(&path);
            let same = got == expected || (got - expected).abs() <= 1e-9;
            assert!(same, "g {g}, n {n}: {got} for {expected}");
        }
    }
}

#[test]
fn paired_differences_of_sleep() {
    let vector = vector!("stat-sleep-paired-vs-welch");
    let (a, b) = (vector.numbers("/inputs/a"), vector.numbers("/inputs/b"));
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let mean = paired::mean(&differences, vector.level()).unwrap();
    vector.check("/paired/mean_diff", mean.moments.mean);
    vector.check("/paired/t", mean.t().unwrap());
    vector.check("/paired/df", mean.moments.df());
    vector.check("/paired/p", mean.p().unwrap());
    vector.check_interval("/paired/ci", mean.interval);
    let welch = welch(&a, &b, vector.level()).unwrap();
    vector.check("/welch/t", welch.t.unwrap());
    vector.check("/welch/df", welch.df);
    vector.check("/welch/p", welch.p.unwrap());
    vector.check_interval("/welch/ci", welch.interval);
}

#[test]
fn ratio_of_independent_means_bounded_or_not() {
    let vector = vector!("stat-fieller-ratio-of-means");
    for case in 0..vector.length("/inputs/cases") {
        let number = |key: &str| vector.number(&format!("/inputs/cases/{case}/{key}"));
        let side = |k: u8| Moments {
            count: number(&format!("n{k}")) as usize,
            mean: number(&format!("m{k}")),
            sd: number(&format!("s{k}")),
        };
        let at = |key: &str| format!("/cases/{case}/{key}");
        let got = fieller(&side(1), &side(2), number("df"), vector.level());
        vector.check(&at("df"), number("df"));
        vector.check(&at("t"), t::quantile(0.975, number("df")));
        let bounded = vector.at(&format!("/expected{}", at("bounded"))).as_bool().unwrap();
        match got {
            Fieller::Bounded { ratio, interval, g } => {
                assert!(bounded);
                vector.check(&at("ratio"), ratio);
                vector.check_interval(&at("ci"), interval);
                vector.check(&at("g"), g);
            }
            Fieller::Unbounded { g } => {
                assert!(!bounded);
                vector.check(&at("g"), g);
            }
        }
    }
}

#[test]
fn two_one_sided_tests_of_equivalence() {
    let vector = vector!("stat-tost-onesample-toster");
    let input = |key: &str| vector.number(&format!("/inputs/{key}"));
    let difference = input("mean") - input("mu");
    let (se, df) = (input("sd") / input("n").sqrt(), input("n") - 1.0);
    let bounds = Interval::new(input("low"), input("high")).unwrap();
    let tests = two_one_sided(difference, se, df, bounds).unwrap();
    vector.check("/diff", difference);
    vector.check("/t_lower", tests.t_lower);
    vector.check("/p_lower", tests.p_lower);
    vector.check("/t_upper", tests.t_upper);
    vector.check("/p_upper", tests.p_upper);
    vector.check("/p_tost", tests.p());
    vector.check("/df", df);
    let interval = |tail: f64| Interval::around(difference, t::upper_quantile(tail, df) * se);
    vector.check_interval("/ci90", interval(0.05));
    vector.check_interval("/ci95", interval(0.025));
    assert_eq!(tests.p() < input("alpha"), vector.at("/expected/equivalent").as_bool().unwrap());
}

#[test]
fn swapping_the_sides_mirrors_the_verdict() {
    let margin = Margin::new(0.05).unwrap();
    let limits = [-0.2, -0.06, -0.04, -0.01, 0.0, 0.02, 0.04, 0.06, 0.3];
    for (index, &lower) in limits.iter().enumerate() {
        for &upper in &limits[index..] {
            let interval = Interval::new(lower, upper).unwrap();
            let (there, back) = (judge(interval, margin), judge(interval.negated(), margin));
            assert_eq!(there.verdict.mirrored(), back.verdict, "{lower} to {upper}");
            assert_eq!(there.immaterial, back.immaterial, "{lower} to {upper}");
        }
    }
}
