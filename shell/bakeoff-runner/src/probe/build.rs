//! What building costs beside the first time: from nothing, with nothing changed, with one line
//! changed, and a check alone.
//!
//! All of it in a copy of the source with caches of its own, so that nothing of the user's is
//! touched and "from nothing" is true; what others wrote was fetched before and is not timed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Found, ProbeError, Subject, file};
use crate::source_copy::{self, SourceCopy};
use crate::tool::{self, Tool};

/// How long one command may take.
const COMMAND_WITHIN: Duration = Duration::from_mins(30);

/// A copy of a candidate's source to build in.
#[derive(Debug)]
pub(super) struct Workshop<'a> {
    subject: &'a Subject<'a>,
    /// The copy.
    pub(super) dir: PathBuf,
    env: BTreeMap<String, String>,
}

impl<'a> Workshop<'a> {
    /// Copies the source to a folder of that name and fetches what the build needs.
    pub(super) fn open(subject: &'a Subject<'a>, name: &str) -> Result<Self, ProbeError> {
        if subject.candidate.build.is_empty() {
            return Err(ProbeError::Nothing { reason: "it has no build".to_owned() });
        }
        let place = subject.rig.environment.cache_dir.join("probe").join(name);
        let artifact = subject.candidate.artifact.as_ref().map(Path::new);
        let SourceCopy { dir, caches } =
            SourceCopy::make(&subject.source_dir(), &place, artifact).map_err(file(&place))?;
        let mut env = subject.candidate.env.clone();
        env.extend(caches);
        let workshop = Self { subject, dir, env };
        workshop.time(&subject.candidate.fetch)?;
        // What a build keeps under a name of its own was copied with the source.
        workshop.time(&subject.candidate.clean)?;
        Ok(workshop)
    }

    /// Runs commands one after the other; the seconds they took together.
    pub(super) fn time(&self, commands: &[Vec<String>]) -> Result<f64, ProbeError> {
        let environment = self.subject.rig.environment;
        let mut seconds = 0.0;
        for argv in commands {
            let tool = Tool {
                argv: argv.clone(),
                dir: self.dir.clone(),
                env: self.env.clone(),
                within: COMMAND_WITHIN,
                log: environment.log_dir().join(format!("{}.log", self.subject.name)),
            };
            let end = tool::run(environment, &self.subject.rig.signals, &tool)?;
            if self.subject.rig.signals.ending().is_some() {
                return Err(ProbeError::Stopped);
            }
            if !end.success() {
                return Err(ProbeError::Command {
                    command: argv.join(" "),
                    words: end.words,
                    tail: end.tail,
                });
            }
            seconds += end.seconds;
        }
        Ok(seconds)
    }

    /// Changes one line of the main source file. What changes is code, or a compiler that
    /// compares syntax would see no change.
    fn change(&self, number: u32) -> Result<PathBuf, ProbeError> {
        let path = main_file(&self.dir).map_err(file(&self.dir))?.ok_or_else(|| {
            ProbeError::Nothing { reason: "no source file known here to change".to_owned() }
        })?;
        let mut text = fs::read_to_string(&path).map_err(file(&path))?;
        let line = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => format!("pub static BAKEOFF_CHANGE_{number}: u32 = {number};"),
            Some("go") => format!("var BakeoffChange{number} = {number}"),
            Some("c" | "h" | "cc" | "cpp") => format!("int bakeoff_change_{number} = {number};"),
            Some("zig") => format!("pub export var bakeoff_change_{number}: u32 = {number};"),
            Some("java") => format!("class BakeoffChange{number} {{ int n = {number}; }}"),
            Some("cs") => format!("class BakeoffChange{number} {{ public int N = {number}; }}"),
            _ => format!("// {number}"),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&line);
        text.push('\n');
        fs::write(&path, text).map_err(file(&path))?;
        Ok(path)
    }

    /// Removes the copy.
    pub(super) fn close(self) {
        if let Some(place) = self.dir.parent() {
            // What stays is in the run's cache, which `clean` removes.
            let _ = fs::remove_dir_all(place);
        }
    }
}

/// The source file a change is made in: `main.*` where there is one, else the largest.
fn main_file(dir: &Path) -> std::io::Result<Option<PathBuf>> {
    let known = ["rs", "go", "c", "cc", "cpp", "zig", "java", "cs", "js", "ts", "kt", "swift"];
    let mut files: Vec<PathBuf> = source_copy::files(dir)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| known.iter().any(|known| e == *known)))
        .filter(|path| !path.components().any(|part| part.as_os_str() == "tests"))
        .collect();
    files.sort_by_key(|path| {
        let main = path.file_stem().is_some_and(|stem| stem == "main" || stem == "Main");
        let size = fs::metadata(path).map_or(0, |meta| meta.len());
        (!main, path.components().count(), std::cmp::Reverse(size))
    });
    Ok(files.into_iter().next())
}

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let candidate = subject.candidate;
    let workshop = Workshop::open(subject, &candidate.name)?;
    let mut found = Found::default();
    found.metric("build-clean", workshop.time(&candidate.build)?);
    found.metric("build-noop", workshop.time(&candidate.build)?);
    let changed = workshop.change(1)?;
    found.metric("build-incremental", workshop.time(&candidate.build)?);
    if let Ok(changed) = changed.strip_prefix(&workshop.dir) {
        found.fact("line changed in", changed.to_string_lossy());
    }
    if !candidate.check.is_empty() {
        // The loop of someone at work: everything was checked before, then a line changes.
        workshop.time(&candidate.check)?;
        workshop.change(2)?;
        found.metric("build-check", workshop.time(&candidate.check)?);
    }
    workshop.close();
    Ok(found)
}
