//! The fast methods against their definitions, written out the slow way.

use bakeoff_stats::change_point::{energy, optimal_partition};
use bakeoff_stats::level::Level;
use bakeoff_stats::mann_whitney::{mann_whitney, shift};
use bakeoff_stats::order::require_interleaved;
use bakeoff_stats::permutation::sign_flip;
use bakeoff_stats::quantile::{median, rank_interval};
use bakeoff_stats::rank::{hodges_lehmann, signed_rank};
use bakeoff_stats::trend::{mann_kendall, theil_sen};
use proptest::prelude::*;

/// Small whole numbers, so that ties and zeros are common.
fn coarse(count: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec((-5_i8..=5).prop_map(f64::from), count)
}

fn fine(count: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-1e3..1e3, count)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

/// The two-sided p of an observed statistic among all equally likely ones.
fn two_sided(all: &[f64], observed: f64) -> f64 {
    let count = |holds: &dyn Fn(f64) -> bool| all.iter().filter(|v| holds(**v)).count() as f64;
    let tail = count(&|v| v <= observed).min(count(&|v| v >= observed));
    (2.0 * tail / all.len() as f64).min(1.0)
}

fn u_statistic(x: &[f64], y: &[f64]) -> f64 {
    let pairs = x.iter().flat_map(|x| y.iter().map(move |y| (*x, *y)));
    pairs
        .map(|(x, y)| {
            if x > y {
                1.0
            } else if x == y {
                0.5
            } else {
                0.0
            }
        })
        .sum()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn mann_whitney_counts_all_relabellings(x in coarse(1..5), y in coarse(1..5)) {
        let pooled = [x.clone(), y.clone()].concat();
        let mut all = Vec::new();
        for mask in 0_u32..1 << pooled.len() {
            if mask.count_ones() as usize == x.len() {
                let (own, other): (Vec<_>, Vec<_>) =
                    pooled.iter().enumerate().partition(|(i, _)| mask >> i & 1 == 1);
                let values = |part: Vec<(usize, &f64)>| part.into_iter().map(|(_, v)| *v).collect::<Vec<_>>();
                all.push(u_statistic(&values(own), &values(other)));
            }
        }
        let test = mann_whitney(&x, &y).unwrap();
        prop_assert_eq!(test.u, u_statistic(&x, &y));
        prop_assert!(close(test.p_exact.unwrap(), two_sided(&all, test.u)));
    }

    #[test]
    fn sign_flips_and_signed_ranks_count_all_patterns(d in coarse(1..9)) {
        let sums: Vec<f64> = (0_u32..1 << d.len())
            .map(|mask| d.iter().enumerate().map(|(i, v)| if mask >> i & 1 == 1 { -v } else { *v }).sum())
            .collect();
        let observed: f64 = d.iter().sum();
        let far = sums.iter().filter(|sum| sum.abs() >= observed.abs()).count();
        prop_assert_eq!(sign_flip(&d, 0, 0).unwrap().count_two_sided as usize, far);

        let nonzero: Vec<f64> = d.iter().copied().filter(|v| *v != 0.0).collect();
        let rank = |v: f64| {
            let below = nonzero.iter().filter(|w| w.abs() < v.abs()).count() as f64;
            let equal = nonzero.iter().filter(|w| w.abs() == v.abs()).count() as f64;
            below + f64::midpoint(equal, 1.0)
        };
        let ranks: Vec<f64> = nonzero.iter().map(|v| rank(*v)).collect();
        let all: Vec<f64> = (0_u32..1 << ranks.len())
            .map(|mask| ranks.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, r)| r).sum())
            .collect();
        let test = signed_rank(&d).unwrap();
        prop_assert!(close(test.p, two_sided(&all, test.v)));
    }

    #[test]
    fn selected_walsh_averages_and_differences_are_those_of_the_sorted_list(
        x in fine(6..20), y in coarse(6..20),
    ) {
        for values in [&x, &y] {
            let mut walsh: Vec<f64> = (0..values.len())
                .flat_map(|i| (i..values.len()).map(move |j| f64::midpoint(values[i], values[j])))
                .collect();
            walsh.sort_by(f64::total_cmp);
            let got = hodges_lehmann(values, Level::P95).unwrap();
            prop_assert!(close(got.estimate, median(&walsh).unwrap()));
            let rank = got.rank as usize;
            prop_assert_eq!(got.interval.lower(), walsh[rank - 1]);
            prop_assert_eq!(got.interval.upper(), walsh[walsh.len() - rank]);
        }
        let mut differences: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
        differences.sort_by(f64::total_cmp);
        let got = shift(&x, &y, Level::P95).unwrap();
        prop_assert!(close(got.estimate, median(&differences).unwrap()));
        prop_assert!(differences.contains(&got.interval.lower()) && got.achieved >= 0.95);
    }

    #[test]
    fn trend_counts_pairs_and_slope_is_their_median(series in coarse(3..30)) {
        let pairs = || (0..series.len()).flat_map(|i| (i + 1..series.len()).map(move |j| (i, j)));
        let sign = |d: f64| if d > 0.0 { 1.0 } else if d < 0.0 { -1.0 } else { 0.0 };
        let s: f64 = pairs().map(|(i, j)| sign(series[j] - series[i])).sum();
        prop_assert_eq!(mann_kendall(&series).unwrap().s, s);
        let slopes: Vec<f64> = pairs().map(|(i, j)| (series[j] - series[i]) / (j - i) as f64).collect();
        let slope = theil_sen(&series, Level::P95).unwrap();
        prop_assert!(close(slope.per_step, median(&slopes).unwrap()));
        prop_assert!(slope.interval.contains(slope.per_step));
    }

    #[test]
    fn optimal_partition_is_the_best_of_all(series in coarse(1..9), penalty in 0.0..20.0) {
        let cost = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        let objective = |changes: &[usize]| {
            let mut edges = vec![0];
            edges.extend(changes);
            edges.push(series.len());
            edges.windows(2).map(|w| cost(&series[w[0]..w[1]])).sum::<f64>() + penalty * changes.len() as f64
        };
        let all = (0_u32..1 << (series.len() - 1)).map(|mask| {
            let changes: Vec<usize> = (1..series.len()).filter(|i| mask >> (i - 1) & 1 == 1).collect();
            objective(&changes)
        });
        let best = all.fold(f64::INFINITY, f64::min);
        let got = optimal_partition(&series, penalty).unwrap();
        prop_assert!(close(got.objective, best), "{} {best}", got.objective);
        prop_assert!(close(objective(&got.changes), best));
    }

    #[test]
    fn energy_distance_is_that_of_all_pairs(x in coarse(1..9), y in coarse(1..9)) {
        let between = |a: &[f64], b: &[f64]| {
            let sum: f64 = a.iter().flat_map(|a| b.iter().map(move |b| (a - b).abs())).sum();
            sum / (a.len() * b.len()) as f64
        };
        let expected = 2.0 * between(&x, &y) - between(&x, &x) - between(&y, &y);
        let got = energy(&x, &y).unwrap();
        prop_assert!(close(got.distance, expected));
        prop_assert!((0.0..=1.0).contains(&got.share));
    }

    #[test]
    fn blocked_orders_are_those_in_which_a_pair_never_mixes(sequence in proptest::collection::vec(0_usize..4, 0..12)) {
        let at = |candidate: usize| sequence.iter().enumerate().filter(move |(_, c)| **c == candidate).map(|(i, _)| i);
        let blocked = (0..4).any(|a| (0..4).any(|b| {
            let (end, begin) = (at(a).max(), at(b).min());
            a != b && end.zip(begin).is_some_and(|(end, begin)| end < begin)
                && at(a).count() + at(b).count() > 2
        }));
        prop_assert_eq!(require_interleaved(&sequence).is_err(), blocked);
    }

    #[test]
    fn rank_interval_reaches_its_level_and_no_narrower_one_does_by_halves(
        n in 1_usize..200, q in 0.01..0.99_f64, level in 0.5..0.999_f64,
    ) {
        use bakeoff_stats::distributions::binomial::{cdf, sf};
        let half = (1.0 - level) / 2.0;
        let ranks = rank_interval(n, q, Level::new(level).unwrap());
        prop_assert!(ranks.achieved >= level - 1e-9);
        let below = |rank: usize| cdf(rank as u64 - 1, n as u64, q);
        let above = |rank: usize| sf(rank as u64 - 1, n as u64, q);
        prop_assert!(ranks.lower.is_none_or(|l| below(l) <= half));
        prop_assert!(ranks.upper.is_none_or(|u| above(u) <= half));
        let next = ranks.lower.map_or(1, |l| l + 1);
        prop_assert!(next > n || below(next) > half);
        prop_assert!(ranks.upper.is_none_or(|u| u == 1 || above(u - 1) > half));
    }
}
