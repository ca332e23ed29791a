//! Files beside the manifest that a run's answers rest on: ratings and claims.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bakeoff_decision::EvidenceProblem;
use bakeoff_decision::claims::Claims;
use bakeoff_decision::ratings::Ratings;
use bakeoff_experiment::criterion::Evidence;
use bakeoff_experiment::experiment::Experiment;
use bakeoff_experiment::record::Opened;

use crate::context::read_text;
use crate::failure::Failure;
use crate::talk;

/// Whether a run's answers rest on the ratings and claims that were locked with it, or on those
/// that lie beside the manifest now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct FilesNow {
    /// Go by ratings and claims as they lie beside the manifest now, not as they were locked
    #[arg(long)]
    files_now: bool,
}

/// The texts of the files that an experiment's answers rest on, sound, by their names in the
/// manifest: to be locked with the run.
pub(crate) fn texts(
    experiment: &Experiment,
    folder: &Path,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    for file in rated(experiment) {
        let path = folder.join(file);
        texts.insert(file.to_owned(), read_text(&path)?);
        // A run must not end in an error that could have been seen before it began.
        read_ratings(&path)?;
    }
    if let Some(file) = &experiment.claims {
        let path = folder.join(file);
        let text = read_text(&path)?;
        Claims::from_toml(&text).map_err(|found| problems(&path, &found))?;
        texts.insert(file.clone(), text);
    }
    Ok(texts)
}

/// The ratings that a run's criteria rest on.
pub(crate) fn ratings(
    opened: &Opened,
    now: FilesNow,
) -> Result<BTreeMap<String, Ratings>, Failure> {
    let mut ratings = BTreeMap::new();
    for file in rated(&opened.experiment) {
        if let Some((path, text)) = text(opened, file, now)? {
            let sound = Ratings::from_toml(&text).map_err(|found| problems(&path, &found))?;
            ratings.insert(file.to_owned(), sound);
        }
    }
    Ok(ratings)
}

/// The claims that a run's manifest names.
pub(crate) fn claims(opened: &Opened, now: FilesNow) -> Result<Option<Claims>, Failure> {
    let Some(file) = &opened.experiment.claims else { return Ok(None) };
    let Some((path, text)) = text(opened, file, now)? else { return Ok(None) };
    Claims::from_toml(&text).map(Some).map_err(|found| problems(&path, &found))
}

/// Names of the ratings files that criteria rest on, each once.
fn rated(experiment: &Experiment) -> BTreeSet<&str> {
    let rated = experiment.criteria.iter().filter_map(|criterion| match &criterion.evidence {
        Evidence::Rated { file } => Some(file.as_str()),
        Evidence::Measured { .. } | Evidence::Cited { .. } | Evidence::Unknown => None,
    });
    rated.collect()
}

/// A file's text and its name for people: of the run, or as it lies beside the manifest now.
fn text(opened: &Opened, file: &str, now: FilesNow) -> Result<Option<(PathBuf, String)>, Failure> {
    match opened.files.get(file) {
        Some(text) if !now.files_now => return Ok(Some((PathBuf::from(file), text.clone()))),
        Some(_) => {}
        None => not_kept(opened),
    }
    let path = Path::new(&opened.folder).join(file);
    if path.exists() {
        let text = read_text(&path)?;
        return Ok(Some((path, text)));
    }
    talk::line_once(&format!("warning    there is no `{}`", path.display()));
    Ok(None)
}

/// Says, once and of all of them together, which files a run of an older program did not keep.
fn not_kept(opened: &Opened) {
    let experiment = &opened.experiment;
    let files = rated(experiment).into_iter().chain(experiment.claims.as_deref());
    let missing: Vec<String> = files
        .filter(|file| !opened.files.contains_key(*file))
        .map(|file| format!("`{file}`"))
        .collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let files = missing.join(" and ");
    talk::line_once(&format!("warning    {files} {verb} not in the run: read as of now"));
}

/// A ratings file, checked.
pub(crate) fn read_ratings(path: &Path) -> Result<Ratings, Failure> {
    Ratings::from_toml(&read_text(path)?).map_err(|found| problems(path, &found))
}

/// What is wrong with a file, a line each.
pub(crate) fn problems(path: &Path, problems: &[EvidenceProblem]) -> Failure {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}: {problem}", path.display())).collect();
    Failure::usage(lines.join("\n"))
}
