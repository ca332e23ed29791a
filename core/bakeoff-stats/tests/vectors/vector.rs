//! Reads a test vector and holds numbers against it, by the tolerances its file states (`vectors/README.md`).
//! A vector dropped with an answer that nobody asked for, or left out for a reason, fails.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bakeoff_stats::interval::Interval;
use bakeoff_stats::level::Level;
use serde_json::Value;

/// The vector of the given id, from the project's own files.
macro_rules! vector {
    ($id:literal) => {
        $crate::vector::Vector::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../vectors/",
            $id,
            ".json"
        )))
    };
}
pub(crate) use vector;

pub(crate) struct Vector {
    json: Value,
    /// Pointers below `expected` that were asked for: all under them counts as seen.
    seen: RefCell<BTreeSet<String>>,
}

impl Drop for Vector {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut missed = Vec::new();
        self.unseen("", self.json.get("expected").unwrap_or(&Value::Null), &mut missed);
        assert!(missed.is_empty(), "neither run nor left out: {missed:?}");
    }
}

impl Vector {
    pub(crate) fn parse(text: &str) -> Self {
        Self { json: serde_json::from_str(text).unwrap(), seen: RefCell::default() }
    }

    /// Leaves an answer out, and says why.
    pub(crate) fn leave(&self, pointer: &str, why: &str) {
        assert!(!why.is_empty());
        self.at(&format!("/expected{pointer}"));
    }

    fn unseen(&self, pointer: &str, value: &Value, missed: &mut Vec<String>) {
        if self.seen.borrow().contains(pointer) {
            return;
        }
        let below = |key: &str| format!("{pointer}/{key}");
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| self.unseen(&below(key), value, missed));
            }
            Value::Array(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                items.for_each(|(at, value)| self.unseen(&below(&at.to_string()), value, missed));
            }
            Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {
                missed.push(pointer.to_owned());
            }
        }
    }

    /// The value at a JSON pointer, which must be there.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        if let Some(below) = pointer.strip_prefix("/expected") {
            self.seen.borrow_mut().insert(below.to_owned());
        }
        self.json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"))
    }

    pub(crate) fn number(&self, pointer: &str) -> f64 {
        number(self.at(pointer))
    }

    pub(crate) fn count(&self, pointer: &str) -> usize {
        self.at(pointer).as_u64().unwrap() as usize
    }

    pub(crate) fn numbers(&self, pointer: &str) -> Vec<f64> {
        self.at(pointer).as_array().unwrap().iter().map(number).collect()
    }

    /// How long a list is; its items are not seen by that.
    pub(crate) fn length(&self, pointer: &str) -> usize {
        self.json.pointer(pointer).unwrap().as_array().unwrap().len()
    }

    pub(crate) fn level(&self) -> Level {
        Level::new(self.number("/inputs/confidence")).unwrap()
    }

    /// Requires a number to be what the vector expects at the pointer below `expected`.
    pub(crate) fn check(&self, pointer: &str, got: f64) {
        let key = pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap();
        self.check_as(key, pointer, got);
    }

    /// As `check`, with the tolerance that the vector gives to `key`.
    pub(crate) fn check_as(&self, key: &str, pointer: &str, got: f64) {
        let expected = self.number(&format!("/expected{pointer}"));
        if expected.is_infinite() {
            assert_eq!(got, expected, "{pointer}");
            return;
        }
        let allowed = self.allowed(key, expected);
        assert!(
            (got - expected).abs() <= allowed,
            "{pointer}: got {got}, expected {expected} within {allowed}"
        );
    }

    /// Requires both limits of an interval.
    pub(crate) fn check_interval(&self, pointer: &str, got: Interval) {
        let key = if self.tolerance("endpoints_abs").is_some() { "endpoints" } else { "limit" };
        self.check_as(key, &format!("{pointer}/0"), got.lower());
        self.check_as(key, &format!("{pointer}/1"), got.upper());
    }

    fn allowed(&self, key: &str, expected: f64) -> f64 {
        let own = [format!("{key}_abs"), format!("{key}_rel")].map(|name| self.tolerance(&name));
        let [abs, rel] = if own == [None, None] {
            [self.tolerance("abs").or(self.tolerance("exact_abs")), self.tolerance("rel")]
        } else {
            own
        };
        if abs.is_none() && rel.is_none() {
            return 1e-9;
        }
        abs.unwrap_or(0.0) + rel.unwrap_or(0.0) * expected.abs()
    }

    fn tolerance(&self, name: &str) -> Option<f64> {
        self.json.pointer("/tolerance")?.get(name)?.as_f64()
    }
}

pub(crate) fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        Some(other) => panic!("not a number: {other}"),
        None => value.as_f64().unwrap(),
    }
}
