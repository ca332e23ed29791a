//! Vectors of the bootstrap, and of variation in layers.

use crate::vector::vector;
use bakeoff_stats::bootstrap::{Bootstrap, jackknife, of_replicates, replicates};
use bakeoff_stats::hierarchy;
use bakeoff_stats::level::Level;
use bakeoff_stats::quantile::median;
use bakeoff_stats::sample::Moments;

/// All resamples of six rows, each as indices.
fn all_resamples() -> impl Iterator<Item = Vec<usize>> {
    (0..6_usize.pow(6)).map(|code| (0..6).map(|place| code / 6_usize.pow(place) % 6).collect())
}

#[test]
fn exhaustive_bootstrap_is_exact_and_sampling_comes_close() {
    let vector = vector!("stat-bootstrap-exhaustive-n6");
    let values = vector.numbers("/inputs/values");
    let chosen = |rows: &[usize]| rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    let mean = |rows: &[usize]| chosen(rows).iter().sum::<f64>() / rows.len() as f64;
    let middle = |rows: &[usize]| median(&chosen(rows)).unwrap();
    for name in ["mean", "median"] {
        let statistic = |rows: &[usize]| if name == "mean" { mean(rows) } else { middle(rows) };
        let at = |key: &str| format!("/{name}/{key}");
        let estimate = statistic(&[0, 1, 2, 3, 4, 5]);
        let jackknife = jackknife(6, statistic);
        let all: Vec<f64> = all_resamples().map(|rows| statistic(&rows)).collect();
        let exact = of_replicates(estimate, &all, &jackknife, vector.level()).unwrap();
        vector.check(&at("theta"), exact.estimate);
        vector.check(&at("boot_se"), exact.se);
        vector.check(&at("z0"), exact.z0);
        vector.check(&at("a"), exact.acceleration);
        vector.check(&at("alpha/0"), exact.tails[0]);
        vector.check(&at("alpha/1"), exact.tails[1]);
        vector.check_interval(&at("percentile95"), exact.percentile);
        vector.check_interval(&at("bca95"), exact.bca);
        let less = all.iter().filter(|t| **t < estimate - 1e-9).count() as f64 / all.len() as f64;
        let up_to = all.iter().filter(|t| **t < estimate + 1e-9).count() as f64 / all.len() as f64;
        vector.check(&at("p_less"), less);
        vector.check(&at("p_equal"), up_to - less);

        let sample = replicates(6, 10_000, 7, statistic);
        let sampled = of_replicates(estimate, &sample, &jackknife, vector.level()).unwrap();
        let near = |key: &str, got: f64| {
            vector.check_as("monte_carlo_B10000", &at(key), got);
        };
        near("percentile95/0", sampled.percentile.lower());
        near("percentile95/1", sampled.percentile.upper());
        near("bca95/0", sampled.bca.lower());
        near("bca95/1", sampled.bca.upper());
    }
}

#[test]
fn ratio_of_sums_resamples_pairs() {
    let vector = vector!("stat-bca-city-ratio");
    let (u, x) = (vector.numbers("/inputs/u"), vector.numbers("/inputs/x"));
    let ratio = |rows: &[usize]| {
        let sum = |of: &[f64]| rows.iter().map(|&row| of[row]).sum::<f64>();
        sum(&x) / sum(&u)
    };
    let rows: Vec<usize> = (0..u.len()).collect();
    let jackknife = jackknife(u.len(), ratio);
    let replicates = replicates(u.len(), 200_000, 11, ratio);
    let at = |level: f64| -> Bootstrap {
        of_replicates(ratio(&rows), &replicates, &jackknife, Level::new(level).unwrap()).unwrap()
    };
    let (wide, narrow) = (at(0.95), at(0.9));
    vector.check("/theta", wide.estimate);
    vector.check("/z0", wide.z0);
    vector.check("/a", wide.acceleration);
    vector.check_interval("/perc95", wide.percentile);
    vector.check_interval("/bca95", wide.bca);
    vector.check_interval("/perc90", narrow.percentile);
    vector.check_interval("/bca90", narrow.bca);
}

#[test]
fn only_the_top_level_has_degrees_of_freedom() {
    let vector = vector!("stat-variance-components-loom");
    let groups: Vec<Vec<f64>> =
        (0..4).map(|loom| vector.numbers(&format!("/inputs/groups/{loom}"))).collect();
    let one_way = hierarchy::one_way(&groups, vector.level()).unwrap();
    vector.check("/MSB", one_way.between);
    vector.check("/MSE", one_way.within);
    vector.check("/F", one_way.f.unwrap());
    vector.check("/p", one_way.p.unwrap());
    vector.check("/var_between", one_way.group_variance);
    vector.check("/icc", one_way.icc);
    vector.check_interval("/icc_ci95", one_way.icc_interval);
    let parts = hierarchy::components(&groups.concat(), &[4, 4], vector.level()).unwrap();
    vector.check("/var_within", parts.t_squared[0]);
    vector.check("/var_between", parts.t_squared[1]);
    vector.check("/grand_mean", parts.grand.moments.mean);
    vector.check("/se_grand_mean", parts.grand.se);
    // What pooling would claim, to show that the vector's trap is there.
    vector.check("/naive_pooled_se", Moments::of(&groups.concat()).unwrap().se());
    vector.check_interval("/ci95_grand_mean", parts.grand.interval);
    let nested = hierarchy::nested(&groups, vector.level()).unwrap();
    assert_eq!(nested.unit, hierarchy::Unit::Build);
    vector.check_interval("/ci95_grand_mean", nested.mean.interval);
}
