//! The load engine of one thread: told the time, fed bytes, asked what is due. It does no I/O.
//!
//! A driver carries out the actions of [`Engine::poll`] and reports what happened with `handle_*`;
//! [`Engine::poll_timeout`] says when to come back. One schedule, any free connection: a slow
//! answer delays no arrival that another connection can take.

use std::collections::VecDeque;

use bakeoff_units::Timestamp;

use crate::arrivals::Arrivals;
use crate::connection::{Connection, Flying, Life};
use crate::http2::link::Link;
use crate::http2::receiving::Session;
use crate::notes::Notes;
use crate::outcome::ShardOutcome;
use crate::plan::{LoadPlan, PlanError};
use crate::problem::Problem;
use crate::reader::Shared;
use crate::recorder::Recorder;
use crate::rendered::Prepared;
use crate::schedule::Schedule;
use crate::series::{Second, SoFar};

/// Connections being made at the same time at most: a burst would overflow the candidate's accept
/// queue, and a lost SYN costs a second.
const CONNECTING_MAX: usize = 64;
const MILLI_NS: u64 = 1_000_000;

/// What the driver has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connect this one, then [`Engine::handle_connected`] or [`Engine::handle_connect_failed`].
    Connect(u32),
    /// Write [`Engine::outgoing`] and tell [`Engine::handle_sent`].
    Send(u32),
    /// Close this one; nothing of it is to be reported any more.
    Close(u32),
}

/// Where a run of the plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connections are being made.
    Connecting,
    /// Load that does not count.
    WarmUp,
    /// Load that counts.
    Measure,
    /// No new arrivals; missing answers are waited for.
    Drain,
    /// Nothing more to do.
    Done,
}

/// When the engine has something to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The next arrival that could be sent at once: worth being on time for.
    pub arrival: Option<Timestamp>,
    /// Anything else.
    pub other: Timestamp,
}

/// How it goes, for a live view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Requests due in the window and sent so far.
    pub sent: u64,
    /// Of those, answered rightly.
    pub answered: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Requests in flight now.
    pub in_flight: u64,
    /// Number of the second that ended last, since warm-up began.
    pub second: u64,
    /// That second.
    pub last: Second,
    /// All of measuring until it ended.
    pub so_far: SoFar,
}

/// The load engine of one thread.
#[derive(Debug)]
pub struct Engine<'p> {
    pub(crate) prepared: &'p Prepared,
    pub(crate) connections: Vec<Connection>,
    /// Over HTTP/2, one for each connection; else empty.
    pub(crate) sessions: Vec<Session>,
    /// Over HTTP/1.1, requests in flight: `depth` places for each connection.
    pub(crate) flying: Vec<Flying>,
    pub(crate) depth: usize,
    pub(crate) shared: Shared,
    pub(crate) recorder: Recorder,
    pub(crate) schedule: Schedule,
    pub(crate) shard: u32,
    pub(crate) shards: u32,
    /// Arrivals taken in a closed loop.
    pub(crate) closed_taken: u64,
    pub(crate) closed_think_ns: Option<u64>,
    /// Connections that can take a request, the one free for longest first.
    pub(crate) free: VecDeque<u32>,
    pub(crate) todo: VecDeque<Action>,
    /// Next connection that was never tried.
    untried: usize,
    pub(crate) connecting: usize,
    settled: usize,
    /// Schedule zero; none while connecting.
    origin_ns: Option<u64>,
    pub(crate) arrivals_end_ns: u64,
    /// Requests of the window that may still be sent.
    pub(crate) left: u64,
    pub(crate) ends_early: bool,
    pub(crate) next_scan_ns: u64,
    pub(crate) scan_every_ns: u64,
    pub(crate) scratch: Vec<u8>,
    /// Header block and body of a request that is rendered when it is sent (HTTP/2).
    pub(crate) scratches: [Vec<u8>; 2],
    pub(crate) outgoing_bytes: usize,
    /// What each connection's user remembers; empty if nobody has to.
    pub(crate) notes: Vec<Notes>,
}

impl<'p> Engine<'p> {
    /// The engine of shard number `shard` (from 0) of `shards`.
    ///
    /// # Errors
    ///
    /// [`PlanError::Threads`] if there is no connection for it.
    pub fn new(prepared: &'p Prepared, shard: u32, shards: u32) -> Result<Self, PlanError> {
        let plan = prepared.plan();
        let all = plan.connections.get();
        if all < shards {
            return Err(PlanError::Threads { connections: all, threads: shards });
        }
        let count = (all / shards + u32::from(shard < all % shards)) as usize;
        let depth = plan.depth();
        let http2 = plan.is_http2();
        let (in_flight, places) = (count * depth, if http2 { 0 } else { count * depth });
        let head_bytes = if http2 { prepared.head_bytes_max() } else { 0 };
        let session = |_| Session::new(Link::new(depth as u16, head_bytes));
        let request_bytes = prepared.request_bytes_max().max(256);
        let scratch = || Vec::with_capacity(if http2 { request_bytes } else { 0 });
        let (hash, bodies) = prepared.dear_checks();
        let mut todo = VecDeque::with_capacity(4 * count + CONNECTING_MAX);
        let untried = count.min(CONNECTING_MAX);
        todo.extend((0..untried as u32).map(Action::Connect));
        let share = |total: u64| {
            total / u64::from(shards) + u64::from(u64::from(shard) < total % u64::from(shards))
        };
        let users = if prepared.needs_notes() { count } else { 0 };
        let notes = (0..users).map(|_| prepared.notes()).collect();
        let shortest_ns = plan.deadlines.shortest().as_nanos() as u64;
        Ok(Self {
            prepared,
            connections: (0..count).map(|_| Connection::new()).collect(),
            sessions: (0..if http2 { count } else { 0 }).map(session).collect(),
            flying: vec![Flying::NONE; places],
            depth,
            shared: Shared::new(in_flight, plan.body_bytes_max, (hash, bodies), http2),
            recorder: Recorder::new(plan, prepared.requests()),
            schedule: Schedule::new(&plan.arrivals, plan.seed, shard, shards),
            shard,
            shards,
            closed_taken: 0,
            closed_think_ns: match plan.arrivals {
                Arrivals::Closed { think } => Some(think.as_nanos() as u64),
                Arrivals::Open { .. } | Arrivals::Recorded { .. } => None,
            },
            free: VecDeque::with_capacity(if http2 { count + in_flight } else { 2 * count }),
            todo,
            untried,
            connecting: untried,
            settled: 0,
            origin_ns: None,
            arrivals_end_ns: 0,
            left: plan.requests_max.map_or(u64::MAX, share),
            ends_early: false,
            next_scan_ns: 0,
            scan_every_ns: (shortest_ns / 20).clamp(MILLI_NS, 100 * MILLI_NS),
            scratch: Vec::with_capacity(if http2 { 2048 } else { depth * request_bytes }),
            scratches: [scratch(), scratch()],
            outgoing_bytes: 0,
            notes,
        })
    }

    pub(crate) const fn plan(&self) -> &'p LoadPlan {
        self.prepared.plan()
    }

    /// Number of connections.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Whether requests wait for answers before they fall due.
    pub const fn is_closed_loop(&self) -> bool {
        self.closed_think_ns.is_some()
    }

    /// Whether every connection was tried once.
    pub fn is_settled(&self) -> bool {
        self.settled == self.connections.len()
    }

    /// Whether any connection is open.
    pub fn is_any_open(&self) -> bool {
        self.connections.iter().any(|connection| connection.life == Life::Open)
    }

    /// Begins with the load: schedule zero is `origin`.
    pub fn start(&mut self, origin: Timestamp) {
        let plan = self.plan();
        let from = origin + plan.warm_up;
        let to = from + plan.measure;
        self.origin_ns = Some(origin.as_nanos());
        self.arrivals_end_ns = to.as_nanos();
        self.recorder.start(from.as_nanos(), to.as_nanos());
        for connection in &mut self.connections {
            connection.free_ns = origin.as_nanos();
        }
        for session in &mut self.sessions {
            session.link.free_ns.iter_mut().for_each(|free_ns| *free_ns = origin.as_nanos());
        }
        if self.left == 0 {
            self.stop(from);
        }
    }

    /// Takes no more arrivals: measuring ends now if it has not ended, and draining begins.
    pub fn stop(&mut self, now: Timestamp) {
        let now_ns = now.as_nanos();
        self.arrivals_end_ns = self.arrivals_end_ns.min(now_ns);
        if now_ns < self.recorder.window.to_ns {
            self.end_window(now_ns);
        }
    }

    /// Where the run is at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        let now_ns = now.as_nanos();
        if self.origin_ns.is_none() {
            Phase::Connecting
        } else if now_ns < self.recorder.window.from_ns {
            Phase::WarmUp
        } else if now_ns < self.recorder.window.to_ns {
            Phase::Measure
        } else if self.is_drained(now_ns) {
            Phase::Done
        } else {
            Phase::Drain
        }
    }

    fn is_drained(&self, now_ns: u64) -> bool {
        let waiting = self.next_due_ns() < self.arrivals_end_ns && self.closed_think_ns.is_none();
        self.recorder.in_flight.level() == 0 && !waiting || self.drain_end_ns() <= now_ns
    }

    fn drain_end_ns(&self) -> u64 {
        self.recorder.window.to_ns.saturating_add(self.plan().drain.as_nanos() as u64)
    }

    /// When the next arrival is due that could be sent at once, or `u64::MAX`.
    pub(crate) fn next_due_ns(&self) -> u64 {
        let Some(origin_ns) = self.origin_ns else { return u64::MAX };
        match self.closed_think_ns {
            None => self.schedule.due_ns().saturating_add(origin_ns),
            Some(think_ns) => {
                self.free.front().map_or(u64::MAX, |&front| self.free_since_ns(front) + think_ns)
            }
        }
    }

    /// When [`Engine::poll`] has something to do next if nothing happens before.
    pub fn poll_timeout(&self, now: Timestamp) -> Wake {
        let now_ns = now.as_nanos();
        let window = self.recorder.window;
        let next = self.next_due_ns();
        let can_send = self.left != 0 && !self.free.is_empty() && next < self.arrivals_end_ns;
        let arrival = can_send.then_some(next);
        let boundaries = [window.from_ns, window.to_ns].into_iter().filter(|&at| now_ns < at);
        let other = boundaries.fold(self.next_scan_ns, u64::min);
        Wake { arrival: arrival.map(Timestamp::from_nanos), other: Timestamp::from_nanos(other) }
    }

    /// The thread was kept from its processor until `now`, though nothing was to keep it: it polled
    /// without waiting, or was to wake up earlier. What became late by that is the host's doing.
    pub fn handle_kept(&mut self, now: Timestamp) {
        self.recorder.kept_until(now.as_nanos());
    }

    /// The next thing to do at `now`. Call until there is none.
    #[inline]
    pub fn poll(&mut self, now: Timestamp) -> Option<Action> {
        let now_ns = now.as_nanos();
        if let Some(action) = self.todo.pop_front() {
            return Some(action);
        }
        if self.next_scan_ns <= now_ns {
            self.scan(now_ns);
            if let Some(action) = self.todo.pop_front() {
                return Some(action);
            }
        }
        // Connections that were lost while free are still in the ring.
        while let Some(&front) = self.free.front()
            && self.is_spent(front)
        {
            self.take_free();
        }
        let due_ns = self.next_due_ns();
        if now_ns < due_ns || self.arrivals_end_ns <= due_ns || self.left == 0 {
            return None;
        }
        let taken = self.take_free()?;
        self.take(taken, due_ns, now_ns);
        Some(Action::Send(taken))
    }

    /// Requests in flight.
    pub const fn in_flight(&self) -> u64 {
        self.recorder.in_flight.level()
    }

    /// The first kind of failure to connect that occurred, if any did, with its example.
    pub fn connect_problem(&self) -> Option<(Problem, String)> {
        let mut occurred = self.recorder.other_problems.occurred();
        occurred.next().map(|(problem, _, example)| (problem, example))
    }

    /// A connection is made, and its TLS handshake begins; [`Engine::handle_connected`] or
    /// [`Engine::handle_connect_failed`] follows.
    pub fn handle_securing(&mut self, connection: u32, now: Timestamp) {
        let state = &mut self.connections[connection as usize];
        let Life::Connecting { since_ns } = state.life else { return };
        state.life = Life::Securing { since_ns: now.as_nanos() };
        self.recorder.connect.record(now.as_nanos() - since_ns);
    }

    /// The TLS handshake that is about to end took up an earlier session.
    pub fn handle_resumed(&mut self) {
        self.recorder.counters.tls_resumed += 1;
    }

    /// A connection can carry requests: it is made, and with TLS the handshake is done.
    pub fn handle_connected(&mut self, connection: u32, now: Timestamp) {
        let index = connection as usize;
        let now_ns = now.as_nanos();
        let state = &mut self.connections[index];
        match state.life {
            Life::Connecting { since_ns } => self.recorder.connect.record(now_ns - since_ns),
            Life::Securing { since_ns } => self.recorder.tls.record(now_ns - since_ns),
            Life::Down { .. } | Life::Greeting { .. } | Life::Open => return,
        }
        if self.sessions.is_empty() {
            self.becomes_open(index, now_ns);
        } else {
            self.greet(index, now_ns);
        }
    }

    /// A connection can carry requests.
    pub(crate) fn becomes_open(&mut self, index: usize, now_ns: u64) {
        let state = &mut self.connections[index];
        state.life = Life::Open;
        state.failures = 0;
        state.answers = 0;
        state.free_ns = now_ns;
        state.reader.reset(&mut self.shared);
        self.recorder.counters.connected += 1;
        self.settle(index);
        match self.connections[index].pending.take() {
            Some((next, due_ns)) => self.go_on(index, next, due_ns, now_ns),
            None if self.sessions.is_empty() => self.offer(index),
            None => self.offer_streams(index, now_ns),
        }
    }

    /// A connection could not be made.
    pub fn handle_connect_failed(&mut self, connection: u32, problem: Problem, now: Timestamp) {
        self.handle_securing_failed(connection, problem, "", now);
    }

    /// A connection could not be made, or its TLS handshake failed; `example` tells people more.
    pub fn handle_securing_failed(
        &mut self,
        connection: u32,
        problem: Problem,
        example: &str,
        now: Timestamp,
    ) {
        let state = &mut self.connections[connection as usize];
        match state.life {
            Life::Connecting { .. } | Life::Securing { .. } | Life::Greeting { .. } => {}
            Life::Down { .. } | Life::Open => return,
        }
        // Twice as patient after every failure, up to a second.
        let pause_ns = (MILLI_NS << state.failures.min(10)).min(1000 * MILLI_NS);
        state.failures = state.failures.saturating_add(1);
        state.life = Life::Down { retry_ns: now.as_nanos() + pause_ns };
        self.recorder.other_problems.count(problem, example.as_bytes());
        self.settle(connection as usize);
    }

    fn settle(&mut self, index: usize) {
        self.connecting -= 1;
        self.settled += usize::from(!self.connections[index].settled);
        self.connections[index].settled = true;
        if self.untried < self.connections.len() && self.connecting < CONNECTING_MAX {
            self.todo.push_back(Action::Connect(self.untried as u32));
            self.untried += 1;
            self.connecting += 1;
        }
    }

    /// The driver begins to carry out [`Action::Connect`].
    pub fn handle_connecting(&mut self, connection: u32, now: Timestamp) {
        self.connections[connection as usize].life = Life::Connecting { since_ns: now.as_nanos() };
    }

    pub(crate) fn end_if_early(&mut self, now_ns: u64) {
        if self.ends_early
            && self.recorder.in_flight.level() == 0
            && now_ns < self.recorder.window.to_ns
        {
            self.end_window(now_ns + 1);
        }
    }

    pub(crate) fn end_window(&mut self, to_ns: u64) {
        self.recorder.end_at(to_ns);
    }

    /// How it goes.
    pub fn snapshot(&self) -> Snapshot {
        let counters = &self.recorder.counters;
        let (second, last, so_far) = self.recorder.series.last_whole().unwrap_or_default();
        Snapshot {
            sent: counters.sent,
            answered: counters.answered,
            failed: counters.failed,
            in_flight: self.recorder.in_flight.level(),
            second: second as u64,
            last,
            so_far,
        }
    }

    /// Ends the run and gives what was written down.
    pub fn finish(mut self, now: Timestamp) -> ShardOutcome {
        let now_ns = now.as_nanos();
        if now_ns < self.recorder.window.to_ns && self.origin_ns.is_some() {
            self.end_window(now_ns);
        }
        self.recorder.in_flight.advance(now_ns);
        for (index, state) in self.connections.iter().enumerate() {
            for stream in self.sessions.get(index).iter().flat_map(|session| &session.link.streams)
            {
                if stream.id != 0 {
                    self.recorder.unanswered(&stream.flying.stamps);
                }
            }
            let in_order = if self.sessions.is_empty() { state.flying } else { 0 };
            for offset in 0..in_order {
                let place = state.place(offset, self.depth);
                self.recorder.unanswered(&self.flying[index * self.depth + place].stamps);
            }
            if let Some((_, due_ns)) = state.pending
                && due_ns < self.arrivals_end_ns
            {
                self.recorder.unsent(due_ns, now_ns, 1);
            }
        }
        if let Some(origin_ns) = self.origin_ns {
            let until_ns = self.arrivals_end_ns.saturating_sub(origin_ns);
            for (due_ns, count) in self.schedule.rest(until_ns) {
                if self.left == 0 {
                    break;
                }
                let count = count.min(self.left);
                self.recorder.unsent(due_ns + origin_ns, now_ns, count);
                self.left -= count;
            }
        }
        ShardOutcome::new(self.recorder, self.shared.warnings)
    }
}
