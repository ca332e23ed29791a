//! The JSON Schema of a manifest, made from the same table of keys that the reader goes by.

use serde_json::{Map, Value, json};

use super::keys::{Key, Kind, ROOT};

/// The JSON Schema (2020-12) of a manifest, for editors.
pub fn schema() -> Value {
    let mut schema = table(ROOT, None);
    let head = [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!("bakeoff manifest")),
        ("description", json!("What `bakeoff.toml` may say; docs/manifest.md explains it.")),
    ];
    let mut whole: Map<String, Value> =
        head.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    if let Value::Object(map) = &mut schema {
        whole.append(map);
    }
    whole.insert("$defs".to_owned(), json!({ "criterion": criterion(), "param": param() }));
    Value::Object(whole)
}

fn table(keys: &[Key], others: Option<Value>) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": others.unwrap_or(Value::Bool(false)),
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    if let Value::Object(map) = &mut schema {
        map.insert("description".to_owned(), json!(key.doc));
    }
    schema
}

fn one_or_many(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

fn kind(kind_: &Kind) -> Value {
    let text = json!({ "type": "string" });
    match kind_ {
        Kind::Text => text,
        Kind::Path => json!({ "type": "string", "minLength": 1 }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Quantity => json!({ "type": ["number", "string"] }),
        Kind::Share => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^ *[0-9.]+ *%? *$" }] })
        }
        Kind::Span => {
            json!({ "type": "string", "pattern": "^( *[0-9.]+ *(ns|us|µs|ms|s|m|h) *)+$" })
        }
        Kind::Bytes => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "pattern": "^ *[0-9.]+ *(B|[kMG]B|[KMG]iB)? *$" }] })
        }
        Kind::Command => {
            json!({ "anyOf": [{ "type": "array", "items": text, "minItems": 1 }, text] })
        }
        Kind::Commands => {
            let command = json!({ "type": "array", "items": text, "minItems": 1 });
            json!({ "anyOf": [command, { "type": "array", "items": command }, text] })
        }
        Kind::Texts => one_or_many(&text),
        Kind::Counts => one_or_many(&json!({ "type": "integer", "minimum": 1 })),
        Kind::Levels => one_or_many(&json!({ "type": "string", "pattern": "[%/]" })),
        Kind::Words(words) => one_or_many(&json!({ "enum": words })),
        Kind::Table(keys) => table(keys, None),
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": kind(inner) }),
        Kind::List(inner) => json!({ "type": "array", "items": kind(inner) }),
        Kind::Open(keys, inner) => table(keys, Some(kind(inner))),
        Kind::Tree => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/criterion" } })
        }
        Kind::Param => json!({ "$ref": "#/$defs/param" }),
        Kind::Any => json!({}),
    }
}

/// A criterion, or a group whose other keys are criteria again.
fn criterion() -> Value {
    let mut schema = table(super::keys::CRITERION, Some(json!({ "$ref": "#/$defs/criterion" })));
    schema["description"] = json!("A criterion, or a group of criteria.");
    schema
}

fn param() -> Value {
    json!({ "anyOf": [
        { "enum": ["sequence", "uuid"] },
        { "type": "object", "properties": { "range": { "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2 } }, "required": ["range"], "additionalProperties": false },
        { "type": "object", "properties": { "choice": { "type": "array", "minItems": 1 } }, "required": ["choice"], "additionalProperties": false },
        { "type": "object", "properties": { "sequence": {} }, "required": ["sequence"], "additionalProperties": false },
        { "type": "object", "properties": { "uuid": {} }, "required": ["uuid"], "additionalProperties": false }
    ] })
}
