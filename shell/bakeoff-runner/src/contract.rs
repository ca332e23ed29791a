//! Proves, before anything is timed, that all candidates do the same: fixed cases, then random
//! requests to all of them at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use bakeoff_experiment::answer::Answer;
use bakeoff_experiment::builds::Builds;
use bakeoff_experiment::contract::{Case, Contract, Expect, ExpectBody};
use bakeoff_experiment::draw::{DrawnRequest, draw};
use bakeoff_experiment::experiment::Candidate;
use bakeoff_experiment::record::{ContractFailure, ContractRecord};
use bakeoff_experiment::workload::RequestTemplate;

use crate::candidate::Running;
use crate::http;
use crate::trial::{Rig, chain};

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Failures kept of one candidate; after as many, it is asked no more.
const FAILURES_MAX: usize = 10;

/// Most of an answer that is kept, in bytes.
const SHOWN_BYTES_MAX: usize = 4096;

/// One candidate being held against the contract.
struct Held<'a> {
    /// As the manifest has it.
    candidate: Option<&'a Candidate>,
    record: ContractRecord,
    running: Option<Running>,
}

/// Starts all `candidates` side by side and holds them against the contract. `None` if a signal
/// came meanwhile.
pub fn hold(rig: &Rig<'_>, candidates: &[String], builds: &Builds) -> Option<Vec<ContractRecord>> {
    let mut held: Vec<Held<'_>> = candidates.iter().map(|name| begin(rig, name, builds)).collect();
    let contract = &rig.experiment.contract;
    for candidate in &mut held {
        fixed_cases(candidate, &contract.cases);
        if rig.signals.ending().is_some() {
            return None;
        }
    }
    let reference = &rig.experiment.reference;
    for (number, template) in templates(contract).take(contract.requests as usize).enumerate() {
        let request = draw(template, rig.seed, "contract", number as u32);
        random_request(&mut held, contract, template, &request, number + 1, reference);
        if rig.signals.ending().is_some() {
            return None;
        }
    }
    Some(held.into_iter().map(|candidate| end(candidate, rig)).collect())
}

fn begin<'a>(rig: &Rig<'a>, name: &str, builds: &Builds) -> Held<'a> {
    let record = ContractRecord {
        candidate: name.to_owned(),
        cases: 0,
        random: 0,
        failures: Vec::new(),
        broke: None,
    };
    let candidate = rig.experiment.candidates.iter().find(|candidate| candidate.name == name);
    let mut held = Held { candidate, record, running: None };
    let Some(candidate) = candidate else {
        held.record.broke = Some("the manifest does not have it".to_owned());
        return held;
    };
    let artifact = builds.first(name).map(|it| PathBuf::from(&it.artifact)).unwrap_or_default();
    let wanted = rig.wanted();
    let start = format!("contract-{name}");
    match rig.start(candidate, &artifact, &wanted, &start).run() {
        Ok(running) => held.running = Some(running),
        Err(error) => held.record.broke = Some(chain(&error)),
    }
    held
}

fn end(mut held: Held<'_>, rig: &Rig<'_>) -> ContractRecord {
    let grace = held.candidate.map_or(0.0, |candidate| candidate.stop_within);
    if let Some(mut running) = held.running.take() {
        if let Some(ended) = running.ended() {
            let tail = running.tail();
            held.record.broke = Some(format!("ended meanwhile: {ended}\n{tail}").trim().to_owned());
        }
        running.stop(Duration::from_secs_f64(grace), &rig.signals);
    }
    held.record
}

fn fixed_cases(held: &mut Held<'_>, cases: &[Case]) {
    let candidate = held.candidate;
    for case in cases.iter().filter(|case| is_asked(candidate, &case.workloads)) {
        let request = DrawnRequest {
            method: case.method.clone(),
            path: case.path.clone(),
            headers: case.headers.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
            body: case.body.clone().unwrap_or_default().into_bytes(),
        };
        let Some(answer) = ask(held, &request) else { continue };
        held.record.cases += 1;
        let difference = match &answer {
            Ok(answer) => answer.differs(&case.expect, &request.body),
            Err(error) => Some(error.clone()),
        };
        if let Some(difference) = difference {
            let expected = shown_expectation(&case.expect, &request.body);
            fail(held, &case.name, &request, difference, expected, &answer);
        }
    }
}

/// Whether a request that belongs to these workloads is for the candidate.
fn is_asked(candidate: Option<&Candidate>, workloads: &[String]) -> bool {
    candidate.is_some_and(|candidate| candidate.takes_part(workloads))
}

/// Asks; `None` if it does not run or has failed often enough.
fn ask(held: &Held<'_>, request: &DrawnRequest) -> Option<Result<Answer, String>> {
    let running = held.running.as_ref().filter(|_| held.record.failures.len() < FAILURES_MAX)?;
    Some(http::fetch(running.address, request, ANSWER_WITHIN).map_err(|error| chain(&error)))
}

fn fail(
    held: &mut Held<'_>,
    case: &str,
    request: &DrawnRequest,
    difference: String,
    expected: String,
    got: &Result<Answer, String>,
) {
    let address = held.running.as_ref().map(|it| it.address.to_string()).unwrap_or_default();
    held.record.failures.push(ContractFailure {
        case: case.to_owned(),
        difference,
        expected,
        got: match got {
            Ok(answer) => shown(answer),
            Err(error) => error.clone(),
        },
        curl: curl(&address, request),
    });
}

/// The templates in the order they are drawn from, each as often as its weight, for ever.
fn templates(contract: &Contract) -> impl Iterator<Item = &RequestTemplate> {
    let once = contract
        .random
        .iter()
        .flat_map(|template| std::iter::repeat_n(template, template.weight.max(1) as usize));
    once.cycle()
}

/// Sends one request to every candidate. Whoever answers otherwise than most is wrong; among equal
/// camps, whoever answers otherwise than the reference.
fn random_request(
    held: &mut [Held<'_>],
    contract: &Contract,
    template: &RequestTemplate,
    request: &DrawnRequest,
    number: usize,
    reference: &str,
) {
    let case = format!("random request {number}");
    let mut camps: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    let mut answers: Vec<Option<Result<Answer, String>>> = Vec::new();
    for (index, candidate) in held.iter_mut().enumerate() {
        let asked = is_asked(candidate.candidate, &template.workloads);
        let answer = asked.then(|| ask(candidate, request)).flatten();
        candidate.record.random += u32::from(answer.is_some());
        if let Some(Ok(answer)) = &answer {
            let wrong = template.expect.as_ref().and_then(|it| answer.differs(it, &request.body));
            if wrong.is_none() {
                camps.entry(compared(answer, contract)).or_default().push(index);
            }
        }
        answers.push(answer);
    }
    let right = camps
        .iter()
        .max_by_key(|(_, members)| {
            let home = members.iter().any(|&index| held[index].record.candidate == reference);
            (members.len(), home)
        })
        .map(|(key, members)| (key.clone(), members[0]));
    let model = right.as_ref().and_then(|(_, index)| answers[*index].clone()?.ok());
    for (candidate, answer) in held.iter_mut().zip(&answers) {
        let Some(answer) = answer else { continue };
        let difference = match answer {
            Err(error) => Some(error.clone()),
            Ok(answer) => {
                let wrong =
                    template.expect.as_ref().and_then(|it| answer.differs(it, &request.body));
                wrong.or_else(|| {
                    let (key, _) = right.as_ref()?;
                    (compared(answer, contract) != *key)
                        .then(|| difference(answer, model.as_ref(), contract))
                })
            }
        };
        if let Some(difference) = difference {
            let expected = match (&model, &template.expect) {
                (Some(model), _) => shown(model),
                (None, Some(expect)) => shown_expectation(expect, &request.body),
                (None, None) => String::new(),
            };
            fail(candidate, &case, request, difference, expected, answer);
        }
    }
}

/// What two answers are compared by: status, header fields the contract names, canonical body.
fn compared(answer: &Answer, contract: &Contract) -> Vec<u8> {
    let mut key = format!("{}\n", answer.status).into_bytes();
    for name in &contract.compare_headers {
        key.extend_from_slice(format!("{name}: {:?}\n", header(answer, name)).as_bytes());
    }
    key.extend(answer.canonical_body(&contract.ignore));
    key
}

/// A header field as it is compared: of a content type the type alone, for what follows it says
/// nothing (`charset` of JSON: RFC 8259 section 11) or is a framework's habit.
fn header(answer: &Answer, name: &str) -> Option<String> {
    let value = answer.header(name)?;
    let kind = value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase();
    Some(if name == "content-type" { kind } else { value.to_owned() })
}

fn difference(answer: &Answer, model: Option<&Answer>, contract: &Contract) -> String {
    let Some(model) = model else { return "another answer".to_owned() };
    if answer.status != model.status {
        return format!("status {} instead of {}", answer.status, model.status);
    }
    for name in &contract.compare_headers {
        let (got, wanted) = (header(answer, name), header(model, name));
        if got != wanted {
            let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            return format!("`{name}` is {} instead of {}", text(got), text(wanted));
        }
    }
    "another body".to_owned()
}

fn shown(answer: &Answer) -> String {
    let mut text = format!("{}", answer.status);
    if let Some(kind) = answer.header("content-type") {
        write!(text, " {kind}").expect("writing to a string does not fail");
    }
    text.push('\n');
    text.push_str(&printable(&answer.body));
    text
}

fn shown_expectation(expect: &Expect, sent: &[u8]) -> String {
    let body = match &expect.body {
        ExpectBody::Any => "(any body)".to_owned(),
        ExpectBody::Text(text) => printable(text.as_bytes()),
        ExpectBody::Json(value) => printable(value.to_string().as_bytes()),
        ExpectBody::Echo => printable(sent),
    };
    let headers: Vec<String> = expect.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
    let head = headers.into_iter().map(|line| line + "\n").collect::<String>();
    format!("{}\n{head}{body}", expect.status)
}

/// The beginning of `bytes` as text that no terminal obeys.
fn printable(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(SHOWN_BYTES_MAX)];
    let text: String = String::from_utf8_lossy(cut)
        .chars()
        .map(|char| if char.is_control() && char != '\n' { '\u{fffd}' } else { char })
        .collect();
    if cut.len() < bytes.len() { format!("{text}… ({} bytes)", bytes.len()) } else { text }
}

/// A line for a shell that sends the same request.
fn curl(address: &str, request: &DrawnRequest) -> String {
    let mut line = format!("curl -i -X {}", quoted(&request.method));
    for (name, value) in &request.headers {
        write!(line, " -H {}", quoted(&format!("{name}: {value}")))
            .expect("writing to a string does not fail");
    }
    if !request.body.is_empty() {
        let body = String::from_utf8_lossy(&request.body);
        write!(line, " --data-binary {}", quoted(&body))
            .expect("writing to a string does not fail");
    }
    line + " " + &quoted(&format!("http://{address}{}", request.path))
}

/// `text` in single quotes, for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_compared_without_its_parameters_and_other_fields_whole() {
        let answer = |kind: &str| Answer {
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            ..Answer::default()
        };
        let kind = |text: &str| header(&answer(text), "content-type");
        assert_eq!(kind("application/json"), kind("Application/JSON; charset=utf-8"));
        assert_ne!(kind("application/json"), kind("text/plain"));
        let vary =
            Answer { headers: vec![("vary".to_owned(), "a; b".to_owned())], ..Answer::default() };
        assert_eq!(header(&vary, "vary").as_deref(), Some("a; b"));
        assert_eq!(header(&vary, "content-type"), None);
    }

    #[test]
    fn the_curl_line_is_the_request_whatever_is_in_it() {
        let request = DrawnRequest {
            method: "POST".to_owned(),
            path: "/a?b=$(c)&d".to_owned(),
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: b"it's `x`".to_vec(),
        };
        insta::assert_snapshot!(
            curl("127.0.0.1:80", &request),
            @r"curl -i -X 'POST' -H 'content-type: text/plain' --data-binary 'it'\''s `x`' 'http://127.0.0.1:80/a?b=$(c)&d'"
        );
    }

    #[test]
    fn what_is_shown_obeys_no_terminal_and_is_cut() {
        assert_eq!(printable(b"\x1b[2J\nx"), "\u{fffd}[2J\nx");
        assert!(printable(&vec![b'x'; 10_000]).ends_with("… (10000 bytes)"));
    }
}
