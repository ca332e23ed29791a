//! How a run is stopped from outside: signals, and a budget of time.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals as SignalQueue;

/// How a run is stopped from outside.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Stop looking for trials to do after this much time of this process; what is planned and
    /// undone stays undone.
    pub budget: Option<Duration>,
    /// Signals received.
    pub signals: Signals,
}

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Ctrl-C.
    Interrupt,
    /// A polite request to end.
    Terminate,
    /// The terminal went away.
    HangUp,
}

impl Ending {
    /// The signal's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        }
    }

    /// The exit code: 128 and the signal's number (`docs/exit-codes.md`).
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::HangUp => 129,
        }
    }

    fn of(signal: i32) -> Option<Self> {
        match signal {
            SIGINT => Some(Self::Interrupt),
            SIGTERM => Some(Self::Terminate),
            SIGHUP => Some(Self::HangUp),
            _ => None,
        }
    }
}

/// Signals received so far. Clones share what they know.
///
/// The first Ctrl-C lets the trial at hand end; the second, SIGTERM and SIGHUP cut it short.
/// Ctrl-Z stops the candidate as well and makes the trial void.
#[derive(Clone, Debug, Default)]
pub struct Signals(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Number of the last ending signal, 0 if there was none.
    ending: AtomicI32,
    endings_total: AtomicU32,
    stops_total: AtomicU32,
    cut_short: AtomicBool,
    /// Process groups that are stopped and continued with us.
    groups: Mutex<BTreeSet<i32>>,
}

impl State {
    fn groups(&self) -> MutexGuard<'_, BTreeSet<i32>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process group that is stopped and continued with us, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Guarded {
    state: Arc<State>,
    group: i32,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.state.groups().remove(&self.group);
    }
}

impl Signals {
    /// Starts to listen for SIGINT, SIGTERM, SIGHUP and SIGTSTP, once in the life of a process.
    ///
    /// # Errors
    ///
    /// If the handlers or their thread cannot be set up.
    pub fn install() -> io::Result<Self> {
        let signals = Self::default();
        let heard = signals.clone();
        let mut queue = SignalQueue::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP])?;
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in queue.forever() {
                heard.receive(signal);
            }
        })?;
        Ok(signals)
    }

    /// Counts `signal` as received; for SIGTSTP, stops the candidate and this process with it and
    /// returns once both go on.
    pub fn receive(&self, signal: i32) {
        if signal == SIGTSTP {
            self.0.stops_total.fetch_add(1, Ordering::SeqCst);
            self.signal_groups(Signal::STOP);
            // SIGSTOP cannot be caught, so it stops us whatever handlers stand. Sent to this very
            // thread: of one that is sent to the process another thread may be told first, and
            // this one would wake the candidate before it stops itself.
            let _ = signal_hook::low_level::raise(SIGSTOP);
            self.signal_groups(Signal::CONT);
            return;
        }
        let before = self.0.endings_total.fetch_add(1, Ordering::SeqCst);
        self.0.ending.store(signal, Ordering::SeqCst);
        if 0 < before || signal != SIGINT {
            self.0.cut_short.store(true, Ordering::SeqCst);
        }
    }

    /// The signal that ends the run, if one came.
    pub fn ending(&self) -> Option<Ending> {
        Ending::of(self.0.ending.load(Ordering::SeqCst))
    }

    /// Whether the trial at hand is to be given up.
    pub fn cut_short(&self) -> bool {
        self.0.cut_short.load(Ordering::SeqCst)
    }

    /// How often this process was stopped and went on (Ctrl-Z, `fg`).
    pub fn stops(&self) -> u32 {
        self.0.stops_total.load(Ordering::SeqCst)
    }

    /// Stops and continues `group` with us as long as what is given back lives.
    pub fn guard(&self, group: Pid) -> Guarded {
        let group = group.as_raw_pid();
        self.0.groups().insert(group);
        Guarded { state: Arc::clone(&self.0), group }
    }

    fn signal_groups(&self, signal: Signal) {
        for group in self.0.groups().iter().filter_map(|group| Pid::from_raw(*group)) {
            let _ = kill_process_group(group, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_groups_each_is_guarded_as_long_as_it_lives() {
        let signals = Signals::default();
        let known = || signals.0.groups().iter().copied().collect::<Vec<_>>();
        let group = |number| Pid::from_raw(number).unwrap();
        let upstream = signals.guard(group(11));
        let candidate = signals.clone().guard(group(12));
        assert_eq!(known(), [11, 12]);
        drop(candidate);
        assert_eq!(known(), [11]);
        drop(upstream);
        assert!(known().is_empty());
    }

    /// Receives the signals and says what is known afterwards.
    fn after(received: &[i32]) -> String {
        let signals = Signals::default();
        for signal in received {
            signals.receive(*signal);
        }
        match signals.ending() {
            None => "goes on".to_owned(),
            Some(ending) => {
                let when = if signals.cut_short() { "now" } else { "after the trial" };
                format!("{} ends it {when}, exit {}", ending.name(), ending.exit_code())
            }
        }
    }

    #[test]
    fn the_first_ctrl_c_lets_the_trial_end_and_anything_more_does_not() {
        assert_eq!(after(&[]), "goes on");
        assert_eq!(after(&[SIGINT]), "SIGINT ends it after the trial, exit 130");
        assert_eq!(after(&[SIGINT, SIGINT]), "SIGINT ends it now, exit 130");
        assert_eq!(after(&[SIGTERM]), "SIGTERM ends it now, exit 143");
        assert_eq!(after(&[SIGHUP]), "SIGHUP ends it now, exit 129");
        assert_eq!(after(&[SIGINT, SIGTERM]), "SIGTERM ends it now, exit 143");
    }
}
