//! What connects a run to whoever started it: stop, phases, and how it goes.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use bakeoff_load::{Phase, Snapshot, SoFar};

/// What connects a run to whoever started it. Share it between the thread that runs and the one
/// that watches.
#[derive(Debug, Default)]
pub struct Control {
    stop: AtomicBool,
    phase: AtomicU8,
    live: LiveCells,
    // Touched at changes of phase only, never between.
    changed: Condvar,
    lock: Mutex<()>,
}

#[derive(Debug, Default)]
struct LiveCells {
    sent: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    in_flight: AtomicI64,
    second: AtomicU64,
    sent_last: AtomicI64,
    answered_last: AtomicI64,
    late_last: AtomicI64,
    p50_ns: AtomicU64,
    p99_ns: AtomicU64,
    max_ns: AtomicU64,
    all_p50_ns: AtomicU64,
    all_p99_ns: AtomicU64,
    all_max_ns: AtomicU64,
}

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Live {
    /// Where it is.
    pub phase: Phase,
    /// Requests of the window sent so far.
    pub sent: u64,
    /// Of those, answered rightly.
    pub answered: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Requests in flight.
    pub in_flight: u64,
    /// Number of the second that ended last, from the start of warm-up.
    pub second: u64,
    /// Requests sent in it.
    pub sent_last: u64,
    /// Right answers in it.
    pub answered_last: u64,
    /// Requests sent in it so late, and not because of the target, that it counts against the
    /// generator.
    pub late_last: u64,
    /// Median latency in it, of the first thread, in nanoseconds.
    pub p50_ns: u64,
    /// Quantile 0.99 likewise.
    pub p99_ns: u64,
    /// Largest latency likewise.
    pub max_ns: u64,
    /// Latencies of all of measuring so far, of the first thread.
    pub so_far: SoFar,
}

const PHASES: [Phase; 5] =
    [Phase::Connecting, Phase::WarmUp, Phase::Measure, Phase::Drain, Phase::Done];

impl Control {
    /// For a run that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends measuring now; what was measured so far is the outcome.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether somebody stopped it.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Where the run is.
    pub fn phase(&self) -> Phase {
        PHASES[usize::from(self.phase.load(Ordering::Acquire))]
    }

    /// Waits until the run has reached `phase` or gone past it; tells whether it has within `limit`.
    ///
    /// # Panics
    ///
    /// If the running thread panicked while it held the lock.
    pub fn wait_for(&self, phase: Phase, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut held = self.lock.lock().expect("nobody panics with the lock");
        while self.phase() < phase {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            held = self.changed.wait_timeout(held, left).expect("nobody panics with the lock").0;
        }
        true
    }

    /// How the run goes.
    pub fn live(&self) -> Live {
        let cells = &self.live;
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        let summed = |cell: &AtomicI64| cell.load(Ordering::Relaxed).max(0) as u64;
        Live {
            phase: self.phase(),
            sent: read(&cells.sent),
            answered: read(&cells.answered),
            failed: read(&cells.failed),
            in_flight: summed(&cells.in_flight),
            second: read(&cells.second),
            sent_last: summed(&cells.sent_last),
            answered_last: summed(&cells.answered_last),
            late_last: summed(&cells.late_last),
            p50_ns: read(&cells.p50_ns),
            p99_ns: read(&cells.p99_ns),
            max_ns: read(&cells.max_ns),
            so_far: SoFar {
                p50_ns: read(&cells.all_p50_ns),
                p99_ns: read(&cells.all_p99_ns),
                max_ns: read(&cells.all_max_ns),
            },
        }
    }

    /// A run begins: nothing has happened yet.
    pub(crate) fn begin(&self) {
        let cells = &self.live;
        for cell in [&cells.sent, &cells.answered, &cells.failed, &cells.second] {
            cell.store(0, Ordering::Relaxed);
        }
        let summed = [&cells.in_flight, &cells.sent_last, &cells.answered_last, &cells.late_last];
        for cell in summed {
            cell.store(0, Ordering::Relaxed);
        }
        self.enter(Phase::Connecting);
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let index = PHASES.iter().position(|known| *known == phase).unwrap_or(0);
        let _held = self.lock.lock().expect("nobody panics with the lock");
        self.phase.store(index as u8, Ordering::Release);
        self.changed.notify_all();
    }

    /// One thread tells how it goes, and what it told before.
    pub(crate) fn publish(&self, thread: u32, before: &Snapshot, now: &Snapshot) {
        let cells = &self.live;
        cells.sent.fetch_add(now.sent - before.sent, Ordering::Relaxed);
        cells.answered.fetch_add(now.answered - before.answered, Ordering::Relaxed);
        cells.failed.fetch_add(now.failed - before.failed, Ordering::Relaxed);
        for (cell, now, before) in [
            (&cells.in_flight, now.in_flight, before.in_flight),
            (&cells.sent_last, now.last.sent, before.last.sent),
            (&cells.answered_last, now.last.answered, before.last.answered),
            (&cells.late_last, now.last.late, before.last.late),
        ] {
            cell.fetch_add(now.cast_signed() - before.cast_signed(), Ordering::Relaxed);
        }
        if thread == 0 {
            let last = &now.last;
            for (cell, value) in [
                (&cells.second, now.second),
                (&cells.p50_ns, last.p50_ns),
                (&cells.p99_ns, last.p99_ns),
                (&cells.max_ns, last.max_ns),
                (&cells.all_p50_ns, now.so_far.p50_ns),
                (&cells.all_p99_ns, now.so_far.p99_ns),
                (&cells.all_max_ns, now.so_far.max_ns),
            ] {
                cell.store(value, Ordering::Relaxed);
            }
        }
    }
}
