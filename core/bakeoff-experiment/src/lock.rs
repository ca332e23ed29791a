//! What was fixed before the first trial, as one hash, and what changed later (METHODS.md 0.8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::experiment::Experiment;

/// Everything that could be bent after seeing the data: what is weighed and how, what must hold,
/// when measuring stops, and the order of the trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock(Value);

/// One thing that is not as it was locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where, as in `criteria.tail.swing`.
    pub path: String,
    /// What was locked; `None` if it was not there.
    pub was: Option<String>,
    /// What it is now; `None` if it is gone.
    pub now: Option<String>,
}

impl Lock {
    /// What `experiment` fixes when it is run with `seed`; of the `files` beside the manifest that
    /// answers rest on, their hashes.
    pub fn of(experiment: &Experiment, files: &BTreeMap<String, String>, seed: u64) -> Self {
        let by_name = |items: Vec<(String, Value)>| Value::Object(items.into_iter().collect());
        let criteria = experiment.criteria.iter().map(|c| (c.name.clone(), plain(c)));
        let requirements = experiment.requirements.iter().map(|r| (r.name.clone(), plain(r)));
        let workloads = experiment.workloads.iter().map(|w| (w.name.clone(), plain(w)));
        let candidates: Vec<&str> =
            experiment.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
        let hash = |text: &String| blake3::hash(text.as_bytes()).to_hex().to_string();
        let hashes: BTreeMap<&String, String> =
            files.iter().map(|(name, text)| (name, hash(text))).collect();
        let mut locked = serde_json::json!({
            "candidates": candidates,
            "reference": experiment.reference,
            "criteria": by_name(criteria.collect()),
            "requirements": by_name(requirements.collect()),
            "profiles": plain(&experiment.profiles),
            "judging": plain(&experiment.judging),
            "workloads": by_name(workloads.collect()),
            "files": plain(&hashes),
            "seed": seed,
        });
        if let Some(upstream) = &experiment.upstream {
            locked["upstream"] = plain(upstream);
        }
        if let Some(database) = &experiment.database {
            locked["database"] = plain(database);
        }
        Self(sorted(locked))
    }

    /// The canonical bytes: JSON with sorted keys and no white space.
    pub fn canonical(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    /// BLAKE3 of the canonical bytes, in hex.
    pub fn hash(&self) -> String {
        blake3::hash(&self.canonical()).to_hex().to_string()
    }

    /// What differs in `later`, in the order of the paths.
    pub fn changes(&self, later: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        compare("", Some(&self.0), Some(&later.0), &mut changes);
        changes
    }
}

/// A value as JSON. The types of an experiment hold nothing that JSON cannot.
fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("an experiment is finite numbers, texts and lists")
}

/// The same value with the keys of every object sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn compare(path: &str, was: Option<&Value>, now: Option<&Value>, changes: &mut Vec<Change>) {
    if was == now {
        return;
    }
    if let (Some(Value::Object(was)), Some(Value::Object(now))) = (was, now) {
        let mut keys: Vec<&String> = was.keys().chain(now.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            compare(&path, was.get(key), now.get(key), changes);
        }
        return;
    }
    let text = |value: Option<&Value>| value.map(Value::to_string);
    changes.push(Change { path: path.to_owned(), was: text(was), now: text(now) });
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "title = \"t\"\n[candidates.a]\ndir = \"d\"\nrun = [\"./x\"]\n\
        [workloads.w]\nrequests = [{ get = \"/\" }]\n[criteria.tail]\nmeasure = \"latency-p99\"\n\
        best = \"2ms\"\nworst = \"50ms\"\nswing = 80\n";

    fn lock(manifest: &str, seed: u64) -> Lock {
        let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
        let read = crate::manifest::read("m", manifest.as_bytes(), &files).unwrap();
        Lock::of(&read.experiment, &BTreeMap::new(), seed)
    }

    #[test]
    fn what_decides_is_locked_and_what_does_not_is_not() {
        let before = lock(MANIFEST, 7);
        let same = lock(&MANIFEST.replace("title = \"t\"", "title = \"renamed\""), 7);
        assert_eq!(before.hash(), same.hash(), "the title decides nothing");
        assert_eq!(before.changes(&same), []);
        let after = lock(&MANIFEST.replace("swing = 80", "swing = 20\nmargin = \"1%\""), 8);
        assert_ne!(before.hash(), after.hash());
        let changes: Vec<(String, Option<String>, Option<String>)> =
            before.changes(&after).into_iter().map(|c| (c.path, c.was, c.now)).collect();
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(
            changes,
            [
                ("criteria.tail.swing".to_owned(), text("80.0"), text("20.0")),
                ("judging.margins.latency-p99".to_owned(), None, text("0.01")),
                ("seed".to_owned(), text("7"), text("8")),
            ]
        );
    }

    #[test]
    fn files_that_answers_rest_on_are_locked_by_their_hashes() {
        let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
        let read = crate::manifest::read("m", MANIFEST.as_bytes(), &files).unwrap();
        let with = |text: &str| {
            let files = BTreeMap::from([("ratings.toml".to_owned(), text.to_owned())]);
            Lock::of(&read.experiment, &files, 7)
        };
        assert_ne!(with("a").hash(), with("b").hash());
        let changes = with("a").changes(&with("b"));
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["files.ratings.toml"]);
    }
}
