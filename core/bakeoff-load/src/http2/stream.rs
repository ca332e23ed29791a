//! One stream: a request in flight and what came of its answer so far.

use crate::connection::Flying;
use crate::http2::answer_head::AnswerHead;
use crate::judge::Judge;
use crate::problem::Problem;
use crate::reader::{INFORMATIONAL_MAX, Shared, Want};

/// Window we give each stream, in bytes: what a server may send before we say that we took it.
pub(crate) const STREAM_WINDOW: u32 = 16 << 20;

/// A place for a request in flight.
#[derive(Debug)]
pub(crate) struct Stream {
    /// 0 if the place is free.
    pub(crate) id: u32,
    pub(crate) flying: Flying,
    /// What the peer lets us send.
    pub(crate) send_window: i64,
    /// Bytes of the request's body not yet framed.
    pub(crate) body_left: u32,
    /// When the last piece of the answer came; 0 before the first.
    pub(crate) piece_ns: u64,
    /// Bytes taken of which the peer was not told.
    pub(crate) untold: u32,
    head: Option<AnswerHead>,
    informational: u8,
    /// Body bytes so far.
    bytes: u64,
    judge: Judge,
}

impl Stream {
    pub(crate) const fn new() -> Self {
        Self {
            id: 0,
            flying: Flying::NONE,
            send_window: 0,
            body_left: 0,
            piece_ns: 0,
            untold: 0,
            head: None,
            informational: 0,
            bytes: 0,
            judge: Judge::new(),
        }
    }

    /// A request takes the place.
    pub(crate) fn begin(&mut self, id: u32, flying: Flying, send_window: i64, body_bytes: u32) {
        (self.id, self.flying) = (id, flying);
        (self.send_window, self.body_left) = (send_window, body_bytes);
        (self.piece_ns, self.untold, self.bytes) = (0, 0, 0);
        (self.head, self.informational) = (None, 0);
    }

    /// The place is free again.
    #[inline]
    pub(crate) fn release(&mut self, shared: &mut Shared) {
        self.id = 0;
        self.body_left = 0;
        self.judge.reset(shared);
    }

    /// Whether the head of the answer, not of one before it, has come.
    pub(crate) const fn has_head(&self) -> bool {
        self.head.is_some()
    }

    /// The head of an answer, on which `verdict` was given.
    #[inline]
    pub(crate) fn take_head(
        &mut self,
        head: AnswerHead,
        verdict: Option<Problem>,
        want: &Want<'_>,
        shared: &mut Shared,
    ) -> Result<(), Problem> {
        if head.status == 101 {
            return Err(Problem::UnaskedUpgrade);
        }
        if head.status < 200 {
            self.informational += 1;
            return if self.informational < INFORMATIONAL_MAX {
                Ok(())
            } else {
                Err(Problem::TooManyInformational)
            };
        }
        if head.status == 204 && head.length.is_some_and(|length| 0 < length) {
            return Err(Problem::Desync);
        }
        if !want.to_head && head.length.is_some_and(|length| shared.body_bytes_max < length) {
            return Err(Problem::BodyTooLarge);
        }
        shared.warnings.repeated_length += u64::from(head.repeated_length);
        self.head = Some(head);
        self.judge.begin(verdict, want, shared);
        Ok(())
    }

    /// A piece of the body.
    #[inline]
    pub(crate) fn take_data(
        &mut self,
        data: &[u8],
        want: &Want<'_>,
        bytes_max: u64,
    ) -> Result<(), Problem> {
        let before = self.bytes;
        self.bytes += data.len() as u64;
        if bytes_max < self.bytes {
            return Err(Problem::BodyTooLarge);
        }
        let length = self.head.and_then(|head| head.length);
        if !data.is_empty() && (want.to_head || length.is_some_and(|length| length < self.bytes)) {
            return Err(Problem::InvalidLength);
        }
        self.judge.examine(before, data, want);
        Ok(())
    }

    /// The answer is whole: what is wrong with it.
    #[inline]
    pub(crate) fn finish(
        &mut self,
        want: &Want<'_>,
        notes: Option<&mut crate::notes::Notes>,
    ) -> Option<Problem> {
        let head = self.head.unwrap_or_default();
        let bodiless = want.to_head || head.status == 304;
        if !bodiless && head.length.is_some_and(|length| self.bytes < length) {
            return Some(Problem::Incomplete);
        }
        self.judge.finish(self.bytes, want, notes)
    }
}
