//! The counted rank verdict and the one judged from the Hodges-Lehmann interval are the same.

use bakeoff_stats::level::Level;
use bakeoff_stats::rank::{RankLimits, hodges_lehmann};
use bakeoff_stats::verdict::{Margin, judge};
use proptest::prelude::*;

proptest! {
    #[test]
    fn counting_and_judging_agree(
        differences in prop::collection::vec((-30_i32..30).prop_map(|n| f64::from(n) / 100.0), 2..40),
        margin in prop::sample::select(vec![0.0, 0.02, 0.05, 0.2]),
        level in prop::sample::select(vec![0.5, 0.9, 0.95]),
    ) {
        let (margin, level) = (Margin::new(margin).unwrap(), Level::new(level).unwrap());
        let interval = hodges_lehmann(&differences, level).unwrap().interval;
        let judged = interval.is_bounded().then(|| judge(interval, margin).verdict);
        let counted = RankLimits::of(differences.len(), level).verdict(&differences, margin);
        prop_assert_eq!(counted, judged);
    }
}
