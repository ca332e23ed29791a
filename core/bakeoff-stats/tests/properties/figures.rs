//! Figures that no published vector holds, against scipy 1.17.1 or a closed form.

use bakeoff_stats::autocorrelation::{autocorrelations, ljung_box, memory};
use bakeoff_stats::bootstrap::{ROUNDS_LEAST, bootstrap};
use bakeoff_stats::exact::exact;
use bakeoff_stats::friedman::{critical_distance, friedman};
use bakeoff_stats::hierarchy::{HierarchyError, cheapest_counts, components};
use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::{Stopping, rounds_for};
use bakeoff_stats::multiplicity::{benjamini_hochberg, holm, verdicts};
use bakeoff_stats::plan::{pilot_sd_upper, rounds_for_power};
use bakeoff_stats::proportion;
use bakeoff_stats::quantile::values_needed;
use bakeoff_stats::rank::{CrossCheck, cross_check, hodges_lehmann};
use bakeoff_stats::sample::SampleError;
use bakeoff_stats::verdict::{Margin, Verdict, judge};
use bakeoff_stats::{paired, rig};

#[track_caller]
fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "{got} for {expected}");
}

#[test]
fn friedman_ranks_candidates_over_rounds() {
    let rounds = [
        [1.2, 3.4, 2.2, 5.1],
        [1.0, 2.9, 3.1, 4.0],
        [2.2, 2.2, 1.1, 3.3],
        [0.5, 1.5, 1.0, 2.5],
        [1.1, 1.9, 2.0, 1.9],
    ];
    let rounds: Vec<Vec<f64>> = rounds.iter().map(|round| round.to_vec()).collect();
    let test = friedman(&rounds).unwrap();
    near(test.chi_squared, 9.062500000000004);
    near(test.p, 0.02847135336330926);
    for (got, expected) in test.mean_ranks.iter().zip([1.3, 2.6, 2.4, 3.7]) {
        near(*got, expected);
    }
    near(test.f.unwrap(), 4.0 * 9.0625 / (15.0 - 9.0625));
    // Critical values of Demsar (2006), table 5, to more digits.
    for (k, q) in [(2, 1.9599639845400534), (3, 2.343700586378409), (10, 3.163683577053373)] {
        let k_f = f64::from(k);
        let expected = q * (k_f * (k_f + 1.0) / 30.0).sqrt();
        near(critical_distance(k as usize, 5, Level::P95), expected);
    }
}

#[test]
fn shares_of_failures_have_exact_limits() {
    let limits = proportion::interval(3, 1000, Level::P95).unwrap();
    near(limits.lower(), 0.0006190999316499173);
    near(limits.upper(), 0.008742023238657654);
    // None in n: 1 - 0.05^(1/n).
    near(proportion::upper_bound(0, 1000, Level::P95).unwrap(), 0.0029912495450953314);
    assert_eq!(proportion::interval(0, 10, Level::P95).unwrap().lower(), 0.0);
    assert_eq!(proportion::interval(10, 10, Level::P95).unwrap().upper(), 1.0);
    assert!(proportion::interval(1, 0, Level::P95).is_err());
}

#[test]
fn memory_of_a_short_series() {
    let series = [1.2, 1.9, 1.4, 2.2, 2.9, 2.4, 2.6, 3.3, 2.7, 2.5, 2.0, 1.7];
    let expected = [0.44165358451072767, 0.22082679225536395, 0.011773940345369093];
    for (got, expected) in autocorrelations(&series, 3).unwrap().iter().zip(expected) {
        near(*got, expected);
    }
    near(memory(&series).unwrap().von_neumann, 0.7982731554160125);
    near(memory(&series).unwrap().lag1, expected[0]);
    let test = ljung_box(&series, 3).unwrap();
    near(test.q, 3.8008967484634733);
    near(test.p, 0.283781841100604);
}

#[test]
fn adjusted_p_values_never_fall_below_their_own() {
    let p = [0.01, 0.04, 0.03, 0.005, 0.5];
    let adjusted = benjamini_hochberg(&p).unwrap();
    for (got, expected) in adjusted.iter().zip([0.025, 0.05, 0.05, 0.025, 0.5]) {
        near(*got, expected);
    }
    let holm = holm(&p).unwrap();
    assert!(p.iter().zip(&adjusted).zip(&holm).all(|((p, bh), holm)| p <= bh && bh <= holm));
    assert!(benjamini_hochberg(&[1.5]).is_err());
    assert_eq!((verdicts(4, 3), verdicts(1, 3), verdicts(2, 1)), (18, 1, 1));
    near(Level::P95.split(18).alpha(), 0.05 / 18.0);
}

#[test]
fn levels_of_a_hierarchy_add_up() {
    // Two builds, two starts, two repetitions; the means of starts are 1, 3, 11 and 13.
    let values = [0.5, 1.5, 2.5, 3.5, 10.5, 11.5, 12.5, 13.5];
    let parts = components(&values, &[2, 2, 2], Level::P95).unwrap();
    let s = [0.5, 2.0, 50.0];
    let t = [0.5, 2.0 - 0.25, 50.0 - 1.0];
    for level in 0..3 {
        near(parts.s_squared[level], s[level]);
        near(parts.t_squared[level], t[level]);
    }
    near(parts.grand.moments.mean, 7.0);
    near(parts.grand.se, 5.0);
    let unfilled = components(&values, &[2, 3], Level::P95).unwrap_err();
    assert_eq!(unfilled, HierarchyError::Unfilled { values: 8, capacity: 6 });
    // n_1 = ceil(sqrt(10/1 x 0.5/1.75)), n_2 = ceil(sqrt(60/10 x 1.75/49)).
    assert_eq!(cheapest_counts(&parts.t_squared, &[1.0, 10.0, 60.0]), [Some(2), Some(1)]);
    assert_eq!(cheapest_counts(&[-0.1, 2.0, 0.0], &[1.0; 3]), [Some(1), None]);
}

#[test]
fn a_pilot_plans_the_rounds() {
    // chi-squared with 5 degrees of freedom has 20 % below 2.342534305841642.
    near(pilot_sd_upper(0.03, 6), 0.03 * (5.0 / 2.342534305841642_f64).sqrt());
    let sd = pilot_sd_upper(0.03, 6);
    let fixed = Stopping::Fixed { rounds: 1000 };
    let rounds = rounds_for(&fixed, sd, 0.02, Level::P95, 1000).unwrap();
    let half_width =
        |rounds: usize| paired::critical(rounds, Level::P95) * sd / (rounds as f64).sqrt();
    assert!(half_width(rounds) <= 0.02 && half_width(rounds - 1) > 0.02);
    assert_eq!(rounds_for(&fixed, sd, 1e-9, Level::P95, 1000), None);
    let powered = rounds_for_power(0.03, 6, 0.05, 0.8, Level::P95, 1000).unwrap();
    let found = |rounds: usize| {
        use bakeoff_stats::plan::{Design, Sides, power};
        power(Design::Paired, Sides::Two, rounds as f64, 0.05 / sd, Level::P95)
    };
    assert!(found(powered) >= 0.8 && found(powered - 1) < 0.8);
}

#[test]
fn a_rig_says_how_many_rounds_its_noise_needs() {
    let aa = [0.004, -0.011, 0.007, -0.002, 0.013, -0.006, 0.001, -0.009];
    let rig = rig::calibrate(&aa).unwrap();
    let margin = Margin::new(0.01).unwrap();
    let rounds = rig.rounds_to_resolve(margin, Level::P95, 1000).unwrap();
    assert!(rig.noise_floor(rounds, Level::P95) <= margin.delta());
    assert!(rig.noise_floor(rounds - 1, Level::P95) > margin.delta());
    assert!(rig::calibrate(&[0.01; 8]).unwrap().is_biased);
    assert!(!rig::calibrate(&[0.0; 8]).unwrap().is_biased);
}

#[test]
fn one_wild_round_is_outlier_sensitive() {
    let margin = Margin::new(0.05).unwrap();
    let check = |differences: &[f64]| {
        let t = paired::mean(differences, Level::P95).unwrap().interval;
        let rank = hodges_lehmann(differences, Level::P95).unwrap().interval;
        let verdict = judge(t, margin).verdict;
        (verdict, cross_check(verdict, rank, margin))
    };
    let calm = [-0.10, -0.11, -0.09, -0.12, -0.08, -0.10, -0.11, -0.095];
    assert_eq!(check(&calm), (Verdict::Better, CrossCheck::Agrees));
    let mut wild = calm;
    wild[3] = 0.9;
    assert_eq!(check(&wild).0, Verdict::Inconclusive);
    let mut nearly = [0.0; 12].map(|_| -0.1);
    nearly.iter_mut().enumerate().for_each(|(i, d)| *d -= 0.001 * i as f64);
    nearly[0] = 0.35;
    assert_eq!(check(&nearly), (Verdict::Inconclusive, CrossCheck::OutlierSensitive));
    assert_eq!(check(&calm[..5]).1, CrossCheck::Impossible);
}

#[test]
fn small_things_hold() {
    let size = exact(&[100.0, 100.0, 104.0]).unwrap();
    assert!(size.differs() && size.value == 104.0);
    // METHODS.md A3: p99 at 95 % takes about 3.7/(1 - q) values.
    assert_eq!(values_needed(0.99, Level::P95), 368);
    let few = bootstrap(12, 1000, 1, Level::P95, |rows| rows.len() as f64).unwrap_err();
    assert_eq!(few, SampleError::TooFew { got: 12, needed: ROUNDS_LEAST });
    let constant = bootstrap(30, 100, 1, Level::P95, |rows| rows.len() as f64).unwrap();
    assert_eq!(constant.bca, Interval::around(30.0, 0.0));
}
