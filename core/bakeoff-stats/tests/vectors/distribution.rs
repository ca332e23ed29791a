//! Vectors of distribution functions, quantiles and p-values.

use crate::vector::vector;
use bakeoff_stats::descriptive;
use bakeoff_stats::distributions::{binomial, chi_squared, f, noncentral_t, normal, t};
use bakeoff_stats::level::Level;
use bakeoff_stats::multiplicity::holm;
use bakeoff_stats::quantile::{self, Definition};
use bakeoff_stats::sample::Moments;
use hdrhistogram::Histogram;

#[test]
fn distribution_functions_agree_with_reference_values() {
    let vector = vector!("stat-distribution-functions");
    let check = |table: &str, key: &str, results: &[fn(&[f64]) -> f64]| {
        for row in 0..vector.length(&format!("/expected/{table}")) {
            let numbers = vector.numbers(&format!("/expected/{table}/{row}"));
            let (arguments, values) = numbers.split_at(numbers.len() - results.len());
            for (column, result) in results.iter().enumerate() {
                let pointer = format!("/{table}/{row}/{}", arguments.len() + column);
                vector.check_as(key, &pointer, result(arguments));
            }
            assert_eq!(values.len(), results.len());
        }
    };
    check("t_quantile", "", &[|a| t::quantile(a[0], a[1])]);
    check("t_cdf", "", &[|a| t::cdf(a[0], a[1]), |a| t::sf(a[0], a[1])]);
    check("normal_quantile", "", &[|a| normal::quantile(a[0])]);
    check("chi2_quantile", "", &[|a| chi_squared::quantile(a[0], a[1])]);
    check("f_quantile", "", &[|a| f::quantile(a[0], a[1], a[2])]);
    check("noncentral_t_sf", "noncentral_t", &[|a| noncentral_t::sf(a[0], a[1], a[2])]);
    check("binomial_cdf", "", &[|a| binomial::cdf(a[0] as u64, a[1] as u64, a[2])]);
}

#[test]
fn holm_adjusts_in_input_order() {
    let vector = vector!("stat-holm-wikipedia");
    let adjusted = holm(&vector.numbers("/inputs/p")).unwrap();
    for (index, &p) in adjusted.iter().enumerate() {
        vector.check(&format!("/adjusted/{index}"), p);
        let reject = vector.at(&format!("/expected/reject/{index}")).as_bool().unwrap();
        assert_eq!(p <= vector.number("/inputs/alpha"), reject);
    }
}

#[test]
fn quantiles_follow_their_named_definition() {
    let vector = vector!("stat-descriptive-quantiles");
    let spread = ["/mad_raw", "/mad_scaled", "/fences", "/mild", "/severe", "/geometric_mean"];
    for pointer in spread.into_iter().chain(["/trimmed_mean_20pct", "/sd", "/cv"]) {
        vector.leave(pointer, "run by the next test");
    }
    let values = vector.numbers("/inputs/values");
    for name in ["type2", "type6", "type8"] {
        let pointer = format!("/quantiles/{name}");
        vector.leave(
            &pointer,
            "METHODS.md A11 prints type 1 of histograms and type 7 of samples only",
        );
    }
    vector.leave("/harrell_davis_median", "not a method of METHODS.md");
    for (name, definition) in [("type1", Definition::InverseEcdf), ("type7", Definition::Linear)] {
        for (index, p) in vector.numbers("/inputs/p").into_iter().enumerate() {
            let got = quantile::quantile(&values, p, definition).unwrap();
            vector.check(&format!("/quantiles/{name}/{index}"), got);
        }
    }
    vector.check("/median", quantile::median(&values).unwrap());
}

#[test]
fn outliers_are_listed_and_not_dropped() {
    let vector = vector!("stat-descriptive-quantiles");
    let values = vector.numbers("/inputs/values");
    for pointer in ["/quantiles", "/median", "/harrell_davis_median"] {
        vector.leave(pointer, "run by the test above");
    }
    let outliers = descriptive::outliers(&values).unwrap();
    vector.check_interval("/fences/mild", outliers.mild_fence);
    vector.check_interval("/fences/severe", outliers.severe_fence);
    let at = |indices: &[usize]| indices.iter().map(|&i| values[i]).collect::<Vec<f64>>();
    assert_eq!(at(&outliers.mild), vector.numbers("/expected/mild"));
    assert_eq!(at(&outliers.severe), vector.numbers("/expected/severe"));
    let mad = descriptive::mad(&values).unwrap();
    vector.check("/mad_raw", mad);
    vector.check("/mad_scaled", descriptive::MAD_SCALE * mad);
    vector.check("/geometric_mean", descriptive::geometric_mean(&values).unwrap());
    vector.leave("/trimmed_mean_20pct", "not a method of METHODS.md");
    let moments = Moments::of(&values).unwrap();
    vector.check("/sd", moments.sd);
    vector.check("/cv", moments.sd / moments.mean);
}

#[test]
fn smallest_sample_for_a_finite_median_interval() {
    let vector = vector!("stat-minimum-sample-sizes");
    for pointer in ["/min_p_u", "/min_n_u", "/min_p_signflip", "/min_n_signflip"] {
        vector.leave(pointer, "run with the tests without a distribution");
    }
    for confidence in vector.numbers("/inputs/confidences") {
        let level = Level::new(confidence).unwrap();
        let n = quantile::values_needed(0.5, level);
        vector.check(&format!("/min_n_median_ci/{confidence}"), n as f64);
        let ranks = quantile::rank_interval(n, 0.5, level);
        assert_eq!((ranks.lower, ranks.upper), (Some(1), Some(n)));
        vector.check(&format!("/median_ci_conf_at_min/{n}"), ranks.achieved);
        let fewer = quantile::rank_interval(n - 1, 0.5, level);
        assert_eq!((fewer.lower, fewer.upper), (None, None));
    }
}

#[test]
fn a_stall_counts_for_every_request_it_kept_waiting() {
    let vector = vector!("stat-hdr-coordinated-omission");
    let interval = vector.count("/inputs/expected_interval") as u64;
    let mut raw = Histogram::<u64>::new(3).unwrap();
    let mut from_due = raw.clone();
    for record in vector.at("/inputs/records").as_array().unwrap() {
        let number = |key: &str| record.get(key).unwrap().as_u64().unwrap();
        let (value, count) = (number("value"), number("count"));
        raw.record_n(value, count).unwrap();
        // Requests fell due all the while: the next has waited an interval less, and so on.
        let mut waited = Some(value);
        while let Some(latency) = waited {
            from_due.record_n(latency, count).unwrap();
            waited = latency.checked_sub(interval).filter(|rest| *rest >= interval);
        }
    }
    for (name, latencies) in [("raw", raw), ("corrected", from_due)] {
        vector.check(&format!("/{name}/count"), latencies.len() as f64);
        vector.check(&format!("/{name}/mean"), latencies.mean());
        let share = 100.0 * latencies.quantile_below(5000);
        vector.check_as("pct", &format!("/{name}/pct_at_or_below_5000"), share);
        let table = format!("/expected/{name}/percentiles");
        for (percent, expected) in vector.at(&table).as_object().unwrap() {
            let share = percent.parse::<f64>().unwrap() / 100.0;
            let got = latencies.value_at_quantile(share) as f64;
            let expected = expected.as_f64().unwrap();
            assert!((got - expected).abs() <= 0.001 * expected, "{name} p{percent}: {got}");
        }
    }
}
