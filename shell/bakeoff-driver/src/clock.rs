//! The one clock of a run: monotonic, in nanoseconds.

use bakeoff_units::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// The one clock of a run. Copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base_ns: u64,
}

impl Clock {
    /// A clock that starts now, at one second, so that what lies before the start can be told.
    pub fn start() -> Self {
        Self { base_ns: monotonic_ns() - 1_000_000_000 }
    }

    /// Now.
    #[inline]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_nanos(monotonic_ns() - self.base_ns)
    }
}

#[inline]
fn monotonic_ns() -> u64 {
    nanos(ClockId::Monotonic)
}

/// CPU time of the calling thread, in nanoseconds.
pub(crate) fn thread_cpu_ns() -> u64 {
    nanos(ClockId::ThreadCPUTime)
}

#[inline]
fn nanos(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
