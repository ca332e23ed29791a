//! Vectors of what a series does over time.

use crate::vector::vector;
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
