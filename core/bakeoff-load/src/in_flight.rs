//! How many requests were in the system over time, measured apart from their latencies, so that
//! Little's law (Little 1961) can be checked rather than assumed.

/// The integral of the number in the system over a window of time.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    level: u64,
    since_ns: u64,
    from_ns: u64,
    to_ns: u64,
    area: u128,
    max: u64,
}

impl InFlight {
    /// Looks at the window from `from_ns` to `to_ns`.
    pub(crate) const fn new(from_ns: u64, to_ns: u64) -> Self {
        Self { level: 0, since_ns: 0, from_ns, to_ns, area: 0, max: 0 }
    }

    /// One came in at `at_ns`, which may lie before what was seen last, and is seen now.
    #[inline]
    pub(crate) fn enter(&mut self, at_ns: u64, now_ns: u64) {
        self.enter_many(at_ns, now_ns, 1);
    }

    /// `count` came in at once.
    pub(crate) fn enter_many(&mut self, at_ns: u64, now_ns: u64, count: u64) {
        self.advance(now_ns);
        self.area += u128::from(self.within(at_ns, now_ns)) * u128::from(count);
        self.level += count;
        self.max = self.max.max(self.level);
    }

    /// One left.
    pub(crate) fn leave(&mut self, now_ns: u64) {
        self.advance(now_ns);
        self.level -= 1;
    }

    /// Moves the end of the window to `to_ns`, which is not before what was seen last.
    pub(crate) const fn end_at(&mut self, to_ns: u64) {
        self.to_ns = to_ns;
    }

    pub(crate) fn advance(&mut self, now_ns: u64) {
        let now_ns = now_ns.max(self.since_ns);
        self.area += u128::from(self.level) * u128::from(self.within(self.since_ns, now_ns));
        self.since_ns = now_ns;
    }

    fn within(&self, from_ns: u64, to_ns: u64) -> u64 {
        to_ns.min(self.to_ns).saturating_sub(from_ns.max(self.from_ns))
    }

    /// Requests times nanoseconds.
    pub(crate) const fn area(&self) -> u128 {
        self.area
    }

    pub(crate) const fn level(&self) -> u64 {
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_only_what_lies_in_the_window() {
        let mut in_flight = InFlight::new(100, 200);
        in_flight.enter(50, 60);
        in_flight.enter(90, 150);
        in_flight.leave(180);
        in_flight.advance(300);
        assert_eq!(in_flight.area(), 80 + 100);
        assert_eq!(in_flight.level(), 1);
    }
}
