//! One timer for all waits: a timeout given with each would have the kernel set and take back one
//! for every answer, which costs more than all we do with the answer.

use std::os::fd::OwnedFd;

use bakeoff_units::Timestamp;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// What its event says in place of a connection.
const ALARM: u64 = u64::MAX;

/// A timer among the sockets.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: OwnedFd,
    /// When it goes off; what lies in the past says nothing.
    at: Timestamp,
}

impl Alarm {
    /// Puts one among the sockets of `epoll`.
    pub(super) fn new(epoll: &OwnedFd) -> Result<Self, Errno> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // Edge-triggered: that it went off need not be read.
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(epoll, &timer, EventData::new_u64(ALARM), flags)?;
        Ok(Self { timer, at: Timestamp::ZERO })
    }

    /// Makes sure that it goes off within `wait_ns`, sooner if it was set so before.
    #[inline]
    pub(super) fn within(&mut self, now: Timestamp, wait_ns: u64) -> Result<(), Errno> {
        let latest_ns = now.as_nanos().saturating_add(wait_ns);
        if now < self.at && self.at.as_nanos() <= latest_ns {
            return Ok(());
        }
        self.at = Timestamp::from_nanos(latest_ns);
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Itimerspec { it_interval: once, it_value: timespec(wait_ns) };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &value).map(drop)
    }

    /// Whether nothing but it woke us.
    #[inline]
    pub(super) fn alone(events: &[Event]) -> bool {
        events.iter().all(Self::is_of)
    }

    /// Whether an event is its own.
    #[inline]
    pub(super) fn is_of(event: &Event) -> bool {
        // The field lies unaligned; read by value.
        let data = event.data;
        data.u64() == ALARM
    }
}

/// A span as the kernel takes it.
pub(super) const fn timespec(nanos: u64) -> Timespec {
    Timespec { tv_sec: (nanos / 1_000_000_000) as i64, tv_nsec: (nanos % 1_000_000_000) as i64 }
}
