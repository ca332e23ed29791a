//! A plan made ready: every request that can be is rendered before the first is sent.

use crate::check::{Check, Checks};
use crate::plan::{LoadPlan, PlanError};
use crate::random::{Purpose, Random};
use crate::reader::Want;
use crate::request::{
    CHEAP_BODY_BYTES_MAX, Expected, Payload, RequestShape, RequestTemplate, Variant,
    WeightedRequest,
};
use crate::template::{Template, Values};

/// Most that the weights may add up to.
const CYCLE_MAX: u64 = 1 << 20;
/// Shortest table of shuffled cycles, so that the order does not show a period.
const TABLE_MIN: u64 = 4096;
/// Most memory for requests rendered in advance, in bytes for each kind of request.
const RENDERED_BYTES_MAX: usize = 16 << 20;

/// A plan made ready to be followed.
#[derive(Clone, Debug)]
pub struct Prepared {
    plan: LoadPlan,
    requests: Vec<Request>,
    /// Which request is sent when: shuffled cycles, each exact in the weights.
    mix: Vec<u32>,
    variants: Vec<Rendered>,
    arena: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Request {
    checks: Checks,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// Variants `first..first + count`.
    Ready { first: u32, count: u32 },
    /// Rendered when it is sent, because no two may be the same.
    Live(Box<LiveRequest>),
}

#[derive(Clone, Debug)]
struct LiveRequest {
    values: Values,
    /// Up to the value of `Content-Length`, or up to the blank line if there is no body.
    head: Template,
    body: Option<Template>,
    to_head: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rendered {
    start: u32,
    bytes: u32,
    to_head: bool,
    expected: ExpectedAt,
}

#[derive(Clone, Copy, Debug)]
enum ExpectedAt {
    Any,
    Length(u64),
    Exact { start: u32, bytes: u32 },
    Hash { length: u64, blake3: [u8; 32] },
}

/// Which request a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) number: u64,
    pub(crate) request: u32,
    variant: u32,
    sampled: bool,
}

impl Chosen {
    pub(crate) const NONE: Self = Self { number: 0, request: 0, variant: 0, sampled: false };
}

impl Prepared {
    /// Checks the plan and renders what can be rendered.
    ///
    /// # Errors
    ///
    /// [`PlanError`] says what is wrong with it.
    pub fn new(plan: LoadPlan) -> Result<Self, PlanError> {
        if plan.measure.is_zero() {
            return Err(PlanError::NoTime);
        }
        if let Some(problem) = plan.arrivals.problem() {
            return Err(PlanError::Arrivals { problem });
        }
        let mix = mix(&plan.requests, plan.seed)?;
        let mut ready =
            Self { requests: Vec::new(), mix, variants: Vec::new(), arena: Vec::new(), plan };
        for index in 0..ready.plan.requests.len() {
            let request = ready.plan.requests[index].clone();
            let checks = Checks::new(&request.checks);
            let source = match &request.shape {
                RequestShape::Template(template) => ready.template(&request.name, template)?,
                RequestShape::Variants(variants) => ready.given(&request.name, variants)?,
            };
            ready.requests.push(Request { checks, source });
        }
        Ok(ready)
    }

    /// The plan as given.
    pub const fn plan(&self) -> &LoadPlan {
        &self.plan
    }

    fn given(&mut self, name: &str, variants: &[Variant]) -> Result<Source, PlanError> {
        if variants.is_empty() {
            return Err(PlanError::NoVariants { request: name.to_owned() });
        }
        let first = self.variants.len() as u32;
        let mut head = Vec::new();
        for variant in variants {
            head.clear();
            let bears_body = !variant.body.is_empty() || expects_body(&variant.method);
            let length = bears_body.then_some(variant.body.len());
            let start = start_of(&variant.method, &variant.path);
            render_head(name, &self.plan.host, start, &variant.headers, &mut head)?;
            end_head(length, &mut head);
            head.extend_from_slice(&variant.body);
            let expected = self.expect(&variant.expected);
            self.keep(&head, variant.method == "HEAD", expected);
        }
        Ok(Source::Ready { first, count: variants.len() as u32 })
    }

    fn expect(&mut self, expected: &Expected) -> ExpectedAt {
        match expected {
            Expected::Any => ExpectedAt::Any,
            Expected::Length(length) => ExpectedAt::Length(*length),
            Expected::Hash { length, blake3 } => {
                ExpectedAt::Hash { length: *length, blake3: *blake3 }
            }
            Expected::Exact(body) => {
                let start = self.arena.len() as u32;
                self.arena.extend_from_slice(body);
                ExpectedAt::Exact { start, bytes: body.len() as u32 }
            }
        }
    }

    fn keep(&mut self, request: &[u8], to_head: bool, expected: ExpectedAt) {
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(request);
        self.variants.push(Rendered { start, bytes: request.len() as u32, to_head, expected });
    }

    fn template(&mut self, name: &str, template: &RequestTemplate) -> Result<Source, PlanError> {
        let wrong = |source| PlanError::Template { request: name.to_owned(), source };
        let mut values = Values::new(&template.values);
        let mut head = Vec::new();
        let start = start_of(&template.method, &template.path);
        render_head(name, &escape_braces(&self.plan.host), start, &template.headers, &mut head)?;
        let head = String::from_utf8(head).expect("made of texts");
        let head = Template::parse(&head, &mut values).map_err(wrong)?;
        let body = match &template.body {
            Payload::Empty if expects_body(&template.method) => Some(Template::literal(b"")),
            Payload::Empty => None,
            Payload::Fixed(bytes) => Some(Template::literal(bytes)),
            Payload::Template(text) => Some(Template::parse(text, &mut values).map_err(wrong)?),
        };
        let to_head = template.method == "HEAD";
        let count = if values.is_empty() { 1 } else { self.plan.variants.get() };
        let live = LiveRequest { values, head, body, to_head };
        if live.values.is_unique() {
            return Ok(Source::Live(Box::new(live)));
        }
        let first = self.variants.len() as u32;
        let mut bytes = Vec::new();
        let limit = self.arena.len() + RENDERED_BYTES_MAX;
        for number in 0..u64::from(count) {
            bytes.clear();
            live.render(self.plan.seed, number, &mut bytes);
            self.keep(&bytes, to_head, ExpectedAt::Any);
            if limit < self.arena.len() {
                break;
            }
        }
        Ok(Source::Ready { first, count: self.variants.len() as u32 - first })
    }

    /// Which request number `number` is: a pure function of it.
    pub(crate) fn choose(&self, number: u64) -> Chosen {
        let request = self.mix[(number % self.mix.len() as u64) as usize];
        let variant = match &self.requests[request as usize].source {
            Source::Ready { first, count: 1 } => *first,
            Source::Ready { first, count } => {
                let mut random = Random::at(self.plan.seed, Purpose::Variant, number);
                first + random.below(u64::from(*count)) as u32
            }
            Source::Live(_) => 0,
        };
        let every = u64::from(self.plan.sample_every.get());
        let sampled =
            every == 1 || Random::at(self.plan.seed, Purpose::Sample, number).below(every) == 0;
        Chosen { number, request, variant, sampled }
    }

    /// The request's bytes, if they are at hand.
    pub(crate) fn ready_bytes(&self, chosen: Chosen) -> Option<&[u8]> {
        match &self.requests[chosen.request as usize].source {
            Source::Ready { .. } => {
                let rendered = &self.variants[chosen.variant as usize];
                Some(&self.arena[rendered.start as usize..][..rendered.bytes as usize])
            }
            Source::Live(_) => None,
        }
    }

    /// Appends the request's bytes to `out`.
    pub(crate) fn render(&self, chosen: Chosen, out: &mut Vec<u8>) {
        match &self.requests[chosen.request as usize].source {
            Source::Ready { .. } => {
                out.extend_from_slice(self.ready_bytes(chosen).expect("is ready"));
            }
            Source::Live(live) => live.render(self.plan.seed, chosen.number, out),
        }
    }

    /// What the answer must be.
    pub(crate) fn want(&self, chosen: Chosen) -> Want<'_> {
        let request = &self.requests[chosen.request as usize];
        let mut want = Want {
            request: chosen.request,
            to_head: false,
            sampled: chosen.sampled,
            checks: &request.checks,
            length: None,
            exact: None,
            blake3: request.checks.blake3(),
        };
        match &request.source {
            Source::Live(live) => want.to_head = live.to_head,
            Source::Ready { .. } => {
                let rendered = &self.variants[chosen.variant as usize];
                want.to_head = rendered.to_head;
                match rendered.expected {
                    ExpectedAt::Any => {}
                    ExpectedAt::Length(length) => want.length = Some(length),
                    ExpectedAt::Exact { start, bytes } => {
                        want.length = Some(bytes.into());
                        let cheap = bytes as usize <= CHEAP_BODY_BYTES_MAX;
                        if cheap || chosen.sampled {
                            want.exact = Some(&self.arena[start as usize..][..bytes as usize]);
                        }
                    }
                    ExpectedAt::Hash { length, blake3 } => {
                        want.length = Some(length);
                        want.blake3 = Some(blake3);
                    }
                }
            }
        }
        want
    }

    /// Whether any check hashes bodies, and whether any keeps them.
    pub(crate) fn dear_checks(&self) -> (bool, bool) {
        let hashed = |rendered: &Rendered| matches!(rendered.expected, ExpectedAt::Hash { .. });
        let hash = self.variants.iter().any(hashed)
            || self.requests.iter().any(|request| request.checks.blake3().is_some());
        (hash, self.requests.iter().any(|request| request.checks.wants_body()))
    }

    /// The longest request, in bytes (of those rendered when sent: a guess with room to spare).
    pub(crate) fn request_bytes_max(&self) -> usize {
        let ready = self.variants.iter().map(|variant| variant.bytes as usize).max().unwrap_or(0);
        let mut sample = Vec::new();
        for request in &self.requests {
            if let Source::Live(live) = &request.source {
                let before = sample.len();
                live.render(self.plan.seed, u64::MAX, &mut sample);
                sample.resize(before.max(2 * (sample.len() - before) + 1024), 0);
            }
        }
        ready.max(sample.len())
    }
}

impl LiveRequest {
    fn render(&self, seed: u64, number: u64, out: &mut Vec<u8>) {
        self.head.render(&self.values, seed, number, out);
        let Some(body) = &self.body else {
            end_head(None, out);
            return;
        };
        // The body's length stands before the body: render it behind a gap, then fill the gap.
        let gap = b"Content-Length:           0\r\n\r\n";
        let at = out.len();
        out.extend_from_slice(gap);
        body.render(&self.values, seed, number, out);
        let mut left = out.len() - at - gap.len();
        for digit in out[at + 16..at + 27].iter_mut().rev() {
            *digit = if left == 0 && *digit == b' ' { b' ' } else { b'0' + (left % 10) as u8 };
            left /= 10;
        }
    }
}

/// Shuffled cycles in which each request stands as often as its weight says.
fn mix(requests: &[WeightedRequest], seed: u64) -> Result<Vec<u32>, PlanError> {
    let divisor = requests.iter().fold(0, |divisor, request| common(divisor, request.weight));
    if divisor == 0 {
        return Err(PlanError::NoRequests);
    }
    let sum: u64 = requests.iter().map(|request| u64::from(request.weight / divisor)).sum();
    if CYCLE_MAX < sum {
        return Err(PlanError::Weights { sum, max: CYCLE_MAX });
    }
    if sum == 1 {
        let only = requests.iter().position(|request| 0 < request.weight);
        return Ok(vec![only.unwrap_or(0) as u32]);
    }
    let mut table = Vec::new();
    for cycle in 0..TABLE_MIN.div_ceil(sum) {
        let from = table.len();
        for (index, request) in requests.iter().enumerate() {
            let times = (request.weight / divisor) as usize;
            table.extend(std::iter::repeat_n(index as u32, times));
        }
        // Fisher and Yates, from the top (Knuth, TAOCP 3.4.2, algorithm P).
        let mut random = Random::at(seed, Purpose::Mix, cycle);
        for last in (1..table.len() - from).rev() {
            table.swap(from + last, from + random.below(last as u64 + 1) as usize);
        }
    }
    Ok(table)
}

fn common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common(b, a % b) }
}

fn start_of<'a>(method: &'a str, path: &'a str) -> (&'a str, &'a str) {
    (method, if path.is_empty() { "/" } else { path })
}

/// Whether a request of this method says its length even if it is 0 (RFC 9110 §8.6).
fn expects_body(method: &str) -> bool {
    ["POST", "PUT", "PATCH"].contains(&method)
}

fn escape_braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Writes request line and fields, all but the length and the blank line.
fn render_head(
    name: &str,
    host: &str,
    (method, path): (&str, &str),
    headers: &[(String, String)],
    out: &mut Vec<u8>,
) -> Result<(), PlanError> {
    let unsendable = |part, value: &str| PlanError::Unsendable {
        request: name.to_owned(),
        part,
        value: value.to_owned(),
    };
    let token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    if !token(method) {
        return Err(unsendable("method", method));
    }
    if path.bytes().any(|byte| byte.is_ascii_control()) || has_space_outside_holes(path) {
        return Err(unsendable("path", path));
    }
    let defaults = [
        ("Host", host),
        ("User-Agent", concat!("bakeoff/", env!("CARGO_PKG_VERSION"))),
        ("Accept-Encoding", "identity"),
    ];
    let is_given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    out.extend_from_slice(format!("{method} {path} HTTP/1.1\r\n").as_bytes());
    for (field, value) in defaults.into_iter().filter(|(name, _)| !is_given(name)).chain(given) {
        if !token(field) || field.eq_ignore_ascii_case("content-length") {
            return Err(unsendable("field name", field));
        }
        if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(unsendable("field value", value));
        }
        out.extend_from_slice(format!("{field}: {value}\r\n").as_bytes());
    }
    Ok(())
}

/// Whether the path, which may be a template, has a space that would be sent.
fn has_space_outside_holes(path: &str) -> bool {
    let mut depth = 0;
    path.bytes().any(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        byte == b' ' && depth <= 0
    })
}

fn end_head(length: Option<usize>, out: &mut Vec<u8>) {
    if let Some(length) = length {
        out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// A check that any answer passes whose status lies in a class, for example 2 for 2xx.
pub const fn status_class(class: u16) -> Check {
    Check::Status { first: class * 100, last: class * 100 + 99 }
}
