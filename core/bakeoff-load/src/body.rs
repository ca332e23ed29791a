//! Where the body of an answer lies in the bytes that come in: length, chunks or until the end.

use crate::head::Framing;
use crate::problem::Problem;

/// Longest chunk size line, its extension included, in bytes.
const CHUNK_LINE_BYTES_MAX: u32 = 4096;
/// Longest trailer section, in bytes.
const TRAILER_BYTES_MAX: u32 = 8192;
/// More chunks than this, of less than [`TINY_CHUNK_BYTES`] each on average, are pathological.
const CHUNKS_UNREMARKABLE: u64 = 1000;
const TINY_CHUNK_BYTES: u64 = 16;

/// What is left of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    state: State,
    /// Body bytes handed out so far.
    pub(crate) bytes: u64,
    chunks: u64,
    bytes_max: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Length { left: u64 },
    UntilClose,
    ChunkSize { size: u64, digits: u32 },
    ChunkExtension { size: u64, length: u32 },
    ChunkData { left: u64 },
    ChunkEnd,
    Trailer { length: u32, line_empty: bool },
    Done,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The first `0` bytes are body.
    Data(usize),
    /// The first `0` bytes are framing.
    Framing(usize),
    /// The body ended before these bytes.
    Done,
}

impl Body {
    pub(crate) const fn new(framing: Framing, bytes_max: u64) -> Result<Self, Problem> {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(left) if bytes_max < left => return Err(Problem::BodyTooLarge),
            Framing::Length(left) => State::Length { left },
            Framing::Chunked => State::ChunkSize { size: 0, digits: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        Ok(Self { state, bytes: 0, chunks: 0, bytes_max })
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether the end of the connection is the end of the body.
    pub(crate) const fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// Whether the chunks were so small that reading them is work without cause.
    pub(crate) const fn has_tiny_chunks(&self) -> bool {
        CHUNKS_UNREMARKABLE < self.chunks && self.bytes < self.chunks * TINY_CHUNK_BYTES
    }

    /// Says what the beginning of `input`, which is not empty, is. Call until it says
    /// [`Step::Done`] or the input is used up.
    pub(crate) fn step(&mut self, input: &[u8]) -> Result<Step, Problem> {
        let available = input.len() as u64;
        match &mut self.state {
            State::Done => Ok(Step::Done),
            State::UntilClose => self.data(available),
            State::Length { left } => {
                let taken = available.min(*left);
                *left -= taken;
                if *left == 0 {
                    self.state = State::Done;
                }
                self.data(taken)
            }
            State::ChunkData { left } => {
                let taken = available.min(*left);
                *left -= taken;
                if *left == 0 {
                    self.state = State::ChunkEnd;
                }
                self.data(taken)
            }
            State::ChunkSize { .. }
            | State::ChunkExtension { .. }
            | State::ChunkEnd
            | State::Trailer { .. } => self.framing(input),
        }
    }

    fn data(&mut self, taken: u64) -> Result<Step, Problem> {
        self.bytes += taken;
        if self.bytes_max < self.bytes {
            return Err(Problem::BodyTooLarge);
        }
        Ok(Step::Data(taken as usize))
    }

    /// Takes framing bytes until data, the end, or the end of the input.
    fn framing(&mut self, input: &[u8]) -> Result<Step, Problem> {
        for (index, &byte) in input.iter().enumerate() {
            self.state = self.after(byte)?;
            if matches!(self.state, State::ChunkData { .. } | State::Done) {
                return Ok(Step::Framing(index + 1));
            }
        }
        Ok(Step::Framing(input.len()))
    }

    fn after(&mut self, byte: u8) -> Result<State, Problem> {
        Ok(match self.state {
            State::ChunkSize { size, digits } => match (char::from(byte).to_digit(16), byte) {
                (Some(_), _) if size >> 60 != 0 => return Err(Problem::ChunkOverflow),
                (Some(_), _) if digits == 32 => return Err(Problem::InvalidChunk),
                (Some(digit), _) => {
                    State::ChunkSize { size: size << 4 | u64::from(digit), digits: digits + 1 }
                }
                (None, b'\r' | b'\n' | b';' | b' ' | b'\t') if 0 < digits => {
                    if byte == b'\n' {
                        self.chunk(size)
                    } else {
                        State::ChunkExtension { size, length: 0 }
                    }
                }
                (None, _) => return Err(Problem::InvalidChunk),
            },
            State::ChunkExtension { size, .. } if byte == b'\n' => self.chunk(size),
            State::ChunkExtension { length: CHUNK_LINE_BYTES_MAX, .. } => {
                return Err(Problem::ChunkExtensionTooLarge);
            }
            State::ChunkExtension { size, length } => {
                State::ChunkExtension { size, length: length + 1 }
            }
            State::ChunkEnd => match byte {
                b'\r' => State::ChunkEnd,
                b'\n' => State::ChunkSize { size: 0, digits: 0 },
                _ => return Err(Problem::InvalidChunk),
            },
            State::Trailer { line_empty: true, .. } if byte == b'\n' => State::Done,
            State::Trailer { length: TRAILER_BYTES_MAX, .. } => {
                return Err(Problem::TrailersTooLarge);
            }
            State::Trailer { length, line_empty } => State::Trailer {
                length: length + 1,
                line_empty: byte == b'\n' || line_empty && byte == b'\r',
            },
            State::Length { .. } | State::UntilClose | State::ChunkData { .. } | State::Done => {
                unreachable!("these states take no framing")
            }
        })
    }

    const fn chunk(&mut self, size: u64) -> State {
        if size == 0 {
            return State::Trailer { length: 0, line_empty: true };
        }
        self.chunks += 1;
        State::ChunkData { left: size }
    }
}
