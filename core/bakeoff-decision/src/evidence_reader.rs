//! Holds a JSON document against a table of fields and reports every misfit with its path.

use serde_json::{Map, Value};

use crate::evidence::EvidenceProblem;
use crate::evidence_fields::ROW;

/// One field that an object may have.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) required: bool,
}

impl Field {
    pub(crate) const fn required(name: &'static str, form: Form) -> Self {
        Self { name, form, required: true }
    }

    pub(crate) const fn optional(name: &'static str, form: Form) -> Self {
        Self { name, form, required: false }
    }
}

/// What a field may hold. `null` stands for an absent optional field, and for an unknown cell.
#[derive(Debug)]
pub(crate) enum Form {
    Text,
    Number,
    Count,
    /// A count of at most 32 bits.
    Small,
    Flag,
    Choice(&'static [&'static str]),
    Texts,
    TextOrTexts,
    Flags,
    Row,
    Rows,
    Tuple(usize),
    Tuples(usize),
    NumberMap,
    /// A number, or a text such as `5 ms`.
    Quantity,
    /// A text or texts by any key.
    TextsMap,
    Object(&'static [Field]),
    Objects(&'static [Field]),
    /// As the two above, for forms that hold themselves.
    Nested(fn() -> &'static [Field]),
    NestedList(fn() -> &'static [Field]),
    /// Objects of one form by any key.
    ObjectsMap(&'static [Field]),
    /// Such maps by any key.
    ScoresMap(&'static Form),
}

/// Checks `value` against `fields`; appends what is wrong.
pub(crate) fn read_object(
    value: &Value,
    path: &str,
    fields: &[Field],
    problems: &mut Vec<EvidenceProblem>,
) {
    let Some(object) = value.as_object() else {
        problems.push(misfit(path, "an object", value));
        return;
    };
    for key in object.keys().filter(|key| !fields.iter().any(|field| field.name == key.as_str())) {
        let hint = did_you_mean(key, fields.iter().map(|field| field.name));
        problems.push(EvidenceProblem::new(join(path, key), format!("is no known field{hint}")));
    }
    for field in fields {
        read_field(object, path, field, problems);
    }
}

fn read_field(
    object: &Map<String, Value>,
    path: &str,
    field: &Field,
    problems: &mut Vec<EvidenceProblem>,
) {
    let path = join(path, field.name);
    match object.get(field.name) {
        None if field.required => problems.push(EvidenceProblem::new(path, "is missing")),
        Some(Value::Null) if field.required => {
            problems.push(EvidenceProblem::new(path, "is null"));
        }
        None | Some(Value::Null) => {}
        Some(value) => read_form(value, &path, &field.form, problems),
    }
}

fn read_form(value: &Value, path: &str, form: &Form, problems: &mut Vec<EvidenceProblem>) {
    let fits = match form {
        Form::Text => value.is_string(),
        Form::Number => value.is_number(),
        Form::Count => value.as_u64().is_some(),
        Form::Small => value.as_u64().is_some_and(|count| u32::try_from(count).is_ok()),
        Form::Flag => value.is_boolean(),
        Form::Choice(choices) => return read_choice(value, path, choices, problems),
        Form::Texts => {
            return read_items(value, path, problems, |item, path, problems| {
                read_form(item, path, &Form::Text, problems);
            });
        }
        Form::TextOrTexts if value.is_string() => true,
        Form::TextOrTexts => return read_form(value, path, &Form::Texts, problems),
        Form::Flags => {
            return read_items(value, path, problems, |item, path, problems| {
                or_null(item, path, &Form::Flag, problems);
            });
        }
        Form::Row => {
            return read_items(value, path, problems, |item, path, problems| {
                or_null(item, path, &Form::Number, problems);
            });
        }
        Form::Rows => {
            return read_items(value, path, problems, |item, path, problems| {
                or_null(item, path, &ROW, problems);
            });
        }
        Form::Tuple(length) => return read_tuple(value, path, *length, problems),
        Form::Tuples(length) => {
            return read_items(value, path, problems, |item, path, problems| {
                if !item.is_null() {
                    read_tuple(item, path, *length, problems);
                }
            });
        }
        Form::NumberMap => return read_map(value, path, &Form::Number, problems),
        Form::TextsMap => return read_map(value, path, &Form::TextOrTexts, problems),
        Form::Quantity => value.is_number() || value.is_string(),
        Form::Object(fields) => return read_object(value, path, fields, problems),
        Form::Nested(fields) => return read_object(value, path, fields(), problems),
        Form::NestedList(fields) => {
            return read_items(value, path, problems, |item, path, problems| {
                read_object(item, path, fields(), problems);
            });
        }
        Form::ScoresMap(form) => return read_map(value, path, form, problems),
        Form::ObjectsMap(fields) => return read_map(value, path, &Form::Object(fields), problems),
        Form::Objects(fields) => {
            return read_items(value, path, problems, |item, path, problems| {
                read_object(item, path, fields, problems);
            });
        }
    };
    if !fits {
        problems.push(misfit(path, name_of(form), value));
    }
}

/// Removes the fields that are `null`, at any depth of objects; nulls in arrays stand for cells.
pub(crate) fn drop_null_fields(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, field| !field.is_null());
            object.values_mut().for_each(drop_null_fields);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn or_null(value: &Value, path: &str, form: &Form, problems: &mut Vec<EvidenceProblem>) {
    if !value.is_null() {
        read_form(value, path, form, problems);
    }
}

fn read_choice(value: &Value, path: &str, choices: &[&str], problems: &mut Vec<EvidenceProblem>) {
    let Some(text) = value.as_str() else {
        problems.push(misfit(path, "a string", value));
        return;
    };
    if !choices.contains(&text) {
        let hint = did_you_mean(text, choices.iter().copied());
        let known = choices.join("`, `");
        problems.push(EvidenceProblem::new(
            path,
            format!("is `{text}`, which is none of `{known}`{hint}"),
        ));
    }
}

fn read_items(
    value: &Value,
    path: &str,
    problems: &mut Vec<EvidenceProblem>,
    read: impl Fn(&Value, &str, &mut Vec<EvidenceProblem>),
) {
    let Some(items) = value.as_array() else {
        problems.push(misfit(path, "an array", value));
        return;
    };
    for (index, item) in items.iter().enumerate() {
        read(item, &format!("{path}[{index}]"), problems);
    }
}

fn read_tuple(value: &Value, path: &str, length: usize, problems: &mut Vec<EvidenceProblem>) {
    let fits = value
        .as_array()
        .is_some_and(|items| items.len() == length && items.iter().all(Value::is_number));
    if !fits {
        problems.push(EvidenceProblem::new(
            path,
            format!("needs {length} numbers, and is {}", describe(value)),
        ));
    }
}

fn read_map(value: &Value, path: &str, form: &Form, problems: &mut Vec<EvidenceProblem>) {
    let Some(object) = value.as_object() else {
        problems.push(misfit(path, "an object", value));
        return;
    };
    for (key, item) in object {
        read_form(item, &join(path, key), form, problems);
    }
}

fn misfit(path: &str, wanted: &str, value: &Value) -> EvidenceProblem {
    EvidenceProblem::new(path, format!("needs {wanted}, and is {}", describe(value)))
}

fn name_of(form: &Form) -> &'static str {
    match form {
        Form::Text | Form::Choice(_) => "a string",
        Form::Number => "a number",
        Form::Count => "a whole number, not negative",
        Form::Small => "a whole number from 0 to 4294967295",
        Form::Flag => "true or false",
        Form::Texts
        | Form::TextOrTexts
        | Form::Flags
        | Form::Row
        | Form::Rows
        | Form::Tuple(_)
        | Form::Tuples(_)
        | Form::NestedList(_)
        | Form::Objects(_) => "an array",
        Form::Quantity => "a number, or a text such as `5ms`",
        Form::NumberMap
        | Form::TextsMap
        | Form::Object(_)
        | Form::Nested(_)
        | Form::ScoresMap(_)
        | Form::ObjectsMap(_) => "an object",
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let short: String = text.chars().take(40).collect();
            format!("`{short}`")
        }
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// `, did you mean ...?` if one of `known` is close to `given`, else nothing.
pub(crate) fn did_you_mean<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(String::new(), |(_, name)| format!("; did you mean `{name}`?"))
}
