//! What the engine makes of what comes in, and of what does not come in time.

use bakeoff_units::Timestamp;

use crate::connection::Life;
use crate::engine::{Action, Engine};
use crate::problem::Problem;
use crate::reader::Fed;

impl Engine<'_> {
    /// Bytes came in at `now`. They may have lain ready since `ready`: the difference is *dwell*,
    /// time that the generator and not the candidate took.
    pub fn handle_received(
        &mut self,
        connection: u32,
        data: &[u8],
        now: Timestamp,
        ready: Timestamp,
    ) {
        let index = connection as usize;
        let now_ns = now.as_nanos();
        self.recorder.received(data.len(), now_ns);
        if !self.sessions.is_empty() {
            self.received_frames(index, data, now_ns, now.nanos_since(ready));
            return;
        }
        let mut rest = data;
        while !rest.is_empty() {
            let state = &mut self.connections[index];
            if state.life != Life::Open {
                return;
            }
            if state.flying == 0 {
                self.recorder.other_problems.count(Problem::Desync, rest);
                self.close(index, now_ns);
                return;
            }
            if state.flying == state.unwritten && state.written == 0 {
                // An answer to a request of which nothing has been sent.
                self.fail(index, Problem::Desync, rest, now_ns);
                return;
            }
            let flying = &self.flying[index * self.depth + state.first as usize];
            let first = state.piece_ns == 0;
            state.piece_ns = now_ns;
            let want = self.prepared.want(flying.chosen);
            let fed = state.reader.feed(rest, &want, &mut self.shared, self.notes.get_mut(index));
            let whole = first && matches!(fed, Ok(Fed::Answered { problem: None, .. }));
            if first && !whole {
                let (stamps, before_ns) = (&flying.stamps, state.before_ns);
                self.recorder.first_piece(stamps, before_ns, now_ns, now.nanos_since(ready));
            }
            match fed {
                Ok(Fed::More) => return,
                Ok(Fed::Answered { consumed, close, problem }) => {
                    let seen = rest;
                    rest = &rest[consumed..];
                    let at_once = whole.then(|| now.nanos_since(ready));
                    self.answered(index, (close, problem, at_once), seen, now_ns);
                }
                Err(problem) => {
                    self.fail(index, problem, rest, now_ns);
                    return;
                }
            }
        }
    }

    /// The connection was ended by the peer: in order, or with a problem (a reset).
    /// [`Problem::Incomplete`] is an end that nobody vouches for (TLS without its closing alert):
    /// an answer that only the end would have made whole is not (RFC 9112 §9.8).
    pub fn handle_ended(&mut self, connection: u32, problem: Option<Problem>, now: Timestamp) {
        let index = connection as usize;
        let now_ns = now.as_nanos();
        let state = &mut self.connections[index];
        if !matches!(state.life, Life::Open | Life::Greeting { .. }) {
            return;
        }
        if !self.sessions.is_empty() {
            self.ended_frames(index, problem, now_ns);
            return;
        }
        if state.flying == 0 {
            self.recorder.counters.closed_idle += 1;
            self.close(index, now_ns);
            return;
        }
        let flying = &self.flying[index * self.depth + state.first as usize];
        let want = self.prepared.want(flying.chosen);
        let ended = match problem {
            Some(Problem::Incomplete) => {
                let end = state.reader.end(&want, &mut self.shared, self.notes.get_mut(index));
                Err(end.err().unwrap_or(Problem::Incomplete))
            }
            Some(problem) => Err(problem),
            None => state.reader.end(&want, &mut self.shared, self.notes.get_mut(index)),
        };
        match ended {
            Ok(Fed::Answered { problem, .. }) => {
                self.answered(index, (true, problem, None), &[], now_ns);
            }
            Ok(Fed::More) => {}
            Err(problem) => self.fail(index, problem, &[], now_ns),
        }
    }

    /// The oldest request of a connection is answered in full: whether the connection ends with it,
    /// what is wrong with it, and, if its first piece was all of it, how long that lay ready.
    fn answered(
        &mut self,
        index: usize,
        (close, problem, at_once_ns): (bool, Option<Problem>, Option<u64>),
        seen: &[u8],
        now_ns: u64,
    ) {
        let state = &mut self.connections[index];
        let flying = &self.flying[index * self.depth + state.first as usize];
        let next = match problem {
            None => self.prepared.next_step(flying.chosen),
            // A failure ends a scenario.
            Some(_) => None,
        };
        if problem.is_none() {
            self.recorder.by_request[flying.chosen.request as usize].answered += 1;
        }
        match (problem, at_once_ns) {
            (None, None) => self.recorder.answered(&flying.stamps, now_ns),
            (None, Some(dwell_ns)) => {
                let (stamps, before_ns) = (&flying.stamps, state.before_ns);
                self.recorder.answered_at_once(stamps, before_ns, now_ns, dwell_ns);
            }
            (Some(problem), _) => {
                self.recorder.failed(&flying.stamps, problem, seen, now_ns);
            }
        }
        state.first = state.place(1, self.depth) as u16;
        state.flying -= 1;
        state.answers += 1;
        (state.piece_ns, state.before_ns, state.free_ns) = (0, now_ns, now_ns);
        let churned = self.prepared.plan().churn.is_some_and(|churn| churn.get() <= state.answers);
        // An answer before the end of its request leaves the rest of it in the way.
        let broken = usize::from(state.flying) < usize::from(state.unwritten);
        if close || broken || churned && state.flying == 0 && next.is_none() {
            state.pending = next.map(|next| (next, now_ns));
            if 0 < state.flying {
                self.fail(index, Problem::Closed, &[], now_ns);
            } else {
                self.close(index, now_ns);
            }
        } else if let Some(next) = next {
            self.go_on(index, next, now_ns, now_ns);
        } else {
            self.offer(index);
        }
        self.end_if_early(now_ns);
    }

    /// Every request in flight on a connection fails, and it is closed.
    fn fail(&mut self, index: usize, problem: Problem, input: &[u8], now_ns: u64) {
        let state = &mut self.connections[index];
        let evidence = state.reader.evidence(input);
        for _ in 0..state.flying {
            let flying = &self.flying[index * self.depth + state.first as usize];
            self.recorder.failed(&flying.stamps, problem, evidence, now_ns);
            state.first = state.place(1, self.depth) as u16;
        }
        self.close(index, now_ns);
        self.end_if_early(now_ns);
    }

    /// Closes a connection, which has nothing to answer any more, and makes it anew.
    pub(crate) fn close(&mut self, index: usize, now_ns: u64) {
        let state = &mut self.connections[index];
        (state.flying, state.unwritten, state.written, state.piece_ns) = (0, 0, 0, 0);
        state.reader.reset(&mut self.shared);
        state.life = Life::Connecting { since_ns: now_ns };
        if let Some(session) = self.sessions.get_mut(index) {
            session.reset(&mut self.shared);
        }
        self.connecting += 1;
        self.todo.push_back(Action::Close(index as u32));
        self.todo.push_back(Action::Connect(index as u32));
    }

    /// Looks for connections whose patience has ended, and for those to be tried again.
    pub(crate) fn scan(&mut self, now_ns: u64) {
        self.next_scan_ns = now_ns + self.scan_every_ns;
        self.recorder.in_flight.advance(now_ns);
        let ends_ns = self.arrivals_end_ns.saturating_add(self.plan().drain.as_nanos() as u64);
        if self.ends_early && ends_ns <= now_ns && now_ns < self.recorder.window.to_ns {
            self.end_window(now_ns);
        }
        for index in 0..self.connections.len() {
            if let Some(problem) = self.overdue(index, now_ns) {
                let life = self.connections[index].life;
                if matches!(life, Life::Greeting { .. }) {
                    self.fail_streams(index, problem, &[], now_ns);
                } else if matches!(life, Life::Connecting { .. } | Life::Securing { .. }) {
                    let example = match life {
                        Life::Securing { .. } => {
                            "no TLS handshake came of it: does this port speak TLS?"
                        }
                        Life::Down { .. }
                        | Life::Connecting { .. }
                        | Life::Greeting { .. }
                        | Life::Open => "",
                    };
                    let now = Timestamp::from_nanos(now_ns);
                    self.handle_securing_failed(index as u32, problem, example, now);
                    self.todo.push_back(Action::Close(index as u32));
                } else {
                    self.fail(index, problem, &[], now_ns);
                }
            }
            if !self.sessions.is_empty() {
                self.scan_streams(index, now_ns);
            }
        }
    }

    /// Whether a connection's patience has ended; one whose pause has ended is tried again.
    fn overdue(&mut self, index: usize, now_ns: u64) -> Option<Problem> {
        let deadlines = self.plan().deadlines;
        let state = &mut self.connections[index];
        let since = |from_ns: u64| u128::from(now_ns.saturating_sub(from_ns));
        match state.life {
            Life::Down { retry_ns } => {
                if retry_ns <= now_ns {
                    state.life = Life::Connecting { since_ns: now_ns };
                    self.connecting += 1;
                    self.todo.push_back(Action::Connect(index as u32));
                }
                None
            }
            Life::Connecting { since_ns } => {
                (deadlines.connect.as_nanos() < since(since_ns)).then_some(Problem::ConnectTimeout)
            }
            Life::Securing { since_ns } => {
                (deadlines.tls.as_nanos() < since(since_ns)).then_some(Problem::TlsTimeout)
            }
            Life::Greeting { since_ns } => (deadlines.connect.as_nanos() < since(since_ns))
                .then_some(Problem::FirstByteTimeout),
            Life::Open if state.flying == 0 || !self.sessions.is_empty() => None,
            Life::Open => {
                let sent_ns = self.flying[index * self.depth + state.first as usize].stamps.sent_ns;
                let waiting_ns = sent_ns.max(state.before_ns);
                if deadlines.total.as_nanos() < since(waiting_ns) {
                    Some(Problem::TotalTimeout)
                } else if state.piece_ns == 0 {
                    (deadlines.first_byte.as_nanos() < since(waiting_ns))
                        .then_some(Problem::FirstByteTimeout)
                } else {
                    (deadlines.idle.as_nanos() < since(state.piece_ns))
                        .then_some(Problem::IdleTimeout)
                }
            }
        }
    }
}
