//! What frames mean to a connection: answers, and everything that a peer may or may not say besides.

use std::fmt::Write as _;

use crate::http2::answer_head::{self, AnswerHead};
use crate::http2::deframer::{Deframer, Piece};
use crate::http2::frame::{
    ACK, END_HEADERS, END_STREAM, FrameHead, Kind, PAYLOAD_BYTES_MAX, code, number, setting,
};
use crate::http2::link::{CONNECTION_WINDOW, Link};
use crate::http2::stream::STREAM_WINDOW;
use crate::notes::Notes;
use crate::problem::Problem;
use crate::reader::{Shared, give_back};
use crate::recorder::Recorder;
use crate::rendered::Prepared;

/// Longest header block, in bytes as they come.
const BLOCK_BYTES_MAX: usize = 32 * 1024;
/// Frames that a header block comes in at most.
const BLOCK_FRAMES_MAX: u32 = 64;
/// Most that is shown of what a peer says when it goes away, in bytes.
const DEBUG_BYTES_MAX: usize = 120;

/// What a connection needs of its engine to take in what comes.
pub(crate) struct Context<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) shared: &'a mut Shared,
    pub(crate) recorder: &'a mut Recorder,
    pub(crate) notes: Option<&'a mut Notes>,
    pub(crate) now_ns: u64,
    pub(crate) dwell_ns: u64,
}

/// What the engine has to know of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Nothing,
    /// There may be more room for requests than before.
    Room,
    /// An answer is whole; a check may have failed.
    Answered {
        place: usize,
        problem: Option<Problem>,
    },
    /// A request failed, the connection goes on.
    Failed {
        place: usize,
        problem: Problem,
    },
    /// The peer goes away: requests from this number on it has not worked on.
    Away {
        unworked: u32,
    },
}

/// One connection: frames in, answers judged, frames out.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) link: Link,
    deframer: Deframer,
}

impl Session {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link, deframer: Deframer::new() }
    }

    pub(crate) fn reset(&mut self, shared: &mut Shared) {
        self.link.reset(shared);
        self.deframer.reset(&mut shared.heads);
    }

    /// How much of the frame being read was seen before.
    #[inline]
    pub(crate) fn seen(&self) -> (usize, usize) {
        self.deframer.seen()
    }

    /// Appends what was seen of a frame before the piece that made it a problem.
    pub(crate) fn show(&self, seen: (usize, usize), out: &mut Vec<u8>) {
        let (head, held) = self.deframer.show(seen);
        out.extend_from_slice(head);
        out.extend_from_slice(&held[..held.len().min(512)]);
    }

    /// Takes some of `input`, which is not empty; gives how much.
    ///
    /// # Errors
    ///
    /// The problem that makes the rest of the connection unreadable.
    #[inline]
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(usize, Event), Problem> {
        let link = &mut self.link;
        let fed =
            self.deframer.next(input, &mut context.shared.heads).and_then(|(taken, piece)| {
                let event = match piece {
                    None => Event::Nothing,
                    Some(Piece::Data { stream, data, counted, ends }) => {
                        link.check_order(Kind::Data)?;
                        link.data(stream, data, counted, ends, context)?
                    }
                    Some(Piece::Ignored) => {
                        link.check_order(Kind::Unknown(0))?;
                        link.idle()?;
                        Event::Nothing
                    }
                    Some(Piece::Frame { head, payload }) => {
                        link.check_order(head.kind)?;
                        link.frame(head, payload, context)?
                    }
                };
                Ok((taken, event))
            });
        // Whoever does not begin with settings speaks something else (RFC 9113 §3.4).
        fed.map_err(|problem| if self.link.greeted { problem } else { Problem::NotHttp2 })
    }
}

impl Link {
    /// Settings come first, and nothing comes between the frames of a header block.
    #[inline]
    fn check_order(&self, kind: Kind) -> Result<(), Problem> {
        let in_order = (self.greeted || kind == Kind::Settings)
            && (self.block.stream == 0) == (kind != Kind::Continuation);
        if in_order { Ok(()) } else { Err(Problem::Http2Protocol) }
    }

    fn frame(
        &mut self,
        head: FrameHead,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        match head.kind {
            Kind::Headers => {
                self.block.ends = head.has(END_STREAM);
                if head.has(END_HEADERS) {
                    return self.headers(head.stream, payload, context);
                }
                self.block.stream = head.stream;
                self.block.frames = 1;
                self.block.bytes = context.shared.heads.pop().unwrap_or_default();
                self.more_of_block(head, payload, context)
            }
            Kind::Continuation => {
                self.block.frames += 1;
                self.more_of_block(head, payload, context)
            }
            Kind::Settings => self.settings(head, payload),
            Kind::Reset => self.stream_reset(head, payload),
            Kind::GoAway => self.go_away(head, payload),
            Kind::WindowUpdate => {
                let more =
                    number(payload).filter(|_| payload.len() == 4).unwrap_or(0) & 0x7fff_ffff;
                if more == 0 || head.stream != 0 && !self.is_known(head.stream) {
                    return Err(Problem::Http2Protocol);
                }
                self.idle()?;
                self.widen(head.stream, more)?;
                Ok(Event::Nothing)
            }
            Kind::Ping => {
                if head.stream != 0 || payload.len() != 8 {
                    return Err(Problem::Http2Protocol);
                }
                self.idle()?;
                if !head.has(ACK) {
                    self.owe(Kind::Ping, ACK, payload)?;
                }
                Ok(Event::Nothing)
            }
            Kind::Priority if head.stream != 0 && payload.len() == 5 => {
                self.idle()?;
                Ok(Event::Nothing)
            }
            // We said that nothing is to be pushed (RFC 9113 §8.4).
            Kind::Priority | Kind::PushPromise | Kind::Data | Kind::Unknown(_) => {
                Err(Problem::Http2Protocol)
            }
        }
    }

    /// Part of a header block that comes in several frames.
    fn more_of_block(
        &mut self,
        head: FrameHead,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        if head.stream != self.block.stream {
            return Err(Problem::Http2Protocol);
        }
        if BLOCK_FRAMES_MAX < self.block.frames {
            return Err(Problem::Http2Flood);
        }
        if BLOCK_BYTES_MAX < self.block.bytes.len() + payload.len() {
            return Err(Problem::HeadTooLarge);
        }
        self.block.bytes.extend_from_slice(payload);
        if !head.has(END_HEADERS) {
            return Ok(Event::Nothing);
        }
        self.block.stream = 0;
        let mut block = std::mem::take(&mut self.block.bytes);
        let event = self.headers(head.stream, &block, context);
        give_back(&mut block, &mut context.shared.heads);
        event
    }

    /// A whole header block.
    #[inline]
    fn headers(
        &mut self,
        id: u32,
        block: &[u8],
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        let Some(place) = self.find(id) else { return self.stale_headers(id, block, context) };
        self.progress();
        let stream = &mut self.streams[place];
        let want = context.prepared.want(stream.flying.chosen);
        let trailers = stream.has_head();
        let known = if trailers || context.notes.is_some() {
            None
        } else {
            self.memo.recall(block, &self.table, &want)
        };
        let (head, verdict) = if let Some(known) = known {
            known
        } else {
            let before = self.table.changes;
            let text = &mut context.shared.text;
            let head = match answer_head::read(block, trailers, &mut self.table, text)? {
                Ok(head) => head,
                Err(problem) => return Ok(Self::unfit(place, problem, context, self)),
            };
            if trailers {
                return if self.block.ends {
                    Ok(self.finish(place, context))
                } else {
                    Err(Problem::Http2Protocol)
                };
            }
            let mut verdict = want.checks.of_head(head.status, text);
            self.memo.keep(block, (before, &self.table), &want, head, verdict);
            if let Some(notes) = context.notes.as_deref_mut() {
                verdict = verdict.or(notes.take_head(text, want.captures));
            }
            if let Some(problem) = verdict {
                context.recorder.show(&stream.flying.stamps, problem, text);
            }
            (head, verdict)
        };
        self.begin_answer(place, head, verdict, context)
    }

    #[inline]
    fn begin_answer(
        &mut self,
        place: usize,
        head: AnswerHead,
        verdict: Option<Problem>,
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        let stream = &mut self.streams[place];
        let want = context.prepared.want(stream.flying.chosen);
        if stream.piece_ns == 0 {
            let (now_ns, dwell_ns) = (context.now_ns, context.dwell_ns);
            context.recorder.first_piece(&stream.flying.stamps, 0, now_ns, dwell_ns);
        }
        stream.piece_ns = context.now_ns;
        if let Err(problem) = stream.take_head(head, verdict, &want, context.shared) {
            return Ok(Self::unfit(place, problem, context, self));
        }
        match (self.block.ends, stream.has_head()) {
            (true, true) => Ok(self.finish(place, context)),
            // An answer cannot end before it has begun.
            (true, false) => Err(Problem::Http2Protocol),
            (false, _) => Ok(Event::Nothing),
        }
    }

    /// A request whose answer is unfit fails by itself.
    fn unfit(place: usize, problem: Problem, context: &mut Context<'_>, link: &Self) -> Event {
        let stamps = &link.streams[place].flying.stamps;
        context.recorder.show(stamps, problem, &context.shared.text);
        Event::Failed { place, problem }
    }

    fn finish(&mut self, place: usize, context: &mut Context<'_>) -> Event {
        let stream = &mut self.streams[place];
        let want = context.prepared.want(stream.flying.chosen);
        let problem = stream.finish(&want, context.notes.as_deref_mut());
        Event::Answered { place, problem }
    }

    /// Headers of a stream that is over: they still change the table.
    fn stale_headers(
        &mut self,
        id: u32,
        block: &[u8],
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        if !self.is_known(id) {
            return Err(Problem::Http2Protocol);
        }
        // An unfit head of an answer that nobody waits for is of no interest.
        let _ = answer_head::read(block, false, &mut self.table, &mut context.shared.text)?;
        self.stale()
    }

    /// Something of a stream that is over: it can be on its way only if we ended it.
    const fn stale(&mut self) -> Result<Event, Problem> {
        if self.cancelled == 0 {
            return Err(Problem::Desync);
        }
        match self.idle() {
            Ok(()) => Ok(Event::Nothing),
            Err(problem) => Err(problem),
        }
    }

    #[inline]
    fn data(
        &mut self,
        id: u32,
        data: &[u8],
        counted: u32,
        ends: bool,
        context: &mut Context<'_>,
    ) -> Result<Event, Problem> {
        self.untold += counted;
        if CONNECTION_WINDOW < self.untold {
            return Err(Problem::FlowControl);
        }
        let Some(place) = self.find(id) else {
            if !self.is_known(id) {
                return Err(Problem::Http2Protocol);
            }
            self.tell_taken(None);
            // What was under way when we ended the stream may be a window's worth of frames.
            return if self.cancelled == 0 { Err(Problem::Desync) } else { Ok(Event::Nothing) };
        };
        let stream = &mut self.streams[place];
        stream.untold += counted;
        if STREAM_WINDOW < stream.untold {
            return Err(Problem::FlowControl);
        }
        if !stream.has_head() {
            return Err(Problem::Http2Protocol);
        }
        stream.piece_ns = context.now_ns;
        let want = context.prepared.want(stream.flying.chosen);
        let taken = stream.take_data(data, &want, context.shared.body_bytes_max);
        if let Err(problem) = taken {
            self.tell_taken(None);
            context.recorder.show(&self.streams[place].flying.stamps, problem, data);
            return Ok(Event::Failed { place, problem });
        }
        if ends {
            self.progress();
            self.tell_taken(None);
            let event = self.finish(place, context);
            if let Event::Answered { problem: Some(problem), .. } = event {
                context.recorder.show(&self.streams[place].flying.stamps, problem, data);
            }
            return Ok(event);
        }
        if data.is_empty() {
            self.idle()?;
        } else {
            self.progress();
        }
        self.tell_taken(Some(place));
        Ok(Event::Nothing)
    }

    fn settings(&mut self, head: FrameHead, payload: &[u8]) -> Result<Event, Problem> {
        if head.stream != 0 || !payload.len().is_multiple_of(6) {
            return Err(Problem::Http2Protocol);
        }
        if head.has(ACK) {
            self.idle()?;
            let proper = payload.is_empty() && self.greeted;
            return if proper { Ok(Event::Nothing) } else { Err(Problem::Http2Protocol) };
        }
        if self.greeted {
            self.idle()?;
        } else {
            // Unless it says otherwise there is no limit (RFC 9113 §6.5.2).
            self.peer_streams_max = u32::MAX;
        }
        for entry in payload.chunks_exact(6) {
            let which = u16::from_be_bytes([entry[0], entry[1]]);
            let value = number(&entry[2..]).unwrap_or(0);
            match which {
                setting::MAX_CONCURRENT_STREAMS => self.peer_streams_max = value,
                setting::INITIAL_WINDOW_SIZE => self.resize_windows(value)?,
                setting::MAX_FRAME_SIZE if (1 << 14..1 << 24).contains(&value) => {
                    self.payload_bytes_max = value.min(PAYLOAD_BYTES_MAX as u32);
                }
                setting::MAX_FRAME_SIZE => return Err(Problem::Http2Protocol),
                setting::ENABLE_PUSH if value != 0 => return Err(Problem::Http2Protocol),
                // Our blocks need no table; unknown settings are to be ignored.
                _ => {}
            }
        }
        self.greeted = true;
        self.owe(Kind::Settings, ACK, &[])?;
        Ok(Event::Room)
    }

    fn stream_reset(&mut self, head: FrameHead, payload: &[u8]) -> Result<Event, Problem> {
        let Some(reason) = number(payload).filter(|_| payload.len() == 4) else {
            return Err(Problem::Http2Protocol);
        };
        if !self.is_known(head.stream) {
            return Err(Problem::Http2Protocol);
        }
        let Some(place) = self.find(head.stream) else {
            self.idle()?;
            return Ok(Event::Nothing);
        };
        self.example.clear();
        let name = code::name(reason);
        write!(self.example, "RST_STREAM, code {reason:#x} ({name})").expect("texts take all");
        Ok(Event::Failed { place, problem: Problem::StreamReset })
    }

    fn go_away(&mut self, head: FrameHead, payload: &[u8]) -> Result<Event, Problem> {
        let (Some(last), Some(reason)) =
            (number(payload), payload.get(4..).and_then(number).filter(|_| head.stream == 0))
        else {
            return Err(Problem::Http2Protocol);
        };
        self.idle()?;
        self.retiring = true;
        self.example.clear();
        let said = &payload[8..payload.len().min(8 + DEBUG_BYTES_MAX)];
        let name = code::name(reason);
        write!(self.example, "GOAWAY, code {reason:#x} ({name})").expect("texts take all");
        if !said.is_empty() {
            self.example.push_str(": ");
            for byte in said {
                write!(self.example, "{}", byte.escape_ascii()).expect("texts take all");
            }
        }
        Ok(Event::Away { unworked: (last & 0x7fff_ffff).saturating_add(1) })
    }
}
