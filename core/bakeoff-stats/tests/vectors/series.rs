//! Vectors of what a series does over time.

use crate::vector::vector;
use bakeoff_stats::change_point::{best_split, divisive, noise_sd, optimal_partition};
use bakeoff_stats::level::Level;
use bakeoff_stats::trend::{mann_kendall, theil_sen};

#[test]
fn drift_of_a_rising_series() {
    let vector = vector!("stat-drift-mann-kendall");
    let series = vector.numbers("/inputs/series");
    let trend = mann_kendall(&series).unwrap();
    vector.check("/S", trend.s);
    vector.check("/var_S", trend.variance);
    vector.check("/Z", trend.z);
    vector.check("/p_normal", trend.p_normal);
    vector.check("/tau", trend.tau);
    vector.check("/p_exact", trend.p_exact.unwrap());
    let slope = theil_sen(&series, Level::P95).unwrap();
    vector.check("/slope", slope.per_step);
    vector.check_interval("/slope_ci95", slope.interval);
}

#[test]
fn optimal_partition_at_each_penalty() {
    let vector = vector!("stat-optimal-partition-l2");
    let series = vector.numbers("/inputs/series");
    for (penalty, expected) in vector.at("/expected/results").as_object().unwrap() {
        let partition = optimal_partition(&series, penalty.parse().unwrap()).unwrap();
        let changes: Vec<usize> = serde_json::from_value(expected["changepoints"].clone()).unwrap();
        assert_eq!(partition.changes, changes, "penalty {penalty}");
        let objective = expected["objective"].as_f64().unwrap();
        assert!((partition.objective - objective).abs() <= 1e-9, "penalty {penalty}");
    }
    vector.check("/mad_diff_sigma", noise_sd(&series).unwrap());
}

#[test]
fn energy_statistic_finds_the_first_point_of_the_new_regime() {
    let vector = vector!("stat-edivisive-otava-series");
    for name in ["series1", "series2"] {
        let series = vector.numbers(&format!("/inputs/{name}"));
        let split = best_split(&series).unwrap().unwrap();
        vector.check(&format!("/{name}/tau"), split.tau as f64);
        vector.check(&format!("/{name}/kappa"), split.kappa as f64);
        vector.check(&format!("/{name}/q"), split.q);
        let expected = vector.numbers(&format!("/expected/final_change_points/{name}"));
        let got: Vec<f64> =
            divisive(&series, 0.05, 999, 1).unwrap().into_iter().map(|i| i as f64).collect();
        assert_eq!(got, expected, "{name}");
    }
}
