//! What a thread of the driver can say about itself: CPU time, run-queue wait, idleness, stalls.

use std::fs::File;

use bakeoff_units::Timestamp;

use crate::clock::thread_cpu_ns;

/// What a thread of the driver can say about itself.
#[derive(Debug)]
pub(crate) struct Gauge {
    /// Kept open: opening it again would cost more than reading it.
    schedstat: Option<File>,
    measuring: bool,
    cpu_ns: u64,
    wait_ns: Option<u64>,
    began: Timestamp,
    idle_ns: u64,
    looked: Timestamp,
    pub(crate) readings: Readings,
}

/// What was seen while measuring.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Readings {
    pub(crate) cpu_ns: u64,
    pub(crate) wait_ns: Option<u64>,
    pub(crate) wall_ns: u64,
    pub(crate) idle_ns: u64,
    pub(crate) stall_ns_max: u64,
    pub(crate) kept_ns: u64,
}

/// How much later than it asked for a thread may go on before that is more than waking up or a
/// glance at the sockets takes, in nanoseconds.
const KEPT_NS: u64 = 60_000;

impl Gauge {
    /// Of the calling thread.
    pub(crate) fn new() -> Self {
        Self {
            schedstat: File::open("/proc/thread-self/schedstat").ok(),
            measuring: false,
            cpu_ns: 0,
            wait_ns: None,
            began: Timestamp::ZERO,
            idle_ns: 0,
            looked: Timestamp::ZERO,
            readings: Readings::default(),
        }
    }

    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.measuring = true;
        self.cpu_ns = thread_cpu_ns();
        self.wait_ns = self.read_wait_ns();
        self.began = now;
        self.idle_ns = 0;
        self.looked = now;
    }

    pub(crate) fn end(&mut self, now: Timestamp) {
        if !std::mem::take(&mut self.measuring) {
            return;
        }
        let wait_ns = self.read_wait_ns();
        self.readings.cpu_ns = thread_cpu_ns() - self.cpu_ns;
        self.readings.wait_ns = wait_ns.zip(self.wait_ns).map(|(end, begin)| end - begin);
        self.readings.wall_ns = now.nanos_since(self.began);
        self.readings.idle_ns = self.idle_ns;
    }

    /// The thread waited for events from `from` to `to` and had nothing to do.
    #[inline]
    pub(crate) fn idle(&mut self, from: Timestamp, to: Timestamp) {
        self.idle_ns += to.nanos_since(from);
    }

    /// The thread waited from `from` to `to` and had asked for `wait_ns` at most. Tells whether it was
    /// kept from its processor: by the host, or by another program.
    #[inline]
    pub(crate) fn is_kept(&mut self, wait_ns: u64, from: Timestamp, to: Timestamp) -> bool {
        let over_ns = to.nanos_since(from).saturating_sub(wait_ns);
        let kept = KEPT_NS < over_ns;
        if kept && self.measuring {
            self.readings.kept_ns += over_ns;
        }
        kept
    }

    /// The thread looked at its sockets at `now`; before, it had worked since it last did.
    #[inline]
    pub(crate) fn look(&mut self, before: Timestamp, after: Timestamp) {
        if self.measuring {
            let worked_ns = before.nanos_since(self.looked);
            self.readings.stall_ns_max = self.readings.stall_ns_max.max(worked_ns);
        }
        self.looked = after;
    }

    /// Second number of `schedstat`: nanoseconds ready to run without running
    /// (kernel Documentation/scheduler/sched-stats).
    fn read_wait_ns(&self) -> Option<u64> {
        let mut text = [0; 128];
        let length = rustix::io::pread(self.schedstat.as_ref()?, &mut text, 0).ok()?;
        let text = std::str::from_utf8(&text[..length]).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}
