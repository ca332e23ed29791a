//! One HTTP/1.1 answer out of the bytes that come in, however they are cut, checked as it passes.
//!
//! Memory is bounded by the limits, not by what the answer claims; nothing is allocated as long as
//! the buffers taken from [`Shared`] last.

use crate::body::{Body, Step};
use crate::check::Checks;
use crate::head::{self, Framing, Head, Parsed};
use crate::judge::Judge;
use crate::notes::Notes;
use crate::problem::Problem;
use crate::request::CaptureFrom;

/// Longest head, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The 1xx answer at which patience ends.
pub(crate) const INFORMATIONAL_MAX: u8 = 16;
/// Longest head that is remembered.
const MEMO_BYTES_MAX: usize = 2048;

/// What answers look like that were odd but readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Answers whose lines end with LF alone.
    pub bare_lf: u64,
    /// Answers with `Content-Length` twice, both the same.
    pub repeated_length: u64,
    /// Answers in very many, very small chunks.
    pub tiny_chunks: u64,
}

impl Warnings {
    /// Adds what another shard saw.
    pub fn merge(&mut self, other: &Self) {
        self.bare_lf += other.bare_lf;
        self.repeated_length += other.repeated_length;
        self.tiny_chunks += other.tiny_chunks;
    }
}

/// What an answer must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Want<'a> {
    /// Number of the request among the plan's requests.
    pub(crate) request: u32,
    /// The request was a HEAD.
    pub(crate) to_head: bool,
    /// The dear checks are made.
    pub(crate) sampled: bool,
    pub(crate) checks: &'a Checks,
    pub(crate) length: Option<u64>,
    pub(crate) exact: Option<&'a [u8]>,
    pub(crate) blake3: Option<[u8; 32]>,
    /// By slot, what the user takes from the answer.
    pub(crate) captures: &'a [Option<CaptureFrom>],
    /// The body is looked at whole, by a check or a capture.
    pub(crate) keep_body: bool,
}

/// What the readers of one thread share: the last head, and buffers.
#[derive(Debug)]
pub(crate) struct Shared {
    memo: Memo,
    pub(crate) heads: Vec<Vec<u8>>,
    pub(crate) bodies: Vec<Vec<u8>>,
    /// Boxed because each is 2 KiB and most connections never hold one.
    pub(crate) hashers: HasherPool,
    pub(crate) body_bytes_max: u64,
    /// The head that is being looked at, as text (HTTP/2).
    pub(crate) text: Vec<u8>,
    pub(crate) warnings: Warnings,
}

#[allow(clippy::vec_box, reason = "the boxes move to readers and back")]
type HasherPool = Vec<Box<blake3::Hasher>>;

/// The last head, byte for byte, with what it meant. An identical one needs no parsing.
#[derive(Debug)]
struct Memo {
    bytes: Vec<u8>,
    head: Head,
    request: u32,
    to_head: bool,
    verdict: Option<Problem>,
}

impl Shared {
    /// Buffers for `connections` readers, of which all may hash or keep bodies if asked to.
    pub(crate) fn new(
        connections: usize,
        body_bytes_max: u64,
        (hash, bodies): (bool, bool),
        http2: bool,
    ) -> Self {
        // Few answers are cut within the head at the same time; these pages cost nothing untouched.
        let cut = connections.min(256);
        let hashers = if hash { connections.min(4096) } else { 0 };
        let bodies = if bodies { connections.min(1024) } else { 0 };
        let head = Head {
            status: 0,
            framing: Framing::UntilClose,
            close: true,
            bare_lf: false,
            repeated_length: false,
            bytes: 0,
        };
        let bytes = Vec::with_capacity(MEMO_BYTES_MAX);
        let memo = Memo { bytes, head, request: 0, to_head: false, verdict: None };
        Self {
            memo,
            // One byte more, by which a head is seen to be too long.
            heads: (0..cut).map(|_| Vec::with_capacity(HEAD_BYTES_MAX + 1)).collect(),
            bodies: (0..bodies).map(|_| Vec::with_capacity(HEAD_BYTES_MAX)).collect(),
            hashers: (0..hashers).map(|_| Box::default()).collect(),
            body_bytes_max,
            // A few bytes more: a line may end beyond the limit.
            text: Vec::with_capacity(if http2 { HEAD_BYTES_MAX + 16 } else { 0 }),
            warnings: Warnings::default(),
        }
    }

    /// Counts what is odd about the head of an answer.
    #[inline]
    fn note(&mut self, head: Head) {
        self.warnings.bare_lf += u64::from(head.bare_lf);
        self.warnings.repeated_length += u64::from(head.repeated_length);
    }
}

impl Memo {
    /// Whether `input` begins with the remembered head, in answer to the same request.
    #[inline]
    fn fits(&self, input: &[u8], want: &Want<'_>) -> bool {
        self.request == want.request
            && self.to_head == want.to_head
            && !self.bytes.is_empty()
            && input.starts_with(&self.bytes)
    }
}

/// Reads the answers of one connection, one after another.
#[derive(Debug)]
pub(crate) struct Reader {
    stage: Stage,
    informational: u8,
    /// The last head said that the connection ends with its answer.
    close: bool,
    /// Beginning of a head that was cut.
    held: Vec<u8>,
    judge: Judge,
}

#[derive(Debug)]
enum Stage {
    Head,
    Body(Body),
}

/// What came of feeding bytes to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// All bytes taken; the answer goes on.
    More,
    /// The answer ended after this many bytes.
    Answered {
        consumed: usize,
        /// The connection ends with it.
        close: bool,
        /// A check that failed.
        problem: Option<Problem>,
    },
}

impl Reader {
    pub(crate) const fn new() -> Self {
        Self {
            stage: Stage::Head,
            informational: 0,
            close: false,
            held: Vec::new(),
            judge: Judge::new(),
        }
    }

    /// Gives buffers back and waits for a new answer.
    pub(crate) fn reset(&mut self, shared: &mut Shared) {
        self.stage = Stage::Head;
        self.informational = 0;
        self.close = false;
        give_back(&mut self.held, &mut shared.heads);
        self.judge.reset(shared);
    }

    /// Whether nothing of an answer has been seen.
    pub(crate) const fn is_fresh(&self) -> bool {
        matches!(self.stage, Stage::Head) && self.held.is_empty() && self.informational == 0
    }

    /// The bytes to show for a problem that turned up in `input`.
    pub(crate) fn evidence<'a>(&'a self, input: &'a [u8]) -> &'a [u8] {
        if self.held.is_empty() { input } else { &self.held }
    }

    /// Takes bytes as they came.
    ///
    /// # Errors
    ///
    /// The problem that makes the rest of the connection unreadable.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        want: &Want<'_>,
        shared: &mut Shared,
        mut notes: Option<&mut Notes>,
    ) -> Result<Fed, Problem> {
        if notes.is_none()
            && let Some(fed) = self.known(input, want, shared)
        {
            return Ok(fed);
        }
        let mut at = 0;
        loop {
            let Stage::Body(body) = &mut self.stage else {
                match self.read_head(&input[at..], want, shared, notes.as_deref_mut())? {
                    Some(taken) => at += taken,
                    None => return Ok(Fed::More),
                }
                continue;
            };
            if body.is_done() {
                return Ok(self.finish(at, want, shared, notes));
            }
            if at == input.len() {
                return Ok(Fed::More);
            }
            match body.step(&input[at..])? {
                Step::Data(taken) => {
                    let before = body.bytes - taken as u64;
                    self.judge.examine(before, &input[at..at + taken], want);
                    at += taken;
                }
                Step::Framing(taken) => at += taken,
                Step::Done => {}
            }
        }
    }

    /// What becomes of an answer that is whole, its head the last one byte for byte, its length told
    /// there: most are such. Nothing if it is not.
    #[inline]
    fn known(&mut self, input: &[u8], want: &Want<'_>, shared: &mut Shared) -> Option<Fed> {
        let memo = &shared.memo;
        let head = memo.head;
        let Framing::Length(length) = head.framing else { return None };
        if !self.is_fresh() || !memo.fits(input, want) || shared.body_bytes_max < length {
            return None;
        }
        let body = input[head.bytes as usize..].get(..length as usize)?;
        let verdict = memo.verdict;
        shared.note(head);
        self.judge.begin(verdict, want, shared);
        if !body.is_empty() {
            self.judge.examine(0, body, want);
        }
        let problem = self.judge.finish(length, want, None);
        self.judge.reset(shared);
        let consumed = head.bytes as usize + body.len();
        Some(Fed::Answered { consumed, close: head.close, problem })
    }

    /// The connection ended. Tells whether that completes the answer.
    ///
    /// # Errors
    ///
    /// [`Problem::Closed`] before any byte of it, [`Problem::Incomplete`] within it.
    pub(crate) fn end(
        &mut self,
        want: &Want<'_>,
        shared: &mut Shared,
        notes: Option<&mut Notes>,
    ) -> Result<Fed, Problem> {
        match &self.stage {
            Stage::Body(body) if body.ends_with_connection() => {
                Ok(self.finish(0, want, shared, notes))
            }
            Stage::Head if self.is_fresh() => Err(Problem::Closed),
            Stage::Head => Err(self.malformed(want).unwrap_or(Problem::Incomplete)),
            Stage::Body(_) => Err(Problem::Incomplete),
        }
    }

    /// Reads a head, or what there is of it. Gives the number of bytes taken, or nothing if all
    /// were and more are needed.
    fn read_head(
        &mut self,
        input: &[u8],
        want: &Want<'_>,
        shared: &mut Shared,
        notes: Option<&mut Notes>,
    ) -> Result<Option<usize>, Problem> {
        if input.is_empty() {
            return Ok(None);
        }
        if self.held.is_empty() {
            let memo = &shared.memo;
            if memo.fits(input, want) {
                let missing = notes.and_then(|notes| notes.take_head(&memo.bytes, want.captures));
                let (head, verdict) = (memo.head, memo.verdict.or(missing));
                self.begin(head, verdict, want, shared)?;
                return Ok(Some(head.bytes as usize));
            }
            if let Parsed::Complete(head) = head::parse(input, want.to_head)? {
                self.complete(head, &input[..head.bytes as usize], want, shared, notes)?;
                return Ok(Some(head.bytes as usize));
            }
            self.held = shared.heads.pop().unwrap_or_default();
        }
        let before = self.held.len();
        let room = HEAD_BYTES_MAX + 1 - before;
        self.held.extend_from_slice(&input[..input.len().min(room)]);
        // Parsing again and again would make a head that trickles in cost its square.
        if before < 16 || head::ends_within(&self.held, before) {
            let held = std::mem::take(&mut self.held);
            let parsed = head::parse(&held, want.to_head);
            let outcome = match parsed {
                Ok(Parsed::Complete(head)) => {
                    let taken = head.bytes as usize - before;
                    self.complete(head, &held[..head.bytes as usize], want, shared, notes)
                        .map(|()| Some(taken))
                }
                Ok(Parsed::Partial) => Ok(None),
                Err(problem) => Err(problem),
            };
            self.held = held;
            match outcome {
                Ok(Some(_)) => {
                    give_back(&mut self.held, &mut shared.heads);
                    return outcome;
                }
                Ok(None) => {}
                Err(_) => return outcome,
            }
        }
        if HEAD_BYTES_MAX < self.held.len() {
            return Err(self.malformed(want).unwrap_or(Problem::HeadTooLarge));
        }
        Ok(None)
    }

    /// What is wrong with the part of a head that came before it broke off, so that the same bytes
    /// are the same problem however they were cut.
    fn malformed(&self, want: &Want<'_>) -> Option<Problem> {
        if self.held.is_empty() { None } else { head::parse(&self.held, want.to_head).err() }
    }

    /// A head has been parsed: judges, remembers and begins with the body.
    fn complete(
        &mut self,
        head: Head,
        raw: &[u8],
        want: &Want<'_>,
        shared: &mut Shared,
        notes: Option<&mut Notes>,
    ) -> Result<(), Problem> {
        if HEAD_BYTES_MAX < raw.len() {
            return Err(Problem::HeadTooLarge);
        }
        let verdict = want.checks.of_head(head.status, raw);
        if raw.len() <= MEMO_BYTES_MAX && 200 <= head.status {
            let memo = &mut shared.memo;
            memo.bytes.clear();
            memo.bytes.extend_from_slice(raw);
            (memo.head, memo.verdict) = (head, verdict);
            (memo.request, memo.to_head) = (want.request, want.to_head);
        }
        let missing = notes.and_then(|notes| notes.take_head(raw, want.captures));
        self.begin(head, verdict.or(missing), want, shared)
    }

    fn begin(
        &mut self,
        head: Head,
        verdict: Option<Problem>,
        want: &Want<'_>,
        shared: &mut Shared,
    ) -> Result<(), Problem> {
        if head.status < 200 {
            self.informational += 1;
            return if self.informational < INFORMATIONAL_MAX {
                Ok(())
            } else {
                Err(Problem::TooManyInformational)
            };
        }
        shared.note(head);
        self.close = head.close;
        self.stage = Stage::Body(Body::new(head.framing, shared.body_bytes_max)?);
        self.judge.begin(verdict, want, shared);
        Ok(())
    }

    /// The body is whole: the last checks.
    fn finish(
        &mut self,
        consumed: usize,
        want: &Want<'_>,
        shared: &mut Shared,
        notes: Option<&mut Notes>,
    ) -> Fed {
        let Stage::Body(body) = &self.stage else { unreachable!("only a body can be finished") };
        shared.warnings.tiny_chunks += u64::from(body.has_tiny_chunks());
        let problem = self.judge.finish(body.bytes, want, notes);
        let close = self.close;
        self.reset(shared);
        Fed::Answered { consumed, close, problem }
    }
}

/// Puts a buffer back, keeping its room.
pub(crate) fn give_back(buffer: &mut Vec<u8>, pool: &mut Vec<Vec<u8>>) {
    if 0 < buffer.capacity() {
        let mut taken = std::mem::take(buffer);
        taken.clear();
        pool.push(taken);
    }
}
