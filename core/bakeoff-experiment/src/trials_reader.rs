//! Reads `bakeoff.trials/1` from people who doubt us: strict, and every refusal says where and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::json_path::path_at;
use crate::trials::{TRIALS_SCHEMA, TrialRow, Trials};

/// Numbers whose ratios and squares are finite.
const SENSIBLE: RangeInclusive<f64> = 1e-100..=1e100;

/// Problems listed before the rest is only counted.
const LISTED_MAX: usize = 20;

/// What is wrong with a file of trials: a path and a reason each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTrials {
    /// As in `trials[3].metrics.latency-p99 is not a finite number`.
    pub problems: Vec<String>,
    /// How many more there were.
    pub omitted: usize,
}

impl std::error::Error for BadTrials {}

impl fmt::Display for BadTrials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))?;
        if self.omitted > 0 {
            write!(f, "\n... and {} more problems", self.omitted)?;
        }
        Ok(())
    }
}

const DESIGN_FIELDS: [&str; 8] =
    ["candidates", "reference", "margin", "level", "stop", "direction", "primary", "exploratory"];
const STOP_FIELDS: [&str; 5] = ["kind", "rounds", "prior_variance", "half_width", "looks"];
const ROW_FIELDS: [&str; 8] =
    ["round", "position", "candidate", "workload", "load", "build", "answers", "metrics"];

#[derive(Default)]
struct Found {
    problems: Vec<String>,
    omitted: usize,
}

impl Found {
    fn add(&mut self, problem: impl Into<String>) {
        if self.problems.len() < LISTED_MAX {
            self.problems.push(problem.into());
        } else {
            self.omitted += 1;
        }
    }

    fn done(self) -> Result<(), BadTrials> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(BadTrials { problems: self.problems, omitted: self.omitted })
    }
}

/// Reads and checks raw trials.
///
/// # Errors
///
/// [`BadTrials`] lists what is malformed, of the wrong type, out of range, unknown or there twice.
pub fn read(bytes: &[u8]) -> Result<Trials, BadTrials> {
    match serde_json::from_slice::<Trials>(bytes) {
        Ok(trials) => {
            check(&trials)?;
            Ok(trials)
        }
        // The quick way failed: the slow one finds out where.
        Err(error) => Err(explain(bytes, &error)),
    }
}

/// Where and why `bytes` are not trials.
fn explain(bytes: &[u8], error: &serde_json::Error) -> BadTrials {
    let mut found = Found::default();
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => shape(&value, &mut found),
        Err(syntax) => {
            let path = path_at(bytes, syntax.line(), syntax.column());
            let place = if path.is_empty() { "the file".to_owned() } else { path };
            found.add(if syntax.to_string().starts_with("number out of range") {
                format!("{place} is not a finite number")
            } else {
                format!("{place} is not JSON: {syntax}")
            });
        }
    }
    if found.problems.is_empty() {
        found.add(format!("not {TRIALS_SCHEMA}: {error}"));
    }
    BadTrials { problems: found.problems, omitted: found.omitted }
}

/// Checks types by hand, so that each problem has its path.
fn shape(value: &Value, found: &mut Found) {
    let Some(top) = value.as_object() else {
        found.add("the file is not a JSON object");
        return;
    };
    if top.get("schema").and_then(Value::as_str) != Some(TRIALS_SCHEMA) {
        found.add(format!("schema is not \"{TRIALS_SCHEMA}\""));
    }
    match top.get("design") {
        Some(design) => shape_design(design, found),
        None => found.add("design is missing"),
    }
    match top.get("trials").map(Value::as_array) {
        Some(Some(rows)) => {
            for (index, row) in rows.iter().enumerate() {
                shape_row(&format!("trials[{index}]"), row, found);
            }
        }
        Some(None) => found.add("trials is not an array"),
        None => found.add("trials is missing"),
    }
}

fn shape_design(design: &Value, found: &mut Found) {
    if !design.is_object() {
        found.add("design is not an object");
        return;
    }
    known_fields("design", design, &DESIGN_FIELDS, found);
    if let Some(stop) = design.get("stop") {
        known_fields("design.stop", stop, &STOP_FIELDS, found);
    }
    let texts = |value: &Value| value.as_array().is_some_and(|v| v.iter().all(Value::is_string));
    let optional = |key: &str, test: &dyn Fn(&Value) -> bool| design.get(key).is_none_or(test);
    if !design.get("candidates").is_some_and(texts) {
        found.add("design.candidates is not an array of texts");
    }
    if !design.get("reference").is_some_and(Value::is_string) {
        found.add("design.reference is not a text");
    }
    if !design.get("level").is_some_and(Value::is_number) {
        found.add("design.level is not a number");
    }
    for key in ["primary", "exploratory"] {
        if !optional(key, &texts) {
            found.add(format!("design.{key} is not an array of texts"));
        }
    }
    match design.get("stop") {
        Some(Value::Object(stop)) => {
            if !stop.get("kind").is_some_and(Value::is_string) {
                found.add("design.stop.kind is not a text");
            }
            shape_stop(stop, found);
        }
        Some(_) | None => found.add("design.stop is not an object"),
    }
    numbers("design.margin", design.get("margin"), found);
    let directions = design.get("direction").and_then(Value::as_object);
    for (metric, way) in directions.into_iter().flatten() {
        if !matches!(way.as_str(), Some("lower" | "higher")) {
            found.add(format!("design.direction.{metric} is neither \"lower\" nor \"higher\""));
        }
    }
}

fn shape_stop(stop: &Map<String, Value>, found: &mut Found) {
    let optional = |key: &str, test: &dyn Fn(&Value) -> bool| {
        stop.get(key).is_none_or(|value| value.is_null() || test(value))
    };
    if !optional("rounds", &|rounds| as_u32(rounds).is_some()) {
        found.add("design.stop.rounds is not a whole number");
    }
    for key in ["prior_variance", "half_width"] {
        if !optional(key, &Value::is_number) {
            found.add(format!("design.stop.{key} is not a number"));
        }
    }
    let counts = |looks: &Value| {
        looks.as_array().is_some_and(|looks| looks.iter().all(|look| as_u32(look).is_some()))
    };
    if !stop.get("looks").is_none_or(counts) {
        found.add("design.stop.looks is not an array of whole numbers");
    }
}

/// A field that is overlooked would be a margin, a level or a build that nobody uses.
fn known_fields(path: &str, object: &Value, known: &[&str], found: &mut Found) {
    for key in object.as_object().into_iter().flat_map(|object| object.keys()) {
        if !known.contains(&key.as_str()) {
            let near = known.iter().max_by(|a, b| {
                strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b))
            });
            let hint = near
                .filter(|near| strsim::jaro_winkler(key, near) > 0.8)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let key: String = key.escape_debug().take(60).collect();
            found.add(format!("{path}.{key} is no known field{hint}"));
        }
    }
}

fn as_u32(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn numbers(path: &str, value: Option<&Value>, found: &mut Found) {
    match value {
        None => {}
        Some(Value::Object(map)) => {
            for (name, _) in map.iter().filter(|(_, value)| !value.is_number()) {
                found.add(format!("{path}.{name} is not a finite number"));
            }
        }
        Some(_) => found.add(format!("{path} is not an object")),
    }
}

fn shape_row(path: &str, row: &Value, found: &mut Found) {
    if !row.is_object() {
        found.add(format!("{path} is not an object"));
        return;
    }
    known_fields(path, row, &ROW_FIELDS, found);
    for key in ["round", "position"] {
        if row.get(key).and_then(as_u32).is_none() {
            found.add(format!("{path}.{key} is not a whole number"));
        }
    }
    if !row.get("candidate").is_some_and(Value::is_string) {
        found.add(format!("{path}.candidate is not a text"));
    }
    for key in ["workload", "load"] {
        if !row.get(key).is_none_or(Value::is_string) {
            found.add(format!("{path}.{key} is not a text"));
        }
    }
    if row.get("build").is_some_and(|build| as_u32(build).is_none()) {
        found.add(format!("{path}.build is not a whole number"));
    }
    if row.get("answers").is_some_and(|count| !count.is_null() && as_u32(count).is_none()) {
        found.add(format!("{path}.answers is not a whole number"));
    }
    match row.get("metrics") {
        None => found.add(format!("{path}.metrics is missing")),
        metrics => numbers(&format!("{path}.metrics"), metrics, found),
    }
}

/// Checks what types cannot say.
fn check(trials: &Trials) -> Result<(), BadTrials> {
    let mut found = Found::default();
    if trials.schema != TRIALS_SCHEMA {
        found.add(format!(
            "schema is \"{}\", not \"{TRIALS_SCHEMA}\"",
            trials.schema.escape_debug()
        ));
    }
    check_design(trials, &mut found);
    if trials.trials.is_empty() {
        found.add("trials is empty");
    }
    let labels: BTreeSet<&str> = trials.design.candidates.iter().map(String::as_str).collect();
    for (index, row) in trials.trials.iter().enumerate() {
        if row.round == 0 {
            found.add(format!("trials[{index}].round is 0; rounds count from 1"));
        }
        if !labels.contains(row.candidate.as_str()) {
            let name: String = row.candidate.chars().take(60).collect();
            found.add(format!(
                "trials[{index}].candidate \"{}\" is not in design.candidates",
                name.escape_debug()
            ));
        }
        for (metric, value) in row.metrics.iter() {
            if !value.is_finite() {
                found.add(format!("trials[{index}].metrics.{metric} is not a finite number"));
            } else if value < 0.0 {
                found.add(format!("trials[{index}].metrics.{metric} is below zero"));
            } else if value != 0.0 && !SENSIBLE.contains(&value) {
                found.add(format!("trials[{index}].metrics.{metric} is beyond 1e-100 to 1e100"));
            }
        }
    }
    check_repeats(trials, &mut found);
    found.done()
}

/// Looks for trials that are there twice: sorted, neighbours are the same.
fn check_repeats(trials: &Trials, found: &mut Found) {
    if are_plainly_different(trials) {
        return;
    }
    let mut places: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let candidates = trials.design.candidates.iter().map(String::as_str);
    let mut labels: BTreeMap<&str, u32> = candidates.zip(0..).collect();
    let mut keys: Vec<(u32, u32, u32, u32, u32)> = Vec::with_capacity(trials.trials.len());
    let mut index = 0;
    // Rows of a place usually follow one another: it is looked up once for all of them.
    for run in trials.trials.chunk_by(|a, b| a.workload == b.workload && a.load == b.load) {
        let next = places.len() as u32;
        let place = *places.entry((&*run[0].workload, &*run[0].load)).or_insert(next);
        for row in run {
            let next = labels.len() as u32;
            let candidate = *labels.entry(row.candidate.as_str()).or_insert(next);
            keys.push((place, row.round, candidate, row.build, index));
            index += 1;
        }
    }
    keys.sort_unstable();
    let mut repeats: Vec<u32> = keys
        .iter()
        .zip(keys.iter().skip(1))
        .filter(|(one, next)| (one.0, one.1, one.2, one.3) == (next.0, next.1, next.2, next.3))
        .map(|(_, next)| next.4)
        .collect();
    repeats.sort_unstable();
    for index in repeats {
        let row = &trials.trials[index as usize];
        found.add(format!(
            "trials[{index}] is there twice: {} in round {} of {} {}",
            row.candidate, row.round, row.workload, row.load
        ));
    }
}

/// Whether trials come place by place and round by round, as they were measured, and differ within each round: then none is
/// there twice, and nothing has to be sorted to see it.
fn are_plainly_different(trials: &Trials) -> bool {
    /// Trials of one round that are held against each other one by one.
    const COMPARED_MOST: usize = 64;
    let differ = |round: &[TrialRow]| {
        let same = |one: &TrialRow, other: &TrialRow| {
            one.build == other.build && one.candidate == other.candidate
        };
        round.len() <= COMPARED_MOST
            && (1..round.len()).all(|at| !round[..at].iter().any(|one| same(one, &round[at])))
    };
    let mut places = BTreeSet::new();
    trials.trials.chunk_by(|a, b| a.workload == b.workload && a.load == b.load).all(|run| {
        places.insert((run[0].workload.as_str(), run[0].load.as_str()))
            && run.is_sorted_by_key(|row| row.round)
            && run.chunk_by(|a, b| a.round == b.round).all(differ)
    })
}

fn check_design(trials: &Trials, found: &mut Found) {
    let design = &trials.design;
    let labels: BTreeSet<&str> = design.candidates.iter().map(String::as_str).collect();
    if labels.len() < design.candidates.len() {
        found.add("design.candidates names one twice");
    }
    if !labels.contains(design.reference.as_str()) {
        found.add("design.reference is not in design.candidates");
    }
    for (metric, margin) in &design.margin {
        if !margin.is_finite() || *margin < 0.0 {
            found.add(format!("design.margin.{metric} is not a finite number from 0"));
        }
    }
    if !(design.level.is_finite() && 0.0 < design.level && design.level < 1.0) {
        found.add("design.level is not between 0 and 1");
    }
    let kinds = ["fixed", "anytime", "planned", "precision"];
    if !kinds.contains(&design.stop.kind.as_str()) {
        found.add(format!("design.stop.kind is not one of {}", kinds.join(", ")));
    }
    if design.stop.rounds == Some(0) {
        found.add("design.stop.rounds is 0");
    }
    if !design.stop.looks.windows(2).all(|two| two[0] < two[1])
        || design.stop.looks.first() < Some(&2) && !design.stop.looks.is_empty()
    {
        found.add("design.stop.looks are not ascending from 2");
    }
    if !design.stop.prior_variance.is_none_or(|g| g.is_finite() && g > 0.0) {
        found.add("design.stop.prior_variance is not above zero");
    }
    if !design.stop.half_width.is_none_or(|half| half.is_finite() && half > 0.0) {
        found.add("design.stop.half_width is not above zero");
    }
}
