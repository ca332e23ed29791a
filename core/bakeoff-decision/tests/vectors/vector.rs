//! Reads a test vector, and sees to it that each answer it expects is asked for or left out for a reason.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Index;

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

/// A vector: what goes in, and what must come out.
pub(crate) struct Vector {
    pub(crate) inputs: Value,
    pub(crate) expected: Expected,
}

/// What must come out, by key; dropped with a key that nobody looked at, it fails.
pub(crate) struct Expected {
    values: Value,
    seen: RefCell<BTreeSet<String>>,
}

impl Vector {
    pub(crate) fn parse(text: &str) -> Self {
        let mut json: Value = serde_json::from_str(text).expect("a vector is JSON");
        let mut take = |key: &str| json[key].take();
        let (inputs, values) = (take("inputs"), take("expected"));
        assert!(inputs.is_object() && values.is_object(), "a vector has inputs and expected");
        Self { inputs, expected: Expected { values, seen: RefCell::default() } }
    }
}

impl Expected {
    /// Leaves an answer out, and says why.
    pub(crate) fn leave(&self, key: &str, why: &str) {
        assert!(!why.is_empty() && self.values.get(key).is_some(), "{key} is not expected");
        self.seen.borrow_mut().insert(key.to_owned());
    }
}

impl Index<&str> for Expected {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.seen.borrow_mut().insert(key.to_owned());
        &self.values[key]
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let seen = self.seen.borrow();
        let keys = self.values.as_object().into_iter().flat_map(|values| values.keys());
        let missed: Vec<&String> = keys.filter(|key| !seen.contains(*key)).collect();
        assert!(missed.is_empty(), "neither run nor left out: {missed:?}");
    }
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(number).collect()
}

pub(crate) fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("an array").iter().map(numbers).collect()
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    let text = |item: &Value| item.as_str().expect("a string").to_owned();
    value.as_array().expect("an array").iter().map(text).collect()
}

#[track_caller]
pub(crate) fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "got {got}, expected {expected} +- {tolerance}");
}

#[track_caller]
pub(crate) fn all_close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        close(*got, *expected, tolerance);
    }
}
