//! A candidate's source in a folder of its own, so that it can be changed and built again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that hold what tools make or fetch, never source.
const NOT_SOURCE: [&str; 8] =
    [".git", "target", "node_modules", "__pycache__", "zig-out", ".zig-cache", ".venv", "vendor"];

/// A copy of a source folder, with caches of its own beside it.
#[derive(Debug)]
pub(crate) struct SourceCopy {
    /// The copy.
    pub(crate) dir: PathBuf,
    /// Environment variables for compilers that share a cache over projects: with it they would
    /// find everything done.
    pub(crate) caches: BTreeMap<String, String>,
}

impl SourceCopy {
    /// Copies the source in `from` into the folder `place`, where nothing of an earlier copy stays.
    /// The artifact stays behind.
    pub(crate) fn make(from: &Path, place: &Path, artifact: Option<&Path>) -> io::Result<Self> {
        let dir = place.join("source");
        copy(from, &dir, artifact)?;
        let caches = place.join("caches");
        if caches.exists() {
            fs::remove_dir_all(&caches)?;
        }
        fs::create_dir_all(&caches)?;
        let cache = |variable: &str, name: &str| {
            (variable.to_owned(), caches.join(name).to_string_lossy().into_owned())
        };
        let caches = [cache("GOCACHE", "go"), cache("ZIG_GLOBAL_CACHE_DIR", "zig")].into();
        Ok(Self { dir, caches })
    }
}

/// All files of a source folder in order, what tools made left out. Links are not followed.
pub(crate) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if NOT_SOURCE.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies the source in `from` to `to`, which is emptied first. The artifact stays behind.
fn copy(from: &Path, to: &Path, artifact: Option<&Path>) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for path in files(from)? {
        let Ok(relative) = path.strip_prefix(from) else { continue };
        if artifact == Some(relative) {
            continue;
        }
        let target = to.join(relative);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&path, &target)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_copied_and_what_tools_made_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for path in ["src/main.rs", "target/release/x", "service"] {
            let path = from.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        copy(&from, &to, Some(Path::new("service"))).unwrap();
        assert_eq!(files(&to).unwrap(), [to.join("src/main.rs")]);
    }
}
