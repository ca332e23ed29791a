//! The head of a request as text, templates and all, and what may not stand in it.

use crate::plan::PlanError;

/// Method and path of a request line.
pub(crate) fn start_of<'a>(method: &'a str, path: &'a str) -> (&'a str, &'a str) {
    (method, if path.is_empty() { "/" } else { path })
}

/// Whether a request of this method says its length even if it is 0 (RFC 9110 §8.6).
pub(crate) fn expects_body(method: &str) -> bool {
    ["POST", "PUT", "PATCH"].contains(&method)
}

pub(crate) fn escape_braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The fields of a request, ours before those given: checked, and none of them its length.
pub(crate) fn checked_fields<'a>(
    name: &str,
    host: &'a str,
    (method, path): (&str, &str),
    headers: &'a [(String, String)],
) -> Result<Vec<(&'a str, &'a str)>, PlanError> {
    let unsendable = |part, value: &str| PlanError::Unsendable {
        request: name.to_owned(),
        part,
        value: value.to_owned(),
    };
    let token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    if !token(method) {
        return Err(unsendable("method", method));
    }
    if path.bytes().any(|byte| byte.is_ascii_control()) || has_space_outside_holes(path) {
        return Err(unsendable("path", path));
    }
    let defaults = [
        ("Host", host),
        ("User-Agent", concat!("bakeoff/", env!("CARGO_PKG_VERSION"))),
        ("Accept-Encoding", "identity"),
    ];
    let is_given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut fields = Vec::new();
    for (field, value) in defaults.into_iter().filter(|(name, _)| !is_given(name)).chain(given) {
        if !token(field) || field.eq_ignore_ascii_case("content-length") {
            return Err(unsendable("field name", field));
        }
        if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(unsendable("field value", value));
        }
        fields.push((field, value));
    }
    Ok(fields)
}

/// Writes request line and fields of HTTP/1.1, all but the length and the blank line.
pub(crate) fn render_head(
    (method, path): (&str, &str),
    fields: &[(&str, &str)],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(format!("{method} {path} HTTP/1.1\r\n").as_bytes());
    for (field, value) in fields {
        out.extend_from_slice(format!("{field}: {value}\r\n").as_bytes());
    }
}

/// Whether the path, which may be a template, has a space that would be sent.
fn has_space_outside_holes(path: &str) -> bool {
    let mut depth = 0;
    path.bytes().any(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        byte == b' ' && depth <= 0
    })
}

pub(crate) fn end_head(length: Option<usize>, out: &mut Vec<u8>) {
    if let Some(length) = length {
        out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
