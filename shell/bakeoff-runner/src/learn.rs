//! Draws a trial's requests once the candidate is up, and learns from it what it answers, so that
//! every answer under load can be checked (FIELD.md, fairness rule 2; FAILURES.md F40, F41).

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use bakeoff_experiment::answer::Answer;
use bakeoff_experiment::draw::{DrawnRequest, draw};
use bakeoff_experiment::workload::{RequestTemplate, Workload};
use bakeoff_load::{CHEAP_BODY_BYTES_MAX, Check, Expected, RequestShape, Variant, WeightedRequest};

use crate::http::{self, Connection, FetchError};

/// How many requests of a template are asked for their answers, twice each and one after the other:
/// asking 100 000 takes longer than measuring them.
const ASKED_MAX: usize = 1000;

/// How many connections write at once what a service shall hold before the load: 100 000 writes one
/// by one take longer than the trial.
const WRITERS: usize = 8;

/// The requests of a trial with the answers they must get.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// For the load engine.
    pub requests: Vec<WeightedRequest>,
    /// What each request was answered, canonical, as a hash; by request in words. Only answers
    /// that stay the same when the request is repeated.
    pub answers: BTreeMap<String, [u8; 32]>,
}

/// Why a trial's requests could not be learnt. All are the candidate's fault.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// No whole answer.
    #[error("`{request}` before load")]
    Fetch {
        /// The request in words.
        request: String,
        /// What happened.
        source: FetchError,
    },
    /// An answer that is not as it must be.
    #[error("`{request}` before load: {difference}")]
    Wrong {
        /// The request in words.
        request: String,
        /// What differs.
        difference: String,
    },
}

/// Draws `workload`'s requests under `seed` for `purpose` and asks the first thousand of each
/// template twice, the second time after all were asked once: an answer that changes in between is
/// checked by status only. So are those of further requests; of these, the ones that write are sent
/// once, so that the service holds before the load what the load is about.
///
/// # Errors
///
/// [`LearnError`] if one is not answered as it must be.
pub fn learn(
    address: SocketAddr,
    workload: &Workload,
    seed: u64,
    purpose: &str,
    ignore: &[String],
) -> Result<Learnt, LearnError> {
    let within = Duration::from_secs_f64(workload.timeout);
    let mut drawn = Vec::new();
    for template in &workload.requests {
        let mut requests = distinct(template, workload.variants.max(1), seed, purpose);
        let further = requests.split_off(requests.len().min(ASKED_MAX));
        let first = ask_all(address, template, &requests, within)?;
        write_all(address, template, &further, within)?;
        drawn.push((template, requests, further, first));
    }
    let mut learnt = Learnt { requests: Vec::new(), answers: BTreeMap::new() };
    for (template, requests, further, first) in drawn {
        let second = ask_all(address, template, &requests, within)?;
        let mut variants = Vec::new();
        for ((request, before), after) in requests.into_iter().zip(&first).zip(&second) {
            if before.canonical_body(ignore) == after.canonical_body(ignore) {
                let hash = canonical_hash(after, ignore);
                learnt.answers.insert(words(&request), hash);
            }
            variants.push(variant(request, expected(before, after)));
        }
        variants.extend(further.into_iter().map(|request| variant(request, Expected::Any)));
        let statuses = || first.iter().chain(&second).map(|answer| answer.status);
        learnt.requests.push(WeightedRequest {
            name: format!("{} {}", template.method, template.path),
            weight: template.weight,
            shape: RequestShape::Variants(variants),
            checks: vec![Check::Status {
                first: statuses().min().unwrap_or(200),
                last: statuses().max().unwrap_or(200),
            }],
        });
    }
    Ok(learnt)
}

/// `count` draws of `template`, without those that came before.
fn distinct(template: &RequestTemplate, count: u32, seed: u64, purpose: &str) -> Vec<DrawnRequest> {
    let mut known = HashSet::new();
    (0..count)
        .map(|index| draw(template, seed, purpose, index))
        .filter(|request| known.insert(request.clone()))
        .collect()
}

/// What `requests` are answered, one after the other.
fn ask_all(
    address: SocketAddr,
    template: &RequestTemplate,
    requests: &[DrawnRequest],
    within: Duration,
) -> Result<Vec<Answer>, LearnError> {
    let mut answers = Vec::with_capacity(requests.len());
    ask_each(address, template, requests.iter(), within, &mut |answer| answers.push(answer))?;
    Ok(answers)
}

/// Sends those of `requests` that write, over several connections at once: what goes to the same
/// path keeps its order, so that all candidates hold the same afterwards.
fn write_all(
    address: SocketAddr,
    template: &RequestTemplate,
    requests: &[DrawnRequest],
    within: Duration,
) -> Result<(), LearnError> {
    // RFC 9110 section 9.2.1: safe methods change nothing.
    if requests.is_empty() || matches!(template.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        return Ok(());
    }
    let mut lanes: [Vec<&DrawnRequest>; WRITERS] = Default::default();
    for request in requests {
        let resource = request.path.split('?').next().unwrap_or_default();
        let lane = blake3::hash(resource.as_bytes()).as_bytes()[0] as usize % WRITERS;
        lanes[lane].push(request);
    }
    thread::scope(|scope| {
        let write = |lane: Vec<&'_ DrawnRequest>| {
            ask_each(address, template, lane.into_iter(), within, &mut drop)
        };
        let writers = lanes.map(|lane| scope.spawn(move || write(lane)));
        writers.into_iter().try_for_each(|writer| {
            writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// Asks one request after the other on one connection as long as it is kept, and tells what each is
/// answered.
fn ask_each<'r>(
    address: SocketAddr,
    template: &RequestTemplate,
    requests: impl Iterator<Item = &'r DrawnRequest>,
    within: Duration,
    told: &mut dyn FnMut(Answer),
) -> Result<(), LearnError> {
    let mut connection: Option<Connection> = None;
    for request in requests {
        let kept = connection.take();
        let fresh = kept.is_none();
        let open = kept.map_or_else(|| Connection::open(address, within), Ok);
        let asked = open.and_then(|mut open| Ok((open.ask(request, within)?, open)));
        let (answer, open) = match asked {
            Ok((answer, open)) => (Ok(answer), Some(open)),
            Err(error) if fresh || matches!(error, FetchError::Timeout { .. }) => {
                (Err(error), None)
            }
            // Some services close a connection after so many requests.
            Err(_) => (http::fetch(address, request, within), None),
        };
        connection = open;
        told(held_against(template, request, answer)?);
    }
    Ok(())
}

/// What came of asking, if it is what `template` wants.
fn held_against(
    template: &RequestTemplate,
    request: &DrawnRequest,
    asked: Result<Answer, FetchError>,
) -> Result<Answer, LearnError> {
    let answer = asked.map_err(|source| LearnError::Fetch { request: words(request), source })?;
    let difference = match &template.expect {
        Some(expect) => answer.differs(expect, &request.body),
        None if 400 <= answer.status => Some(format!("status {}", answer.status)),
        None => None,
    };
    match difference {
        Some(difference) => Err(LearnError::Wrong { request: words(request), difference }),
        None => Ok(answer),
    }
}

fn words(request: &DrawnRequest) -> String {
    if request.body.is_empty() {
        return format!("{} {}", request.method, request.path);
    }
    let hash = blake3::hash(&request.body).to_hex();
    format!("{} {} (body {})", request.method, request.path, &hash[..8])
}

fn canonical_hash(answer: &Answer, ignore: &[String]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&answer.status.to_le_bytes());
    hasher.update(&answer.canonical_body(ignore));
    *hasher.finalize().as_bytes()
}

/// What the load engine is to hold every answer against.
fn expected(before: &Answer, after: &Answer) -> Expected {
    if before.body != after.body {
        return Expected::Any;
    }
    if after.body.len() <= CHEAP_BODY_BYTES_MAX {
        return Expected::Exact(after.body.clone());
    }
    Expected::Hash {
        length: after.body.len() as u64,
        blake3: *blake3::hash(&after.body).as_bytes(),
    }
}

fn variant(request: DrawnRequest, expected: Expected) -> Variant {
    let DrawnRequest { method, path, headers, body } = request;
    Variant { method, path, headers, body, expected }
}

/// What the candidates of one round answered: they got the same requests and must agree.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    purpose: String,
    candidate: String,
    answers: BTreeMap<String, [u8; 32]>,
}

impl Agreement {
    /// Notes what `candidate` answered; says on which request it and the first of the round differ,
    /// if they do.
    pub fn note(&mut self, purpose: &str, candidate: &str, learnt: &Learnt) -> Option<String> {
        if self.purpose != purpose {
            let answers = learnt.answers.clone();
            let (purpose, candidate) = (purpose.to_owned(), candidate.to_owned());
            *self = Self { purpose, candidate, answers };
            return None;
        }
        let (request, _) = learnt.answers.iter().find(|(request, hash)| {
            self.answers.get(*request).is_some_and(|known| known != *hash)
        })?;
        Some(format!("`{request}` is answered otherwise than by {}", self.candidate))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bakeoff_experiment::workload::{Body, Param};

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_answer_is_checked_as_sharply_as_it_is_stable() {
        assert_eq!(expected(&answer(200, "a"), &answer(200, "b")), Expected::Any);
        assert_eq!(expected(&answer(200, "a"), &answer(200, "a")), Expected::Exact(b"a".to_vec()));
        let long = "x".repeat(CHEAP_BODY_BYTES_MAX + 1);
        assert!(matches!(
            expected(&answer(200, &long), &answer(200, &long)),
            Expected::Hash { length, .. } if length == long.len() as u64
        ));
    }

    /// A template of POSTs to as many paths as `last` says.
    fn posts(last: i64) -> RequestTemplate {
        RequestTemplate {
            weight: 1,
            method: "POST".to_owned(),
            path: "/{n}".to_owned(),
            headers: BTreeMap::new(),
            body: Body::Empty,
            params: BTreeMap::from([("n".to_owned(), Param::Range(1, last))]),
            expect: None,
            workloads: Vec::new(),
            cost: None,
        }
    }

    #[test]
    fn a_request_drawn_twice_is_asked_once() {
        let drawn = distinct(&posts(3), 100, 1, "trial");
        let mut paths: Vec<&str> = drawn.iter().map(|request| request.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["/1", "/2", "/3"]);
    }

    /// Answers every request with `status` and closes each connection after two; gives the number
    /// answered.
    fn serve_twos(listener: TcpListener, status: u16) -> impl Fn() -> usize {
        let answered = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&answered);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                for _ in 0..2 {
                    let mut line = String::new();
                    while stream.read_line(&mut line).is_ok_and(|bytes| 2 < bytes) {}
                    if line.is_empty() {
                        break;
                    }
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        move || answered.load(Ordering::SeqCst)
    }

    #[test]
    fn what_writes_is_sent_once_whatever_the_service_does_with_its_connections() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answered = serve_twos(listener, 200);
        let template = posts(1_000_000);
        let requests = distinct(&template, 7, 1, "trial");
        let within = Duration::from_secs(20);
        write_all(address, &template, &requests, within).unwrap();
        assert_eq!(answered(), 7);
        let reads = RequestTemplate { method: "GET".to_owned(), ..template };
        write_all(address, &reads, &requests, within).unwrap();
        assert_eq!(answered(), 7);
    }

    #[test]
    fn writes_to_the_same_path_arrive_in_the_order_drawn() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arrived) = std::sync::mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (sender, mut stream) = (sender.clone(), BufReader::new(stream.unwrap()));
                thread::spawn(move || {
                    let mut line = String::new();
                    while stream.read_line(&mut line).is_ok_and(|bytes| 0 < bytes) {
                        if let Some(path) = line.strip_prefix("POST ") {
                            sender.send(path.split(' ').next().unwrap().to_owned()).unwrap();
                        } else if line == "\r\n" {
                            let answer = b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n";
                            stream.get_mut().write_all(answer).unwrap();
                        }
                        line.clear();
                    }
                });
            }
        });
        let requests: Vec<DrawnRequest> = (0..60)
            .map(|n| DrawnRequest {
                method: "POST".to_owned(),
                path: format!("/{}?n={n}", n % 3),
                headers: Vec::new(),
                body: Vec::new(),
            })
            .collect();
        write_all(address, &posts(1), &requests, Duration::from_secs(20)).unwrap();
        let arrived: Vec<String> = arrived.iter().take(requests.len()).collect();
        for resource in ["/0?", "/1?", "/2?"] {
            let of = |paths: &mut dyn Iterator<Item = &String>| -> Vec<String> {
                paths.filter(|path| path.starts_with(resource)).cloned().collect()
            };
            let drawn = of(&mut requests.iter().map(|request| &request.path));
            assert_eq!(of(&mut arrived.iter()), drawn);
        }
    }

    #[test]
    fn a_write_that_is_refused_is_the_candidates_fault() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let _served = serve_twos(listener, 503);
        let template = posts(1_000_000);
        let requests = distinct(&template, 2, 1, "trial");
        let refused = write_all(address, &template, &requests, Duration::from_secs(20));
        assert!(
            matches!(refused, Err(LearnError::Wrong { difference, .. }) if difference == "status 503")
        );
    }

    #[test]
    fn candidates_of_one_round_must_agree_and_of_two_need_not() {
        let learnt = |hash: u8| Learnt {
            requests: Vec::new(),
            answers: BTreeMap::from([("GET /a".to_owned(), [hash; 32])]),
        };
        let mut agreement = Agreement::default();
        assert_eq!(agreement.note("round 1", "go", &learnt(1)), None);
        assert_eq!(agreement.note("round 1", "rust", &learnt(1)), None);
        assert_eq!(
            agreement.note("round 1", "zig", &learnt(2)).unwrap(),
            "`GET /a` is answered otherwise than by go"
        );
        assert_eq!(agreement.note("round 2", "zig", &learnt(2)), None);
    }
}
