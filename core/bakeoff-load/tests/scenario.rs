//! Scenarios: what one answer yields stands in the next request, for each user by itself.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Action, Arrivals, Capture, CaptureFrom, Check, Engine, GeneratorFacts, LoadOutcome, LoadPlan,
    Payload, Phase, PlanError, Prepared, Problem, Protocol, RequestShape, RequestTemplate,
    ScenarioStep, WeightedRequest,
};
use bakeoff_units::Timestamp;

fn step(method: &str, path: &str) -> ScenarioStep {
    let template = RequestTemplate {
        method: method.to_owned(),
        path: path.to_owned(),
        ..RequestTemplate::default()
    };
    ScenarioStep { template, ..ScenarioStep::default() }
}

fn capture(name: &str, from: CaptureFrom) -> Capture {
    Capture { name: name.to_owned(), from }
}

/// Log in, create an order with the token, read it back by its id.
fn scenario() -> WeightedRequest {
    let mut log_in = step("POST", "/login");
    let token = CaptureFrom::Header { name: "x-token".to_owned() };
    log_in.captures = vec![capture("token", token)];
    let mut create = step("POST", "/orders");
    create.template.headers = vec![("Authorization".to_owned(), "Bearer {token}".to_owned())];
    create.template.body = Payload::Template("{{\"token\":\"{token}\"}}".to_owned());
    create.captures = vec![capture("id", CaptureFrom::Json { pointer: "/order/id".to_owned() })];
    let mut read = step("GET", "/orders/{id}?token={token}");
    read.checks = vec![Check::Json { pointer: "/mine".to_owned(), text: "true".to_owned() }];
    let shape = RequestShape::Scenario(vec![log_in, create, read]);
    WeightedRequest { shape, ..WeightedRequest::get("scenario") }
}

fn plan(requests: Vec<WeightedRequest>) -> LoadPlan {
    let mut plan = LoadPlan::new("scenario", requests, Arrivals::closed());
    plan.connections = NonZeroU32::new(3).unwrap();
    plan.measure = Duration::from_secs(1);
    plan
}

/// Lets the engine talk to a server that is a function of the request, 10 ms an answer, and gives
/// all requests in order.
fn talk(plan: LoadPlan, server: impl Fn(usize, &str) -> String) -> (LoadOutcome, Vec<String>) {
    let prepared = Prepared::new(plan).unwrap();
    let mut engine = Engine::new(&prepared, 0, 1).unwrap();
    let mut now = Timestamp::ZERO;
    let mut said = Vec::new();
    loop {
        let mut asked = Vec::new();
        while let Some(action) = engine.poll(now) {
            match action {
                Action::Connect(connection) => {
                    engine.handle_connecting(connection, now);
                    engine.handle_connected(connection, now);
                }
                Action::Send(connection) => {
                    let bytes = engine.outgoing(connection).to_vec();
                    engine.handle_sent(connection, bytes.len());
                    said.push(String::from_utf8(bytes).unwrap());
                    asked.push((connection, said.len() - 1));
                }
                Action::Close(_) => {}
            }
        }
        match engine.phase(now) {
            Phase::Connecting => engine.start(now),
            Phase::Done => break,
            Phase::WarmUp | Phase::Measure | Phase::Drain => {}
        }
        now = now + Duration::from_millis(10);
        for (connection, number) in asked {
            let answer = server(number, &said[number]);
            engine.handle_received(connection, answer.as_bytes(), now, now);
        }
    }
    let shards = vec![engine.finish(now)];
    (LoadOutcome::new(prepared.plan(), shards, GeneratorFacts::default()), said)
}

fn ok(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The shop: tokens are numbers of log-ins, an order's id is made of its token.
fn shop(number: usize, request: &str) -> String {
    let token = |from: &str| request.split(from).nth(1).unwrap().split(['\r', ' ']).next().unwrap();
    if request.starts_with("POST /login ") {
        ok(&format!("X-Token: t{number}\r\n"), "")
    } else if request.starts_with("POST /orders ") {
        let token = token("Bearer ");
        assert!(request.ends_with(&format!("{{\"token\":\"{token}\"}}")), "{request}");
        ok("", &format!("{{\"order\":{{\"id\":\"o-{token}\"}}}}"))
    } else {
        let mine = request.starts_with(&format!("GET /orders/o-{0}?token={0} ", token("token=")));
        ok("", &format!("{{\"mine\":{mine}}}"))
    }
}

#[test]
fn each_user_goes_on_with_what_it_was_given() {
    let (outcome, said) = talk(plan(vec![scenario()]), shop);
    let counters = outcome.counters;
    assert_eq!((counters.failed, counters.answered), (0, 297));
    let reads: Vec<&String> = said.iter().filter(|request| request.starts_with("GET")).collect();
    let users: BTreeSet<&str> =
        reads.iter().map(|request| request.split_once(' ').unwrap().1).collect();
    assert_eq!(users.len(), reads.len());
    assert_eq!(reads.len(), 99);
}

#[test]
fn a_failure_ends_the_scenario_and_a_new_user_begins() {
    let server = |number: usize, request: &str| {
        if request.starts_with("POST /orders") && number.is_multiple_of(2) {
            "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            shop(number, request)
        }
    };
    let (outcome, said) = talk(plan(vec![scenario()]), server);
    let count =
        |start: &str| said.iter().filter(|request| request.starts_with(start)).count() as u64;
    let failed = outcome.problems.of(Problem::WrongStatus);
    assert!(0 < failed && failed < count("POST /orders"));
    assert_eq!(outcome.counters.failed, failed);
    // At the end each of three users may be anywhere in its scenario.
    assert!((count("POST /orders") - failed).abs_diff(count("GET")) <= 3);
    assert!(count("POST /login").abs_diff(count("POST /orders")) <= 3);
}

#[test]
fn a_value_that_is_not_there_is_a_failed_check() {
    let without_id = |number: usize, request: &str| {
        if request.starts_with("POST /orders") { ok("", "{}") } else { shop(number, request) }
    };
    let (outcome, said) = talk(plan(vec![scenario()]), without_id);
    assert!(0 < outcome.problems.of(Problem::WrongJson));
    assert!(!said.iter().any(|request| request.starts_with("GET")));
}

#[test]
fn a_scenario_goes_on_after_its_connection_was_closed_in_order() {
    let closing = |number: usize, request: &str| {
        shop(number, request).replacen("OK\r\n", "OK\r\nConnection: close\r\n", 1)
    };
    let (outcome, said) = talk(plan(vec![scenario()]), closing);
    assert_eq!(outcome.counters.failed, 0);
    assert!(90 < said.iter().filter(|request| request.starts_with("GET")).count());
}

#[test]
fn cookies_are_sent_back_when_asked_for() {
    let server = |_: usize, request: &str| {
        let seen = request.lines().find_map(|line| line.strip_prefix("Cookie: n="));
        let seen: u32 = seen.map_or(0, |value| value.parse().unwrap());
        ok(&format!("Set-Cookie: n={}; Path=/; HttpOnly\r\n", seen + 1), "")
    };
    let mut plan = plan(vec![WeightedRequest::get("/")]);
    plan.cookies = true;
    let (outcome, said) = talk(plan.clone(), server);
    assert_eq!(outcome.counters.failed, 0);
    assert!(said.last().unwrap().contains("\r\nCookie: n=98\r\n"), "{}", said.last().unwrap());
    plan.cookies = false;
    assert!(!talk(plan, server).1.iter().any(|request| request.contains("Cookie")));
}

#[test]
fn what_depends_on_answers_cannot_be_pipelined() {
    let mut plan = plan(vec![scenario()]);
    plan.protocol = Protocol::Http1 { pipeline: 4.try_into().unwrap() };
    assert_eq!(Prepared::new(plan).unwrap_err(), PlanError::Pipelined);
}
