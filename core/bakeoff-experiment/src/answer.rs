//! Answers as values: when two say the same, and whether one is what was wanted.

use serde_json::{Map, Number, Value};

use crate::contract::{Expect, ExpectBody};

/// An answer, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code, 200 to 599.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header field of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body in the one spelling that all equal bodies share: JSON with its keys in order, its
    /// numbers and white space written alike and the values at the pointers `ignore` left out;
    /// anything else as it is.
    pub fn canonical_body(&self, ignore: &[String]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice::<Value>(&self.body) else {
            return self.body.clone();
        };
        for pointer in ignore {
            remove(&mut value, pointer);
        }
        canonical(value).to_string().into_bytes()
    }

    /// What is wrong with it in the light of `expect`, in words; `None` if nothing is.
    /// `sent` is the body of the request.
    pub fn differs(&self, expect: &Expect, sent: &[u8]) -> Option<String> {
        if self.status != expect.status {
            return Some(format!("status {} instead of {}", self.status, expect.status));
        }
        for (name, wanted) in &expect.headers {
            match self.header(name) {
                Some(value) if value.starts_with(wanted) => {}
                Some(value) => return Some(format!("`{name}: {value}` instead of `{wanted}`")),
                None => return Some(format!("no `{name}`, should be `{wanted}`")),
            }
        }
        let same = match &expect.body {
            ExpectBody::Any => true,
            ExpectBody::Text(text) => self.body == text.as_bytes(),
            ExpectBody::Echo => self.body == sent,
            ExpectBody::Json(wanted) => serde_json::from_slice::<Value>(&self.body)
                .is_ok_and(|value| canonical(value) == canonical(wanted.clone())),
        };
        (!same).then(|| "another body".to_owned())
    }
}

/// The value with keys in order and whole numbers written as such.
pub fn canonical(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            let fields = fields.into_iter().map(|(name, value)| (name, canonical(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        Value::Number(number) => Value::Number(canonical_number(&number)),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

/// `1.0`, `1e0` and `1` are one number (RFC 8259 section 6); beyond 2^53 doubles are not whole
/// numbers any more and stay as they are.
fn canonical_number(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(value) if !number.is_i64() && !number.is_u64() && value.fract() == 0.0 => {
            if value.abs() <= EXACT { Number::from(value as i64) } else { number.clone() }
        }
        Some(_) | None => number.clone(),
    }
}

/// Takes the value at a JSON pointer (RFC 6901) away; `-` stands for every element of a list.
fn remove(value: &mut Value, pointer: &str) {
    let Some(path) = pointer.strip_prefix('/') else { return };
    let (name, rest) = match path.split_once('/') {
        Some((name, rest)) => (name, Some(format!("/{rest}"))),
        None => (path, None),
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (value, rest) {
        (Value::Object(fields), None) => drop(fields.shift_remove(&name)),
        (Value::Object(fields), Some(rest)) => {
            if let Some(inner) = fields.get_mut(&name) {
                remove(inner, &rest);
            }
        }
        (Value::Array(items), None) if name == "-" => items.clear(),
        (Value::Array(items), Some(rest)) if name == "-" => {
            for item in items {
                remove(item, &rest);
            }
        }
        (Value::Array(items), rest) => {
            let index = name.parse::<usize>().ok().filter(|index| *index < items.len());
            match (index, rest) {
                (Some(index), None) => drop(items.remove(index)),
                (Some(index), Some(rest)) => remove(&mut items[index], &rest),
                (None, _) => {}
            }
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str, ignore: &[&str]) -> String {
        let answer = Answer { body: text.as_bytes().to_vec(), ..Answer::default() };
        let ignore: Vec<String> = ignore.iter().map(|&pointer| pointer.to_owned()).collect();
        String::from_utf8(answer.canonical_body(&ignore)).unwrap()
    }

    #[test]
    fn spelling_does_not_count_and_values_do() {
        let same = body(r#"{"b": [1, 2.50], "a": {"y": null, "x": 1e2}}"#, &[]);
        assert_eq!(same, r#"{"a":{"x":100,"y":null},"b":[1,2.5]}"#);
        assert_eq!(body(r#"{"a":{"x":100.0,"y":null},"b":[1.0,2.5]}"#, &[]), same);
        assert_ne!(body(r#"{"a":{"x":100,"y":null},"b":[2.5,1]}"#, &[]), same);
        assert_ne!(body("9007199254740993", &[]), body("9007199254740992", &[]));
        assert_eq!(body("not { json", &[]), "not { json");
    }

    #[test]
    fn what_may_differ_is_left_out_wherever_the_pointer_leads() {
        let text = r#"{"id":7,"at":"now","items":[{"id":1,"n":2},{"id":3,"n":4}],"a/b":1}"#;
        assert_eq!(
            body(text, &["/id", "/items/-/id", "/a~1b", "/missing/x", "/items/9"]),
            r#"{"at":"now","items":[{"n":2},{"n":4}]}"#
        );
    }

    #[test]
    fn an_answer_is_what_was_wanted_or_says_what_is_wrong() {
        let answer = Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())],
            body: b"hello".to_vec(),
        };
        let expect = |status, header: &str, body| Expect {
            status,
            headers: [("content-type".to_owned(), header.to_owned())].into(),
            body,
        };
        let differs = |expect: Expect| answer.differs(&expect, b"hello").unwrap_or_default();
        assert_eq!(differs(expect(200, "text/plain", ExpectBody::Echo)), "");
        assert_eq!(differs(expect(201, "", ExpectBody::Any)), "status 200 instead of 201");
        assert_eq!(
            differs(expect(200, "application/json", ExpectBody::Any)),
            "`content-type: text/plain; charset=utf-8` instead of `application/json`"
        );
        assert_eq!(differs(expect(200, "", ExpectBody::Text("x".to_owned()))), "another body");
    }
}
