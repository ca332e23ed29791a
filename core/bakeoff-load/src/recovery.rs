//! What an overload did: answers while it lasted, and how long until latency was back.

use crate::series::Second;

/// Stretches in a row that must be as before for latency to be back: one may be luck.
const IN_A_ROW: usize = 3;

/// When what happened in a window: before, overload, after; in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overloaded {
    /// From the start of the window to the start of the overload.
    pub before: f64,
    /// How long the overload lasted.
    pub span: f64,
    /// From its end to the end of the window.
    pub within: f64,
    /// Length of a stretch of the series.
    pub every: f64,
}

/// What an overload did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recovery {
    /// Right answers per second while it lasted.
    pub goodput: f64,
    /// From its end until latency was back, in seconds, to the end of a stretch; none if it was not
    /// within the window.
    pub back: Option<f64>,
    /// What counts as back: the median latency of a stretch at most this, in seconds. It is the
    /// p99 of before: the typical request is again as fast as 99 % were.
    pub bar: f64,
}

impl Overloaded {
    /// Reads it off a series whose stretch 0 begins with the window; none if nothing was answered
    /// before the overload.
    pub fn read(&self, series: &[(i64, Second)]) -> Option<Recovery> {
        let index = |seconds: f64| (seconds / self.every).round() as i64;
        let (from, to) = (index(self.before), index(self.before + self.span));
        let end = index(self.before + self.span + self.within);
        let stretches = |from: i64, to: i64| {
            series.iter().filter(move |(number, _)| from <= *number && *number < to)
        };
        let mut usual: Vec<u64> = stretches(0, from)
            .filter(|(_, stretch)| 0 < stretch.answered)
            .map(|(_, stretch)| stretch.p99_ns)
            .collect();
        usual.sort_unstable();
        let bar_ns = *usual.get(usual.len() / 2)?;
        let answered: u64 = stretches(from, to).map(|(_, stretch)| stretch.answered).sum();
        let after: Vec<&(i64, Second)> = stretches(to, end).collect();
        let back = after.windows(IN_A_ROW).find_map(|row| {
            let as_before =
                |(_, stretch): &&(i64, Second)| 0 < stretch.answered && stretch.p50_ns <= bar_ns;
            let (first, _) = row[0];
            row.iter().all(as_before).then(|| (first - to + 1) as f64 * self.every)
        });
        Some(Recovery { goodput: answered as f64 / self.span, back, bar: bar_ns as f64 / 1e9 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Overloaded = Overloaded { before: 0.3, span: 0.2, within: 0.6, every: 0.1 };

    /// A series of stretches of 0.1 s with these medians in milliseconds; 10 answers each, the p99
    /// twice the median.
    fn series(medians_ms: &[u64]) -> Vec<(i64, Second)> {
        (0..)
            .zip(medians_ms)
            .map(|(number, ms)| {
                let p50_ns = ms * 1_000_000;
                (number, Second { answered: 10, p50_ns, p99_ns: 2 * p50_ns, ..Second::default() })
            })
            .collect()
    }

    #[test]
    fn latency_is_back_when_three_stretches_in_a_row_are_as_before() {
        let back = |medians: &[u64]| SHAPE.read(&series(medians)).unwrap().back;
        assert_eq!(back(&[1, 1, 1, 90, 90, 2, 2, 2, 1, 1, 1]), Some(0.1));
        assert_eq!(back(&[1, 1, 1, 90, 90, 80, 2, 9, 1, 1, 1]), Some(0.4));
        assert_eq!(back(&[1, 1, 1, 90, 90, 80, 60, 40, 20, 1, 1]), None);
    }

    #[test]
    fn goodput_counts_the_overload_alone() {
        let read = SHAPE.read(&series(&[1, 1, 1, 90, 90, 2, 2, 2])).unwrap();
        assert_eq!((read.goodput, read.bar), (100.0, 0.002));
    }

    #[test]
    fn without_answers_before_there_is_nothing_to_come_back_to() {
        assert_eq!(SHAPE.read(&[]), None);
    }
}
