//! When the requests of an open-loop workload are due: a pure function of their number.

use std::sync::Arc;

use crate::arrivals::{Arrivals, Shape, Spacing};
use crate::random::{Purpose, Random};

/// Mean number of Poisson arrivals in one block. A Poisson process restarts at any moment, so each
/// block is drawn by itself from its own number: no sum runs longer than a block.
const BLOCK: f64 = 64.0;
/// About how many arrivals that were never sent are gone through one by one.
const REST_MAX: f64 = 2e6;

/// One shard's share of the arrivals, in order. A closed loop has none: there an arrival falls due
/// when a connection comes free.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    source: Source,
    /// Number of the next arrival over all shards.
    number: u64,
    shard: u64,
    shards: u64,
    due_ns: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Ended,
    Even(Shape),
    Poisson { shape: Shape, seed: u64, block: u64, random: Random, within: f64 },
    Recorded(Arc<[u64]>),
}

impl Schedule {
    /// The arrivals whose number modulo `shards` is `shard`.
    pub(crate) fn new(arrivals: &Arrivals, seed: u64, shard: u32, shards: u32) -> Self {
        let source = match arrivals {
            Arrivals::Closed { .. } => Source::Ended,
            Arrivals::Open { shape, spacing: Spacing::Even } => Source::Even(shape.clone()),
            Arrivals::Open { shape, spacing: Spacing::Poisson } => Source::Poisson {
                shape: shape.clone(),
                seed,
                block: 0,
                random: Random::at(seed, Purpose::Arrivals, 0),
                within: 0.0,
            },
            Arrivals::Recorded { due_ns } => Source::Recorded(Arc::clone(due_ns)),
        };
        let mut schedule =
            Self { source, number: 0, shard: shard.into(), shards: shards.into(), due_ns: 0 };
        schedule.due_ns = schedule.source.next(0);
        while schedule.number % schedule.shards != schedule.shard && schedule.due_ns < u64::MAX {
            schedule.step();
        }
        schedule
    }

    /// When the next arrival is due, in nanoseconds after the start of warm-up; `u64::MAX` after
    /// the last one.
    pub(crate) const fn due_ns(&self) -> u64 {
        self.due_ns
    }

    /// Takes the next arrival and gives its number.
    pub(crate) fn take(&mut self) -> u64 {
        let number = self.number;
        for _ in 0..self.shards {
            self.step();
        }
        number
    }

    /// Takes all arrivals due before `until_ns`, each with the number of arrivals it stands for: 1,
    /// unless there are so many that going through them would take longer than the run did.
    pub(crate) fn rest(&mut self, until_ns: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        let left = self.source.expected(self.due_ns, until_ns) / self.shards as f64;
        let stride = ((left / REST_MAX) as u64).max(1);
        std::iter::from_fn(move || {
            let due_ns = self.due_ns;
            if until_ns <= due_ns {
                return None;
            }
            self.number += self.shards * stride;
            self.due_ns = if stride == 1 {
                (1..self.shards).for_each(|before| {
                    self.source.next(self.number - self.shards + before);
                });
                self.source.next(self.number)
            } else {
                self.source.skip_to(self.number)
            };
            Some((due_ns, stride))
        })
    }

    fn step(&mut self) {
        self.number += 1;
        self.due_ns = self.source.next(self.number);
    }
}

impl Source {
    /// About how many arrivals of all shards are due in a span.
    fn expected(&self, from_ns: u64, to_ns: u64) -> f64 {
        match self {
            Self::Ended | Self::Recorded(_) => 0.0,
            Self::Even(shape) | Self::Poisson { shape, .. } => {
                shape.expected(from_ns as f64 / 1e9, to_ns.max(from_ns) as f64 / 1e9)
            }
        }
    }

    /// About when arrival `number` is due, skipping those before it.
    fn skip_to(&mut self, number: u64) -> u64 {
        match self {
            Self::Ended => u64::MAX,
            Self::Even(shape) | Self::Poisson { shape, .. } => shape.due_ns(number as f64),
            Self::Recorded(due_ns) => due_ns.get(number as usize).copied().unwrap_or(u64::MAX),
        }
    }

    /// When arrival `number` is due; called once for each number, in order.
    fn next(&mut self, number: u64) -> u64 {
        match self {
            Self::Ended => u64::MAX,
            // A multiple of the index, never a running sum: rounding must not drift over an hour.
            Self::Even(shape) => shape.due_ns(number as f64),
            Self::Recorded(due_ns) => due_ns.get(number as usize).copied().unwrap_or(u64::MAX),
            Self::Poisson { shape, seed, block, random, within } => loop {
                *within += random.exponential();
                if *within < BLOCK {
                    break shape.due_ns(*block as f64 * BLOCK + *within);
                }
                *block += 1;
                *random = Random::at(*seed, Purpose::Arrivals, *block);
                *within = 0.0;
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bakeoff_units::Rate;

    fn due(arrivals: &Arrivals, shard: u32, shards: u32, count: usize) -> Vec<(u64, u64)> {
        let mut schedule = Schedule::new(arrivals, 42, shard, shards);
        (0..count)
            .map(|_| {
                let due_ns = schedule.due_ns();
                (schedule.take(), due_ns)
            })
            .collect()
    }

    fn rate(per_second: f64) -> Rate {
        Rate::per_second(per_second).unwrap()
    }

    #[test]
    fn shards_together_hold_the_whole_schedule_once() {
        for arrivals in [Arrivals::constant(rate(1000.0)), Arrivals::poisson(rate(1000.0))] {
            let whole = due(&arrivals, 0, 1, 999);
            let mut merged: Vec<_> =
                (0..3).flat_map(|shard| due(&arrivals, shard, 3, 333)).collect();
            merged.sort_unstable();
            assert_eq!(merged, whole);
        }
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_spread_of_an_exponential() {
        let times = due(&Arrivals::poisson(rate(1e9)), 0, 1, 200_000);
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1].1 - pair[0].1) as f64).collect();
        let rate = times.len() as f64 / times.last().unwrap().1 as f64;
        assert!((rate - 1.0).abs() < 0.01, "{rate}");
        let slow = due(&Arrivals::poisson(Rate::per_second(1000.0).unwrap()), 0, 1, 200_000);
        let gaps_slow: Vec<f64> =
            slow.windows(2).map(|pair| (pair[1].1 - pair[0].1) as f64 / 1e6).collect();
        let mean = gaps_slow.iter().sum::<f64>() / gaps_slow.len() as f64;
        let variance =
            gaps_slow.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps_slow.len() as f64;
        assert!((mean - 1.0).abs() < 0.01 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        assert!(gaps.iter().all(|gap| *gap >= 0.0));
    }

    #[test]
    fn recorded_times_end() {
        let recorded = Arrivals::Recorded { due_ns: [5, 7].into() };
        assert_eq!(due(&recorded, 0, 1, 3), [(0, 5), (1, 7), (2, u64::MAX)]);
    }
}
