//! What happened in each second, or in each shorter stretch if that is asked for.

use crate::histogram::TIME_NS_MAX;
use crate::tally::Counts;

/// One second of load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Second {
    /// Requests sent.
    pub sent: u64,
    /// Requests answered rightly.
    pub answered: u64,
    /// Requests failed.
    pub failed: u64,
    /// Median latency of what was answered in it, in nanoseconds to two digits; 0 if nothing was.
    pub p50_ns: u64,
    /// The 0.99 quantile likewise.
    pub p99_ns: u64,
    /// The largest latency, exact.
    pub max_ns: u64,
    /// Requests in flight when it ended.
    pub in_flight: u64,
    /// Requests sent so late, and not because of the target, that it counts against the generator.
    pub late: u64,
}

/// All latencies of measuring until the last second that ended, in nanoseconds to two digits; 0 if
/// there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Median.
    pub p50_ns: u64,
    /// Quantile 0.99.
    pub p99_ns: u64,
    /// The largest, exact.
    pub max_ns: u64,
}

/// Seconds from a while before measuring began to a while after it ended.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Seconds kept before the measuring began.
    before: u64,
    /// Length of each, in nanoseconds.
    every_ns: u64,
    start_ns: u64,
    seconds: Vec<Second>,
    index: usize,
    /// When the second at `index` began and when it ends; an empty span if that is not known.
    span_ns: [u64; 2],
    /// Latencies of the second at `index`.
    counts: Counts<9, 8>,
    /// The same, to be read when it ends.
    latencies: hdrhistogram::Histogram<u64>,
    all: hdrhistogram::Histogram<u64>,
    so_far: SoFar,
}

/// Most seconds kept; what comes later is counted in the last.
const SECONDS_MAX: u64 = 86_400;

impl Series {
    /// Room for all seconds; nothing is allocated later.
    pub(crate) fn new(warm_up_s: f64, measure_s: f64, drain_s: f64, every_s: f64) -> Self {
        let stretches = |seconds: f64| (seconds / every_s).ceil() as u64;
        let before = stretches(warm_up_s).min(SECONDS_MAX);
        let count = (before + stretches(measure_s + drain_s) + 2).min(SECONDS_MAX);
        let fits = "bounds and digits are constants that fit";
        let latencies = hdrhistogram::Histogram::new_with_bounds(1000, TIME_NS_MAX, 2).expect(fits);
        let all = hdrhistogram::Histogram::new_with_bounds(1000, TIME_NS_MAX, 2).expect(fits);
        Self {
            before,
            every_ns: ((every_s * 1e9) as u64).max(1),
            start_ns: 0,
            seconds: vec![Second::default(); count as usize],
            index: 0,
            span_ns: [0, 0],
            counts: Counts::new(),
            latencies,
            all,
            so_far: SoFar::default(),
        }
    }

    /// Measuring begins at `start_ns`.
    pub(crate) const fn start_at(&mut self, start_ns: u64) {
        self.start_ns = start_ns;
        self.span_ns = [0, 0];
    }

    /// The second of `now_ns`.
    #[inline]
    pub(crate) fn at(&mut self, now_ns: u64, in_flight: u64) -> &mut Second {
        let [from_ns, to_ns] = self.span_ns;
        if now_ns < from_ns || to_ns <= now_ns {
            self.turn_to(now_ns, in_flight);
        }
        &mut self.seconds[self.index]
    }

    /// Finds the second of `now_ns`, and ends the one before.
    #[cold]
    fn turn_to(&mut self, now_ns: u64, in_flight: u64) {
        let before_ns = self.before * self.every_ns;
        let since = (now_ns + before_ns).saturating_sub(self.start_ns);
        let index = ((since / self.every_ns) as usize).min(self.seconds.len() - 1);
        if index != self.index {
            self.close(in_flight);
            self.index = index;
        }
        // What lies before all seconds is counted in the first, what lies after in the last.
        let start = |index: usize| {
            let since_ns = (index as u64).saturating_mul(self.every_ns);
            self.start_ns.saturating_add(since_ns).saturating_sub(before_ns)
        };
        let from_ns = if index == 0 { 0 } else { start(index) };
        let last = index + 1 == self.seconds.len();
        self.span_ns = [from_ns, if last { u64::MAX } else { start(index + 1) }];
    }

    /// Counts a right answer.
    #[inline]
    pub(crate) fn answered(&mut self, now_ns: u64, latency_ns: u64, in_flight: u64) {
        let second = self.at(now_ns, in_flight);
        second.answered += 1;
        second.max_ns = second.max_ns.max(latency_ns);
        self.counts.record(latency_ns);
    }

    fn close(&mut self, in_flight: u64) {
        let second = &mut self.seconds[self.index];
        second.in_flight = in_flight;
        for (nanos, count) in self.counts.counted() {
            self.latencies.saturating_record_n(nanos, count);
        }
        if !self.latencies.is_empty() {
            self.counts.clear();
            second.p50_ns = self.latencies.value_at_quantile(0.5).min(second.max_ns);
            second.p99_ns = self.latencies.value_at_quantile(0.99).min(second.max_ns);
            let max_ns = second.max_ns;
            if self.before <= self.index as u64 {
                self.sum_up(max_ns);
            }
            self.latencies.reset();
        }
    }

    /// The second that ended last, and all until then, for a live view.
    pub(crate) fn last_whole(&self) -> Option<(usize, Second, SoFar)> {
        let index = self.index.checked_sub(1)?;
        Some((index, self.seconds[index], self.so_far))
    }

    /// Adds the second that ends to what is said of all, some microseconds once a second.
    fn sum_up(&mut self, max_ns: u64) {
        for value in self.latencies.iter_recorded() {
            let (nanos, count) = (value.value_iterated_to(), value.count_at_value());
            self.all.saturating_record_n(nanos, count);
        }
        let max_ns = self.so_far.max_ns.max(max_ns);
        let quantile = |share| self.all.value_at_quantile(share).min(max_ns);
        self.so_far = SoFar { p50_ns: quantile(0.5), p99_ns: quantile(0.99), max_ns };
    }

    /// Up to the last second in which anything happened; with each its number, 0 the first of
    /// measuring.
    pub(crate) fn finish(&mut self) -> Vec<(i64, Second)> {
        self.close(0);
        let used = self
            .seconds
            .iter()
            .rposition(|second| *second != Second::default())
            .map_or(0, |last| last + 1);
        let before = self.before as i64;
        (0..).map(|index: i64| index - before).zip(self.seconds[..used].iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    /// Two seconds of warm-up, three of measuring; one answer in each, as slow as `latencies_ms` say.
    fn series(latencies_ms: [u64; 5]) -> Series {
        let mut series = Series::new(2.0, 3.0, 1.0, 1.0);
        series.start_at(10 * SECOND_NS);
        for (second, latency_ms) in (8..).zip(latencies_ms) {
            series.answered(second * SECOND_NS + 7, latency_ms * 1_000_000, 1);
        }
        series
    }

    #[test]
    fn warm_up_and_the_second_that_runs_are_not_in_what_is_said_so_far() {
        let (second, last, so_far) = series([900, 800, 10, 30, 700]).last_whole().unwrap();
        assert_eq!((second, last.max_ns), (3, 30_000_000));
        assert_eq!(so_far.max_ns, 30_000_000);
        assert!(so_far.p50_ns.abs_diff(10_000_000) < 100_000, "{so_far:?}");
    }

    #[test]
    fn a_moment_belongs_to_the_second_in_which_it_lies() {
        let mut series = series([1, 2, 3, 4, 5]);
        // Before all, after all, at a boundary, and back again.
        for at_ns in [0, 99 * SECOND_NS, 11 * SECOND_NS, 11 * SECOND_NS - 1, 10 * SECOND_NS] {
            series.at(at_ns, 0).failed += 1;
        }
        let failed: Vec<(i64, u64)> =
            series.finish().iter().map(|(number, second)| (*number, second.failed)).collect();
        assert_eq!(failed, [(-2, 1), (-1, 0), (0, 2), (1, 1), (2, 0), (3, 0), (4, 0), (5, 1)]);
    }
}
