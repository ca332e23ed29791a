//! The engine over HTTP/2: several requests in flight on a connection, answered in any order.

use bakeoff_units::Timestamp;

use crate::connection::{Flying, Life};
use crate::engine::{Action, Engine};
use crate::http2::frame::GO_AWAY_BYTES;
use crate::http2::receiving::{Context, Event};
use crate::notes::Notes;
use crate::problem::Problem;
use crate::recorder::Stamps;
use crate::rendered::Chosen;

/// Evidence that is put together of a frame that was cut, in bytes.
const EVIDENCE_BYTES: usize = 512;

impl Engine<'_> {
    /// Whether a connection of the ring can take no request after all.
    #[inline]
    pub(crate) fn is_spent(&self, connection: u32) -> bool {
        let index = connection as usize;
        self.connections[index].life != Life::Open
            || self.sessions.get(index).is_some_and(|session| session.link.room() == 0)
    }

    /// Since when the connection at the head of the ring is free.
    #[inline]
    pub(crate) fn free_since_ns(&self, connection: u32) -> u64 {
        let index = connection as usize;
        let of_stream = self.sessions.get(index).and_then(|session| session.link.free_ns.front());
        of_stream.copied().unwrap_or(self.connections[index].free_ns)
    }

    /// Takes a connection off the ring.
    #[inline]
    pub(crate) fn take_free(&mut self) -> Option<u32> {
        let taken = self.free.pop_front()?;
        let index = taken as usize;
        self.connections[index].queued -= 1;
        if let Some(session) = self.sessions.get_mut(index)
            && let Some(free_ns) = session.link.free_ns.pop_front()
        {
            self.connections[index].free_ns = free_ns;
        }
        Some(taken)
    }

    /// The connection is made: says what a client says first and waits for what its peer does.
    pub(crate) fn greet(&mut self, index: usize, now_ns: u64) {
        self.connections[index].life = Life::Greeting { since_ns: now_ns };
        let link = &mut self.sessions[index].link;
        link.greet(now_ns);
        self.todo.push_back(Action::Send(index as u32));
    }

    /// Connection `taken`, off the ring, takes the arrival due at `due_ns`, and those after it that
    /// are due and would be its own: they go out in one write.
    pub(crate) fn take_streams(&mut self, taken: u32, due_ns: u64, now_ns: u64) {
        let index = taken as usize;
        let mut due_ns = due_ns;
        loop {
            let chosen = self.next_chosen(index);
            self.put_stream(index, chosen, due_ns, now_ns);
            let again = self.left != 0
                && self.free.front() == Some(&taken)
                && 0 < self.sessions[index].link.room();
            if !again {
                break;
            }
            due_ns = self.next_due_ns();
            if now_ns < due_ns || self.arrivals_end_ns <= due_ns {
                break;
            }
            self.take_free();
        }
        if !self.is_closed_loop() {
            self.offer_streams(index, now_ns);
        }
    }

    /// Puts a request on a connection that has room.
    pub(crate) fn put_stream(&mut self, index: usize, chosen: Chosen, due_ns: u64, now_ns: u64) {
        let free_ns = self.connections[index].free_ns;
        let stamps = Stamps { intended_ns: due_ns, free_ns, sent_ns: now_ns };
        let notes = self.notes.get(index).unwrap_or(Notes::NONE);
        let link = &mut self.sessions[index].link;
        link.put(Flying { chosen, stamps }, self.prepared, notes, &mut self.scratches);
        self.connections[index].flying += 1;
        self.count_sent(chosen, &stamps, now_ns);
    }

    /// Puts a connection into the ring of free ones: in a closed loop once for each stream that can
    /// be used, for each is a loop of its own; in an open one once, if there is room.
    pub(crate) fn offer_streams(&mut self, index: usize, now_ns: u64) {
        let closed = self.is_closed_loop();
        let connection = &mut self.connections[index];
        if connection.life != Life::Open {
            return;
        }
        let link = &mut self.sessions[index].link;
        let room = if closed { link.room() } else { link.room().min(1) };
        while connection.queued < room {
            connection.queued += 1;
            self.free.push_back(index as u32);
            if closed {
                link.free_ns.push_back(now_ns);
            }
        }
    }

    /// Bytes came in on a connection.
    pub(crate) fn received_frames(
        &mut self,
        index: usize,
        data: &[u8],
        now_ns: u64,
        dwell_ns: u64,
    ) {
        let mut rest = data;
        while !rest.is_empty() {
            let life = self.connections[index].life;
            if !matches!(life, Life::Open | Life::Greeting { .. }) {
                return;
            }
            let session = &mut self.sessions[index];
            session.link.heard_ns = now_ns;
            let seen = session.seen();
            let mut context = Context {
                prepared: self.prepared,
                shared: &mut self.shared,
                recorder: &mut self.recorder,
                notes: self.notes.get_mut(index),
                now_ns,
                dwell_ns,
            };
            match session.feed(rest, &mut context) {
                Ok((taken, event)) => {
                    rest = &rest[taken..];
                    self.happened(index, event, now_ns);
                }
                Err(problem) => {
                    let mut evidence = std::mem::take(&mut self.scratch);
                    evidence.clear();
                    self.sessions[index].show(seen, &mut evidence);
                    evidence.extend_from_slice(&rest[..rest.len().min(EVIDENCE_BYTES)]);
                    let word = self.sessions[index].link.last_word(problem);
                    self.fail_streams(index, problem, &evidence, now_ns);
                    self.sessions[index].link.part_with(word);
                    self.scratch = evidence;
                    return;
                }
            }
        }
        let link = &mut self.sessions[index].link;
        if link.nudged {
            link.nudged = false;
            self.todo.push_back(Action::Send(index as u32));
        }
    }

    #[inline]
    fn happened(&mut self, index: usize, event: Event, now_ns: u64) {
        match event {
            Event::Nothing => {}
            Event::Answered { place, problem } => {
                self.stream_over(index, place, problem, true, now_ns);
            }
            Event::Failed { place, problem } => {
                self.stream_over(index, place, Some(problem), false, now_ns);
            }
            Event::Room => self.greeted(index, now_ns),
            Event::Away { unworked } => self.went_away(index, unworked, now_ns),
        }
    }

    /// The peer's settings came, the first or others: there may be room now.
    fn greeted(&mut self, index: usize, now_ns: u64) {
        match self.connections[index].life {
            // A peer that allows no stream is waited for until the deadline.
            Life::Greeting { .. } if 0 < self.sessions[index].link.room() => {
                self.becomes_open(index, now_ns);
            }
            Life::Open => self.offer_streams(index, now_ns),
            Life::Greeting { .. }
            | Life::Down { .. }
            | Life::Connecting { .. }
            | Life::Securing { .. } => {}
        }
    }

    /// The peer goes away: what it has not worked on fails, the rest is waited for.
    fn went_away(&mut self, index: usize, unworked: u32, now_ns: u64) {
        if self.connections[index].life != Life::Open {
            self.fail_streams(index, Problem::GoAway, &[], now_ns);
            return;
        }
        for place in 0..self.sessions[index].link.streams.len() {
            let id = self.sessions[index].link.streams[place].id;
            if id != 0 && unworked <= id {
                let link = &mut self.sessions[index].link;
                let stamps = link.streams[place].flying.stamps;
                let example = link.example.as_bytes();
                self.recorder.failed(&stamps, Problem::GoAway, example, now_ns);
                link.release(place, true, &mut self.shared);
                self.connections[index].flying -= 1;
            }
        }
        if self.connections[index].flying == 0 {
            self.recorder.counters.closed_idle += 1;
            self.close(index, now_ns);
        }
        self.end_if_early(now_ns);
    }

    /// A request is over: answered, rightly or not, or failed by itself.
    #[inline]
    fn stream_over(
        &mut self,
        index: usize,
        place: usize,
        problem: Option<Problem>,
        whole: bool,
        now_ns: u64,
    ) {
        let link = &mut self.sessions[index].link;
        let flying = link.streams[place].flying;
        let next = match problem {
            None => {
                self.recorder.by_request[flying.chosen.request as usize].answered += 1;
                self.recorder.answered(&flying.stamps, now_ns);
                self.prepared.next_step(flying.chosen)
            }
            Some(problem) => {
                let example =
                    if problem == Problem::StreamReset { link.example.as_bytes() } else { &[] };
                self.recorder.failed(&flying.stamps, problem, example, now_ns);
                // A failure ends a scenario.
                None
            }
        };
        let was_full = link.room() == 0;
        let reset = problem == Some(Problem::StreamReset);
        link.release(place, whole || reset, &mut self.shared);
        let state = &mut self.connections[index];
        state.flying -= 1;
        state.answers += 1;
        if was_full {
            state.free_ns = now_ns;
        }
        if let Some(churn) = self.prepared.plan().churn {
            link.retiring |= churn.get() <= state.answers + u32::from(state.flying);
        }
        if link.retiring && state.flying == 0 && next.is_none() {
            self.close(index, now_ns);
        } else if let Some(next) = next {
            if link.retiring {
                state.pending = Some((next, now_ns));
                self.close(index, now_ns);
            } else {
                self.go_on(index, next, now_ns, now_ns);
            }
        } else {
            self.offer_streams(index, now_ns);
        }
        self.end_if_early(now_ns);
    }

    /// Every request in flight on a connection fails, and it is closed; one that was not open yet
    /// could not be made.
    pub(crate) fn fail_streams(
        &mut self,
        index: usize,
        problem: Problem,
        evidence: &[u8],
        now_ns: u64,
    ) {
        if let Life::Greeting { .. } = self.connections[index].life {
            self.recorder.other_problems.show(problem, evidence);
            let now = Timestamp::from_nanos(now_ns);
            self.handle_connect_failed(index as u32, problem, now);
            self.sessions[index].reset(&mut self.shared);
            self.todo.push_back(Action::Close(index as u32));
            return;
        }
        if self.connections[index].flying == 0 {
            self.recorder.other_problems.count(problem, evidence);
        }
        for stream in &self.sessions[index].link.streams {
            if stream.id != 0 {
                self.recorder.failed(&stream.flying.stamps, problem, evidence, now_ns);
            }
        }
        self.close(index, now_ns);
        self.end_if_early(now_ns);
    }

    /// The peer ended a connection.
    pub(crate) fn ended_frames(&mut self, index: usize, problem: Option<Problem>, now_ns: u64) {
        let link = &self.sessions[index].link;
        if self.connections[index].life == Life::Open && self.connections[index].flying == 0 {
            self.recorder.counters.closed_idle += 1;
            self.close(index, now_ns);
            return;
        }
        let begun = |piece_ns: u64| 0 < piece_ns;
        let within = link.streams.iter().any(|stream| stream.id != 0 && begun(stream.piece_ns));
        let closed = if within { Problem::Incomplete } else { Problem::Closed };
        self.fail_streams(index, problem.unwrap_or(closed), &[], now_ns);
    }

    /// What a connection says before [`Action::Close`] is carried out, if anything: as much of it as
    /// the socket takes at once.
    pub fn parting(&mut self, connection: u32) -> Option<[u8; GO_AWAY_BYTES]> {
        self.sessions.get_mut(connection as usize)?.link.take_parting()
    }

    /// Looks for requests whose patience has ended.
    pub(crate) fn scan_streams(&mut self, index: usize, now_ns: u64) {
        if self.connections[index].life != Life::Open || self.connections[index].flying == 0 {
            return;
        }
        let deadlines = self.plan().deadlines;
        let since = |from_ns: u64| u128::from(now_ns.saturating_sub(from_ns));
        for place in 0..self.sessions[index].link.streams.len() {
            let link = &self.sessions[index].link;
            let stream = &link.streams[place];
            if stream.id == 0 {
                continue;
            }
            let sent_ns = stream.flying.stamps.sent_ns;
            let problem = if deadlines.total.as_nanos() < since(sent_ns) {
                Problem::TotalTimeout
            } else if stream.piece_ns == 0 && deadlines.first_byte.as_nanos() < since(sent_ns) {
                Problem::FirstByteTimeout
            } else if stream.piece_ns != 0 && deadlines.idle.as_nanos() < since(stream.piece_ns) {
                Problem::IdleTimeout
            } else {
                continue;
            };
            if link.heard_ns <= sent_ns {
                // Nothing came since: not this request alone is lost.
                self.fail_streams(index, problem, &[], now_ns);
                return;
            }
            self.stream_over(index, place, Some(problem), false, now_ns);
            self.todo.push_back(Action::Send(index as u32));
            if self.connections[index].life != Life::Open {
                return;
            }
        }
    }
}
