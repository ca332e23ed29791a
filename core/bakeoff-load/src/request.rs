//! What is asked: weighted requests, as templates or as concrete variants with expected answers.

use std::collections::BTreeMap;

use crate::check::Check;
use crate::template::Generator;

/// One kind of request and its share of all requests.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedRequest {
    /// What people call it, for example `GET /orders/{id}`.
    pub name: String,
    /// Its share: over each cycle of the sum of all weights it is sent exactly this often.
    pub weight: u32,
    /// What is sent.
    pub shape: RequestShape,
    /// What each answer must satisfy. Without a [`Check::Status`] among them, a status below 400.
    pub checks: Vec<Check>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestShape {
    /// A request with seeded holes.
    Template(RequestTemplate),
    /// Requests that one virtual user makes one after another, each as soon as the one before is
    /// answered rightly; what an answer yields can stand in the requests after it. A failure ends
    /// it. Each request counts by itself.
    Scenario(Vec<Step>),
    /// Concrete requests, each with the answer it must get; drawn by seed, all equally likely.
    Variants(Vec<Variant>),
}

/// A request with seeded holes; see [`crate::Generator`] for what can stand in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestTemplate {
    /// Method, for example `GET`.
    pub method: String,
    /// Path and query, a template.
    pub path: String,
    /// Header fields: name, and value as a template.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Payload,
    /// Values that the templates may name.
    pub values: BTreeMap<String, Generator>,
}

/// One request of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The request; its templates may name what earlier steps captured.
    pub template: RequestTemplate,
    /// What its answer must satisfy, besides the checks of the whole scenario.
    pub checks: Vec<Check>,
    /// What is taken from its answer. A value that is not there is a failed check.
    pub captures: Vec<Capture>,
}

/// A value to be taken from an answer, of at most [`crate::CAPTURE_BYTES_MAX`] bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// What later templates call it.
    pub name: String,
    /// Where it stands.
    pub from: CaptureFrom,
}

/// Where a captured value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureFrom {
    /// In a JSON body, at a pointer (RFC 6901); strings without their quotes.
    Json {
        /// The pointer.
        pointer: String,
    },
    /// In a header field.
    Header {
        /// Its name, in any case.
        name: String,
    },
}

/// A request's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// None.
    #[default]
    Empty,
    /// The same bytes always.
    Fixed(Vec<u8>),
    /// A template.
    Template(String),
}

/// One concrete request and the answer it must get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Method, for example `GET`.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Header fields, as sent.
    pub headers: Vec<(String, String)>,
    /// Body, as sent.
    pub body: Vec<u8>,
    /// What the answer's body must be.
    pub expected: Expected,
}

/// What an answer's body must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    #[default]
    Any,
    /// Of this length, in bytes.
    Length(u64),
    /// These bytes. Up to [`CHEAP_BODY_BYTES_MAX`] compared on every answer, else on the sample.
    Exact(Vec<u8>),
    /// Of this length and BLAKE3 hash: length on every answer, hash on the sample.
    Hash {
        /// Length in bytes.
        length: u64,
        /// BLAKE3 of the body.
        blake3: [u8; 32],
    },
}

/// Longest expected body that is compared on every answer, in bytes.
pub const CHEAP_BODY_BYTES_MAX: usize = 4096;

impl WeightedRequest {
    /// `GET path`, weight 1, no checks beyond a status below 400.
    pub fn get(path: &str) -> Self {
        let template = RequestTemplate {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..RequestTemplate::default()
        };
        Self {
            name: format!("GET {path}"),
            weight: 1,
            shape: RequestShape::Template(template),
            checks: Vec::new(),
        }
    }
}

impl Variant {
    /// `GET path` whose answer must have this body.
    pub fn get(path: &str, expected: Expected) -> Self {
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            expected,
        }
    }
}
