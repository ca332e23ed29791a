//! Times in nanoseconds, three digits exact at any size, mergeable without loss.

use base64::Engine as _;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

/// Longest time told apart from longer ones: an hour, in nanoseconds.
pub const TIME_NS_MAX: u64 = 3_600_000_000_000;

/// Times in nanoseconds: three digits exact from 1 ns to 1 h, with exact sum and maximum.
/// Recording allocates nothing.
#[derive(Clone, Debug)]
pub struct Times {
    counts: hdrhistogram::Histogram<u64>,
    sum_ns: u128,
    max_ns: u64,
    min_ns: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self::new()
    }
}

impl Times {
    /// No times yet.
    ///
    /// # Panics
    ///
    /// Never: the bounds are valid.
    pub fn new() -> Self {
        let counts = hdrhistogram::Histogram::new_with_bounds(1, TIME_NS_MAX, 3)
            .expect("bounds and digits are constants that fit");
        Self { counts, sum_ns: 0, max_ns: 0, min_ns: u64::MAX }
    }

    /// So many of each of these times, none twice, with the exact sum, least and greatest.
    pub(crate) fn of_counts(
        counts: impl Iterator<Item = (u64, u64)>,
        sum_ns: u128,
        [min_ns, max_ns]: [u64; 2],
    ) -> Self {
        let mut times = Self { sum_ns, max_ns, min_ns, ..Self::new() };
        for (nanos, count) in counts {
            times.counts.saturating_record_n(nanos, count);
        }
        times
    }

    /// Adds a time; one above an hour is counted as an hour, its true size in sum and maximum.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        self.counts.saturating_record(nanos);
        self.sum_ns += u128::from(nanos);
        self.max_ns = self.max_ns.max(nanos);
        self.min_ns = self.min_ns.min(nanos);
    }

    /// Adds the same time `count` times.
    pub fn record_many(&mut self, nanos: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.counts.saturating_record_n(nanos, count);
        self.sum_ns += u128::from(nanos) * u128::from(count);
        self.max_ns = self.max_ns.max(nanos);
        self.min_ns = self.min_ns.min(nanos);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The smallest time that at least a share `quantile` (0 to 1) of all do not exceed, in
    /// nanoseconds, to three digits and never above the maximum; none without times.
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        let found = self.counts.value_at_quantile(quantile);
        (!self.is_empty()).then(|| found.clamp(self.min_ns, self.max_ns))
    }

    /// The exact mean in nanoseconds; none without times.
    pub fn mean_ns(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum_ns as f64 / self.count() as f64)
    }

    /// The exact sum in nanoseconds.
    pub const fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The exact maximum in nanoseconds; none without times.
    pub fn max_ns(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.max_ns)
    }

    /// The exact minimum in nanoseconds; none without times.
    pub fn min_ns(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.min_ns)
    }

    /// How many lie above `nanos`, to three digits of it.
    pub fn count_above(&self, nanos: u64) -> u64 {
        let above = self.counts.next_non_equivalent(nanos.min(TIME_NS_MAX - 1));
        if self.max_ns < above { 0 } else { self.counts.count_between(above, u64::MAX) }
    }

    /// Each recorded value (upper end of its bucket, nanoseconds) with its count, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()))
    }

    /// Adds all times of another.
    ///
    /// # Panics
    ///
    /// Never: both have the same bounds.
    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.counts.add(&other.counts).expect("same bounds");
        self.sum_ns += other.sum_ns;
        self.max_ns = self.max_ns.max(other.max_ns);
        self.min_ns = self.min_ns.min(other.min_ns);
    }

    /// The bytes of the `HdrHistogram` V2 encoding, values in nanoseconds.
    ///
    /// # Panics
    ///
    /// Never: writing to a vector does not fail.
    pub fn to_v2(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.counts, &mut bytes).expect("writes to a vector");
        bytes
    }

    /// The V2 encoding in base64.
    pub fn to_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.to_v2())
    }

    /// Reads what [`Times::to_v2`] wrote. Sum, minimum and maximum are then those of the buckets.
    ///
    /// # Errors
    ///
    /// [`InvalidHistogram`] if the bytes are not such a histogram.
    pub fn from_v2(bytes: &[u8]) -> Result<Self, InvalidHistogram> {
        let mut reader = bytes;
        let counts: hdrhistogram::Histogram<u64> = hdrhistogram::serialization::Deserializer::new()
            .deserialize(&mut reader)
            .map_err(|source| InvalidHistogram { reason: source.to_string() })?;
        let mut times = Self::new();
        for value in counts.iter_recorded() {
            let nanos = counts.median_equivalent(value.value_iterated_to());
            times.sum_ns += u128::from(nanos) * u128::from(value.count_at_value());
        }
        if !counts.is_empty() {
            (times.min_ns, times.max_ns) = (counts.min(), counts.max());
        }
        times
            .counts
            .add(&counts)
            .map_err(|source| InvalidHistogram { reason: source.to_string() })?;
        Ok(times)
    }
}

/// Why bytes are not a histogram.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a V2 histogram of times: {reason}")]
pub struct InvalidHistogram {
    /// What the decoder found.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_writing_and_merging() {
        let mut times = Times::new();
        for nanos in [1, 999, 1_000_000, 3_600_000_000_001] {
            times.record(nanos);
        }
        let mut back = Times::from_v2(&times.to_v2()).unwrap();
        assert_eq!(back.count(), 4);
        assert_eq!(back.quantile_ns(0.5), Some(999));
        back.merge(&times);
        assert_eq!(back.count(), 8);
        assert!(back.max_ns().unwrap().abs_diff(3_600_000_000_001) < 3_600_000_000);
        assert!(Times::from_v2(b"nonsense").is_err());
    }

    #[test]
    fn three_digits_are_kept_everywhere() {
        for nanos in [1_u64, 12_345, 1_234_567, 987_654_321, 1_800_000_000_000] {
            let mut times = Times::new();
            times.record(nanos);
            times.record(TIME_NS_MAX);
            let found = times.quantile_ns(0.5).unwrap();
            assert!(found.abs_diff(nanos) * 1000 <= nanos, "{nanos} {found}");
        }
    }

    #[test]
    fn without_times_there_are_no_numbers() {
        let times = Times::new();
        assert_eq!((times.mean_ns(), times.quantile_ns(0.5), times.max_ns()), (None, None, None));
    }
}
