//! The other side of a connection, sans-IO: what the reference server and the tests answer with.

use std::collections::{BTreeMap, VecDeque};

use crate::http2::block::write_field;
use crate::http2::deframer::{Deframer, Piece};
use crate::http2::frame::{
    self, ACK, END_HEADERS, END_STREAM, FrameHead, Kind, PAYLOAD_BYTES_MAX, PREFACE,
    WINDOW_DEFAULT, code, number, setting,
};
use crate::http2::hpack::BlockReader;
use crate::http2::table::DynamicTable;
use crate::problem::Problem;
use crate::reader::HEAD_BYTES_MAX;

/// What the peer allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerOptions {
    /// Streams at a time.
    pub streams_max: u32,
    /// Window of each stream, in bytes.
    pub window: u32,
    /// Whether what was taken is given back to the windows.
    pub returns: bool,
}

impl Default for PeerOptions {
    fn default() -> Self {
        Self { streams_max: 128, window: WINDOW_DEFAULT as u32, returns: true }
    }
}

/// A request that came whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerRequest {
    /// Its stream.
    pub stream: u32,
    /// Its fields, pseudo-fields first.
    pub fields: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer made in advance: the same bytes for any stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerAnswer {
    block: Vec<u8>,
    body: Vec<u8>,
}

impl PeerAnswer {
    /// An answer of this status, these fields and this body.
    pub fn new(status: &str, fields: &[(&str, &str)], body: Vec<u8>) -> Self {
        let mut block = Vec::new();
        write_field(&mut block, ":status", status.as_bytes());
        for (name, value) in fields {
            write_field(&mut block, name, value.as_bytes());
        }
        Self { block, body }
    }
}

#[derive(Debug, Default)]
struct Asked {
    request: PeerRequest,
    whole: bool,
    window: i64,
    /// The answer's body, and how much of it the windows have let out.
    body: Vec<u8>,
    sent: usize,
    answered: bool,
}

/// A small HTTP/2 server for one connection.
#[derive(Debug)]
pub struct Peer {
    options: PeerOptions,
    deframer: Deframer,
    pool: Vec<Vec<u8>>,
    table: DynamicTable,
    preface: usize,
    block: Vec<u8>,
    block_ends: bool,
    out: Vec<u8>,
    send_window: i64,
    stream_window: i64,
    asked: BTreeMap<u32, Asked>,
    whole: VecDeque<u32>,
    /// Largest number of a stream that was begun.
    last: u32,
    /// No stream after the last is worked on.
    leaving: bool,
    /// Largest number of streams that were open at a time.
    pub streams_seen: usize,
    /// Why the client goes away, if it said so: an error code (RFC 9113 §7).
    pub away: Option<u32>,
}

impl Peer {
    /// One that has said its settings.
    pub fn new(options: PeerOptions) -> Self {
        let mut out = Vec::new();
        let settings = [
            (setting::MAX_CONCURRENT_STREAMS, options.streams_max),
            (setting::INITIAL_WINDOW_SIZE, options.window),
        ];
        frame::write_settings(&mut out, &settings);
        Self {
            options,
            deframer: Deframer::new(),
            pool: Vec::new(),
            table: DynamicTable::new(),
            preface: 0,
            block: Vec::new(),
            block_ends: false,
            out,
            send_window: WINDOW_DEFAULT,
            stream_window: WINDOW_DEFAULT,
            asked: BTreeMap::new(),
            whole: VecDeque::new(),
            last: 0,
            leaving: false,
            streams_seen: 0,
            away: None,
        }
    }

    /// Takes what came in. What is wrong with it is said to the client, too (RFC 9113 §5.4.1).
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn take(&mut self, input: &[u8]) -> Result<(), Problem> {
        let taken = self.take_frames(input);
        if let Err(problem) = taken
            && let Some(code) = code::of(problem)
        {
            frame::write_go_away(&mut self.out, self.last, code);
        }
        taken
    }

    fn take_frames(&mut self, input: &[u8]) -> Result<(), Problem> {
        let mut rest = input;
        while self.preface < PREFACE.len() && !rest.is_empty() {
            if rest[0] != PREFACE[self.preface] {
                return Err(Problem::NotHttp2);
            }
            self.preface += 1;
            rest = &rest[1..];
        }
        let mut deframer = std::mem::replace(&mut self.deframer, Deframer::new());
        let mut pool = std::mem::take(&mut self.pool);
        while !rest.is_empty() {
            let (taken, piece) = deframer.next(rest, &mut pool)?;
            match piece {
                Some(Piece::Data { stream, data, counted, ends }) => {
                    self.data(stream, data, counted, ends);
                }
                Some(Piece::Frame { head, payload }) => self.frame(head, payload)?,
                Some(Piece::Ignored) | None => {}
            }
            rest = &rest[taken..];
        }
        (self.deframer, self.pool) = (deframer, pool);
        Ok(())
    }

    fn data(&mut self, stream: u32, data: &[u8], counted: u32, ends: bool) {
        let returns = 0 < counted && self.options.returns;
        if returns {
            frame::write_number(&mut self.out, Kind::WindowUpdate, 0, counted);
        }
        let Some(asked) = self.asked.get_mut(&stream) else { return };
        asked.request.body.extend_from_slice(data);
        if returns && !ends {
            frame::write_number(&mut self.out, Kind::WindowUpdate, stream, counted);
        }
        if ends && !asked.whole {
            asked.whole = true;
            self.whole.push_back(stream);
        }
    }

    fn frame(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Problem> {
        match head.kind {
            Kind::Headers | Kind::Continuation => {
                if head.kind == Kind::Headers {
                    self.block.clear();
                    self.block_ends = head.has(END_STREAM);
                }
                self.block.extend_from_slice(payload);
                if head.has(END_HEADERS) {
                    self.headers(head.stream)?;
                }
            }
            Kind::Settings if !head.has(ACK) => {
                for entry in payload.chunks_exact(6) {
                    if entry[..2] == setting::INITIAL_WINDOW_SIZE.to_be_bytes() {
                        let window = i64::from(number(&entry[2..]).unwrap_or(0));
                        for asked in self.asked.values_mut() {
                            asked.window += window - self.stream_window;
                        }
                        self.stream_window = window;
                    }
                }
                frame::write(&mut self.out, Kind::Settings, ACK, 0, &[]);
                self.push();
            }
            Kind::Ping if !head.has(ACK) => {
                frame::write(&mut self.out, Kind::Ping, ACK, 0, payload);
            }
            Kind::WindowUpdate => {
                let more = i64::from(number(payload).ok_or(Problem::Http2Protocol)?);
                if head.stream == 0 {
                    self.send_window += more;
                } else if let Some(asked) = self.asked.get_mut(&head.stream) {
                    asked.window += more;
                }
                self.push();
            }
            Kind::Reset => {
                self.asked.remove(&head.stream);
                self.whole.retain(|stream| *stream != head.stream);
            }
            Kind::GoAway => self.away = payload.get(4..).and_then(number),
            Kind::Settings | Kind::Ping | Kind::Priority | Kind::Unknown(_) => {}
            Kind::Data | Kind::PushPromise => return Err(Problem::Http2Protocol),
        }
        Ok(())
    }

    fn headers(&mut self, stream: u32) -> Result<(), Problem> {
        let block = std::mem::take(&mut self.block);
        let mut reader = BlockReader::new(&block);
        let (mut text, mut fields) = (Vec::new(), Vec::new());
        let said = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        while let Some(field) = reader
            .next(&mut self.table, &mut text, HEAD_BYTES_MAX)
            .map_err(|_| Problem::HeaderCompression)?
        {
            fields.push((said(field.name(&text)), said(field.value(&text))));
        }
        self.block = block;
        let whole = self.block_ends;
        if let Some(asked) = self.asked.get_mut(&stream) {
            // Trailers (RFC 9113 §8.1): of no interest, but they end the request.
            if whole && !asked.whole {
                asked.whole = true;
                self.whole.push_back(stream);
            }
            return Ok(());
        }
        // Of a stream that is over, or begun after it was said that none is worked on any more.
        if stream <= self.last || self.leaving {
            return Ok(());
        }
        self.last = stream;
        let request = PeerRequest { stream, fields, body: Vec::new() };
        let asked = Asked { request, whole, window: self.stream_window, ..Asked::default() };
        self.asked.insert(stream, asked);
        self.streams_seen = self.streams_seen.max(self.asked.len());
        if whole {
            self.whole.push_back(stream);
        }
        Ok(())
    }

    /// The next request that came whole.
    pub fn next_request(&mut self) -> Option<PeerRequest> {
        let stream = self.whole.pop_front()?;
        self.asked.get_mut(&stream).map(|asked| std::mem::take(&mut asked.request))
    }

    /// Answers the request of a stream, its body as far as the windows let it, the rest later.
    pub fn answer(&mut self, stream: u32, status: &str, fields: &[(&str, &str)], body: &[u8]) {
        self.give(stream, &PeerAnswer::new(status, fields, body.to_vec()));
    }

    /// The same with an answer made in advance; tells whether the stream still waits for one.
    pub fn give(&mut self, stream: u32, answer: &PeerAnswer) -> bool {
        let Some(asked) = self.asked.get_mut(&stream) else { return false };
        let PeerAnswer { block, body } = answer;
        frame::write_headers(&mut self.out, stream, body.is_empty(), block);
        let window = self.send_window.min(asked.window).max(0) as usize;
        if body.len() <= window.min(PAYLOAD_BYTES_MAX) {
            // The common case: nothing is kept of it.
            if !body.is_empty() {
                frame::write(&mut self.out, Kind::Data, END_STREAM, stream, body);
            }
            self.send_window -= body.len() as i64;
            self.asked.remove(&stream);
        } else {
            asked.answered = true;
            asked.body.clone_from(body);
            self.push();
        }
        true
    }

    /// Works on no stream that is not begun yet, and says so; once.
    pub fn go_away(&mut self) {
        if !std::mem::replace(&mut self.leaving, true) {
            frame::write_go_away(&mut self.out, self.last, code::NO_ERROR);
        }
    }

    /// Whether it said that it goes away, and has answered everything.
    pub fn is_gone(&self) -> bool {
        self.leaving && self.asked.is_empty()
    }

    /// Sends what the windows allow, and forgets what is answered whole.
    fn push(&mut self) {
        for (&stream, asked) in &mut self.asked {
            while asked.sent < asked.body.len() {
                let window = self.send_window.min(asked.window).max(0) as usize;
                let rest = &asked.body[asked.sent..];
                let bytes = rest.len().min(window).min(PAYLOAD_BYTES_MAX);
                if bytes == 0 {
                    break;
                }
                let flags = if bytes == rest.len() { END_STREAM } else { 0 };
                frame::write(&mut self.out, Kind::Data, flags, stream, &rest[..bytes]);
                asked.sent += bytes;
                self.send_window -= bytes as i64;
                asked.window -= bytes as i64;
            }
        }
        self.asked.retain(|_, asked| !asked.answered || asked.sent < asked.body.len());
    }

    /// Says bytes as they are.
    pub fn say(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// What is to be written; it counts as written.
    pub fn outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}
