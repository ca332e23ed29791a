//! Requests as header blocks, rendered from templates.

use std::io::Write as _;

use crate::http2::block::{write_field, write_name, write_value};
use crate::notes::Notes;
use crate::template::{Template, TemplateError, Values};

/// Fields that speak of an HTTP/1.1 connection and may not be sent (RFC 9113 §8.2.2).
const OF_CONNECTIONS: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// The fields of a request as HTTP/2 has them: pseudo-fields first, names in small letters.
pub(crate) fn fields(
    (method, path): (&str, &str),
    secure: bool,
    given: &[(&str, &str)],
) -> Vec<(String, String)> {
    let scheme = if secure { "https" } else { "http" };
    let lower: Vec<(String, &str)> =
        given.iter().map(|(name, value)| (name.to_ascii_lowercase(), *value)).collect();
    let host = lower.iter().find(|(name, _)| name == "host").map_or("", |(_, value)| value);
    let pseudo = [(":method", method), (":scheme", scheme), (":authority", host), (":path", path)];
    let pseudo = pseudo.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let sendable = |name: &str| name != "host" && !OF_CONNECTIONS.contains(&name);
    let regular = lower
        .iter()
        .filter(|(name, _)| sendable(name))
        .map(|(name, value)| (name.clone(), (*value).to_owned()));
    pseudo.chain(regular).collect()
}

/// Appends a header block of fields that are no templates.
pub(crate) fn write_block(
    fields: &[(String, String)],
    body_bytes: Option<usize>,
    out: &mut Vec<u8>,
) {
    for (name, value) in fields {
        write_field(out, name, value.as_bytes());
    }
    write_length(body_bytes, out);
}

fn write_length(body_bytes: Option<usize>, out: &mut Vec<u8>) {
    if let Some(bytes) = body_bytes {
        write_name(out, "content-length");
        write_value(out, |out| write!(out, "{bytes}").expect("writing to a vector does not fail"));
    }
}

/// A header block with holes.
#[derive(Clone, Debug)]
pub(crate) struct BlockTemplate {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Fixed(Vec<u8>),
    /// The field up to its value, and the value.
    Field(Vec<u8>, Template),
}

impl BlockTemplate {
    pub(crate) fn new(
        fields: &[(String, String)],
        values: &mut Values,
    ) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        for (name, value) in fields {
            let template = Template::parse(value, values)?;
            let mut bytes = Vec::new();
            if let Some(text) = template.text() {
                write_field(&mut bytes, name, text);
                parts.push(Part::Fixed(bytes));
            } else {
                write_name(&mut bytes, name);
                parts.push(Part::Field(bytes, template));
            }
        }
        Ok(Self { parts })
    }

    /// Appends the block of request `number`.
    pub(crate) fn render(
        &self,
        values: &Values,
        (seed, number): (u64, u64),
        notes: &Notes,
        body_bytes: Option<usize>,
        out: &mut Vec<u8>,
    ) {
        for part in &self.parts {
            match part {
                Part::Fixed(bytes) => out.extend_from_slice(bytes),
                Part::Field(name, template) => {
                    out.extend_from_slice(name);
                    write_value(out, |out| template.render(values, seed, number, notes, out));
                }
            }
        }
        write_length(body_bytes, out);
    }
}
