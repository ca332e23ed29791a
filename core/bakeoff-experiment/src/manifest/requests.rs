//! Request templates: method, path, headers, body, and what fills their holes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use toml::de::DeValue;

use super::candidates::{is_path, refuse};
use super::problem::did_you_mean;
use super::section::{Section, Value, integer_of, json_of};
use super::{Files, cases, database, file_bytes, keys};
use crate::workload::{Body, Param, RequestTemplate};

/// Longest body that a template may hold or draw, in bytes.
const BODY_BYTES_MAX: u64 = 64 << 20;

/// The names in braces: `{name}` where the name begins with a letter.
pub(super) fn holes(text: &str) -> Vec<String> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .filter(|name| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        })
        .map(str::to_owned)
        .collect()
}

/// The templates in the array under `key`.
pub(super) fn templates(
    section: &Section<'_, '_, '_>,
    key: &str,
    files: &dyn Files,
) -> Vec<RequestTemplate> {
    let Some(items) = section.array(key) else { return Vec::new() };
    items
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let path = format!("{}[{index}]", section.name(key));
            template(section, &path, value, key == "requests", files)
        })
        .collect()
}

fn template(
    owner: &Section<'_, '_, '_>,
    path: &str,
    value: &Value<'_>,
    loaded: bool,
    files: &dyn Files,
) -> Option<RequestTemplate> {
    let section = Section::open_with_others(owner.cx, path, value, keys::REQUEST)?;
    if !loaded {
        for key in ["queries", "rows"] {
            refuse(&section, key, "only the requests of a workload are counted");
        }
    }
    let (method, target) = target(&section)?;
    let headers = request_headers(&section);
    let mut params = BTreeMap::new();
    let body = body(&section, files, &mut params);
    let mut wanted: BTreeSet<String> = holes(&target).into_iter().collect();
    wanted.extend(headers.values().flat_map(|header| holes(header)));
    if let Some(Body::Text { text, template: true }) = &body {
        wanted.extend(holes(text));
    }
    read_params(&section, &wanted, &mut params);
    for hole in wanted.iter().filter(|hole| !params.contains_key(*hole)) {
        let written: Vec<&str> = params.keys().map(String::as_str).collect();
        section.cx.collector.error(
            section.span.clone(),
            format!("nothing fills `{{{hole}}}`"),
            format!("say what `{hole}` is"),
            did_you_mean(hole, written)
                .or_else(|| Some(format!("add `{hole} = {{ range = [1, 100] }}`"))),
        );
    }
    Some(RequestTemplate {
        weight: section.count("weight", 1, 1_000_000).unwrap_or(1),
        method,
        path: target,
        headers,
        body: body.unwrap_or(Body::Empty),
        params,
        expect: section.get("expect").and_then(|value| cases::expect(&section, value, files)),
        workloads: Vec::new(),
        cost: database::cost(&section).filter(|_| loaded),
    })
}

/// Method and path: `get = "/x"`, or `method` and `path`.
fn target(section: &Section<'_, '_, '_>) -> Option<(String, String)> {
    let short: Vec<&str> =
        keys::METHODS.iter().copied().filter(|key| section.get(key).is_some()).collect();
    let (method, key) = match short[..] {
        [] => (section.text("method").unwrap_or_else(|| "GET".to_owned()), "path"),
        [one] => (one.to_ascii_uppercase(), one),
        [_, second, ..] => {
            section.cx.collector.error(
                section.get(second)?.span(),
                format!("`{}` has two methods", section.path),
                short.join(" and "),
                None,
            );
            return None;
        }
    };
    if section.get(key).is_none() {
        if !section.cx.broken {
            section.missing("path");
        }
        return None;
    }
    let path = section.text(key)?;
    check_target(section, key, &path);
    check_method(section, &method);
    Some((method, path))
}

pub(super) fn check_target(section: &Section<'_, '_, '_>, key: &str, path: &str) {
    if !is_path(path)
        && let Some(value) = section.get(key)
    {
        section.cx.collector.error(
            value.span(),
            format!("`{}` must be a path such as \"/orders?page=1\"", section.name(key)),
            "begins with `/`; no spaces, other characters percent-encoded",
            None,
        );
    }
}

pub(super) fn check_method(section: &Section<'_, '_, '_>, method: &str) {
    let known = keys::METHODS.iter().any(|key| key.eq_ignore_ascii_case(method));
    if (!known || method.chars().any(|c| c.is_ascii_lowercase()))
        && let Some(value) = section.get("method")
    {
        let upper = keys::METHODS.join(", ").to_ascii_uppercase();
        section.cx.collector.error(
            value.span(),
            format!("`{method}` is not a method"),
            "here",
            Some(format!("write one of: {upper}")),
        );
    }
}

/// Header fields of a request: a JSON body is said to be one unless they say otherwise.
pub(super) fn request_headers(section: &Section<'_, '_, '_>) -> BTreeMap<String, String> {
    let mut headers = headers(section);
    if section.get("json").is_some() {
        let json = || "application/json".to_owned();
        headers.entry("content-type".to_owned()).or_insert_with(json);
    }
    headers
}

/// Header fields; names in lower case, no line breaks.
pub(super) fn headers(section: &Section<'_, '_, '_>) -> BTreeMap<String, String> {
    let headers = section.text_map("headers");
    for (name, value) in &headers {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let sound = !name.is_empty()
            && name.chars().all(token)
            && value.chars().all(|c| c == '\t' || !c.is_control());
        if !sound && let Some(place) = section.get("headers") {
            section.cx.collector.error(
                place.span(),
                format!("`{}` is not a header field", name.escape_debug()),
                "a name is a token, a value has no line breaks",
                None,
            );
        }
    }
    headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// The body; a JSON one adds parameters of its own for what is drawn in it.
fn body(
    section: &Section<'_, '_, '_>,
    files: &dyn Files,
    params: &mut BTreeMap<String, Param>,
) -> Option<Body> {
    let given: Vec<&str> = ["body", "json", "body-file"]
        .into_iter()
        .filter(|key| section.get(key).is_some())
        .collect();
    let key = match given[..] {
        [] => return None,
        [key] => key,
        [_, second, ..] => {
            section.cx.collector.error(
                section.get(second)?.span(),
                format!("`{}` has two bodies", section.path),
                given.join(" and "),
                None,
            );
            return None;
        }
    };
    let value = section.get(key)?;
    match (key, value.get_ref()) {
        ("body", DeValue::String(text)) => {
            let template = !holes(text).is_empty();
            Some(Body::Text { text: text.to_string(), template })
        }
        ("body", DeValue::Table(table)) if table.contains_key("bytes") && table.len() == 1 => {
            random_body(section, &table["bytes"])
        }
        ("json", DeValue::String(_)) => {
            let (path, bytes) = file_bytes(section, "json", files)?;
            check_json(section, &path, &bytes)
        }
        ("json", _) => {
            let mut text = String::new();
            render_json(section, value, &mut text, params);
            let template = !holes(&text).is_empty();
            Some(Body::Text { text, template })
        }
        ("body-file", _) => {
            let (path, bytes) = file_bytes(section, "body-file", files)?;
            text_of(section, "body-file", &path, bytes)
                .map(|text| Body::Text { text, template: false })
        }
        _ => {
            section.cx.wrong(value, &section.name(key), "a text, or `{ bytes = [least, most] }`");
            None
        }
    }
}

/// The text of a file that a key names.
pub(super) fn text_of(
    section: &Section<'_, '_, '_>,
    key: &str,
    path: &str,
    bytes: Vec<u8>,
) -> Option<String> {
    String::from_utf8(bytes)
        .inspect_err(|_| {
            if let Some(value) = section.get(key) {
                let title = format!("`{path}` is not UTF-8");
                section.cx.collector.error(value.span(), title, "named here", None);
            }
        })
        .ok()
}

fn check_json(section: &Section<'_, '_, '_>, path: &str, bytes: &[u8]) -> Option<Body> {
    match serde_json::from_slice::<Json>(bytes) {
        Ok(json) => Some(Body::Text { text: json.to_string(), template: false }),
        Err(error) => {
            let span = section.get("json")?.span();
            let title = format!("`{path}` is not JSON: {error}");
            section.cx.collector.error(span, title, "named here", None);
            None
        }
    }
}

fn random_body(section: &Section<'_, '_, '_>, value: &Value<'_>) -> Option<Body> {
    let ends: Vec<i64> = value
        .get_ref()
        .as_array()
        .map(|items| items.iter().filter_map(|item| integer_of(item.get_ref())).collect())
        .unwrap_or_default();
    match ends[..] {
        [min, max] if 0 <= min && min <= max && max.cast_unsigned() <= BODY_BYTES_MAX => {
            Some(Body::Random { min: min.cast_unsigned(), max: max.cast_unsigned() })
        }
        _ => {
            section.cx.wrong(
                value,
                &section.name("body.bytes"),
                "`[least, most]` in bytes, up to 64 MiB",
            );
            None
        }
    }
}

/// Writes JSON with a hole where a value is drawn, `{json-1}` and so on.
fn render_json(
    section: &Section<'_, '_, '_>,
    value: &Value<'_>,
    out: &mut String,
    params: &mut BTreeMap<String, Param>,
) {
    match value.get_ref() {
        DeValue::Table(table) if is_draw(value.get_ref()) => {
            let name = format!("json-{}", params.len() + 1);
            let Some(param) = param(section, &name, value) else { return };
            match param {
                // Words become JSON texts; so do UUIDs. Numbers stay bare.
                Param::Choice(choices) if table.contains_key("choice") => {
                    let quoted =
                        choices.iter().map(|c| Json::from(c.as_str()).to_string()).collect();
                    params.insert(name.clone(), Param::Choice(quoted));
                    out.extend(["{", &name, "}"]);
                }
                Param::Uuid => {
                    params.insert(name.clone(), Param::Uuid);
                    out.extend(["\"{", &name, "}\""]);
                }
                Param::Range(..) | Param::Choice(_) | Param::Sequence => {
                    params.insert(name.clone(), param);
                    out.extend(["{", &name, "}"]);
                }
            }
        }
        DeValue::Table(table) => {
            out.push('{');
            for (index, (key, value)) in super::section::in_order(table).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Json::from(key.get_ref().as_str()).to_string());
                out.push(':');
                render_json(section, value, out, params);
            }
            out.push('}');
        }
        DeValue::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                render_json(section, item, out, params);
            }
            out.push(']');
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => match json_of(value.get_ref()) {
            Some(json) => out.push_str(&json.to_string()),
            None => section.cx.wrong(value, &section.name("json"), "something JSON can say"),
        },
    }
}

const DRAWS: [&str; 4] = ["range", "choice", "sequence", "uuid"];

/// Whether a table says how a value is drawn.
fn is_draw(value: &DeValue<'_>) -> bool {
    value.as_table().is_some_and(|table| {
        table.len() == 1 && table.keys().all(|key| DRAWS.contains(&key.get_ref().as_ref()))
    })
}

/// What fills the holes: under `params`, or in the request itself.
fn read_params(
    section: &Section<'_, '_, '_>,
    wanted: &BTreeSet<String>,
    params: &mut BTreeMap<String, Param>,
) {
    let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
    section.refuse_others(&names);
    let inline = section
        .others()
        .into_iter()
        .filter(|(key, _)| wanted.contains(key.get_ref().as_ref()))
        .map(|(key, value)| (key.get_ref().to_string(), value));
    let listed = section.named("params").into_iter().map(|(key, value)| (key.into_inner(), value));
    for (name, value) in inline.chain(listed) {
        if !wanted.contains(&name) {
            section.cx.collector.warning(
                value.span(),
                format!("no `{{{name}}}` in `{}`", section.path),
                "nothing uses this",
                did_you_mean(&name, names.iter().copied()),
            );
        }
        if let Some(param) = param(section, &name, value) {
            params.insert(name, param);
        }
    }
}

fn param(section: &Section<'_, '_, '_>, name: &str, value: &Value<'_>) -> Option<Param> {
    let wrong = || {
        section.cx.wrong(
            value,
            &section.name(name),
            "`{ range = [1, 100] }`, `{ choice = [..] }`, \"sequence\" or \"uuid\"",
        );
    };
    let word = value.get_ref().as_str();
    let table = value.get_ref().as_table().filter(|_| is_draw(value.get_ref()));
    let draw = table.and_then(|table| table.iter().next());
    match (word, draw.as_ref().map(|(key, value)| (key.get_ref().as_ref(), *value))) {
        (Some("sequence"), _) | (_, Some(("sequence", _))) => Some(Param::Sequence),
        (Some("uuid"), _) | (_, Some(("uuid", _))) => Some(Param::Uuid),
        (_, Some(("range", ends))) => range(section, name, ends),
        (_, Some(("choice", choices))) => choice(section, name, choices),
        (Some(_) | None, Some(_) | None) => {
            wrong();
            None
        }
    }
}

fn range(section: &Section<'_, '_, '_>, name: &str, value: &Value<'_>) -> Option<Param> {
    let ends: Vec<i64> = value
        .get_ref()
        .as_array()
        .map(|items| items.iter().filter_map(|item| integer_of(item.get_ref())).collect())
        .unwrap_or_default();
    let [low, high] = ends[..] else {
        section.cx.wrong(value, &section.name(name), "`range = [least, most]` in whole numbers");
        return None;
    };
    if low > high {
        section.cx.collector.error(
            value.span(),
            format!("the range of `{name}` is empty"),
            format!("{low} is above {high}"),
            None,
        );
        return None;
    }
    Some(Param::Range(low, high))
}

fn choice(section: &Section<'_, '_, '_>, name: &str, value: &Value<'_>) -> Option<Param> {
    let items = value.get_ref().as_array().filter(|items| !items.is_empty());
    let Some(items) = items else {
        section.cx.wrong(value, &section.name(name), "`choice = [..]` with at least one value");
        return None;
    };
    let choices: Option<Vec<String>> = items
        .iter()
        .map(|item| match json_of(item.get_ref())? {
            Json::String(text) => Some(text),
            number @ (Json::Number(_) | Json::Bool(_)) => Some(number.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        })
        .collect();
    if choices.is_none() {
        section.cx.wrong(value, &section.name(name), "`choice = [..]` of texts and numbers");
    }
    choices.map(Param::Choice)
}
