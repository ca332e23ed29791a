//! What the fuzz targets of the load engine do with their input; ordinary tests replay the corpora.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use bakeoff_load::{
    Action, Arrivals, Check, Engine, GeneratorFacts, LoadOutcome, LoadPlan, Payload, Prepared,
    Protocol, RequestShape, RequestTemplate, WeightedRequest,
};
use bakeoff_units::Timestamp;

/// Feeds bytes to the response reader, cut in pieces whose size the first byte says, and checks
/// that every request ends in exactly one outcome and that the cut changes none of it.
pub(crate) fn response(data: &[u8]) {
    let Some((&first, said)) = data.split_first() else { return };
    let pipeline = NonZeroU16::new(u16::from(first >> 6) + 1).unwrap_or(NonZeroU16::MIN);
    let whole = outcome_of(said, usize::MAX, pipeline);
    let cut = outcome_of(said, usize::from(first & 63) + 1, pipeline);
    assert_same(&whole, &cut);
}

/// Checks that every request of both ended in exactly one outcome, and in the same.
fn assert_same(whole: &LoadOutcome, cut: &LoadOutcome) {
    let counts = |outcome: &LoadOutcome| {
        let counters = outcome.counters;
        assert_eq!(counters.sent, counters.answered + counters.failed + counters.unanswered);
        let problems = [&outcome.problems, &outcome.other_problems];
        let named = problems.map(|all| {
            all.occurred().map(|(problem, count, _)| (problem.name(), count)).collect::<Vec<_>>()
        });
        (counters.answered, counters.failed, named)
    };
    assert_eq!(counts(whole), counts(cut));
}

/// One connection, three requests; what comes back is `said`, then the end.
fn outcome_of(said: &[u8], piece: usize, pipeline: NonZeroU16) -> LoadOutcome {
    let mut request = WeightedRequest::get("/");
    request.checks = vec![Check::Json { pointer: "/a/0".to_owned(), text: "1".to_owned() }];
    let mut plan = LoadPlan::new("fuzzed", vec![request], Arrivals::closed());
    plan.connections = NonZeroU32::MIN;
    plan.requests_max = Some(u64::from(pipeline.get()));
    plan.protocol = Protocol::Http1 { pipeline };
    plan.body_bytes_max = 1 << 16;
    let prepared = Prepared::new(plan).expect("a plan of constants");
    let mut engine = Engine::new(&prepared, 0, 1).expect("one connection for one thread");
    let now = Timestamp::from_nanos(1);
    carry_out(&mut engine, now);
    engine.start(now);
    carry_out(&mut engine, now);
    for part in said.chunks(piece.min(said.len().max(1))) {
        engine.handle_received(0, part, now, now);
    }
    engine.handle_ended(0, None, now);
    LoadOutcome::new(prepared.plan(), vec![engine.finish(now)], GeneratorFacts::default())
}

/// Feeds bytes to the reader of HTTP/2 frames behind a greeting, cut in pieces whose size the first
/// byte says, and checks what [`response`] checks.
pub(crate) fn frames(data: &[u8]) {
    let Some((&first, said)) = data.split_first() else { return };
    let streams = NonZeroU16::new(u16::from(first >> 6) + 1).unwrap_or(NonZeroU16::MIN);
    let whole = outcome_of_frames(said, usize::MAX, streams);
    let cut = outcome_of_frames(said, usize::from(first & 63) + 1, streams);
    assert_same(&whole, &cut);
}

/// One connection, as many requests as streams; what comes back is `said`, then the end.
fn outcome_of_frames(said: &[u8], piece: usize, streams: NonZeroU16) -> LoadOutcome {
    let mut request = WeightedRequest::get("/");
    request.checks = vec![Check::Json { pointer: "/a/0".to_owned(), text: "1".to_owned() }];
    let mut plan = LoadPlan::new("fuzzed", vec![request], Arrivals::closed());
    plan.connections = NonZeroU32::MIN;
    plan.requests_max = Some(u64::from(streams.get()));
    plan.protocol = Protocol::Http2 { streams, secure: false };
    plan.body_bytes_max = 1 << 16;
    let prepared = Prepared::new(plan).expect("a plan of constants");
    let mut engine = Engine::new(&prepared, 0, 1).expect("one connection for one thread");
    let now = Timestamp::from_nanos(1);
    carry_out(&mut engine, now);
    engine.handle_received(0, &[0, 0, 0, 4, 0, 0, 0, 0, 0], now, now);
    engine.start(now);
    carry_out(&mut engine, now);
    for part in said.chunks(piece.min(said.len().max(1))) {
        engine.handle_received(0, part, now, now);
    }
    engine.handle_ended(0, None, now);
    LoadOutcome::new(prepared.plan(), vec![engine.finish(now)], GeneratorFacts::default())
}

fn carry_out(engine: &mut Engine<'_>, now: Timestamp) {
    while let Some(action) = engine.poll(now) {
        match action {
            Action::Connect(connection) => {
                engine.handle_connecting(connection, now);
                engine.handle_connected(connection, now);
            }
            Action::Send(connection) => {
                let bytes = engine.outgoing(connection).len();
                engine.handle_sent(connection, bytes);
            }
            Action::Close(_) => {}
        }
    }
}

/// Reads text as templates of path, field and body; what is accepted must render into a request
/// that holds together: one head, a length that is right.
pub(crate) fn template(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut request = WeightedRequest::get("/");
    request.shape = RequestShape::Template(RequestTemplate {
        method: "POST".to_owned(),
        path: format!("/{text}"),
        headers: vec![("X-Text".to_owned(), text.to_owned())],
        body: Payload::Template(text.to_owned()),
        ..RequestTemplate::default()
    });
    let mut plan = LoadPlan::new("fuzzed", vec![request], Arrivals::closed());
    plan.connections = NonZeroU32::MIN;
    plan.variants = NonZeroU32::MIN;
    plan.measure = Duration::from_secs(1);
    let Ok(prepared) = Prepared::new(plan) else { return };
    let mut engine = Engine::new(&prepared, 0, 1).expect("one connection for one thread");
    let now = Timestamp::from_nanos(1);
    carry_out(&mut engine, now);
    engine.start(now);
    while let Some(action) = engine.poll(now) {
        let Action::Send(connection) = action else { continue };
        let sent = engine.outgoing(connection).to_vec();
        let end = sent.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
        let head = std::str::from_utf8(&sent[..end]).expect("a head is text");
        assert_eq!(head.lines().count(), 6, "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length:"));
        let length: usize = length.expect("has a length").trim().parse().expect("a number");
        assert_eq!(sent.len(), end + 4 + length);
        engine.handle_sent(connection, sent.len());
    }
}
