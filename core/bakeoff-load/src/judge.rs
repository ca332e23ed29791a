//! Whether an answer is right, told as it passes, whatever the protocol that brought it.

use crate::check::JSON_BODY_BYTES_MAX;
use crate::notes::Notes;
use crate::problem::Problem;
use crate::reader::{Shared, Want, give_back};

/// Judges one answer after another.
#[derive(Debug)]
pub(crate) struct Judge {
    problem: Option<Problem>,
    /// Body kept for checks that need it whole.
    kept: Vec<u8>,
    hasher: Option<Box<blake3::Hasher>>,
}

impl Judge {
    pub(crate) const fn new() -> Self {
        Self { problem: None, kept: Vec::new(), hasher: None }
    }

    /// Gives buffers back and forgets.
    #[inline]
    pub(crate) fn reset(&mut self, shared: &mut Shared) {
        self.problem = None;
        give_back(&mut self.kept, &mut shared.bodies);
        if let Some(mut hasher) = self.hasher.take() {
            hasher.reset();
            shared.hashers.push(hasher);
        }
    }

    /// A head has come, on which `verdict` was given; its body follows.
    #[inline]
    pub(crate) fn begin(&mut self, verdict: Option<Problem>, want: &Want<'_>, shared: &mut Shared) {
        self.problem = verdict;
        if want.sampled && want.blake3.is_some() {
            self.hasher = Some(shared.hashers.pop().unwrap_or_default());
        }
        if want.keep_body {
            self.kept = shared.bodies.pop().unwrap_or_default();
        }
    }

    /// A piece of the body, `before` bytes of which came already.
    #[inline]
    pub(crate) fn examine(&mut self, before: u64, data: &[u8], want: &Want<'_>) {
        if let Some(exact) = want.exact {
            let from = before as usize;
            let expected = exact.get(from..from + data.len());
            if expected != Some(data) {
                self.problem.get_or_insert(Problem::WrongBody);
            }
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(data);
        }
        if want.keep_body {
            let room = JSON_BODY_BYTES_MAX - self.kept.len();
            self.kept.extend_from_slice(&data[..data.len().min(room)]);
        }
    }

    /// The body is whole, of `bytes` bytes: the last checks, and what is wrong.
    #[inline]
    pub(crate) fn finish(
        &self,
        bytes: u64,
        want: &Want<'_>,
        notes: Option<&mut Notes>,
    ) -> Option<Problem> {
        let mut problem = self.problem;
        if want.to_head {
            return problem;
        }
        let wrong_length = |length: Option<u64>| length.is_some_and(|want| want != bytes);
        if wrong_length(want.length) || wrong_length(want.checks.length()) {
            problem = problem.or(Some(Problem::WrongLength));
        }
        if want.exact.is_some_and(|exact| exact.len() as u64 != bytes) {
            problem = problem.or(Some(Problem::WrongBody));
        }
        if let (Some(hasher), Some(hash)) = (&self.hasher, want.blake3)
            && *hasher.finalize().as_bytes() != hash
        {
            problem = problem.or(Some(Problem::WrongBody));
        }
        if want.sampled && want.checks.wants_body() {
            problem = problem.or_else(|| want.checks.of_body(&self.kept));
        }
        if let Some(notes) = notes
            && want.keep_body
        {
            problem = problem.or(notes.take_body(&self.kept, want.captures));
        }
        problem
    }
}
