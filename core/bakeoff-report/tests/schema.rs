//! `bakeoff.report/1` is what its JSON Schema says, field by field.

mod fixture;

use bakeoff_experiment::analysis::Finding;
use bakeoff_experiment::battery::{BatteryOutcome, BatteryRecord, Defect};
use bakeoff_experiment::observation::ErrorCount;
use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_report::json;
use fixture::{Run, required, troubled};
use serde_json::Value;

const SCHEMA: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/bakeoff.report.json"));

/// Where `value` is not what `schema` says: the part of JSON Schema that ours uses, and stricter in
/// that every field must be described.
fn departures(value: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(wanted) = schema.get("const") {
        if value != wanted {
            found.push(format!("{path} is {value}"));
        }
        return;
    }
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other} at {path}"),
    };
    let fits = match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        // Rows of mixed kind: pairs and triples.
        _mixed => true,
    };
    if !fits {
        found.push(format!("{path} is {value}"));
    }
    match value {
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    found.push(format!("{path}.{name} is missing"));
                }
            }
            for (name, inner) in fields {
                let described =
                    schema["properties"].get(name).or(schema.get("additionalProperties"));
                match described {
                    Some(schema) => departures(inner, schema, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name} is not described")),
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let schema = schema.get("items").unwrap_or(&Value::Null);
                departures(item, schema, &format!("{path}[{at}]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A run with something in every list.
fn full() -> Run {
    let mut run = troubled();
    run.records.push(Record::Battery(BatteryRecord {
        programs: vec![Defect {
            class: "data-race".to_owned(),
            title: "data race on a counter".to_owned(),
            language: "Go".to_owned(),
            outcome: BatteryOutcome::DetectorOnly,
            evidence: "WARNING: DATA RACE".to_owned(),
            steps: vec![],
            source: "package main".to_owned(),
        }],
        tools: vec![],
    }));
    for record in &mut run.records {
        match record {
            Record::Trial(trial) => {
                if let TrialOutcome::Sealed(observation) = &mut trial.outcome {
                    observation.errors.push(ErrorCount {
                        kind: "reset".to_owned(),
                        count: 2,
                        example: "connection reset".to_owned(),
                    });
                }
            }
            Record::Probe(probe) => {
                probe.facts.insert("runtime".to_owned(), "none".to_owned());
            }
            _others => {}
        }
    }
    let finding = Finding {
        cell: "json|60% poisson|latency-p99".to_owned(),
        text: "rises from round to round".to_owned(),
        p: 0.02,
        blocks: false,
    };
    run.analysis.rig.drift.push(finding.clone());
    run.analysis.rig.order_effect.push(finding);
    run
}

#[test]
fn every_report_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut undecided = troubled();
    undecided.decision = None;
    let mut invalid = troubled();
    invalid.analysis.rig.valid = false;
    let mut empty = troubled();
    empty.records.clear();
    for run in [full(), undecided, invalid, empty, required(12e6)] {
        let value = serde_json::from_str(&json::render(&run.report()).unwrap()).unwrap();
        let mut found = Vec::new();
        departures(&value, &schema, "$", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

#[test]
fn the_check_itself_notices_what_is_missing_wrong_or_new() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut value: Value =
        serde_json::from_str(&json::render(&troubled().report()).unwrap()).unwrap();
    value["answer"].as_object_mut().unwrap().remove("sentence");
    value["valid"] = Value::from("yes");
    value["novelty"] = Value::from(1);
    let mut found = Vec::new();
    departures(&value, &schema, "$", &mut found);
    assert_eq!(found.len(), 3, "{found:?}");
}
