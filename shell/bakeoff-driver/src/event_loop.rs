//! One thread: sockets, one epoll, one clock, and the engine that says what to do.

use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use bakeoff_load::{Action, Engine, Phase, Problem, ShardOutcome, Snapshot};
use bakeoff_units::Timestamp;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};
use rustix::thread::{CpuSet, sched_setaffinity, set_current_timer_slack};

use crate::clock::Clock;
use crate::control::Control;
use crate::gauge::{Gauge, Readings};
use crate::run::DriveError;
use crate::socket::{connect, connect_problem, transfer_problem};
use crate::target::Target;
use crate::tls::{Client, Session};

mod alarm;
mod secure;

use alarm::{Alarm, timespec};
use secure::Secure;

/// How long before an arrival sleeping turns into spinning, in nanoseconds: about what waking up
/// costs on a virtual machine.
const SPIN_NS: u64 = 60_000;
/// How long after the last event spinning goes on while answers are missing, in nanoseconds: waking
/// up would be counted as the candidate's time.
const SPIN_FOR_ANSWER_NS: u64 = 1_000_000;
const READ_BYTES: usize = 64 * 1024;
const EVENTS: usize = 256;
const LIVE_EVERY_NS: u64 = 100_000_000;
/// Longest wait between two looks at the control, in nanoseconds.
const LOOK_EVERY_NS: u64 = 50_000_000;
/// Waits shorter than this are timed one by one, in nanoseconds.
const ALARM_NS_MIN: u64 = 1_000_000;

/// What the threads of one run agree on before the load begins.
#[derive(Debug, Default)]
pub(crate) struct Start {
    /// Threads whose connections have all been tried.
    settled: AtomicU32,
    /// One of them has an open connection.
    any_open: AtomicBool,
    /// One of them cannot go on.
    pub(crate) abandoned: AtomicBool,
    /// Schedule zero, in nanoseconds; 0 until it is known.
    origin_ns: AtomicU64,
}

/// What a thread is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread<'a> {
    pub(crate) number: u32,
    pub(crate) threads: u32,
    pub(crate) cpu: Option<usize>,
    pub(crate) spin: bool,
    pub(crate) clock: Clock,
    pub(crate) target: &'a Target,
    pub(crate) control: &'a Control,
    pub(crate) start: &'a Start,
    /// None without TLS.
    pub(crate) tls: Option<&'a Client>,
}

/// One thread of the driver.
struct EventLoop<'a> {
    thread: Thread<'a>,
    engine: Engine<'a>,
    epoll: OwnedFd,
    alarm: Alarm,
    sockets: Vec<Socket>,
    buffer: Box<[u8]>,
    /// None without TLS.
    tls: Option<Secure>,
    gauge: Gauge,
    phase: Phase,
    settled: bool,
    told: Snapshot,
    told_ns: u64,
    last_event: Timestamp,
}

#[derive(Default)]
struct Socket {
    fd: Option<OwnedFd>,
    session: Option<Box<Session>>,
    /// Events of a socket that is gone bear an older number.
    generation: u32,
    connecting: bool,
}

/// Drives `engine` to its end. Called on a thread of its own.
pub(crate) fn drive(
    thread: Thread<'_>,
    engine: Engine<'_>,
) -> Result<(ShardOutcome, Readings), DriveError> {
    let mut event_loop = EventLoop::new(thread, engine)?;
    let ended = event_loop.run()?;
    Ok((event_loop.engine.finish(ended), event_loop.gauge.readings))
}

impl<'a> EventLoop<'a> {
    fn new(thread: Thread<'a>, engine: Engine<'a>) -> Result<Self, DriveError> {
        if let Some(cpu) = thread.cpu {
            let mut cpus = CpuSet::new();
            cpus.set(cpu);
            sched_setaffinity(None, &cpus)
                .map_err(|errno| DriveError::Pin { cpu, source: errno.into() })?;
        }
        // Timers of ordinary threads may come 50 us late; a refusal costs accuracy, not truth.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        let epoll = epoll::create(CreateFlags::CLOEXEC)
            .map_err(|errno| DriveError::Epoll { source: errno.into() })?;
        let alarm =
            Alarm::new(&epoll).map_err(|errno| DriveError::Epoll { source: errno.into() })?;
        let sockets = (0..engine.connections()).map(|_| Socket::default()).collect();
        Ok(Self {
            engine,
            epoll,
            alarm,
            sockets,
            buffer: vec![0; READ_BYTES].into(),
            tls: thread.tls.map(|client| Secure::new(client.sessions())),
            gauge: Gauge::new(),
            phase: Phase::Connecting,
            settled: false,
            told: Snapshot::default(),
            told_ns: 0,
            last_event: Timestamp::ZERO,
            thread,
        })
    }

    fn run(&mut self) -> Result<Timestamp, DriveError> {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            let now = self.thread.clock.now();
            self.act(now);
            self.follow(now)?;
            if self.phase == Phase::Done {
                self.tell(now);
                return Ok(now);
            }
            events.clear();
            let wait_ns = self.wait_ns(now);
            match self.wait(now, wait_ns, &mut events) {
                Ok(()) | Err(Errno::INTR) => {}
                Err(errno) => return Err(DriveError::Epoll { source: errno.into() }),
            }
            let ready = self.thread.clock.now();
            self.gauge.look(now, ready);
            if self.gauge.is_kept(wait_ns, now, ready) {
                self.engine.handle_kept(ready);
            }
            if Alarm::alone(&events) {
                self.gauge.idle(now, ready);
            } else {
                self.last_event = ready;
            }
            for event in &events {
                self.handle(*event, ready);
            }
        }
    }

    /// Waits for events, at most `wait_ns`.
    #[inline]
    fn wait(&mut self, now: Timestamp, wait_ns: u64, events: &mut Vec<Event>) -> Result<(), Errno> {
        // Arrivals of an open loop are worth a timer each.
        let timeout = if ALARM_NS_MIN <= wait_ns && self.engine.is_closed_loop() {
            self.alarm.within(now, wait_ns)?;
            None
        } else {
            Some(timespec(wait_ns))
        };
        let room = rustix::buffer::spare_capacity(events);
        epoll::wait(&self.epoll, room, timeout.as_ref()).map(drop)
    }

    /// How long nothing has to be done, in nanoseconds; 0 to come straight back.
    fn wait_ns(&self, now: Timestamp) -> u64 {
        let wake = self.engine.poll_timeout(now);
        let other_ns = wake.other.nanos_since(now).min(LOOK_EVERY_NS);
        let arrival_ns = wake.arrival.map_or(u64::MAX, |arrival| arrival.nanos_since(now));
        if !self.thread.spin {
            return other_ns.min(arrival_ns);
        }
        let awaited =
            self.engine.in_flight() > 0 && now.nanos_since(self.last_event) < SPIN_FOR_ANSWER_NS;
        // A closed loop is after throughput: it sleeps until there is something to read.
        if awaited && !self.engine.is_closed_loop() {
            return 0;
        }
        other_ns.min(arrival_ns.saturating_sub(SPIN_NS))
    }

    /// Does all that is due.
    #[inline]
    fn act(&mut self, now: Timestamp) {
        while let Some(action) = self.engine.poll(now) {
            match action {
                Action::Send(connection) => self.flush(connection),
                Action::Connect(connection) => self.connect(connection),
                Action::Close(connection) => self.end(connection),
            }
        }
    }

    /// Closes a connection with what is to be said before.
    fn end(&mut self, connection: u32) {
        let parting = self.engine.parting(connection);
        let socket = &mut self.sockets[connection as usize];
        if let (Some(fd), Some(word)) = (&socket.fd, parting) {
            // What does not go out at once does not go out: the peer may have stopped reading.
            let _ = match &mut socket.session {
                Some(session) => session.say(fd, &word),
                None => send(fd, &word, SendFlags::NOSIGNAL).is_ok(),
            };
        }
        socket.end();
    }

    fn connect(&mut self, connection: u32) {
        let now = self.thread.clock.now();
        let socket = &mut self.sockets[connection as usize];
        socket.close();
        self.engine.handle_connecting(connection, now);
        let outcome = connect(self.thread.target).and_then(|begun| {
            let data = u64::from(socket.generation) << 32 | u64::from(connection);
            // Registered once, edge-triggered: no call but read and write from here on.
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            epoll::add(&self.epoll, &begun.socket, EventData::new_u64(data), flags)
                .map_err(connect_problem)?;
            Ok(begun)
        });
        match outcome {
            Ok(begun) => {
                socket.fd = Some(begun.socket);
                socket.connecting = !begun.connected;
                if begun.connected {
                    self.opened(connection, self.thread.clock.now());
                }
            }
            Err(problem) => self.engine.handle_connect_failed(connection, problem, now),
        }
    }

    /// Writes what the engine has for a connection, as far as the socket takes it.
    #[inline]
    fn flush(&mut self, connection: u32) {
        if self.tls.is_some() {
            self.flush_secure(connection);
            return;
        }
        let Some(fd) = &self.sockets[connection as usize].fd else { return };
        loop {
            let bytes = self.engine.outgoing(connection);
            if bytes.is_empty() {
                return;
            }
            match send(fd, bytes, SendFlags::NOSIGNAL) {
                Ok(written) => {
                    if !self.engine.handle_sent(connection, written) {
                        return;
                    }
                }
                Err(Errno::INTR) => {}
                // What is left goes out when the socket says that it takes more. A reset shows
                // again when reading, after what the peer may have answered before.
                Err(_) => return,
            }
        }
    }

    #[inline]
    fn handle(&mut self, event: Event, ready: Timestamp) {
        if Alarm::is_of(&event) {
            return;
        }
        let data = event.data.u64();
        let connection = data as u32;
        let socket = &mut self.sockets[connection as usize];
        if socket.generation != (data >> 32) as u32 {
            return;
        }
        let flags = event.flags;
        if socket.connecting && !self.connected(connection) {
            return;
        }
        let gone = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        if flags.intersects(EventFlags::IN | gone) {
            if self.tls.is_none() {
                self.read(connection, flags.intersects(gone), ready);
            } else {
                self.read_secure(connection, flags.intersects(gone), ready);
            }
        }
        if flags.contains(EventFlags::OUT) && self.is_writing(connection) {
            self.flush(connection);
        }
    }

    /// The attempt to connect has ended; tells whether well.
    fn connected(&mut self, connection: u32) -> bool {
        let socket = &mut self.sockets[connection as usize];
        let Some(fd) = &socket.fd else { return false };
        let error = sockopt::socket_error(fd).and_then(|error| error);
        socket.connecting = false;
        let now = self.thread.clock.now();
        match error {
            Ok(()) => self.opened(connection, now),
            Err(errno) => {
                socket.close();
                self.engine.handle_connect_failed(connection, connect_problem(errno), now);
            }
        }
        self.act(now);
        error.is_ok()
    }

    /// Reads until there is no more, and sends what becomes due.
    #[inline]
    fn read(&mut self, connection: u32, gone: bool, ready: Timestamp) {
        let generation = self.sockets[connection as usize].generation;
        loop {
            let socket = &self.sockets[connection as usize];
            let Some(fd) = &socket.fd else { return };
            if socket.generation != generation {
                return;
            }
            // Not `read`, which passes through the layer of files first.
            let outcome = recv(fd, &mut *self.buffer, RecvFlags::empty());
            let now = self.thread.clock.now();
            let mut more = gone;
            match outcome {
                Ok((0, _)) => {
                    self.engine.handle_ended(connection, None, now);
                    more = false;
                }
                Ok((length, _)) => {
                    let data = &self.buffer[..length];
                    self.engine.handle_received(connection, data, now, ready);
                    // Less than asked for: the socket is empty, and more will be a new edge.
                    more |= length == READ_BYTES;
                }
                Err(Errno::INTR) => more = true,
                Err(Errno::AGAIN) => return,
                Err(errno) => {
                    self.engine.handle_ended(connection, Some(transfer_problem(errno)), now);
                    more = false;
                }
            }
            self.act(now);
            if !more {
                return;
            }
        }
    }

    /// Follows the engine from phase to phase, and the control.
    fn follow(&mut self, now: Timestamp) -> Result<(), DriveError> {
        if self.phase == Phase::Connecting {
            return self.begin(now);
        }
        if self.thread.control.is_stopped() {
            self.engine.stop(now);
        }
        let phase = self.engine.phase(now);
        if phase != self.phase {
            if phase == Phase::Measure {
                self.gauge.begin(now);
            } else if Phase::Measure < phase {
                self.gauge.end(now);
            }
            self.phase = phase;
            if self.thread.number == 0 {
                self.thread.control.enter(phase);
            }
        }
        if LIVE_EVERY_NS < now.as_nanos() - self.told_ns {
            self.tell(now);
        }
        Ok(())
    }

    /// Waits until the connections of all threads have been tried, then begins together with them.
    fn begin(&mut self, now: Timestamp) -> Result<(), DriveError> {
        let start = self.thread.start;
        if start.abandoned.load(Ordering::Relaxed) || self.thread.control.is_stopped() {
            return Err(DriveError::Stopped);
        }
        if !self.settled && self.engine.is_settled() {
            self.settled = true;
            start.any_open.fetch_or(self.engine.is_any_open(), Ordering::Relaxed);
            start.settled.fetch_add(1, Ordering::AcqRel);
        }
        if start.settled.load(Ordering::Acquire) < self.thread.threads {
            return Ok(());
        }
        if !start.any_open.load(Ordering::Relaxed) {
            let failed = (Problem::ConnectFailed, String::new());
            let (problem, example) = self.engine.connect_problem().unwrap_or(failed);
            let target = self.thread.target.to_string();
            return Err(DriveError::NoConnection { target, problem, example });
        }
        let proposed = now.as_nanos() + 1_000_000;
        let origin_ns = start
            .origin_ns
            .compare_exchange(0, proposed, Ordering::AcqRel, Ordering::Acquire)
            .map_or_else(|agreed| agreed, |_| proposed);
        self.engine.start(Timestamp::from_nanos(origin_ns));
        self.phase = Phase::WarmUp;
        if self.thread.number == 0 {
            self.thread.control.enter(Phase::WarmUp);
        }
        Ok(())
    }

    fn tell(&mut self, now: Timestamp) {
        let snapshot = self.engine.snapshot();
        self.thread.control.publish(self.thread.number, &self.told, &snapshot);
        self.told = snapshot;
        self.told_ns = now.as_nanos();
    }
}

impl Socket {
    /// Closes with the word that TLS wants said.
    fn end(&mut self) {
        if let (Some(fd), Some(session)) = (&self.fd, &mut self.session) {
            session.farewell(fd);
        }
        self.close();
    }

    fn close(&mut self) {
        self.fd = None;
        self.session = None;
        self.connecting = false;
        self.generation = self.generation.wrapping_add(1);
    }
}
