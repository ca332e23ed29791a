//! Times as they are counted while load runs: in the buckets of an `HdrHistogram`, by a handful of
//! instructions each, and turned into one when nothing more is to come.

use crate::histogram::{TIME_NS_MAX, Times};

/// Counts of times up to an hour, in the buckets that an `HdrHistogram` has whose unit is `2^UNIT`
/// nanoseconds and whose first bucket tells `2^FIRST` units apart (there: `unitMagnitude` and
/// `subBucketCount`). All later buckets are half as many places, each twice as wide as before.
#[derive(Clone, Debug)]
pub(crate) struct Counts<const UNIT: u32, const FIRST: u32> {
    places: Box<[u64]>,
}

impl<const UNIT: u32, const FIRST: u32> Counts<UNIT, FIRST> {
    /// Buckets until an hour fits.
    const BUCKETS: u32 = TIME_NS_MAX.ilog2() + 2 - UNIT - FIRST;
    const PLACES: usize = ((Self::BUCKETS + 1) as usize) << (FIRST - 1);

    pub(crate) fn new() -> Self {
        // Pages that are never touched cost nothing.
        Self { places: vec![0; Self::PLACES].into() }
    }

    /// Counts a time; one too long for all buckets is an hour.
    #[inline]
    pub(crate) fn record(&mut self, nanos: u64) {
        match self.places.get_mut(Self::place(nanos)) {
            Some(count) => *count += 1,
            None => self.places[Self::place(TIME_NS_MAX)] += 1,
        }
    }

    /// The least time of each bucket in which there is any, with how many there are; ascending.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let counted = self.places.iter().enumerate().filter(|(_, count)| 0 < **count);
        counted.map(|(place, count)| (Self::least(place), *count))
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.places.fill(0);
    }

    /// Where a time is counted: its upper bits, behind the places of the buckets below its own.
    #[inline]
    const fn place(nanos: u64) -> usize {
        let first = ((1 << FIRST) - 1) << UNIT;
        let bucket = u64::BITS - FIRST - UNIT - (nanos | first).leading_zeros();
        ((bucket as usize) << (FIRST - 1)) + (nanos >> (bucket + UNIT)) as usize
    }

    const fn least(place: usize) -> u64 {
        let bucket = (place >> (FIRST - 1)).saturating_sub(1);
        ((place - (bucket << (FIRST - 1))) as u64) << (bucket as u32 + UNIT)
    }
}

/// Times to three digits: what becomes [`Times`]. Counting allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    counts: Counts<0, 11>,
    sum_ns: u128,
    max_ns: u64,
    min_ns: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { counts: Counts::new(), sum_ns: 0, max_ns: 0, min_ns: u64::MAX }
    }

    /// Adds a time.
    #[inline]
    pub(crate) fn record(&mut self, nanos: u64) {
        self.counts.record(nanos);
        self.sum_ns += u128::from(nanos);
        self.max_ns = self.max_ns.max(nanos);
        self.min_ns = self.min_ns.min(nanos);
    }

    /// What was counted, to be read.
    pub(crate) fn times(&self) -> Times {
        Times::of_counts(self.counts.counted(), self.sum_ns, [self.min_ns, self.max_ns])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(times: &Times) -> impl PartialEq + std::fmt::Debug {
        (times.to_v2(), times.count(), times.sum_ns(), times.min_ns(), times.max_ns())
    }

    /// Counted by us, and recorded by the library.
    fn both(nanos: &[u64]) -> [Times; 2] {
        let (mut tally, mut times) = (Tally::new(), Times::new());
        for &nanos in nanos {
            tally.record(nanos);
            times.record(nanos);
        }
        [tally.times(), times]
    }

    /// The same to two digits from a microsecond on: which buckets hold how many.
    fn both_coarse(nanos: &[u64]) -> [Vec<(u64, u64)>; 2] {
        let new = || hdrhistogram::Histogram::<u64>::new_with_bounds(1000, TIME_NS_MAX, 2).unwrap();
        let (mut counts, mut counted, mut recorded) = (Counts::<9, 8>::new(), new(), new());
        for &nanos in nanos {
            counts.record(nanos);
            recorded.saturating_record(nanos);
        }
        for (nanos, count) in counts.counted() {
            counted.saturating_record_n(nanos, count);
        }
        [counted, recorded].map(|one| {
            let held = one.iter_recorded();
            held.map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
        })
    }

    fn edges() -> Vec<u64> {
        (0..64)
            .flat_map(|bit| [-1, 0, 1].map(|by| (1_u64 << bit).saturating_add_signed(by)))
            .chain([TIME_NS_MAX - 1, TIME_NS_MAX, TIME_NS_MAX + 1, u64::MAX])
            .collect()
    }

    #[test]
    fn the_edges_of_every_bucket_are_the_librarys() {
        for edge in edges() {
            let [counted, recorded] = both(&[edge]);
            assert_eq!(shown(&counted), shown(&recorded), "{edge}");
            let [counted, recorded] = both_coarse(&[edge]);
            assert_eq!(counted, recorded, "{edge}");
        }
    }

    #[test]
    fn nothing_counted_is_nothing_recorded() {
        let [counted, recorded] = both(&[]);
        assert_eq!(shown(&counted), shown(&recorded));
        let mut counts = Counts::<9, 8>::new();
        for edge in edges() {
            counts.record(edge);
        }
        counts.clear();
        assert_eq!(counts.counted().count(), 0);
    }

    proptest! {
        /// Times of any size: each as many bits shorter as its first number says.
        #[test]
        fn what_is_counted_is_bit_for_bit_what_the_library_records(
            sized in proptest::collection::vec((0_u32..64, any::<u64>()), 1..200),
        ) {
            let nanos: Vec<u64> = sized.iter().map(|(shift, bits)| bits >> shift).collect();
            let [counted, recorded] = both(&nanos);
            prop_assert_eq!(shown(&counted), shown(&recorded));
            let [counted_coarse, recorded_coarse] = both_coarse(&nanos);
            prop_assert_eq!(counted_coarse, recorded_coarse);
            for share in [0.0, 0.25, 0.5, 0.9, 0.99, 1.0] {
                prop_assert_eq!(counted.quantile_ns(share), recorded.quantile_ns(share));
            }
        }
    }
}
