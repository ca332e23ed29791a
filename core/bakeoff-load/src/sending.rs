//! Which request goes out on which connection, and its bytes.

use crate::connection::{Connection, Flying, Life};
use crate::engine::{Action, Engine};
use crate::notes::Notes;
use crate::recorder::Stamps;
use crate::rendered::Chosen;

impl Engine<'_> {
    /// Connection `taken` takes the arrival due at `due_ns`, in a closed loop as many as it holds.
    pub(crate) fn take(&mut self, taken: u32, due_ns: u64, now_ns: u64) {
        if !self.sessions.is_empty() {
            self.take_streams(taken, due_ns, now_ns);
            return;
        }
        let index = taken as usize;
        let batch = if self.closed_think_ns.is_some() { self.depth } else { 1 };
        for _ in 0..batch {
            let chosen = self.next_chosen(index);
            self.put(index, chosen, due_ns, now_ns);
            if self.left == 0 {
                break;
            }
        }
        self.offer(index);
    }

    /// The request of the arrival that is taken, by the user on a connection.
    #[inline]
    pub(crate) fn next_chosen(&mut self, index: usize) -> Chosen {
        let number = if self.closed_think_ns.is_some() {
            self.closed_taken += 1;
            (self.closed_taken - 1) * u64::from(self.shards) + u64::from(self.shard)
        } else {
            self.schedule.take()
        };
        let chosen = self.prepared.choose(number);
        if let Some(notes) = self.notes.get_mut(index)
            && self.prepared.is_new_user(chosen)
        {
            notes.clear();
        }
        chosen
    }

    /// Puts a request on a connection.
    fn put(&mut self, index: usize, chosen: Chosen, due_ns: u64, now_ns: u64) {
        let connection = &mut self.connections[index];
        let stamps = Stamps { intended_ns: due_ns, free_ns: connection.free_ns, sent_ns: now_ns };
        let place = connection.place(connection.flying, self.depth);
        self.flying[index * self.depth + place] = Flying { chosen, stamps };
        connection.flying += 1;
        connection.unwritten += 1;
        self.count_sent(chosen, &stamps, now_ns);
    }

    #[inline]
    pub(crate) fn count_sent(&mut self, chosen: Chosen, stamps: &Stamps, now_ns: u64) {
        self.recorder.by_request[chosen.request as usize].sent += 1;
        if self.recorder.sent(stamps) {
            self.left -= 1;
            if self.left == 0 {
                self.ends_early = true;
                self.arrivals_end_ns = self.arrivals_end_ns.min(now_ns);
            }
        }
    }

    /// The user on a connection goes on with the next step of its scenario, due since `due_ns`.
    pub(crate) fn go_on(&mut self, index: usize, next: Chosen, due_ns: u64, now_ns: u64) {
        if due_ns < self.arrivals_end_ns && 0 < self.left {
            if self.sessions.is_empty() {
                self.put(index, next, due_ns, now_ns);
            } else {
                self.put_stream(index, next, due_ns, now_ns);
            }
            self.todo.push_back(Action::Send(index as u32));
        } else if self.sessions.is_empty() {
            self.offer(index);
        } else {
            self.offer_streams(index, now_ns);
        }
    }

    /// Puts a connection into the ring of free ones if it can take a request.
    pub(crate) fn offer(&mut self, index: usize) {
        let closed = self.closed_think_ns.is_some();
        let connection = &mut self.connections[index];
        let room = if closed { 1 } else { self.depth };
        if connection.life == Life::Open
            && connection.queued == 0
            && usize::from(connection.flying) < room
        {
            connection.queued = 1;
            self.free.push_back(index as u32);
        }
    }

    /// Whether anything is left to be written on a connection.
    pub fn is_writing(&self, connection: u32) -> bool {
        match self.sessions.get(connection as usize) {
            None => 0 < self.connections[connection as usize].unwritten,
            Some(session) => session.link.is_writing(),
        }
    }

    /// What is to be written on a connection; empty if nothing is.
    pub fn outgoing(&mut self, connection: u32) -> &[u8] {
        let index = connection as usize;
        if let Some(session) = self.sessions.get_mut(index) {
            let notes = self.notes.get(index).unwrap_or(Notes::NONE);
            return session.link.outgoing(self.prepared, notes, &mut self.scratches);
        }
        let state = &self.connections[index];
        let (unwritten, written) = (state.unwritten as usize, state.written as usize);
        let oldest = state.flying - state.unwritten;
        let (first, depth) = (index * self.depth, self.depth);
        let place = |state: &Connection, nth: u16| first + state.place(oldest + nth, depth);
        if unwritten == 0 {
            self.outgoing_bytes = 0;
            return &[];
        }
        let notes = self.notes.get(index).unwrap_or(Notes::NONE);
        if unwritten == 1
            && notes.cookies().is_empty()
            && let Some(bytes) = self.prepared.ready_bytes(self.flying[place(state, 0)].chosen)
        {
            self.outgoing_bytes = bytes.len() - written;
            return &bytes[written..];
        }
        self.scratch.clear();
        for nth in 0..state.unwritten {
            let chosen = self.flying[place(state, nth)].chosen;
            self.prepared.render(chosen, notes, &mut self.scratch);
        }
        self.outgoing_bytes = self.scratch.len() - written;
        &self.scratch[written..]
    }

    /// `bytes` of what [`Engine::outgoing`] last gave were written. Tells whether more is left.
    pub fn handle_sent(&mut self, connection: u32, bytes: usize) -> bool {
        self.recorder.counters.bytes_sent += bytes as u64;
        if let Some(session) = self.sessions.get_mut(connection as usize) {
            return session.link.sent(bytes);
        }
        let state = &mut self.connections[connection as usize];
        let more = bytes < self.outgoing_bytes;
        if more {
            state.written += bytes as u32;
        } else {
            (state.unwritten, state.written) = (0, 0);
        }
        more
    }
}
