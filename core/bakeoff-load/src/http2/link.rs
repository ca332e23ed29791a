//! One connection's streams and what is to be written on it: requests, bodies as far as the peer's
//! windows allow, and what a client owes its peer.

use std::collections::VecDeque;

use crate::connection::Flying;
use crate::http2::frame::{
    self, END_STREAM, FrameHead, GO_AWAY_BYTES, HEAD_BYTES, Kind, PAYLOAD_BYTES_MAX, PREFACE,
    WINDOW_DEFAULT, code, setting,
};
use crate::http2::memo::Memo;
use crate::http2::stream::{STREAM_WINDOW, Stream};
use crate::http2::table::DynamicTable;
use crate::notes::Notes;
use crate::problem::Problem;
use crate::reader::{HEAD_BYTES_MAX, Shared, give_back};
use crate::rendered::Prepared;

/// Window we give each connection, in bytes.
pub(crate) const CONNECTION_WINDOW: u32 = 1 << 30;
/// Frames in a row that bring nothing.
const IDLE_FRAMES_MAX: u32 = 1_000;
/// Room for bodies and for what a client owes its peer, besides that for requests' heads, in bytes.
const ROOM_BYTES: usize = 64 * 1024;
/// Largest number of a stream at which a new one is still begun.
const STREAM_ID_MAX: u32 = 0x7fff_0000;

/// Where the last write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// With a frame.
    Frame,
    /// Before the end of what there was to write, perhaps within a frame.
    Within,
}

/// One connection's streams and what is to be written on it.
#[derive(Debug)]
pub(crate) struct Link {
    /// A power of two and at least twice as many as are used at a time: the stream of a number has
    /// its place there, and a number whose place is taken is passed over.
    pub(crate) streams: Vec<Stream>,
    pub(crate) flying: u16,
    /// Closed loop: since when each stream that can be used is free, the one free for longest first.
    pub(crate) free_ns: VecDeque<u64>,
    /// No new stream: the connection ends with its last answer.
    pub(crate) retiring: bool,
    /// The peer's settings have come.
    pub(crate) greeted: bool,
    /// Something was put into `out` that no request brings along.
    pub(crate) nudged: bool,
    /// When anything last came.
    pub(crate) heard_ns: u64,
    /// Words about the last frame that failed requests.
    pub(crate) example: String,
    pub(super) table: DynamicTable,
    pub(super) memo: Memo,
    pub(super) block: PartialBlock,
    pub(super) out: Vec<u8>,
    written: usize,
    edge: Edge,
    /// What is to be said before the connection is closed.
    parting: Option<[u8; GO_AWAY_BYTES]>,
    next_id: u32,
    streams_max: u16,
    /// As the peer allows.
    pub(super) peer_streams_max: u32,
    /// Streams with bytes of a body not yet framed.
    unframed: u16,
    /// What the peer lets us send: on the connection, and on a new stream.
    pub(super) send_window: i64,
    pub(super) stream_window: i64,
    pub(super) payload_bytes_max: u32,
    /// Bytes taken of which the peer was not told.
    pub(super) untold: u32,
    idle_frames: u32,
    /// Streams that we reset, of which more may come.
    pub(super) cancelled: u32,
}

/// A header block that comes in several frames.
#[derive(Debug, Default)]
pub(super) struct PartialBlock {
    pub(super) bytes: Vec<u8>,
    /// 0 if there is none.
    pub(super) stream: u32,
    pub(super) frames: u32,
    /// The stream ends with the block that was begun last.
    pub(super) ends: bool,
}

impl Link {
    /// Room for `streams` requests in flight whose heads have at most `head_bytes` bytes.
    pub(crate) fn new(streams: u16, head_bytes: usize) -> Self {
        let places = (2 * usize::from(streams)).next_power_of_two();
        let heads = usize::from(streams) * (head_bytes + 2 * HEAD_BYTES);
        Self {
            streams: (0..places).map(|_| Stream::new()).collect(),
            flying: 0,
            free_ns: VecDeque::with_capacity(usize::from(streams)),
            retiring: false,
            greeted: false,
            nudged: false,
            heard_ns: 0,
            example: String::with_capacity(1024),
            table: DynamicTable::new(),
            memo: Memo::new(),
            block: PartialBlock::default(),
            out: Vec::with_capacity(heads + ROOM_BYTES),
            written: 0,
            edge: Edge::Frame,
            parting: None,
            next_id: 1,
            streams_max: streams,
            peer_streams_max: 0,
            unframed: 0,
            send_window: WINDOW_DEFAULT,
            stream_window: WINDOW_DEFAULT,
            payload_bytes_max: PAYLOAD_BYTES_MAX as u32,
            untold: 0,
            idle_frames: 0,
            cancelled: 0,
        }
    }

    /// Nothing is left of an earlier connection.
    pub(crate) fn reset(&mut self, shared: &mut Shared) {
        for stream in &mut self.streams {
            stream.release(shared);
        }
        (self.flying, self.unframed, self.cancelled) = (0, 0, 0);
        (self.retiring, self.greeted, self.nudged) = (false, false, false);
        self.free_ns.clear();
        self.table.reset();
        give_back(&mut self.block.bytes, &mut shared.heads);
        (self.block.stream, self.block.frames) = (0, 0);
        self.out.clear();
        (self.written, self.next_id, self.peer_streams_max) = (0, 1, 0);
        (self.edge, self.parting) = (Edge::Frame, None);
        (self.send_window, self.stream_window) = (WINDOW_DEFAULT, WINDOW_DEFAULT);
        self.payload_bytes_max = PAYLOAD_BYTES_MAX as u32;
        (self.untold, self.idle_frames) = (0, 0);
    }

    /// The connection is made: says what a client says first.
    pub(crate) fn greet(&mut self, now_ns: u64) {
        self.out.extend_from_slice(PREFACE);
        let settings = [
            (setting::ENABLE_PUSH, 0),
            (setting::INITIAL_WINDOW_SIZE, STREAM_WINDOW),
            (setting::MAX_HEADER_LIST_SIZE, HEAD_BYTES_MAX as u32),
        ];
        frame::write_settings(&mut self.out, &settings);
        let more = CONNECTION_WINDOW - WINDOW_DEFAULT as u32;
        frame::write_number(&mut self.out, Kind::WindowUpdate, 0, more);
        self.heard_ns = now_ns;
    }

    /// How many more requests it can take now.
    #[inline]
    pub(crate) fn room(&self) -> u16 {
        if self.retiring || !self.greeted {
            return 0;
        }
        let allowed = u32::from(self.streams_max).min(self.peer_streams_max);
        allowed.saturating_sub(self.flying.into()) as u16
    }

    /// The place of a stream in use.
    #[inline]
    pub(super) fn find(&self, id: u32) -> Option<usize> {
        let place = self.place(id);
        (id != 0 && self.streams[place].id == id).then_some(place)
    }

    const fn place(&self, id: u32) -> usize {
        (id >> 1) as usize & (self.streams.len() - 1)
    }

    /// Whether a stream was begun, or passed over, at any time.
    pub(super) const fn is_known(&self, id: u32) -> bool {
        id % 2 == 1 && id < self.next_id
    }

    /// A request begins; there must be room. Its body follows as far as windows allow.
    pub(crate) fn put(
        &mut self,
        flying: Flying,
        prepared: &Prepared,
        notes: &Notes,
        scratch: &mut [Vec<u8>; 2],
    ) {
        while self.streams[self.place(self.next_id)].id != 0 {
            self.next_id += 2;
        }
        let id = self.next_id;
        let place = self.place(id);
        self.next_id += 2;
        self.retiring |= STREAM_ID_MAX < id;
        let ready = prepared.ready_parts(flying.chosen).filter(|_| notes.cookies().is_empty());
        let (block, body) = if let Some(ready) = ready {
            ready
        } else {
            let [block, body] = scratch;
            prepared.render_parts(flying.chosen, notes, block, body);
            let at_hand = prepared.ready_parts(flying.chosen).map(|(_, body)| body);
            (&block[..], at_hand.unwrap_or(&body[..]))
        };
        frame::write_headers(&mut self.out, id, body.is_empty(), block);
        self.streams[place].begin(id, flying, self.stream_window, body.len() as u32);
        self.flying += 1;
        if !body.is_empty() {
            self.unframed += 1;
            self.frame_body(place, body);
        }
    }

    /// Frames what it can of a stream's body.
    fn frame_body(&mut self, place: usize, body: &[u8]) {
        let stream = &mut self.streams[place];
        loop {
            let room = self.out.capacity().saturating_sub(self.out.len() + HEAD_BYTES);
            let window = self.send_window.min(stream.send_window).max(0) as usize;
            let left = stream.body_left as usize;
            let bytes = left.min(window).min(room).min(self.payload_bytes_max as usize);
            let Some(from) = body.len().checked_sub(left).filter(|_| 0 < bytes) else { return };
            let flags = if bytes == left { END_STREAM } else { 0 };
            let length = bytes as u32;
            let head = FrameHead { length, kind: Kind::Data, flags, stream: stream.id };
            self.out.extend_from_slice(&head.bytes());
            self.out.extend_from_slice(&body[from..from + bytes]);
            stream.body_left -= length;
            stream.send_window -= i64::from(length);
            self.send_window -= i64::from(length);
            self.idle_frames = 0;
            if stream.body_left == 0 {
                self.unframed -= 1;
                return;
            }
        }
    }

    /// Whether any body can go on.
    fn can_frame(&self) -> bool {
        let can = |stream: &Stream| 0 < stream.body_left && 0 < stream.send_window;
        0 < self.unframed && 0 < self.send_window && self.streams.iter().any(can)
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.written < self.out.len() || self.can_frame()
    }

    /// What is to be written.
    pub(crate) fn outgoing(
        &mut self,
        prepared: &Prepared,
        notes: &Notes,
        scratch: &mut [Vec<u8>; 2],
    ) -> &[u8] {
        if self.written == self.out.len() && self.can_frame() {
            for place in 0..self.streams.len() {
                let stream = &self.streams[place];
                if stream.id == 0 || stream.body_left == 0 {
                    continue;
                }
                let chosen = stream.flying.chosen;
                if let Some((_, body)) = prepared.ready_parts(chosen) {
                    self.frame_body(place, body);
                } else {
                    prepared.render_body(chosen, notes, &mut scratch[1]);
                    self.frame_body(place, &scratch[1]);
                }
            }
        }
        &self.out[self.written..]
    }

    /// So much of it was written; tells whether more is left.
    pub(crate) fn sent(&mut self, bytes: usize) -> bool {
        self.written += bytes;
        if self.written == self.out.len() {
            self.out.clear();
            (self.written, self.edge) = (0, Edge::Frame);
            return self.can_frame();
        }
        self.edge = Edge::Within;
        if self.out.len() < 2 * self.written {
            self.out.drain(..self.written);
            self.written = 0;
        }
        true
    }

    /// What to say of a problem that ends the connection (RFC 9113 §5.4.1): of the streams that a
    /// peer might begin we work on none. Within a frame nothing can be said.
    pub(crate) fn last_word(&self, problem: Problem) -> Option<[u8; GO_AWAY_BYTES]> {
        code::of(problem).filter(|_| self.edge == Edge::Frame).map(|code| frame::go_away(0, code))
    }

    /// Says it when the connection is closed.
    pub(crate) const fn part_with(&mut self, word: Option<[u8; GO_AWAY_BYTES]>) {
        self.parting = word;
    }

    /// What is to be said before the connection is closed; once.
    pub(crate) const fn take_parting(&mut self) -> Option<[u8; GO_AWAY_BYTES]> {
        self.parting.take()
    }

    /// A stream is over; one whose request or answer was not whole is reset.
    pub(crate) fn release(&mut self, place: usize, whole: bool, shared: &mut Shared) {
        let stream = &mut self.streams[place];
        let id = stream.id;
        let unframed = 0 < stream.body_left;
        stream.release(shared);
        self.flying -= 1;
        self.unframed -= u16::from(unframed);
        if unframed || !whole {
            self.cancelled += 1;
            frame::write_number(&mut self.out, Kind::Reset, id, code::CANCEL);
            self.nudged = true;
        }
    }

    /// Something came that brings the load nothing.
    pub(super) const fn idle(&mut self) -> Result<(), Problem> {
        self.idle_frames += 1;
        if IDLE_FRAMES_MAX < self.idle_frames { Err(Problem::Http2Flood) } else { Ok(()) }
    }

    /// Something came that does.
    #[inline]
    pub(super) const fn progress(&mut self) {
        self.idle_frames = 0;
    }

    /// A frame that a client owes its peer; a peer that does not read what it asks for floods us.
    pub(super) fn owe(&mut self, kind: Kind, flags: u8, payload: &[u8]) -> Result<(), Problem> {
        if self.out.capacity() < self.out.len() + HEAD_BYTES + payload.len() {
            return Err(Problem::Http2Flood);
        }
        frame::write(&mut self.out, kind, flags, 0, payload);
        self.nudged = true;
        Ok(())
    }

    /// The peer allows more on a stream, or on the connection (0).
    pub(super) fn widen(&mut self, id: u32, more: u32) -> Result<(), Problem> {
        let window = if id == 0 {
            &mut self.send_window
        } else if let Some(place) = self.find(id) {
            &mut self.streams[place].send_window
        } else {
            return Ok(());
        };
        *window += i64::from(more);
        if frame::WINDOW_MAX < *window {
            return Err(Problem::FlowControl);
        }
        self.nudged |= 0 < self.unframed;
        Ok(())
    }

    /// The peer has another size for the windows of all streams (RFC 9113 §6.9.2).
    pub(super) fn resize_windows(&mut self, size: u32) -> Result<(), Problem> {
        let size = i64::from(size);
        if frame::WINDOW_MAX < size {
            return Err(Problem::FlowControl);
        }
        let change = size - self.stream_window;
        self.stream_window = size;
        for stream in self.streams.iter_mut().filter(|stream| stream.id != 0) {
            stream.send_window += change;
            if frame::WINDOW_MAX < stream.send_window {
                return Err(Problem::FlowControl);
            }
        }
        self.nudged |= 0 < self.unframed;
        Ok(())
    }

    /// Tells the peer that what it sent was taken, in batches of half a window.
    #[inline]
    pub(super) fn tell_taken(&mut self, place: Option<usize>) {
        if CONNECTION_WINDOW / 2 <= self.untold {
            frame::write_number(&mut self.out, Kind::WindowUpdate, 0, self.untold);
            self.untold = 0;
            self.nudged = true;
        }
        if let Some(stream) = place.map(|place| &mut self.streams[place])
            && STREAM_WINDOW / 2 <= stream.untold
        {
            frame::write_number(&mut self.out, Kind::WindowUpdate, stream.id, stream.untold);
            stream.untold = 0;
            self.nudged = true;
        }
    }
}
