//! Reads a claims file: TOML to [`Claims`], every problem at once with its path.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    Bound, CLAIMS_SCHEMA, Cells, Claim, ClaimKind, ClaimProblem, Claims, Each, Form, Programs,
    Source, Statement, Take, WhenEquivalent,
};
use crate::claims::quantity::quantity_at;
use crate::evidence_reader::Form::{
    Choice, Count, Flag, Nested, NestedList, Object, Objects, ObjectsMap, Quantity, Text,
    TextOrTexts, TextsMap,
};
use crate::evidence_reader::{Field, did_you_mean, read_object};

pub(crate) const CLAIMS: &[Field] = &[
    Field::required("schema", Choice(&[CLAIMS_SCHEMA])),
    Field::optional("margin", Quantity),
    Field::optional("sources", ObjectsMap(SOURCE)),
    Field::optional("groups", TextsMap),
    Field::required("claims", Objects(CLAIM)),
];

const SOURCE: &[Field] = &[
    Field::required("title", Text),
    Field::optional("year", Count),
    Field::optional("url", Text),
    Field::optional("figure", Text),
];

const CLAIM: &[Field] = &[
    Field::required("id", Text),
    Field::optional("from", TextOrTexts),
    Field::required("says", Text),
    Field::required("kind", Choice(&["measured", "measured-in-part", "rated", "cited"])),
    Field::optional("holds", Nested(statement_fields)),
    Field::optional("citation", Object(SOURCE)),
    Field::optional("limits", Text),
];

pub(crate) fn statement_fields() -> &'static [Field] {
    STATEMENT
}

const STATEMENT: &[Field] = &[
    Field::optional("ratio", Object(RATIO)),
    Field::optional("gap", Object(GAP)),
    Field::optional("value", Object(VALUE)),
    Field::optional("count", Object(PROGRAMS)),
    Field::optional("rated", Object(RATED)),
    Field::optional("weight-space", Object(WEIGHT_SPACE)),
    Field::optional("all", NestedList(statement_fields)),
    Field::optional("any", NestedList(statement_fields)),
    Field::optional("not", Nested(statement_fields)),
    Field::optional("above", Quantity),
    Field::optional("below", Quantity),
    Field::optional("margin", Quantity),
    Field::optional("share", Flag),
    Field::optional("against", Object(PROGRAMS)),
    Field::optional("equivalent", Choice(&["says", "supports", "refutes"])),
    Field::optional("label", Text),
];

const EACH: crate::evidence_reader::Form = Choice(&["mean", "every", "some"]);

const RATIO: &[Field] = &[
    Field::required("metric", Text),
    Field::optional("workload", TextOrTexts),
    Field::optional("load", TextOrTexts),
    Field::optional("over", EACH),
    Field::required("a", Text),
    Field::required("b", Text),
    Field::optional("each", EACH),
];

const GAP: &[Field] = &[
    Field::required("metric", Text),
    Field::required("from", TextOrTexts),
    Field::required("to", TextOrTexts),
    Field::optional("load", TextOrTexts),
    Field::required("a", Text),
    Field::required("b", Text),
];

const VALUE: &[Field] = &[
    Field::required("metric", Text),
    Field::optional("workload", TextOrTexts),
    Field::optional("load", TextOrTexts),
    Field::optional("over", EACH),
    Field::required("candidate", Text),
    Field::optional("each", EACH),
    Field::optional("take", Choice(&["mean", "max", "min"])),
];

const PROGRAMS: &[Field] = &[
    Field::required("language", Text),
    Field::optional("classes", TextOrTexts),
    Field::required("outcomes", TextOrTexts),
];

const RATED: &[Field] =
    &[Field::required("criterion", Text), Field::required("a", Text), Field::required("b", Text)];

const WEIGHT_SPACE: &[Field] = &[Field::optional("of", TextOrTexts)];

/// Outcomes of a battery that a claim may name.
const OUTCOMES: [&str; 8] = [
    "rejected",
    "flagged",
    "trapped",
    "detector-only",
    "hung",
    "silently-wrong",
    "harmless",
    "not-tested",
];

impl Claims {
    /// Reads a claims file.
    ///
    /// # Errors
    ///
    /// Every problem found, each with its path.
    pub fn from_toml(text: &str) -> Result<Self, Vec<ClaimProblem>> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            vec![ClaimProblem::new("", format!("is not TOML: {}", error.to_string().trim()))]
        })?;
        let value = serde_json::to_value(table)
            .map_err(|error| vec![ClaimProblem::new("", error.to_string())])?;
        let mut problems = Vec::new();
        read_object(&value, "", CLAIMS, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let claims = read(&value, &mut problems);
        if problems.is_empty() { Ok(claims) } else { Err(problems) }
    }
}

fn read(value: &Value, problems: &mut Vec<ClaimProblem>) -> Claims {
    let margin = quantity_at(value.get("margin"), "margin", problems).unwrap_or(0.05);
    if margin < 0.0 {
        problems.push(ClaimProblem::new("margin", "is negative"));
    }
    let sources: BTreeMap<String, Source> = typed(value.get("sources")).unwrap_or_default();
    let groups: BTreeMap<String, Vec<String>> = match value.get("groups") {
        Some(Value::Object(groups)) => {
            groups.iter().map(|(name, members)| (name.clone(), texts(Some(members)))).collect()
        }
        Some(_) | None => BTreeMap::new(),
    };
    let items = value["claims"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut claims: Vec<Claim> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("claims[{index}]");
        let claim = read_claim(item, &path, problems);
        if let Some(first) = claims.iter().position(|other| other.id == claim.id) {
            problems
                .push(ClaimProblem::new(format!("{path}.id"), format!("repeats claims[{first}]")));
        }
        for from in claim.from.iter().filter(|from| !sources.contains_key(*from)) {
            let hint = did_you_mean(from, sources.keys().map(String::as_str));
            let reason = format!("`{from}` is no source{hint}");
            problems.push(ClaimProblem::new(format!("{path}.from"), reason));
        }
        claims.push(claim);
    }
    Claims { margin, sources, groups, claims }
}

fn read_claim(item: &Value, path: &str, problems: &mut Vec<ClaimProblem>) -> Claim {
    let kind: ClaimKind = typed(item.get("kind")).unwrap_or(ClaimKind::Measured);
    let holds = item
        .get("holds")
        .and_then(|holds| read_statement(holds, &format!("{path}.holds"), problems));
    let citation: Option<Source> = typed(item.get("citation"));
    match kind {
        ClaimKind::Measured | ClaimKind::MeasuredInPart | ClaimKind::Rated
            if item.get("holds").is_none() =>
        {
            problems.push(ClaimProblem::new(format!("{path}.holds"), "is missing"));
        }
        ClaimKind::Cited if citation.is_none() => {
            problems.push(ClaimProblem::new(format!("{path}.citation"), "is missing"));
        }
        ClaimKind::Measured | ClaimKind::MeasuredInPart | ClaimKind::Rated | ClaimKind::Cited => {}
    }
    Claim {
        id: text(item.get("id")),
        from: texts(item.get("from")),
        says: text(item.get("says")),
        kind,
        holds,
        citation,
        limits: typed(item.get("limits")),
    }
}

/// The keys of which a statement has exactly one.
const FORMS: [&str; 9] =
    ["ratio", "gap", "value", "count", "rated", "weight-space", "all", "any", "not"];

fn read_statement(item: &Value, path: &str, problems: &mut Vec<ClaimProblem>) -> Option<Statement> {
    let given: Vec<&str> = FORMS.into_iter().filter(|form| item.get(form).is_some()).collect();
    let [form] = given.as_slice() else {
        let reason = format!("needs exactly one of {}", FORMS.join(", "));
        problems.push(ClaimProblem::new(path, reason));
        return None;
    };
    let margin = quantity_at(item.get("margin"), &format!("{path}.margin"), problems);
    if margin.is_some_and(|margin| margin < 0.0) {
        problems.push(ClaimProblem::new(format!("{path}.margin"), "is negative"));
    }
    let form = read_form(form, item, path, problems)?;
    Some(Statement {
        form,
        margin,
        equivalent: typed(item.get("equivalent")).unwrap_or(WhenEquivalent::Says),
        label: typed(item.get("label")),
    })
}

fn read_form(
    form: &str,
    item: &Value,
    path: &str,
    problems: &mut Vec<ClaimProblem>,
) -> Option<Form> {
    let inner = &item[form];
    match form {
        "all" | "any" => {
            let items = inner.as_array()?;
            if items.is_empty() {
                problems.push(ClaimProblem::new(format!("{path}.{form}"), "is empty"));
            }
            let read = items.iter().enumerate().map(|(index, item)| {
                read_statement(item, &format!("{path}.{form}[{index}]"), problems)
            });
            let statements: Vec<Statement> = read.flatten().collect();
            return Some(if form == "all" { Form::All(statements) } else { Form::Any(statements) });
        }
        "not" => {
            let statement = read_statement(inner, &format!("{path}.not"), problems)?;
            return Some(Form::Not(Box::new(statement)));
        }
        _ => {}
    }
    let against = item.get("against").map(programs);
    let bound = read_bound(item, form, path, against.is_some(), problems);
    let (a, b) = (text(inner.get("a")), text(inner.get("b")));
    Some(match form {
        "ratio" => Form::Ratio { cells: cells(inner, "workload"), a, b, bound },
        "gap" => Form::Gap { from: cells(inner, "from"), to: cells(inner, "to"), a, b, bound },
        "value" => Form::Value {
            cells: cells(inner, "workload"),
            candidate: text(inner.get("candidate")),
            take: typed::<Take>(inner.get("take")).unwrap_or_default(),
            bound,
        },
        "count" => {
            let programs = programs(inner);
            for (place, one) in [(form, Some(&programs)), ("against", against.as_ref())] {
                check_outcomes(one, &format!("{path}.{place}.outcomes"), problems);
            }
            let share = item.get("share").and_then(Value::as_bool).unwrap_or(false);
            Form::Count { programs, bound, share, against }
        }
        "rated" => Form::Rated { criterion: text(inner.get("criterion")), a, b, bound },
        _ => Form::WeightSpace { of: texts(inner.get("of")), bound },
    })
}

fn read_bound(
    item: &Value,
    form: &str,
    path: &str,
    compared: bool,
    problems: &mut Vec<ClaimProblem>,
) -> Bound {
    let above = quantity_at(item.get("above"), &format!("{path}.above"), problems);
    let below = quantity_at(item.get("below"), &format!("{path}.below"), problems);
    if item.get("above").is_none() && item.get("below").is_none() && !compared {
        problems.push(ClaimProblem::new(path, "needs above, below or both"));
    }
    if let (Some(above), Some(below)) = (above, below)
        && above >= below
    {
        problems.push(ClaimProblem::new(format!("{path}.above"), "is not less than below"));
    }
    let positive = form == "ratio" || form == "gap";
    for (name, limit) in [("above", above), ("below", below)] {
        if positive && limit.is_some_and(|limit| limit <= 0.0) {
            problems.push(ClaimProblem::new(format!("{path}.{name}"), "is no ratio above zero"));
        }
    }
    Bound { above, below }
}

fn check_outcomes(programs: Option<&Programs>, path: &str, problems: &mut Vec<ClaimProblem>) {
    for outcome in programs.into_iter().flat_map(|programs| &programs.outcomes) {
        if !OUTCOMES.contains(&outcome.as_str()) {
            let hint = did_you_mean(outcome, OUTCOMES.into_iter());
            let reason = format!("`{outcome}` is no outcome of a battery{hint}");
            problems.push(ClaimProblem::new(path, reason));
        }
    }
}

fn cells(inner: &Value, workloads: &str) -> Cells {
    Cells {
        metric: text(inner.get("metric")),
        workloads: texts(inner.get(workloads)),
        loads: texts(inner.get("load")),
        over: typed::<Each>(inner.get("over")).unwrap_or_default(),
        each: typed::<Each>(inner.get("each")).unwrap_or_default(),
    }
}

fn programs(inner: &Value) -> Programs {
    Programs {
        language: text(inner.get("language")),
        classes: texts(inner.get("classes")),
        outcomes: texts(inner.get("outcomes")),
    }
}

/// The form was checked before, so what does not fit here is absent.
fn typed<T: for<'de> Deserialize<'de>>(value: Option<&Value>) -> Option<T> {
    serde_json::from_value(value?.clone()).ok()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items.iter().map(|item| text(Some(item))).collect(),
        Some(_) | None => Vec::new(),
    }
}
