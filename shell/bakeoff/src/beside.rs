//! Files beside the manifest that a run's answers rest on: ratings and claims.

use std::collections::BTreeMap;
use std::path::Path;

use bakeoff_decision::EvidenceProblem;
use bakeoff_decision::ratings::Ratings;
use bakeoff_experiment::criterion::Evidence;
use bakeoff_experiment::record::Opened;

use crate::context::read_text;
use crate::failure::Failure;
use crate::talk;

/// The ratings files that the criteria name. One that is gone leaves its criteria unknown.
pub(crate) fn ratings(opened: &Opened) -> Result<BTreeMap<String, Ratings>, Failure> {
    let mut ratings = BTreeMap::new();
    for criterion in &opened.experiment.criteria {
        let Evidence::Rated { file } = &criterion.evidence else { continue };
        if ratings.contains_key(file) {
            continue;
        }
        let path = Path::new(&opened.folder).join(file);
        if path.exists() {
            ratings.insert(file.clone(), read_ratings(&path)?);
        } else {
            talk::line(&format!("warning    no ratings at `{}`", path.display()));
        }
    }
    Ok(ratings)
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
