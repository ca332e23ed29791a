//! Concrete requests drawn from templates: same seed, same bytes.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use crate::order::{below, stream};
use crate::workload::{Body, Param, RequestTemplate};

/// A request without holes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DrawnRequest {
    /// Upper case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body; empty if it has none.
    pub body: Vec<u8>,
}

/// What random bodies are made of: characters that JSON, forms and header fields leave alone.
const PRINTABLE: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// Draw `index` of `template`; what is drawn depends on the arguments and on nothing else.
/// `purpose` keeps draws apart that must not be the same: the contract's, each trial's.
pub fn draw(template: &RequestTemplate, seed: u64, purpose: &str, index: u32) -> DrawnRequest {
    let mut rng =
        stream(seed, &["request", purpose, &template.method, &template.path, &index.to_string()]);
    let values: BTreeMap<&str, String> = template
        .params
        .iter()
        .map(|(name, param)| (name.as_str(), value(&mut rng, param, index)))
        .collect();
    DrawnRequest {
        method: template.method.clone(),
        path: fill(&template.path, &values),
        headers: template
            .headers
            .iter()
            .map(|(name, text)| (name.clone(), fill(text, &values)))
            .collect(),
        body: body(&mut rng, &template.body, &values),
    }
}

fn value(rng: &mut ChaCha8Rng, param: &Param, index: u32) -> String {
    match param {
        Param::Range(first, last) => {
            let span = last.abs_diff(*first) as usize;
            first.wrapping_add_unsigned(below(rng, span.saturating_add(1)) as u64).to_string()
        }
        Param::Choice(of) => of[below(rng, of.len())].clone(),
        Param::Sequence => index.to_string(),
        Param::Uuid => {
            // RFC 9562 section 5.4: version 4, variant 10.
            let high = rng.next_u64() & 0xffff_ffff_ffff_0fff | 0x4000;
            let low = rng.next_u64() >> 2 | 0x8000_0000_0000_0000;
            format!(
                "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xffff,
                low >> 48,
                low & 0xffff_ffff_ffff
            )
        }
    }
}

fn body(rng: &mut ChaCha8Rng, body: &Body, values: &BTreeMap<&str, String>) -> Vec<u8> {
    match body {
        Body::Empty => Vec::new(),
        Body::Text { text, template: true } => fill(text, values).into_bytes(),
        Body::Text { text, template: false } => text.clone().into_bytes(),
        Body::Random { min, max } => {
            let length = *min as usize + below(rng, (max - min) as usize + 1);
            let mut bytes = vec![0; length];
            rng.fill_bytes(&mut bytes);
            for byte in &mut bytes {
                *byte = PRINTABLE[usize::from(*byte & 63)];
            }
            bytes
        }
    }
}

/// `text` with `{name}` replaced for the names that have a value; other braces stay (JSON).
fn fill(text: &str, values: &BTreeMap<&str, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let known = after.find('}').and_then(|close| Some((close, values.get(&after[..close])?)));
        if let Some((close, value)) = known {
            filled.push_str(value);
            rest = &after[close + 1..];
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(path: &str, body: Body) -> RequestTemplate {
        let params = BTreeMap::from([
            ("id".to_owned(), Param::Range(-3, 3)),
            ("color".to_owned(), Param::Choice(vec!["red".to_owned(), "blue".to_owned()])),
            ("n".to_owned(), Param::Sequence),
            ("key".to_owned(), Param::Uuid),
        ]);
        RequestTemplate {
            weight: 1,
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: BTreeMap::from([("x-id".to_owned(), "{id}".to_owned())]),
            body,
            params,
            expect: None,
            workloads: Vec::new(),
            cost: None,
        }
    }

    #[test]
    fn a_draw_depends_on_its_arguments_and_nothing_else() {
        let template = template("/o/{id}/{key}", Body::Random { min: 10, max: 10_000 });
        assert_eq!(draw(&template, 7, "contract", 3), draw(&template, 7, "contract", 3));
        assert_ne!(draw(&template, 7, "contract", 3), draw(&template, 7, "contract", 4));
        assert_ne!(draw(&template, 7, "contract", 3), draw(&template, 7, "trial 1", 3));
        assert_ne!(draw(&template, 7, "contract", 3), draw(&template, 8, "contract", 3));
    }

    #[test]
    fn a_value_is_the_same_wherever_its_name_stands_and_other_braces_stay() {
        let text = r#"{"id":{id},"open":"{","n":{n},"other":{"x":1}}"#;
        let template = template("/{color}", Body::Text { text: text.to_owned(), template: true });
        for index in 0..50 {
            let drawn = draw(&template, 1, "t", index);
            assert!(["/red", "/blue"].contains(&drawn.path.as_str()));
            let id: i64 = drawn.headers[0].1.parse().unwrap();
            assert!((-3..=3).contains(&id));
            let expected = format!(r#"{{"id":{id},"open":"{{","n":{index},"other":{{"x":1}}}}"#);
            assert_eq!(String::from_utf8(drawn.body).unwrap(), expected);
        }
    }

    #[test]
    fn random_bodies_have_the_lengths_asked_for_and_print() {
        let template = template("/", Body::Random { min: 3, max: 5 });
        let lengths: std::collections::BTreeSet<usize> = (0..100)
            .map(|index| draw(&template, 1, "t", index).body)
            .inspect(|body| assert!(body.iter().all(u8::is_ascii_graphic)))
            .map(|body| body.len())
            .collect();
        assert_eq!(lengths, [3, 4, 5].into());
    }
}
