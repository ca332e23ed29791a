//! JSON Schemas of what this crate reads and writes: of documents that people write from the
//! tables their readers go by, of answers from their types.

use serde_json::{Map, Value, json};

use crate::claims::Ledger;
use crate::decision::Decision;
use crate::evidence_reader::{Field, Form};

/// Of `bakeoff.evidence/1`.
pub fn evidence() -> Value {
    whole("bakeoff evidence", crate::evidence_fields::EVIDENCE, None)
}

/// Of `bakeoff.claims/1`.
pub fn claims() -> Value {
    let fields = crate::claims::CLAIMS_FIELDS;
    whole("bakeoff claims", fields, Some(crate::claims::statement_fields()))
}

/// Of `bakeoff.ratings/1`.
pub fn ratings() -> Value {
    whole("bakeoff ratings", crate::ratings::RATINGS, None)
}

/// Of `bakeoff.decision/1`.
pub fn decision() -> Value {
    schemars::schema_for!(Decision).to_value()
}

/// Of `bakeoff.ledger/1`.
pub fn ledger() -> Value {
    schemars::schema_for!(Ledger).to_value()
}

fn whole(title: &str, fields: &[Field], nested: Option<&[Field]>) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!(title));
    if let Value::Object(object) = object(fields) {
        schema.extend(object);
    }
    if let Some(fields) = nested {
        schema.insert("$defs".into(), json!({ "nested": object(fields) }));
    }
    Value::Object(schema)
}

fn object(fields: &[Field]) -> Value {
    let property = |field: &Field| {
        let mut schema = form(&field.form);
        // The readers take `null` for an optional field that is not there.
        if !field.required {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        (field.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn map(values: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

fn or_null(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn form(of: &Form) -> Value {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    let tuple = |length: usize| json!({ "type": "array", "items": number, "minItems": length, "maxItems": length });
    match of {
        Form::Text => text,
        Form::Number => number,
        Form::Count => json!({ "type": "integer", "minimum": 0 }),
        Form::Small => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Choice(choices) => json!({ "enum": choices }),
        Form::Texts => list(&text),
        Form::TextOrTexts => json!({ "anyOf": [text, list(&text)] }),
        Form::Flags => list(&or_null(&json!({ "type": "boolean" }))),
        Form::Row => list(&or_null(&number)),
        Form::Rows => list(&or_null(&list(&or_null(&number)))),
        Form::Tuple(length) => tuple(*length),
        Form::Tuples(length) => list(&or_null(&tuple(*length))),
        Form::NumberMap => map(&number),
        Form::Quantity => json!({ "type": ["number", "string"] }),
        Form::TextsMap => map(&json!({ "anyOf": [text, list(&text)] })),
        Form::Object(fields) => object(fields),
        Form::Objects(fields) => list(&object(fields)),
        Form::Nested(_) => json!({ "$ref": "#/$defs/nested" }),
        Form::NestedList(_) => list(&json!({ "$ref": "#/$defs/nested" })),
        Form::ObjectsMap(fields) => map(&object(fields)),
        Form::ScoresMap(values) => map(&form(values)),
    }
}
