//! The contract: fixed cases and recipes for random requests, in a file of their own.

use toml::de::DeValue;

use super::problem::{Problems, did_you_mean};
use super::requests::{check_method, check_target, headers, request_headers, templates, text_of};
use super::section::{Section, Value, json_of};
use super::{Files, file_bytes, files_bytes, keys, read_file};
use crate::contract::{Case, Contract, Expect, ExpectBody};
use crate::workload::Workload;

/// Random requests drawn unless the manifest says otherwise.
const REQUESTS: u32 = 500;

/// The contract of the manifest; empty if there is none.
pub(super) fn contract(
    root: &Section<'_, '_, '_>,
    workloads: &[Workload],
    files: &dyn Files,
    problems: &mut Problems,
) -> Contract {
    let mut contract = Contract {
        requests: REQUESTS,
        compare_headers: vec!["content-type".to_owned()],
        ..Contract::default()
    };
    let section = root
        .get("contract")
        .and_then(|value| Section::open(root.cx, "contract", value, keys::CONTRACT));
    let Some(section) = section else { return contract };
    contract.requests = section.count("requests", 0, 1_000_000).unwrap_or(REQUESTS);
    contract.ignore = pointers(&section);
    if section.get("compare-headers").is_some() {
        contract.compare_headers =
            section.texts("compare-headers").iter().map(|name| name.to_ascii_lowercase()).collect();
    }
    for (path, bytes) in files_bytes(&section, "cases", files) {
        let read = read_file(&path, &bytes, problems, |cx, root, _| {
            let root = Section::open(cx, "", root, keys::CASES)?;
            let asked = known_workloads(&root, workloads);
            let mut random = templates(&root, "random", files);
            for template in &mut random {
                template.workloads.clone_from(&asked);
            }
            Some((cases(&root, &asked, &contract.cases, files), random, pointers(&root)))
        });
        if let Some((cases, random, ignore)) = read {
            contract.cases.extend(cases);
            contract.random.extend(random);
            contract.ignore.extend(ignore);
        }
    }
    contract
}

/// The workloads named under `workloads`, which must exist.
pub(super) fn known_workloads(root: &Section<'_, '_, '_>, workloads: &[Workload]) -> Vec<String> {
    let asked = root.texts("workloads");
    let known = |name: &String| workloads.iter().any(|workload| workload.name == *name);
    for name in asked.iter().filter(|name| !known(name)) {
        if let Some(value) = root.get("workloads") {
            root.cx.collector.error(
                value.span(),
                format!("there is no workload `{name}`"),
                "named here",
                did_you_mean(name, workloads.iter().map(|workload| workload.name.as_str())),
            );
        }
    }
    asked
}

/// JSON pointers (RFC 6901): empty, or beginning with `/`.
fn pointers(section: &Section<'_, '_, '_>) -> Vec<String> {
    let pointers = section.texts("ignore");
    for pointer in pointers.iter().filter(|pointer| !pointer.starts_with('/')) {
        if let Some(value) = section.get("ignore") {
            section.cx.collector.error(
                value.span(),
                format!("`{pointer}` is not a JSON pointer"),
                "a pointer begins with `/`: \"/items/0/id\"",
                None,
            );
        }
    }
    pointers
}

fn cases(
    root: &Section<'_, '_, '_>,
    asked: &[String],
    before: &[Case],
    files: &dyn Files,
) -> Vec<Case> {
    let Some(items) = root.array("case") else { return Vec::new() };
    let mut cases: Vec<Case> = Vec::new();
    for (index, value) in items.iter().enumerate() {
        let Some(case) = case(root, index, value, asked, files) else { continue };
        if cases.iter().chain(before).any(|other| other.name == case.name) {
            root.cx.collector.error(
                value.span().start..value.span().start + 1,
                format!("two cases are called `{}`", case.name),
                "the second one",
                None,
            );
        }
        cases.push(case);
    }
    cases
}

fn case(
    root: &Section<'_, '_, '_>,
    index: usize,
    value: &Value<'_>,
    asked: &[String],
    files: &dyn Files,
) -> Option<Case> {
    let section = Section::open(root.cx, format!("case[{index}]"), value, keys::CASE)?;
    let method = section.text("method").unwrap_or_else(|| "GET".to_owned());
    check_method(&section, &method);
    let path = section.text("path")?;
    check_target(&section, "path", &path);
    Some(Case {
        name: section.text("name")?,
        method,
        path,
        headers: request_headers(&section),
        body: body(&section, files),
        expect: expect(&section, section.get("expect")?, files)?,
        workloads: asked.to_vec(),
    })
}

/// The body of a fixed case.
fn body(section: &Section<'_, '_, '_>, files: &dyn Files) -> Option<String> {
    if section.get("body").is_some() {
        return section.text("body");
    }
    if let Some(value) = section.get("json") {
        return json_of(value.get_ref()).map(|json| json.to_string());
    }
    let (path, bytes) = file_bytes(section, "body-file", files)?;
    text_of(section, "body-file", &path, bytes)
}

/// The answer wanted.
pub(super) fn expect(
    owner: &Section<'_, '_, '_>,
    value: &Value<'_>,
    files: &dyn Files,
) -> Option<Expect> {
    let section = Section::open(owner.cx, owner.name("expect"), value, keys::EXPECT)?;
    let given: Vec<&str> = ["text", "json", "body-file", "echo"]
        .into_iter()
        .filter(|key| section.get(key).is_some())
        .collect();
    if let [_, second, ..] = given[..] {
        section.cx.collector.error(
            section.get(second)?.span(),
            format!("`{}` wants two bodies", section.path),
            given.join(" and "),
            None,
        );
    }
    let body = match given.first().copied() {
        Some("text") => ExpectBody::Text(section.text("text")?),
        Some("json") => ExpectBody::Json(json(&section)?),
        Some("body-file") => {
            let (path, bytes) = file_bytes(&section, "body-file", files)?;
            match serde_json::from_slice(&bytes) {
                Ok(json) => ExpectBody::Json(json),
                Err(_) => ExpectBody::Text(text_of(&section, "body-file", &path, bytes)?),
            }
        }
        Some("echo") if section.bool("echo")? => ExpectBody::Echo,
        Some(_) | None => ExpectBody::Any,
    };
    Some(Expect {
        status: section.count("status", 100, 599).map_or(200, |status| status as u16),
        headers: headers(&section),
        body,
    })
}

fn json(section: &Section<'_, '_, '_>) -> Option<serde_json::Value> {
    let value = section.get("json")?;
    let json = json_of(value.get_ref());
    if json.is_none() {
        let date = matches!(value.get_ref(), DeValue::Datetime(_));
        let help = date.then(|| did_you_mean("date", ["a quoted text"])).flatten();
        section.cx.collector.error(
            value.span(),
            format!("`{}` must be something JSON can say", section.name("json")),
            "dates and numbers that are not finite are not",
            help,
        );
    }
    json
}
