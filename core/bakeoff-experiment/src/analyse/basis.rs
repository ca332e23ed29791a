//! What a verdict rests on: the rounds, or the means of builds where there are several builds that differ (METHODS.md A7).

use std::borrow::Cow;
use std::collections::BTreeMap;

use bakeoff_stats::comparison::{Comparison, FLAG_BELOW, Question, ROUNDS_NEEDED_MOST};
use bakeoff_stats::hierarchy::{Nested, Unit, cheapest_counts, nested};
use bakeoff_stats::interval::Interval;
use bakeoff_stats::sample::{Moments, SampleError};
use bakeoff_stats::trend::{mann_kendall, mann_kendall_within};
use bakeoff_stats::verdict::rounds_to_settle;

use super::second::Costs;
use crate::analysis::BuildLevels;

/// What a verdict rests on. Logarithms are turned as if lower were better.
pub(super) struct Basis<'r> {
    /// Log differences that are independent of one another, in ascending order: of rounds, or means of builds.
    pub(super) ascending: Cow<'r, [f64]>,
    /// Their mean and spread.
    pub(super) moments: Moments,
    /// What is said to be the mean: of a planned run that of the last look.
    pub(super) mean: f64,
    /// Its interval, by the stop rule.
    pub(super) interval: Interval,
    /// p of a trend that pairing did not cancel, where there is one: it blocks the verdict.
    pub(super) trend_p: Option<f64>,
    /// Rounds that would probably settle the verdict.
    pub(super) rounds_needed: Option<usize>,
    /// What a reader must know of it.
    pub(super) note: Option<String>,
    /// How rounds and builds vary, where there are several builds.
    pub(super) levels: Option<BuildLevels>,
}

impl<'r> Basis<'r> {
    /// Of the rounds `turned`, which are of these pairs of builds and of which `found` was said.
    pub(super) fn of(
        turned: &[f64],
        builds: &[(u32, u32)],
        found: &'r Comparison,
        question: &Question<'_>,
        costs: Costs,
    ) -> Result<Self, SampleError> {
        // Of a planned run the rounds between two looks wait.
        let looked_at = found.look.moments.count;
        let groups = by_build(&turned[..looked_at], &builds[..looked_at]);
        let layers = nested(&groups, question.criticals.level()).ok();
        let levels = layers.as_ref().map(|layers| levels(layers, costs));
        Ok(match layers.filter(|layers| layers.unit == Unit::Build) {
            Some(layers) => Self { levels, ..Self::of_builds(layers, &groups, found, question) },
            None if looked_at == turned.len() => {
                Self { levels, ..Self::of_rounds(found.look.moments, found) }
            }
            None => Self { levels, ..Self::of_rounds(Moments::of(turned)?, found) },
        })
    }

    fn of_rounds(moments: Moments, found: &'r Comparison) -> Self {
        let inflation = found.memory.map_or(1.0, |memory| memory.inflation);
        Self {
            ascending: Cow::Borrowed(&found.ascending),
            moments,
            mean: found.look.moments.mean,
            interval: found.look.interval,
            trend_p: found.trend.filter(|_| found.is_blocked).map(|trend| trend.p()),
            rounds_needed: found.rounds_needed,
            note: (inflation > 1.0).then(|| {
                format!("rounds resemble one another: interval widened {inflation:.2} times")
            }),
            levels: None,
        }
    }

    /// Builds differ: their means are the sample, and no number of rounds makes up for few of them.
    fn of_builds(
        layers: Nested,
        groups: &[Vec<f64>],
        found: &Comparison,
        question: &Question<'_>,
    ) -> Self {
        let (builds, moments) = (layers.means.len(), layers.mean.moments);
        let critical = question.criticals.of_builds(found.rounds, builds);
        let half = critical * moments.se();
        let waits = !found.look.interval.is_bounded();
        let interval = if half.is_finite() && !waits {
            Interval::around(moments.mean, half)
        } else {
            Interval::UNBOUNDED
        };
        let more = rounds_to_settle(
            moments.mean,
            moments.sd,
            question.margin,
            ROUNDS_NEEDED_MOST,
            |builds| question.criticals.if_declared(builds),
        );
        let rounds_a_build = found.rounds.div_ceil(builds);
        let trend_p = trend(groups, &layers.means).filter(|p| *p < FLAG_BELOW);
        let mut ascending = layers.means;
        ascending.sort_by(f64::total_cmp);
        Self {
            ascending: Cow::Owned(ascending),
            moments,
            mean: moments.mean,
            interval,
            trend_p,
            rounds_needed: more.map(|builds| builds * rounds_a_build),
            note: Some(if interval.is_bounded() {
                format!("builds differ: interval of {builds} means of builds")
            } else {
                format!("builds differ, and {builds} are too few for an interval of this stop rule")
            }),
            levels: None,
        }
    }
}

/// Log differences by the pair of builds that they are of, each in the order measured.
fn by_build(turned: &[f64], builds: &[(u32, u32)]) -> Vec<Vec<f64>> {
    // Nearly always there is one.
    if builds.windows(2).all(|two| two[0] == two[1]) {
        return Vec::new();
    }
    let mut groups: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for (build, difference) in builds.iter().zip(turned) {
        groups.entry(*build).or_default().push(*difference);
    }
    groups.into_values().collect()
}

/// p of a trend within builds or over their means, whichever is the clearer; two tests are twice as likely to err.
fn trend(groups: &[Vec<f64>], means: &[f64]) -> Option<f64> {
    let within = mann_kendall_within(groups).map(|trend| trend.p());
    let between = mann_kendall(means).ok().map(|trend| trend.p());
    within.into_iter().chain(between).min_by(f64::total_cmp).map(|p| (2.0 * p).min(1.0))
}

fn levels(layers: &Nested, costs: Costs) -> BuildLevels {
    let variances = [layers.round_variance, layers.build_variance];
    let cheapest = cheapest_counts(&variances, &[costs.round, costs.build])[0];
    BuildLevels {
        builds: layers.means.len() as u32,
        build_variance: layers.build_variance.max(0.0),
        round_variance: layers.round_variance,
        rests_on: match layers.unit {
            Unit::Build => "builds",
            Unit::Round => "rounds",
        }
        .to_owned(),
        rounds_a_build: cheapest.map(|rounds| u32::try_from(rounds).unwrap_or(u32::MAX)),
    }
}
