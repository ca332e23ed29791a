//! Vectors of the tests without a distribution: signs, ranks, and the smallest p they can yield.

use crate::vector::vector;
use bakeoff_stats::level::Level;
use bakeoff_stats::{descriptive, mann_whitney, paired, permutation, quantile, rank};

#[test]
fn sign_flips_are_counted_exactly() {
    let vector = vector!("stat-paired-permutation-darwin");
    let differences = vector.numbers("/inputs/differences_eighths_inch");
    let flips = permutation::sign_flip(&differences, 0, 0).unwrap();
    assert!(flips.is_exact);
    assert_eq!(flips.count_greater as usize, vector.count("/expected/count_ge"));
    assert_eq!(flips.count_two_sided as usize, vector.count("/expected/count_two_sided"));
    assert_eq!(flips.total as usize, vector.count("/expected/total"));
    vector.check("/sum", flips.sum);
    vector.check("/p_one_sided", flips.count_greater as f64 / flips.total as f64);
    vector.check("/p_two_sided", flips.p());
    let mean = paired::mean(&differences, Level::P95).unwrap();
    vector.check("/mean", mean.moments.mean);
    vector.check("/sd", mean.moments.sd);
    vector.check("/t", mean.t().unwrap());
    vector.check("/df", mean.moments.df());
    vector.check("/t_p_two_sided", mean.p().unwrap());
    vector.check_interval("/t_ci95", mean.interval);
}

#[test]
fn signed_ranks_and_their_interval() {
    let vector = vector!("stat-signedrank-depression");
    let (x, y) = (vector.numbers("/inputs/x"), vector.numbers("/inputs/y"));
    let differences: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
    let test = rank::signed_rank(&differences).unwrap();
    vector.check("/V", test.v);
    vector.check("/p_greater", test.p_greater);
    vector.check("/p_two_sided", test.p);
    let estimate = rank::hodges_lehmann(&differences, vector.level()).unwrap();
    vector.check("/pseudomedian", estimate.estimate);
    vector.check_interval("/ci", estimate.interval);
    vector.check("/k", estimate.rank as f64);
    vector.check("/achieved_confidence", estimate.achieved);
}

#[test]
fn mann_whitney_over_all_relabellings() {
    let vector = vector!("stat-mwu-exact-scipy-docs");
    let (x, y) = (vector.numbers("/inputs/x"), vector.numbers("/inputs/y"));
    let test = mann_whitney::mann_whitney(&x, &y).unwrap();
    vector.check("/U1", test.u);
    vector.check("/U2", test.u_other);
    vector.check("/p_exact", test.p_exact.unwrap());
    vector.check("/p_asymptotic_cc", test.p_normal);
}

#[test]
fn smallest_p_that_a_number_of_values_can_yield() {
    let vector = vector!("stat-minimum-sample-sizes");
    for pointer in ["/min_n_median_ci", "/median_ci_conf_at_min"] {
        vector.leave(pointer, "run with the other quantiles");
    }
    for (index, n) in vector.numbers("/inputs/n").into_iter().enumerate() {
        let n = n as usize;
        vector.check(&format!("/min_p_u/{index}"), mann_whitney::smallest_p(n, n));
        vector.check(&format!("/min_p_signflip/{index}"), permutation::smallest_p(n));
        // The bounds are reached by samples that are wholly apart.
        let apart: Vec<f64> = (1..=n).map(|i| i as f64).collect();
        let below: Vec<f64> = apart.iter().map(|value| -value).collect();
        let ranks = mann_whitney::mann_whitney(&apart, &below).unwrap();
        vector.check(&format!("/min_p_u/{index}"), ranks.p_exact.unwrap());
        let flips = permutation::sign_flip(&apart, 0, 0).unwrap();
        vector.check(&format!("/min_p_signflip/{index}"), flips.p());
    }
    for alpha in vector.numbers("/inputs/alphas") {
        let first = |p: fn(usize) -> f64| (1..100).find(|n| p(*n) <= alpha).unwrap() as f64;
        vector.check(&format!("/min_n_u/{alpha}"), first(|n| mann_whitney::smallest_p(n, n)));
        vector.check(&format!("/min_n_signflip/{alpha}"), first(permutation::smallest_p));
    }
}

#[test]
fn golden_comparison_of_benchstat() {
    let vector = vector!("stat-benchstat-golden-encode");
    for name in ["json", "gob"] {
        let at = |key: &str| format!("/{name}/{key}");
        let side = |side: &str| vector.numbers(&format!("/inputs/{side}/{name}"));
        for side_name in ["old", "new"] {
            let values = side(side_name);
            let median = quantile::median(&values).unwrap();
            let (interval, achieved) = quantile::interval(&values, 0.5, vector.level()).unwrap();
            vector.check(&at(&format!("median_{side_name}")), median);
            vector.check_interval(&at(&format!("ci_{side_name}")), interval);
            vector.check("/ci_achieved_confidence", achieved);
            let reach = f64::max(interval.upper() / median - 1.0, 1.0 - interval.lower() / median);
            vector.check(&at(&format!("ci_pct_{side_name}")), 100.0 * reach);
        }
        let test = mann_whitney::mann_whitney(&side("old"), &side("new")).unwrap();
        vector.check(&at("p_exact"), test.p_exact.unwrap());
    }
    let geomean = |side: &str| {
        let medians = ["json", "gob"].map(|name| {
            quantile::median(&vector.numbers(&format!("/inputs/{side}/{name}"))).unwrap()
        });
        descriptive::geometric_mean(&medians).unwrap() * 1e-9
    };
    vector.check("/geomean_old_sec", geomean("old"));
    vector.check("/geomean_new_sec", geomean("new"));
    for name in ["json", "gob"] {
        let keys = ["printed_ci_pct_old", "printed_ci_pct_new", "printed_p"];
        for key in keys {
            vector
                .leave(&format!("/{name}/{key}"), "digits as benchstat prints them, not as we do");
        }
    }
    for pointer in ["/json/delta_pct", "/gob/delta", "/geomean_delta_pct"] {
        vector.leave(pointer, "as printed by benchstat; at full precision beside it");
    }
    let median = |side: &str| quantile::median(&vector.numbers(&format!("/inputs/{side}/json")));
    let change = median("new").unwrap() / median("old").unwrap() - 1.0;
    vector.check("/json/delta_pct_full", 100.0 * change);
    vector.check("/geomean_delta_pct_full", 100.0 * (geomean("new") / geomean("old") - 1.0));
}
