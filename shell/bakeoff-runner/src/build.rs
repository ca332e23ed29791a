//! Makes a candidate from its source: receipt of the toolchain, timed build, hashed artifact.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bakeoff_experiment::experiment::{Candidate, Source};
use bakeoff_experiment::record::{BuildOutcome, BuildReceipt, BuildRecord};

use crate::candidate::source_dir;
use crate::control::Signals;
use crate::environment::Environment;
use crate::source_copy::SourceCopy;
use crate::tool::{self, Tool, ToolEnd};
use crate::trial::chain;

/// How long one command of a build may take.
const COMMAND_WITHIN: Duration = Duration::from_mins(30);

/// How long a toolchain may take to say its version.
const RECEIPT_WITHIN: Duration = Duration::from_secs(30);

/// Folders that hold what tools make or fetch, never source.
const NOT_SOURCE: [&str; 7] =
    [".git", "target", "node_modules", "__pycache__", "zig-out", ".zig-cache", ".build-cache"];

/// Why a build stopped before its end.
enum Stopped {
    /// It failed, or could not be begun.
    Outcome(Box<BuildOutcome>),
    /// We were told to stop.
    Signal,
}

/// Makes build `number` of `candidate`, from 1. `None` if a signal came meanwhile: then nothing is
/// known.
///
/// The first is made in the source folder itself, further ones in copies of it under ever longer
/// paths, with caches of their own: where something is built may change what is built.
pub fn build(
    environment: &Environment,
    signals: &Signals,
    candidate: &Candidate,
    number: u32,
) -> Option<BuildRecord> {
    let log = environment.log_dir().join(format!("build-{}.log", candidate.name));
    let mut builder =
        Builder { environment, signals, candidate, number, log, env: candidate.env.clone() };
    let outcome = match builder.run() {
        Ok(receipt) => BuildOutcome::Done(receipt),
        Err(Stopped::Outcome(outcome)) => *outcome,
        Err(Stopped::Signal) => return None,
    };
    Some(BuildRecord { candidate: candidate.name.clone(), build: number, outcome })
}

struct Builder<'a> {
    environment: &'a Environment,
    signals: &'a Signals,
    candidate: &'a Candidate,
    number: u32,
    log: PathBuf,
    env: BTreeMap<String, String>,
}

impl Builder<'_> {
    fn run(&mut self) -> Result<BuildReceipt, Stopped> {
        let dir = if self.number == 1 { self.check_out()? } else { self.copy()? };
        let toolchain = self.receipt(&dir)?;
        for command in &self.candidate.fetch {
            self.command("fetch", command, &dir)?;
        }
        let artifact = self.candidate.artifact.as_ref().map(|path| dir.join(path));
        for command in &self.candidate.clean {
            self.command("clean", command, &dir)?;
        }
        let source_hash = hash_folder(&dir, artifact.as_deref())
            .map_err(|error| self.failed(format!("source `{}`: {error}", dir.display())))?;
        let mut seconds = 0.0;
        for command in &self.candidate.build {
            seconds += self.command("build", command, &dir)?.seconds;
        }
        let mut metrics = BTreeMap::new();
        // Without a command that cleans, a build in the source folder may have found everything done.
        let clean = 1 < self.number || !self.candidate.clean.is_empty();
        if clean && !self.candidate.build.is_empty() {
            metrics.insert("build-clean".to_owned(), seconds);
        }
        let mut receipt = BuildReceipt {
            toolchain,
            source_hash,
            log: format!("logs/build-{}.log", self.candidate.name),
            ..BuildReceipt::default()
        };
        if let Some(path) = artifact {
            let bytes = fs::read(&path).map_err(|error| {
                self.failed(format!("the build left no artifact `{}`: {error}", path.display()))
            })?;
            metrics.insert("artifact-size".to_owned(), bytes.len() as f64);
            receipt.artifact_hash = blake3::hash(&bytes).to_hex().to_string();
            receipt.artifact = path.to_string_lossy().into_owned();
        }
        receipt.metrics = metrics;
        Ok(receipt)
    }

    /// First line of what the toolchain says of itself; a candidate without is skipped.
    /// Asked in the source folder, where a pinned version or a script of the candidate's lies.
    fn receipt(&self, dir: &Path) -> Result<String, Stopped> {
        if self.candidate.toolchain.is_empty() {
            return Ok(String::new());
        }
        let skipped = |reason: String| {
            let hint = self.candidate.hint.clone();
            Stopped::Outcome(Box::new(BuildOutcome::Skipped { reason, hint }))
        };
        let words = self.candidate.toolchain.join(" ");
        let end = self.tool(&self.candidate.toolchain, dir, RECEIPT_WITHIN).map_err(|stopped| {
            match stopped {
                Stopped::Outcome(outcome) => match *outcome {
                    BuildOutcome::Failed { reason, .. } => skipped(reason),
                    other @ (BuildOutcome::Done(_) | BuildOutcome::Skipped { .. }) => {
                        Stopped::Outcome(Box::new(other))
                    }
                },
                Stopped::Signal => Stopped::Signal,
            }
        })?;
        if !end.success() {
            let said = end.tail.lines().last().unwrap_or("nothing").to_owned();
            return Err(skipped(format!("`{words}` ended with {}: {said}", end.words)));
        }
        Ok(end.output.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// The source folder; of a revision, a fresh checkout that leaves the user's repository alone.
    fn check_out(&self) -> Result<PathBuf, Stopped> {
        let dir = source_dir(self.environment, self.candidate);
        if let Source::Git { rev, .. } = &self.candidate.source {
            let from = &self.environment.manifest_dir;
            let git = |args: &[&str]| {
                let argv: Vec<String> =
                    ["git"].iter().chain(args).map(|&arg| arg.to_owned()).collect();
                Ok(self.command("git", &argv, from)?.output.trim().to_owned())
            };
            let top = git(&["rev-parse", "--show-toplevel"])?;
            let commit =
                git(&["rev-parse", "--verify", "--end-of-options", &format!("{rev}^{{commit}}")])?;
            let checkout = self.environment.cache_dir.join("checkouts").join(&self.candidate.name);
            let _ = fs::remove_dir_all(&checkout);
            let path = checkout.to_string_lossy().into_owned();
            git(&["clone", "--quiet", "--shared", "--no-checkout", &top, &path])?;
            git(&["-C", &path, "checkout", "--quiet", "--detach", &commit])?;
        }
        if !dir.is_dir() {
            return Err(self.failed(format!("there is no folder `{}`", dir.display())));
        }
        Ok(dir)
    }

    /// A copy of the source folder to build in.
    fn copy(&mut self) -> Result<PathBuf, Stopped> {
        let from = source_dir(self.environment, self.candidate);
        let name = format!("{}-{}", self.candidate.name, "again".repeat(self.number as usize - 1));
        let place = self.environment.cache_dir.join("builds").join(name);
        let artifact = self.candidate.artifact.as_ref().map(Path::new);
        let SourceCopy { dir, caches } = SourceCopy::make(&from, &place, artifact)
            .map_err(|error| self.failed(format!("copy of `{}`: {error}", from.display())))?;
        self.env.extend(caches);
        Ok(dir)
    }

    fn command(&self, what: &str, argv: &[String], dir: &Path) -> Result<ToolEnd, Stopped> {
        let end = self.tool(argv, dir, COMMAND_WITHIN)?;
        if end.success() {
            return Ok(end);
        }
        let reason = format!("{what} `{}`: {}", argv.join(" "), end.words);
        Err(self.failed_with(reason, end.tail))
    }

    fn tool(&self, argv: &[String], dir: &Path, within: Duration) -> Result<ToolEnd, Stopped> {
        let tool = Tool {
            argv: argv.to_vec(),
            dir: dir.to_owned(),
            env: self.env.clone(),
            within,
            log: self.log.clone(),
        };
        let end = tool::run(self.environment, self.signals, &tool)
            .map_err(|error| self.failed(chain(&error)))?;
        if self.signals.ending().is_some() { Err(Stopped::Signal) } else { Ok(end) }
    }

    fn failed(&self, reason: String) -> Stopped {
        self.failed_with(reason, String::new())
    }

    fn failed_with(&self, reason: String, log_tail: String) -> Stopped {
        let log = format!("logs/build-{}.log", self.candidate.name);
        Stopped::Outcome(Box::new(BuildOutcome::Failed { reason, log_tail, log }))
    }
}

/// BLAKE3 over the names and contents of all files of a source folder, in order; what tools make
/// and the artifact itself do not count.
fn hash_folder(folder: &Path, artifact: Option<&Path>) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hash_into(&mut hasher, folder, folder, artifact)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn hash_into(
    hasher: &mut blake3::Hasher,
    root: &Path,
    folder: &Path,
    artifact: Option<&Path>,
) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort_unstable();
    for path in entries {
        let kind = fs::symlink_metadata(&path)?.file_type();
        let name = path.strip_prefix(root).unwrap_or(&path).as_os_str().as_encoded_bytes();
        let skip = path.file_name().is_some_and(|name| NOT_SOURCE.iter().any(|it| name == *it));
        if skip || artifact == Some(path.as_path()) {
            continue;
        }
        if kind.is_dir() {
            hash_into(hasher, root, &path, artifact)?;
        } else if kind.is_file() {
            let content = blake3::hash(&fs::read(&path)?);
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
            hasher.update(content.as_bytes());
        } else if kind.is_symlink() {
            let target = fs::read_link(&path)?;
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
            hasher.update(blake3::hash(target.as_os_str().as_encoded_bytes()).as_bytes());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_hash_sees_every_file_and_nothing_that_tools_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("src")).unwrap();
        fs::write(path("src/main.go"), "package main").unwrap();
        let artifact = path("service");
        let hash = || hash_folder(folder.path(), Some(&artifact)).unwrap();
        let before = hash();
        fs::create_dir(path("target")).unwrap();
        fs::write(path("target/x"), "made").unwrap();
        fs::write(&artifact, "made").unwrap();
        assert_eq!(hash(), before);
        fs::rename(path("src/main.go"), path("src/other.go")).unwrap();
        assert_ne!(hash(), before);
    }
}
