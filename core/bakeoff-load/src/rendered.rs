//! A plan made ready: every request that can be is rendered before the first is sent.

use crate::check::{Check, Checks};
use crate::http2::block::{write_name, write_value};
use crate::http2::request::{fields, write_block};
use crate::live_request::{HeadTemplate, LiveRequest};
use crate::mix::mix;
use crate::notes::{CAPTURE_BYTES_MAX, COOKIE_BYTES_MAX, Notes};
use crate::plan::{LoadPlan, PlanError, Protocol};
use crate::random::{Purpose, Random};
use crate::reader::Want;
use crate::request::{
    CHEAP_BODY_BYTES_MAX, Capture, CaptureFrom, Expected, Payload, RequestShape, RequestTemplate,
    Step, Variant, WeightedRequest,
};
use crate::request_head::{
    checked_fields, end_head, escape_braces, expects_body, render_head, start_of,
};
use crate::template::{Template, Values};

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
    /// First of the prepared requests for each of the plan's.
    firsts: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Request {
    checks: Checks,
    source: Source,
    /// By slot, what is taken from the answer.
    captures: Vec<Option<CaptureFrom>>,
    /// The step after this one is the next prepared request.
    goes_on: bool,
    /// It is the first or only step.
    begins: bool,
}

#[derive(Clone, Debug)]
enum Source {
    /// Variants `first..first + count`.
    Ready { first: u32, count: u32 },
    /// Rendered when it is sent, because no two may be the same.
    Live(Box<LiveRequest>),
}

#[derive(Clone, Copy, Debug)]
struct Rendered {
    start: u32,
    /// Of these bytes, those before the body.
    head_bytes: u32,
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
        let mut ready = Self {
            requests: Vec::new(),
            mix,
            variants: Vec::new(),
            arena: Vec::new(),
            firsts: Vec::new(),
            plan,
        };
        for index in 0..ready.plan.requests.len() {
            let request = ready.plan.requests[index].clone();
            ready.firsts.push(ready.requests.len() as u32);
            let checks = Checks::new(&request.checks);
            let source = match &request.shape {
                RequestShape::Template(template) => {
                    ready.template(&request.name, template, &[], false)?
                }
                RequestShape::Variants(variants) => ready.given(&request.name, variants)?,
                RequestShape::Scenario(steps) => {
                    ready.scenario(&request, steps)?;
                    continue;
                }
            };
            let captures = Vec::new();
            ready.requests.push(Request { checks, source, captures, goes_on: false, begins: true });
        }
        if 1 < ready.plan.depth() && ready.needs_notes() {
            return Err(PlanError::Pipelined);
        }
        Ok(ready)
    }

    /// All steps share the slots of captured values, in the order in which they are captured.
    fn scenario(&mut self, request: &WeightedRequest, steps: &[Step]) -> Result<(), PlanError> {
        if steps.is_empty() {
            return Err(PlanError::NoSteps { request: request.name.clone() });
        }
        let mut captured: Vec<Capture> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let names: Vec<String> = captured.iter().map(|one| one.name.clone()).collect();
            let source = self.template(&request.name, &step.template, &names, true)?;
            let checks: Vec<Check> = request.checks.iter().chain(&step.checks).cloned().collect();
            // Slots filled before stay as they are: nothing of this answer belongs to them.
            let mut captures = vec![None; captured.len()];
            captures.extend(step.captures.iter().map(|one| Some(one.from.clone())));
            captured.extend(step.captures.iter().cloned());
            self.requests.push(Request {
                checks: Checks::new(&checks),
                source,
                captures,
                goes_on: index + 1 < steps.len(),
                begins: index == 0,
            });
        }
        Ok(())
    }

    /// How many there are, the steps of scenarios one by one: [`Chosen::request`] is below it.
    pub(crate) fn requests(&self) -> usize {
        self.requests.len()
    }

    /// Whether users have to remember anything.
    pub(crate) fn needs_notes(&self) -> bool {
        self.plan.cookies || self.requests.iter().any(|request| request.goes_on)
    }

    /// A user that remembers nothing yet.
    pub(crate) fn notes(&self) -> Notes {
        let slots = self.requests.iter().map(|request| request.captures.len()).max().unwrap_or(0);
        Notes::new(slots, self.plan.cookies)
    }

    /// The step after this one, if there is one.
    pub(crate) fn next_step(&self, chosen: Chosen) -> Option<Chosen> {
        let goes_on = self.requests[chosen.request as usize].goes_on;
        goes_on.then(|| Chosen { request: chosen.request + 1, ..chosen })
    }

    /// Whether this is the first step of a scenario that has others: a new user.
    pub(crate) fn is_new_user(&self, chosen: Chosen) -> bool {
        let request = &self.requests[chosen.request as usize];
        request.begins && request.goes_on
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
            let given = checked_fields(name, &self.plan.host, start, &variant.headers)?;
            match self.plan.protocol {
                Protocol::Http1 { .. } => {
                    render_head(start, &given, &mut head);
                    end_head(length, &mut head);
                }
                Protocol::Http2 { secure, .. } => {
                    write_block(&fields(start, secure, &given), length, &mut head);
                }
            }
            let head_bytes = head.len();
            head.extend_from_slice(&variant.body);
            let expected = self.expect(&variant.expected);
            self.keep(&head, head_bytes, variant.method == "HEAD", expected);
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

    fn keep(&mut self, request: &[u8], head_bytes: usize, to_head: bool, expected: ExpectedAt) {
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(request);
        let (head_bytes, bytes) = (head_bytes as u32, request.len() as u32);
        self.variants.push(Rendered { start, head_bytes, bytes, to_head, expected });
    }

    fn template(
        &mut self,
        name: &str,
        template: &RequestTemplate,
        captured: &[String],
        live: bool,
    ) -> Result<Source, PlanError> {
        let wrong = |source| PlanError::Template { request: name.to_owned(), source };
        let mut values = Values::new(&template.values);
        values.captured = captured.to_vec();
        let start = start_of(&template.method, &template.path);
        let host = escape_braces(&self.plan.host);
        let given = checked_fields(name, &host, start, &template.headers)?;
        let head = HeadTemplate::new(self.plan.protocol, start, &given, &mut values);
        let head = head.map_err(wrong)?;
        let body = match &template.body {
            Payload::Empty if expects_body(&template.method) => Some(Template::literal(b"")),
            Payload::Empty => None,
            Payload::Fixed(bytes) => Some(Template::literal(bytes)),
            Payload::Template(text) => Some(Template::parse(text, &mut values).map_err(wrong)?),
        };
        let to_head = template.method == "HEAD";
        let count = if values.is_empty() { 1 } else { self.plan.variants.get() };
        let request = LiveRequest { values, head, body, to_head };
        if live || request.values.is_unique() {
            return Ok(Source::Live(Box::new(request)));
        }
        let first = self.variants.len() as u32;
        let mut bytes = Vec::new();
        let limit = self.arena.len() + RENDERED_BYTES_MAX;
        for number in 0..u64::from(count) {
            bytes.clear();
            let head_bytes = request.render_apart(self.plan.seed, number, &mut bytes);
            self.keep(&bytes, head_bytes, to_head, ExpectedAt::Any);
            if limit < self.arena.len() {
                break;
            }
        }
        Ok(Source::Ready { first, count: self.variants.len() as u32 - first })
    }

    /// Which request number `number` is: a pure function of it.
    pub(crate) fn choose(&self, number: u64) -> Chosen {
        let mixed = match self.mix.as_slice() {
            [only] => *only,
            mix => mix[(number % mix.len() as u64) as usize],
        };
        let request = self.firsts[mixed as usize];
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
    pub(crate) fn render(&self, chosen: Chosen, notes: &Notes, out: &mut Vec<u8>) {
        let begin = out.len();
        match &self.requests[chosen.request as usize].source {
            Source::Ready { .. } => {
                out.extend_from_slice(self.ready_bytes(chosen).expect("is ready"));
            }
            Source::Live(live) => live.render(self.plan.seed, chosen.number, notes, out),
        }
        if !notes.cookies().is_empty() {
            let ends = out[begin..].windows(2).position(|pair| pair == b"\r\n");
            let line_end = begin + ends.expect("a request has a first line") + 2;
            let tail = out.len();
            for part in [b"Cookie: ".as_slice(), notes.cookies(), b"\r\n"] {
                out.extend_from_slice(part);
            }
            // From the end to behind the request line, without another buffer.
            let added = out.len() - tail;
            out[line_end..].rotate_right(added);
        }
    }

    /// Header block and body of a request over HTTP/2, if they are at hand.
    #[inline]
    pub(crate) fn ready_parts(&self, chosen: Chosen) -> Option<(&[u8], &[u8])> {
        match &self.requests[chosen.request as usize].source {
            Source::Ready { .. } => {
                let rendered = &self.variants[chosen.variant as usize];
                let bytes = &self.arena[rendered.start as usize..][..rendered.bytes as usize];
                Some(bytes.split_at(rendered.head_bytes as usize))
            }
            Source::Live(_) => None,
        }
    }

    /// Puts the header block of a request over HTTP/2 that is not at hand, or that bears cookies,
    /// into `block` and, if it is not at hand, its body into `body`.
    pub(crate) fn render_parts(
        &self,
        chosen: Chosen,
        notes: &Notes,
        block: &mut Vec<u8>,
        body: &mut Vec<u8>,
    ) {
        block.clear();
        match &self.requests[chosen.request as usize].source {
            Source::Ready { .. } => {
                block.extend_from_slice(self.ready_parts(chosen).expect("is ready").0);
            }
            Source::Live(live) => {
                live.render_body(self.plan.seed, chosen.number, notes, body);
                live.render_block(self.plan.seed, chosen.number, notes, body.len(), block);
            }
        }
        if !notes.cookies().is_empty() {
            write_name(block, "cookie");
            write_value(block, |out| out.extend_from_slice(notes.cookies()));
        }
    }

    /// Puts the body of a request that is not at hand into `body`.
    pub(crate) fn render_body(&self, chosen: Chosen, notes: &Notes, body: &mut Vec<u8>) {
        if let Source::Live(live) = &self.requests[chosen.request as usize].source {
            live.render_body(self.plan.seed, chosen.number, notes, body);
        }
    }

    /// The longest head, in bytes (of those rendered when sent: the whole request).
    pub(crate) fn head_bytes_max(&self) -> usize {
        let live = self.requests.iter().any(|request| matches!(request.source, Source::Live(_)));
        if live || self.needs_notes() {
            return self.request_bytes_max();
        }
        self.variants.iter().map(|variant| variant.head_bytes as usize).max().unwrap_or(0)
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
            captures: &request.captures,
            keep_body: chosen.sampled && request.checks.wants_body() || request.wants_body(),
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
        let keeps = |request: &Request| request.checks.wants_body() || request.wants_body();
        (hash, self.requests.iter().any(keeps))
    }

    /// The longest request, in bytes (of those rendered when sent: a guess with room to spare).
    pub(crate) fn request_bytes_max(&self) -> usize {
        let ready = self.variants.iter().map(|variant| variant.bytes as usize).max().unwrap_or(0);
        let mut sample = Vec::new();
        for request in &self.requests {
            if let Source::Live(live) = &request.source {
                let before = sample.len();
                live.render_apart(self.plan.seed, u64::MAX, &mut sample);
                sample.resize(before.max(2 * (sample.len() - before) + 1024), 0);
            }
        }
        let notes = if self.needs_notes() { COOKIE_BYTES_MAX + 8 * CAPTURE_BYTES_MAX } else { 0 };
        ready.max(sample.len()) + notes
    }
}

impl Request {
    /// Whether a value is captured from the body.
    fn wants_body(&self) -> bool {
        self.captures.iter().any(|from| matches!(from, Some(CaptureFrom::Json { .. })))
    }
}
