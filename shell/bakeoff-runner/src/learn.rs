//! Draws a trial's requests once the candidate is up, and learns from it what it answers, so that
//! every answer under load can be checked (FIELD.md, fairness rule 2; FAILURES.md F40, F41).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bakeoff_experiment::answer::Answer;
use bakeoff_experiment::draw::{DrawnRequest, draw};
use bakeoff_experiment::workload::{RequestTemplate, Workload};
use bakeoff_load::{CHEAP_BODY_BYTES_MAX, Check, Expected, RequestShape, Variant, WeightedRequest};

use crate::http::{self, FetchError};

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

/// Draws `workload`'s requests under `seed` for `purpose` and asks each of them twice, the second
/// time after all were asked once: an answer that changes in between is checked by status only.
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
        let mut requests: Vec<DrawnRequest> = Vec::new();
        for index in 0..workload.variants.max(1) {
            let request = draw(template, seed, purpose, index);
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        let first = ask_all(address, template, &requests, within)?;
        drawn.push((template, requests, first));
    }
    let mut learnt = Learnt { requests: Vec::new(), answers: BTreeMap::new() };
    for (template, requests, first) in drawn {
        let second = ask_all(address, template, &requests, within)?;
        let mut variants = Vec::new();
        for ((request, before), after) in requests.into_iter().zip(&first).zip(&second) {
            if before.canonical_body(ignore) == after.canonical_body(ignore) {
                let hash = canonical_hash(after, ignore);
                learnt.answers.insert(words(&request), hash);
            }
            variants.push(variant(request, expected(before, after)));
        }
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

fn ask_all(
    address: SocketAddr,
    template: &RequestTemplate,
    requests: &[DrawnRequest],
    within: Duration,
) -> Result<Vec<Answer>, LearnError> {
    let ask = |request: &DrawnRequest| {
        let answer = http::fetch(address, request, within)
            .map_err(|source| LearnError::Fetch { request: words(request), source })?;
        let difference = match &template.expect {
            Some(expect) => answer.differs(expect, &request.body),
            None if 400 <= answer.status => Some(format!("status {}", answer.status)),
            None => None,
        };
        match difference {
            Some(difference) => Err(LearnError::Wrong { request: words(request), difference }),
            None => Ok(answer),
        }
    };
    requests.iter().map(ask).collect()
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
