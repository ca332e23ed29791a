//! Manifest text to [`Experiment`]: every problem at once, with its place. Reads no file itself.

mod candidates;
mod cases;
mod cells;
mod criteria;
mod database;
mod judging;
mod keys;
mod probes;
mod problem;
mod requests;
mod schema;
mod section;
mod shapes;
mod upstream;
mod workloads;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use problem::{Problem, Problems, Severity};
pub use schema::schema;

use crate::experiment::Experiment;
use problem::Collector;
use section::{Context, Section};

/// Longest manifest that is read; a longer one is a mistake (or an attack), and reading it would
/// take longer than an answer may.
pub const MANIFEST_BYTES_MAX: usize = 256 << 10;

/// The files beside a manifest, by their path relative to it.
pub trait Files {
    /// The bytes of a file; the error says why there are none.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read, as a lower-case fragment.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Whether there is such a file or folder.
    fn exists(&self, path: &str) -> bool;
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }

    fn exists(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.keys().any(|key| key == path || key.starts_with(&folder))
    }
}

/// A manifest that is sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// What it means.
    pub experiment: Experiment,
    /// What its author should look at all the same.
    pub warnings: Problems,
}

/// Reads a manifest that is called `name` and consists of `bytes`.
///
/// # Errors
///
/// [`Problems`] lists everything that is wrong with it and with the files it refers to.
pub fn read(name: &str, bytes: &[u8], files: &dyn Files) -> Result<Manifest, Problems> {
    let mut problems = Problems::default();
    let experiment = read_file(name, bytes, &mut problems, |cx, root, problems| {
        experiment(cx, root, files, problems)
    });
    match experiment {
        Some(experiment) if !problems.has_errors() => {
            Ok(Manifest { experiment, warnings: problems })
        }
        Some(_) | None => Err(problems),
    }
}

/// Parses one file and hands its top to `take`, which may read further files.
pub(crate) fn read_file<T>(
    name: &str,
    bytes: &[u8],
    problems: &mut Problems,
    take: impl FnOnce(&Context<'_>, &section::Value<'_>, &mut Problems) -> Option<T>,
) -> Option<T> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        let collector = Collector::new(name, "");
        collector.error(
            0..0,
            format!("the file has {} bytes, at most {MANIFEST_BYTES_MAX} are read", bytes.len()),
            "",
            None,
        );
        collector.finish(problems);
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (text, invalid) = readable(bytes);
    let collector = Collector::new(name, &text);
    if let Some(at) = invalid {
        collector.error(at..at + 1, "the file is not UTF-8", "this byte", None);
    }
    let (root, errors) = DeTable::parse_recoverable(&text);
    // Later errors are mostly echoes of the first.
    for error in errors.iter().take(2) {
        let span = error.span().unwrap_or(0..0);
        collector.error(span, format!("not TOML: {}", error.message()), "here", None);
    }
    let cx = Context { collector, broken: !errors.is_empty() || invalid.is_some() };
    let whole = 0..root.span().end.min(1);
    let root = Spanned::new(whole, DeValue::Table(root.into_inner()));
    let mut later = Problems::default();
    let taken = take(&cx, &root, &mut later);
    cx.collector.finish(problems);
    problems.list.append(&mut later.list);
    problems.omitted += later.omitted;
    taken
}

/// The text of `bytes` with every byte that is not UTF-8 replaced by `?`, so that places stay, and
/// where the first of them was.
fn readable(bytes: &[u8]) -> (String, Option<usize>) {
    let first = match std::str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), None),
        Err(error) => error.valid_up_to(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    (text, Some(first))
}

/// The whole manifest. `None` if a part is missing without which nothing can be said.
fn experiment(
    cx: &Context<'_>,
    root: &section::Value<'_>,
    files: &dyn Files,
    problems: &mut Problems,
) -> Option<Experiment> {
    let root = Section::open(cx, "", root, keys::ROOT)?;
    let candidates = candidates::candidates(&root, files);
    let reference = candidates::reference(&root, &candidates);
    let workloads = workloads::workloads(&root, files);
    candidates::check_workloads(&root, &candidates, &workloads.list);
    let upstream = upstream::upstream(&root, &candidates, &workloads.list, files);
    let database = database::database(&root, &candidates, files);
    let probes = probes::probes(&root, &candidates, files);
    let metrics = cells::Known::new(&workloads.list, &probes);
    let mut judging = judging::judging(&root, &metrics);
    let names: Vec<String> = candidates.iter().map(|c| c.name.clone()).collect();
    let criteria = criteria::criteria(&root, &metrics, &names, files, &mut judging);
    let mut requirements = criteria::requirements(&root, &metrics);
    requirements.extend(workloads.objectives);
    let quick = judging::quick(&root, &workloads.list);
    let profiles = criteria::profiles(&root, &criteria);
    Some(Experiment {
        title: root.text("title")?,
        reference: reference?,
        limits: candidates::limits(&root),
        contract: cases::contract(&root, &workloads.list, files, problems),
        workloads: workloads.list,
        probes,
        criteria: criteria.into_iter().map(|leaf| leaf.criterion).collect(),
        requirements,
        profiles,
        judging,
        quick,
        claims: file_path(&root, "claims", files),
        battery: file_path(&root, "battery", files),
        candidates,
        upstream,
        database,
    })
}

/// The path under `key`, which must stay beside the manifest and exist.
fn file_path(section: &Section<'_, '_, '_>, key: &str, files: &dyn Files) -> Option<String> {
    let path = section.text(key)?;
    checked_path(section, key, files, path)
}

/// `path`, named under `key`, if it stays beside the manifest and exists.
fn checked_path(
    section: &Section<'_, '_, '_>,
    key: &str,
    files: &dyn Files,
    path: String,
) -> Option<String> {
    let span = section.get(key)?.span();
    if !stays_inside(&path) {
        section.cx.collector.error(
            span,
            format!("`{}` leaves the manifest's folder", section.name(key)),
            "absolute, or goes up with `..`",
            Some("files that a manifest refers to lie beside it".to_owned()),
        );
        return None;
    }
    if !files.exists(&path) {
        section.cx.collector.error(
            span,
            format!("`{path}` does not exist"),
            "looked for beside the manifest",
            None,
        );
        return None;
    }
    Some(path)
}

/// The bytes of the file under `key`.
fn file_bytes(
    section: &Section<'_, '_, '_>,
    key: &str,
    files: &dyn Files,
) -> Option<(String, Vec<u8>)> {
    let path = section.text(key)?;
    bytes_of(section, key, files, path)
}

/// The bytes of each file under `key`, which names one or several.
fn files_bytes(
    section: &Section<'_, '_, '_>,
    key: &str,
    files: &dyn Files,
) -> Vec<(String, Vec<u8>)> {
    let paths = section.texts(key);
    paths.into_iter().filter_map(|path| bytes_of(section, key, files, path)).collect()
}

fn bytes_of(
    section: &Section<'_, '_, '_>,
    key: &str,
    files: &dyn Files,
    path: String,
) -> Option<(String, Vec<u8>)> {
    let path = checked_path(section, key, files, path)?;
    match files.read(&path) {
        Ok(bytes) => Some((path, bytes)),
        Err(reason) => {
            let span = section.get(key)?.span();
            section.cx.collector.error(span, format!("cannot read `{path}`"), reason, None);
            None
        }
    }
}

/// Whether a relative path stays in its folder by its own text.
fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with(['/', '\\'])
        && !path.contains(['\0', '\n'])
        && path.split(['/', '\\']).all(|part| part != "..")
}

#[cfg(test)]
mod tests;
