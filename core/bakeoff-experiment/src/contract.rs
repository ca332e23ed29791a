//! What every candidate must do: fixed cases, and random requests on which all must agree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::workload::RequestTemplate;

/// What every candidate must do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Contract {
    /// Requests with known answers.
    pub cases: Vec<Case>,
    /// Templates of random requests; all candidates must answer alike.
    pub random: Vec<RequestTemplate>,
    /// How many random requests are drawn, over all templates by weight.
    pub requests: u32,
    /// Response header fields that must agree as well, lower case.
    pub compare_headers: Vec<String>,
    /// JSON pointers whose values may differ between candidates (ids, times).
    pub ignore: Vec<String>,
}

/// A request with a known answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Upper case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// The body, if any.
    pub body: Option<String>,
    /// The answer wanted.
    pub expect: Expect,
    /// Asked only of candidates that take part in one of these workloads; empty means of all.
    #[serde(default)]
    pub workloads: Vec<String>,
}

/// The answer wanted. What is absent is not checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Expect {
    /// The status code.
    pub status: u16,
    /// Header fields, lower-case names; the value must begin with this.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: ExpectBody,
}

/// The body wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectBody {
    /// Anything.
    Any,
    /// Exactly this text.
    Text(String),
    /// JSON equal to this after canonicalising (key order and number spelling do not count).
    Json(serde_json::Value),
    /// The request's own body.
    Echo,
}
