//! What each answer must satisfy. A failed check is an error of its kind, never throughput.

use crate::head;
use crate::json;
use crate::problem::Problem;

/// What each answer must satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// The status lies in this range, both ends included.
    Status {
        /// Smallest status.
        first: u16,
        /// Largest status.
        last: u16,
    },
    /// The body has this length in bytes.
    Length(u64),
    /// A header field is there and, where a value is given, has it.
    Header {
        /// Name, in any case.
        name: String,
        /// Value, exactly.
        value: Option<String>,
    },
    /// The body has this BLAKE3 hash. Done on the sample.
    Blake3([u8; 32]),
    /// The body is JSON in which the value at a pointer (RFC 6901) is written as given. On the
    /// sample, and only if the body is at most [`JSON_BODY_BYTES_MAX`] long.
    Json {
        /// Where the value lies, for example `/items/0/id`.
        pointer: String,
        /// How the value is written in JSON, for example `42` or `"open"`.
        text: String,
    },
}

/// A check that any answer passes whose status lies in a class, for example 2 for 2xx.
pub const fn status_class(class: u16) -> Check {
    Check::Status { first: class * 100, last: class * 100 + 99 }
}

/// Longest body whose JSON is checked, in bytes.
pub const JSON_BODY_BYTES_MAX: usize = 64 * 1024;

/// The checks of one request, ready to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    status: Vec<(u16, u16)>,
    length: Option<u64>,
    headers: Vec<(String, Option<String>)>,
    blake3: Option<[u8; 32]>,
    json: Vec<(String, String)>,
}

impl Checks {
    pub(crate) fn new(checks: &[Check]) -> Self {
        let mut ready = Self::default();
        for check in checks {
            match check {
                Check::Status { first, last } => ready.status.push((*first, *last)),
                Check::Length(length) => ready.length = Some(*length),
                Check::Header { name, value } => ready.headers.push((name.clone(), value.clone())),
                Check::Blake3(hash) => ready.blake3 = Some(*hash),
                Check::Json { pointer, text } => ready.json.push((pointer.clone(), text.clone())),
            }
        }
        if ready.status.is_empty() {
            ready.status.push((100, 399));
        }
        ready
    }

    pub(crate) const fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) const fn blake3(&self) -> Option<[u8; 32]> {
        self.blake3
    }

    /// Whether the whole body is looked at in one piece.
    pub(crate) const fn wants_body(&self) -> bool {
        !self.json.is_empty()
    }

    /// What is wrong with a head, given as parsed and raw.
    pub(crate) fn of_head(&self, status: u16, raw: &[u8]) -> Option<Problem> {
        if !self.status.iter().any(|&(first, last)| (first..=last).contains(&status)) {
            return Some(Problem::WrongStatus);
        }
        for (name, value) in &self.headers {
            let found = head::fields(raw, name).next();
            let right = match value {
                Some(value) => found == Some(value.as_bytes()),
                None => found.is_some(),
            };
            if !right {
                return Some(Problem::WrongHeader);
            }
        }
        None
    }

    /// What is wrong with the values in a body.
    pub(crate) fn of_body(&self, body: &[u8]) -> Option<Problem> {
        let wrong = self
            .json
            .iter()
            .any(|(pointer, text)| json::at(body, pointer) != Some(text.as_bytes()));
        wrong.then_some(Problem::WrongJson)
    }
}
