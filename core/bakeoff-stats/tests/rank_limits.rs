//! The counted rank verdict and the one judged from the Hodges-Lehmann interval are the same.

use bakeoff_stats::level::Level;
use bakeoff_stats::rank::{RankLimits, hodges_lehmann};
use bakeoff_stats::verdict::{Margin, Verdict, judge};
use proptest::prelude::*;

const VERDICTS: [Verdict; 6] = [
    Verdict::Better,
    Verdict::Worse,
    Verdict::Equivalent,
    Verdict::BetterSizeUnclear,
    Verdict::WorseSizeUnclear,
    Verdict::Inconclusive,
];

proptest! {
    #[test]
    fn counting_and_judging_agree(
        mut differences in prop::collection::vec((-30_i32..30).prop_map(|n| f64::from(n) / 100.0), 2..40),
        shift in prop::sample::select(vec![-0.2, -0.05, 0.0, 0.05, 0.2]),
        margin in prop::sample::select(vec![0.0, 0.02, 0.05, 0.2, 0.6]),
        level in prop::sample::select(vec![0.5, 0.9, 0.95]),
    ) {
        for difference in &mut differences {
            *difference += shift;
        }
        let (margin, level) = (Margin::new(margin).unwrap(), Level::new(level).unwrap());
        let interval = hodges_lehmann(&differences, level).unwrap().interval;
        let judged = interval.is_bounded().then(|| judge(interval, margin).verdict);
        differences.sort_by(f64::total_cmp);
        let limits = RankLimits::of(differences.len(), level);
        for verdict in VERDICTS {
            let counted = limits.agrees(&differences, verdict, margin);
            prop_assert_eq!(counted, judged.map(|judged| judged == verdict), "{}", verdict);
        }
    }
}
