//! A plan made ready: every request that can be is rendered before the first is sent.

use crate::check::{Check, Checks};
use crate::mix::mix;
use crate::notes::{CAPTURE_BYTES_MAX, COOKIE_BYTES_MAX, Notes};
use crate::plan::{LoadPlan, PlanError};
use crate::random::{Purpose, Random};
use crate::reader::Want;
use crate::request::{
    CHEAP_BODY_BYTES_MAX, Capture, CaptureFrom, Expected, Payload, RequestShape, RequestTemplate,
    Step, Variant, WeightedRequest,
};
use crate::request_head::{end_head, escape_braces, expects_body, render_head, start_of};
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
        let request = LiveRequest { values, head, body, to_head };
        if live || request.values.is_unique() {
            return Ok(Source::Live(Box::new(request)));
        }
        let first = self.variants.len() as u32;
        let mut bytes = Vec::new();
        let limit = self.arena.len() + RENDERED_BYTES_MAX;
        for number in 0..u64::from(count) {
            bytes.clear();
            request.render(self.plan.seed, number, Notes::NONE, &mut bytes);
            self.keep(&bytes, to_head, ExpectedAt::Any);
            if limit < self.arena.len() {
                break;
            }
        }
        Ok(Source::Ready { first, count: self.variants.len() as u32 - first })
    }

    /// Which request number `number` is: a pure function of it.
    pub(crate) fn choose(&self, number: u64) -> Chosen {
        let request = self.firsts[self.mix[(number % self.mix.len() as u64) as usize] as usize];
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
                live.render(self.plan.seed, u64::MAX, Notes::NONE, &mut sample);
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

impl LiveRequest {
    fn render(&self, seed: u64, number: u64, notes: &Notes, out: &mut Vec<u8>) {
        self.head.render(&self.values, seed, number, notes, out);
        let Some(body) = &self.body else {
            end_head(None, out);
            return;
        };
        // The body's length stands before the body: render it behind a gap, then fill the gap.
        let gap = b"Content-Length:           0\r\n\r\n";
        let at = out.len();
        out.extend_from_slice(gap);
        body.render(&self.values, seed, number, notes, out);
        let mut left = out.len() - at - gap.len();
        for digit in out[at + 16..at + 27].iter_mut().rev() {
            *digit = if left == 0 && *digit == b' ' { b' ' } else { b'0' + (left % 10) as u8 };
            left /= 10;
        }
    }
}
