//! Frames out of the bytes that come in, however they are cut. DATA is passed on as it comes; other
//! frames whole, from where they lie if they lie there whole.

use crate::http2::frame::{
    END_STREAM, FrameHead, HEAD_BYTES, Kind, PADDED, PAYLOAD_BYTES_MAX, PRIORITY,
};
use crate::problem::Problem;
use crate::reader::give_back;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A part of DATA.
    Data {
        stream: u32,
        data: &'a [u8],
        /// Bytes that count for flow control, padding included.
        counted: u32,
        /// The stream ends with it.
        ends: bool,
    },
    /// Any other frame that is known, its padding taken off.
    Frame { head: FrameHead, payload: &'a [u8] },
    /// A frame that is to be ignored.
    Ignored,
}

/// Finds the frames of one connection.
#[derive(Debug)]
pub(crate) struct Deframer {
    /// Head of the frame, of which `head_bytes` bytes came.
    raw: [u8; HEAD_BYTES],
    head_bytes: u8,
    stage: Stage,
    /// Beginning of a payload that was cut.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Head,
    /// DATA whose first byte says how much padding there is.
    Padding,
    /// DATA: bytes still to come, and how many of the last are padding.
    Data {
        left: u32,
        padding: u32,
        uncounted: u32,
    },
    /// Another frame, held if it does not lie there whole.
    Payload,
    /// The frame held was given out.
    Given,
    Skip {
        left: u32,
    },
}

impl Deframer {
    pub(crate) const fn new() -> Self {
        Self { raw: [0; HEAD_BYTES], head_bytes: 0, stage: Stage::Head, held: Vec::new() }
    }

    /// A new connection.
    pub(crate) fn reset(&mut self, pool: &mut Vec<Vec<u8>>) {
        (self.head_bytes, self.stage) = (0, Stage::Head);
        give_back(&mut self.held, pool);
    }

    /// How much of the frame being read was seen before: of its head, and of what is held.
    pub(crate) fn seen(&self) -> (usize, usize) {
        match self.stage {
            Stage::Head => (self.head_bytes.into(), 0),
            Stage::Given => (0, 0),
            Stage::Padding | Stage::Data { .. } | Stage::Payload | Stage::Skip { .. } => {
                (HEAD_BYTES, self.held.len())
            }
        }
    }

    /// What was seen, for those who want to know what is wrong with it.
    pub(crate) fn show(&self, (head, held): (usize, usize)) -> (&[u8], &[u8]) {
        (&self.raw[..head], &self.held[..held.min(self.held.len())])
    }

    /// Takes some of `input`, which is not empty: gives how much, and what it completes.
    pub(crate) fn next<'a>(
        &'a mut self,
        input: &'a [u8],
        pool: &mut Vec<Vec<u8>>,
    ) -> Result<(usize, Option<Piece<'a>>), Problem> {
        if matches!(self.stage, Stage::Given) {
            give_back(&mut self.held, pool);
            self.stage = Stage::Head;
        }
        let mut taken = 0;
        if matches!(self.stage, Stage::Head) {
            taken = self.take_head(input);
            if usize::from(self.head_bytes) < HEAD_BYTES {
                return Ok((taken, None));
            }
            self.head_bytes = 0;
            self.begin()?;
        }
        let frame = FrameHead::parse(&self.raw);
        let rest = &input[taken..];
        match self.stage {
            Stage::Head | Stage::Given => unreachable!("a head was read"),
            Stage::Padding => {
                let Some((&padding, _)) = rest.split_first() else { return Ok((taken, None)) };
                let left = frame.length - 1;
                if left < u32::from(padding) {
                    return Err(Problem::Http2Protocol);
                }
                self.stage = Stage::Data { left, padding: padding.into(), uncounted: 1 };
                let (more, piece) = self.data(&rest[1..], frame);
                Ok((taken + 1 + more, piece))
            }
            Stage::Data { .. } => {
                let (more, piece) = self.data(rest, frame);
                Ok((taken + more, piece))
            }
            Stage::Skip { left } => {
                let skipped = (left as usize).min(rest.len());
                let left = left - skipped as u32;
                self.stage = if left == 0 { Stage::Head } else { Stage::Skip { left } };
                Ok((taken + skipped, (left == 0).then_some(Piece::Ignored)))
            }
            Stage::Payload => self.payload(frame, input, taken, pool),
        }
    }

    fn take_head(&mut self, input: &[u8]) -> usize {
        let from = usize::from(self.head_bytes);
        let taken = (HEAD_BYTES - from).min(input.len());
        self.raw[from..from + taken].copy_from_slice(&input[..taken]);
        self.head_bytes += taken as u8;
        taken
    }

    /// A head is whole: how its payload is to be read.
    fn begin(&mut self) -> Result<(), Problem> {
        let frame = FrameHead::parse(&self.raw);
        if PAYLOAD_BYTES_MAX < frame.length as usize {
            return Err(Problem::Http2Protocol);
        }
        self.stage = match frame.kind {
            Kind::Data if frame.has(PADDED) && frame.length == 0 => {
                return Err(Problem::Http2Protocol);
            }
            Kind::Data if frame.has(PADDED) => Stage::Padding,
            Kind::Data => Stage::Data { left: frame.length, padding: 0, uncounted: 0 },
            Kind::Unknown(_) => Stage::Skip { left: frame.length },
            Kind::Headers
            | Kind::Priority
            | Kind::Reset
            | Kind::Settings
            | Kind::PushPromise
            | Kind::Ping
            | Kind::GoAway
            | Kind::WindowUpdate
            | Kind::Continuation => Stage::Payload,
        };
        Ok(())
    }

    fn data<'a>(&mut self, rest: &'a [u8], frame: FrameHead) -> (usize, Option<Piece<'a>>) {
        let Stage::Data { left, padding, uncounted } = self.stage else {
            unreachable!("only within DATA")
        };
        if rest.is_empty() && 0 < left {
            return (0, None);
        }
        let taken = (left as usize).min(rest.len()) as u32;
        let data = &rest[..taken.min(left.saturating_sub(padding)) as usize];
        let left = left - taken;
        self.stage = if left == 0 {
            Stage::Head
        } else {
            Stage::Data { left, padding: padding.min(left), uncounted: 0 }
        };
        let ends = left == 0 && frame.has(END_STREAM);
        let counted = taken + uncounted;
        (taken as usize, Some(Piece::Data { stream: frame.stream, data, counted, ends }))
    }

    fn payload<'a>(
        &'a mut self,
        head: FrameHead,
        input: &'a [u8],
        taken: usize,
        pool: &mut Vec<Vec<u8>>,
    ) -> Result<(usize, Option<Piece<'a>>), Problem> {
        let rest = &input[taken..];
        let length = head.length as usize;
        if self.held.is_empty() && length <= rest.len() {
            self.stage = Stage::Head;
            let payload = bare(head, &rest[..length])?;
            return Ok((taken + length, Some(Piece::Frame { head, payload })));
        }
        if self.held.capacity() == 0 {
            self.held = pool.pop().unwrap_or_default();
        }
        let more = (length - self.held.len()).min(rest.len());
        self.held.extend_from_slice(&rest[..more]);
        if self.held.len() < length {
            return Ok((taken + more, None));
        }
        self.stage = Stage::Given;
        let payload = bare(head, &self.held)?;
        Ok((taken + more, Some(Piece::Frame { head, payload })))
    }
}

/// The payload of HEADERS without padding and priority (RFC 9113 §6.2); of others as it is.
fn bare(head: FrameHead, payload: &[u8]) -> Result<&[u8], Problem> {
    if head.kind != Kind::Headers {
        return Ok(payload);
    }
    let mut rest = payload;
    let mut padding = 0;
    if head.has(PADDED) {
        let (&first, after) = rest.split_first().ok_or(Problem::Http2Protocol)?;
        (padding, rest) = (usize::from(first), after);
    }
    if head.has(PRIORITY) {
        rest = rest.get(5..).ok_or(Problem::Http2Protocol)?;
    }
    let length = rest.len().checked_sub(padding).ok_or(Problem::Http2Protocol)?;
    Ok(&rest[..length])
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::http2::frame::write;
    use proptest::prelude::*;

    /// What comes of bytes cut into pieces, the parts of DATA put together.
    fn told(bytes: &[u8], cut: usize) -> String {
        let (mut deframer, mut pool) = (Deframer::new(), Vec::new());
        let (mut said, mut data, mut counted_all) = (String::new(), Vec::new(), 0);
        for piece in bytes.chunks(cut.max(1)) {
            let mut rest = piece;
            while !rest.is_empty() {
                let (taken, piece) = match deframer.next(rest, &mut pool) {
                    Ok(next) => next,
                    Err(problem) => return format!("{said}{problem:?}"),
                };
                match piece {
                    Some(Piece::Data { stream, data: part, counted, ends }) => {
                        data.extend_from_slice(part);
                        counted_all += counted;
                        if ends {
                            writeln!(said, "data {stream} {data:?} counted {counted_all}").unwrap();
                            (data, counted_all) = (Vec::new(), 0);
                        }
                    }
                    Some(Piece::Frame { head, payload }) => {
                        writeln!(said, "{:?} {} {payload:?}", head.kind, head.stream).unwrap();
                    }
                    Some(Piece::Ignored) => said += "ignored\n",
                    None => {}
                }
                rest = &rest[taken..];
            }
        }
        said
    }

    #[test]
    fn padding_and_priority_are_taken_off() {
        let mut out = Vec::new();
        write(&mut out, Kind::Headers, PADDED | PRIORITY, 1, &[2, 0, 0, 0, 0, 16, 0x88, 0, 0]);
        write(&mut out, Kind::Data, PADDED | END_STREAM, 1, &[3, b'o', b'k', 0, 0, 0]);
        write(&mut out, Kind::Unknown(77), 0, 0, &[1, 2, 3]);
        write(&mut out, Kind::Data, END_STREAM, 3, &[]);
        write(&mut out, Kind::Data, PADDED, 5, &[2, 0]);
        for cut in [1, 2, 7, 1000] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(told(&out, cut), @r"
                Headers 1 [136]
                data 1 [111, 107] counted 6
                ignored
                data 3 [] counted 0
                Http2Protocol
                ");
            }
        }
    }

    proptest! {
        #[test]
        fn frames_are_the_same_however_they_are_cut(
            frames in proptest::collection::vec((0_u8..12, any::<u8>(), 0_u32..9, 0_usize..40), 0..8),
            cut in 1_usize..60,
        ) {
            let mut out = Vec::new();
            for (kind, flags, stream, length) in frames {
                // Every DATA ends, so that how many parts it comes in does not show.
                write(&mut out, Kind::of(kind), flags | END_STREAM, stream, &vec![1; length]);
            }
            prop_assert_eq!(told(&out, cut), told(&out, usize::MAX));
        }
    }
}
