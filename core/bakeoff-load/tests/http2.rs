//! The engine over HTTP/2 against small servers in virtual time: what is counted is what happened.

mod wire;

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use bakeoff_load::{
    Arrivals, Capture, CaptureFrom, Check, Deadlines, Expected, LoadPlan, Payload, PeerOptions,
    PeerRequest, PlanError, Prepared, Problem, Protocol, RequestShape, RequestTemplate,
    ScenarioStep, ServerModel, Service, Stall, Variant, WeightedRequest, simulate,
};
use bakeoff_units::Rate;

use wire::{Does, evidence, follow, words};

fn plan(arrivals: Arrivals, connections: u32, streams: u16, requests_max: u64) -> LoadPlan {
    let mut plan = LoadPlan::new("peer", vec![WeightedRequest::get("/")], arrivals);
    plan.connections = NonZeroU32::new(connections).unwrap();
    plan.protocol = Protocol::Http2 { streams: NonZeroU16::new(streams).unwrap(), secure: false };
    plan.measure = Duration::from_mins(1);
    plan.requests_max = Some(requests_max);
    plan
}

fn closed(connections: u32, streams: u16, requests_max: u64) -> LoadPlan {
    plan(Arrivals::closed(), connections, streams, requests_max)
}

fn ok(_: &PeerRequest) -> Does {
    Does::Answers("200", b"ok".to_vec())
}

fn field<'r>(request: &'r PeerRequest, name: &str) -> &'r str {
    request.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

#[test]
fn every_request_is_sent_once_and_answered_once() {
    let rate = Rate::per_second(50_000.0).unwrap();
    for arrivals in [Arrivals::closed(), Arrivals::constant(rate), Arrivals::poisson(rate)] {
        for (connections, streams) in [(1, 1), (1, 32), (3, 5), (8, 100)] {
            let (outcome, _) = follow(
                plan(arrivals.clone(), connections, streams, 3_000),
                PeerOptions::default(),
                ok,
            );
            let counters = outcome.counters;
            assert_eq!((counters.sent, counters.answered, counters.failed), (3_000, 3_000, 0));
            assert_eq!(outcome.latency.count(), 3_000);
            assert_eq!(counters.connected, u64::from(connections));
            assert_eq!(outcome.first_byte.count(), 3_000);
            assert!(outcome.littles_law().unwrap().holds, "{:?}", outcome.littles_law());
        }
    }
}

#[test]
fn a_request_says_what_http2_wants_said() {
    let mut asked = Vec::new();
    let mut request = WeightedRequest::get("/x?y=1");
    let template = RequestTemplate {
        method: "POST".to_owned(),
        path: "/x?y=1".to_owned(),
        headers: vec![
            ("X-Up".to_owned(), "1".to_owned()),
            ("Connection".to_owned(), "close".to_owned()),
        ],
        body: Payload::Fixed(b"hello".to_vec()),
        ..RequestTemplate::default()
    };
    request.shape = RequestShape::Template(template);
    let plan = LoadPlan { requests: vec![request], ..closed(1, 1, 1) };
    follow(plan, PeerOptions::default(), |request| {
        asked.push(request.clone());
        ok(request)
    });
    let fields: Vec<String> =
        asked[0].fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let fields = fields.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(fields, @r"
    :method: POST
    :scheme: http
    :authority: peer
    :path: /x?y=1
    user-agent: bakeoff/VERSION
    accept-encoding: identity
    x-up: 1
    content-length: 5
    ");
    assert_eq!(asked[0].body, b"hello");
}

#[test]
fn no_more_streams_than_asked_for_and_than_the_peer_allows() {
    for (asked, allowed, used) in [(32, 128, 32), (32, 3, 3), (1, 100, 1), (5, 5, 5)] {
        let options = PeerOptions { streams_max: allowed, ..PeerOptions::default() };
        let (outcome, peers) = follow(closed(2, asked, 1_000), options, ok);
        assert_eq!(outcome.counters.answered, 1_000);
        assert!(peers.iter().all(|peer| peer.streams_seen == used), "{asked} {allowed}");
    }
}

#[test]
fn answers_in_any_order_go_to_their_requests() {
    let variants = (0..50).map(|id| {
        Variant::get(&format!("/{id}"), Expected::Exact(format!("is /{id}").into_bytes()))
    });
    let mut request = WeightedRequest::get("/");
    request.shape = RequestShape::Variants(variants.collect());
    let plan = LoadPlan { requests: vec![request], ..closed(2, 20, 2_000) };
    let (outcome, _) = follow(plan, PeerOptions::default(), |request| {
        Does::Answers("200", format!("is {}", field(request, ":path")).into_bytes())
    });
    assert_eq!(words(&outcome), "answered 2000");
}

#[test]
fn bodies_wait_for_windows_both_ways() {
    let body: Vec<u8> = (0..300_000_u32).map(|byte| byte as u8).collect();
    for payload in [Payload::Fixed(body.clone()), Payload::Template("{uuid}".repeat(3_000))] {
        for window in [1_000, 65_535, 1 << 20] {
            let template = RequestTemplate {
                method: "POST".to_owned(),
                path: "/".to_owned(),
                body: payload.clone(),
                ..RequestTemplate::default()
            };
            let mut request = WeightedRequest::get("/");
            request.shape = RequestShape::Template(template);
            let plan = LoadPlan { requests: vec![request], ..closed(2, 4, 30) };
            let options = PeerOptions { window, ..PeerOptions::default() };
            let (outcome, _) = follow(plan, options, |request| {
                assert_eq!(field(request, "content-length"), request.body.len().to_string());
                assert!(payload != Payload::Fixed(body.clone()) || request.body == body);
                assert!(100_000 < request.body.len());
                Does::Answers("200", body.clone())
            });
            assert_eq!(words(&outcome), "answered 30", "{window}");
        }
    }
}

#[test]
fn windows_are_refilled_for_as_long_as_it_takes() {
    // 40 MiB on each stream: more than its window, and together more than half a connection's.
    let body = vec![7; 40 << 20];
    let mut plan = closed(1, 2, 14);
    plan.body_bytes_max = 1 << 30;
    let (outcome, _) = follow(plan, PeerOptions::default(), |_| Does::Answers("200", body.clone()));
    assert_eq!(words(&outcome), "answered 14");
    assert!(14 * (40 << 20) < outcome.counters.bytes_received);
}

#[test]
fn one_silent_stream_holds_nobody_up_and_ends_at_its_deadline() {
    let mut plan = closed(1, 4, 6_000);
    plan.deadlines = Deadlines { first_byte: Duration::from_millis(1), ..plan.deadlines };
    plan.drain = Duration::from_secs(10);
    let (outcome, peers) = follow(plan, PeerOptions::default(), |request| {
        if request.stream % 3001 == 0 { Does::Ignores } else { ok(request) }
    });
    assert_eq!(outcome.problems.of(Problem::FirstByteTimeout), 2);
    assert_eq!(outcome.counters.answered + outcome.counters.failed, 6_000);
    // The connection went on; the streams were reset, so that the server holds none of them.
    assert_eq!((outcome.counters.connected, peers.len()), (1, 1));
}

#[test]
fn a_window_that_never_opens_is_a_time_out() {
    let mut request = WeightedRequest::get("/");
    let template = RequestTemplate {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        body: Payload::Fixed(vec![1; 100]),
        ..RequestTemplate::default()
    };
    request.shape = RequestShape::Template(template);
    let mut plan = LoadPlan { requests: vec![request], ..closed(1, 3, 3) };
    plan.deadlines = Deadlines { first_byte: Duration::from_secs(2), ..plan.deadlines };
    let options = PeerOptions { window: 0, returns: false, ..PeerOptions::default() };
    let (outcome, _) = follow(plan, options, ok);
    assert_eq!(outcome.problems.of(Problem::FirstByteTimeout), 3);
    assert!((2.0..2.3).contains(&outcome.duration_s()));
}

#[test]
fn churn_ends_connections_after_so_many_answers() {
    let mut plan = closed(2, 8, 1_000);
    plan.churn = NonZeroU32::new(100);
    let (outcome, _) = follow(plan, PeerOptions::default(), ok);
    assert_eq!(words(&outcome), "answered 1000");
    assert!((10..=12).contains(&outcome.counters.connected), "{}", outcome.counters.connected);
}

#[test]
fn what_is_wrong_with_an_answer_is_said_with_the_answer() {
    let mut request = WeightedRequest::get("/");
    request.checks = vec![Check::Status { first: 200, last: 200 }, Check::Length(2)];
    let plan = LoadPlan { requests: vec![request], ..closed(1, 4, 300) };
    let (outcome, _) = follow(plan, PeerOptions::default(), |request| match request.stream % 3 {
        0 => ok(request),
        1 => Does::Answers("503", b"no".to_vec()),
        _ => Does::Answers("200", b"too long".to_vec()),
    });
    assert_eq!(words(&outcome), "answered 100, wrong-status, wrong-length");
    assert_eq!(evidence(&outcome, Problem::WrongStatus), r"HTTP/2 503\r\n\r\n");
    assert_eq!(evidence(&outcome, Problem::WrongLength), "too long");
}

#[test]
fn a_server_that_goes_away_is_left_and_found_again() {
    // GOAWAY, last stream 41, NO_ERROR, "bye".
    let mut bye = vec![0, 0, 11, 7, 0, 0, 0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 0];
    bye.extend_from_slice(b"bye");
    let (outcome, _) = follow(closed(1, 8, 500), PeerOptions::default(), |request| {
        if request.stream == 43 { Does::Says(bye.clone()) } else { ok(request) }
    });
    let counters = outcome.counters;
    assert_eq!(counters.answered + counters.failed, 500);
    assert!(3 < counters.connected && 300 < counters.answered, "{counters:?}");
    assert_eq!(evidence(&outcome, Problem::GoAway), "GOAWAY, code 0x0 (NO_ERROR): bye");
}

#[test]
fn a_scenario_takes_values_and_cookies_along() {
    let step = |path: &str| RequestTemplate {
        method: "GET".to_owned(),
        path: path.to_owned(),
        ..RequestTemplate::default()
    };
    let capture =
        Capture { name: "id".to_owned(), from: CaptureFrom::Json { pointer: "/id".to_owned() } };
    let steps = vec![
        ScenarioStep { template: step("/new"), captures: vec![capture], ..ScenarioStep::default() },
        ScenarioStep { template: step("/of/{id}"), ..ScenarioStep::default() },
    ];
    let mut request = WeightedRequest::get("/");
    request.shape = RequestShape::Scenario(steps);
    let plan = LoadPlan { requests: vec![request.clone()], cookies: true, ..closed(3, 1, 200) };
    let mut paths = Vec::new();
    let (outcome, _) = follow(plan, PeerOptions::default(), |request| {
        paths.push(field(request, ":path").to_owned());
        Does::Answers("200", b"{\"id\": 77}".to_vec())
    });
    assert_eq!(words(&outcome), "answered 200");
    let seconds = paths.iter().filter(|path| *path == "/of/77").count();
    let firsts = paths.iter().filter(|path| *path == "/new").count();
    assert_eq!(firsts + seconds, 200);
    assert!((97..=100).contains(&seconds), "{seconds}");
    let several = LoadPlan { requests: vec![request], ..closed(3, 2, 200) };
    assert_eq!(Prepared::new(several).unwrap_err(), PlanError::Pipelined);
}

#[test]
fn recorded_thinking_is_kept_by_every_stream_of_its_own() {
    let think = Duration::from_millis(10);
    let plan = plan(Arrivals::Closed { think }, 2, 10, 2_000);
    let (outcome, _) = follow(plan, PeerOptions::default(), ok);
    // 20 users, a request each 10 ms: 2000 requests take a second.
    assert!((0.99..1.05).contains(&outcome.duration_s()), "{}", outcome.duration_s());
}

#[test]
fn waiting_is_the_same_over_either_protocol() {
    // The queue is the server's: how requests are framed must not show in what they waited.
    let rate = Rate::per_second(5_000.0).unwrap();
    let server = ServerModel {
        service: Service::Exponential { mean: Duration::from_micros(100) },
        workers: 1,
        stall: Some(Stall { every: Duration::from_secs(2), length: Duration::from_millis(200) }),
    };
    let mut one = plan(Arrivals::poisson(rate), 512, 1, 30_000);
    one.protocol = Protocol::Http1 { pipeline: NonZeroU16::MIN };
    let many = plan(Arrivals::poisson(rate), 4, 128, 30_000);
    let [one, many] = [one, many].map(|plan| simulate(&Prepared::new(plan).unwrap(), &server));
    assert_eq!((one.counters.answered, many.counters.answered), (30_000, 30_000));
    for share in [0.5, 0.9, 0.99, 0.999, 1.0] {
        let [one, many] = [&one, &many].map(|outcome| outcome.latency.quantile_ns(share).unwrap());
        let gap = one.abs_diff(many);
        assert!(gap <= one / 100 + 2_000, "{share}: {one} {many}");
    }
}
