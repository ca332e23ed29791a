//! What the battery's folder says: the tools of each language, and the classes of defects.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{BatteryError, read};

/// The tools of one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Language {
    /// The name of the program in each class's folder.
    pub file: String,
    /// The command that shows that the toolchain is here.
    pub version: Vec<String>,
    /// What to install if it is not.
    pub hint: String,
    /// The command that compiles `{source}` to `{out}`.
    pub compile: Vec<String>,
    /// Standard linters.
    #[serde(default)]
    pub lint: Vec<Vec<String>>,
    /// The command that runs the program.
    pub run: Vec<String>,
    /// Words by which run-time checks speak.
    #[serde(default)]
    pub message: Vec<String>,
    /// Detectors beyond the standard tools.
    #[serde(default)]
    pub detect: Vec<Detector>,
    /// Environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// A race detector, a sanitizer: builds the program anew and watches it run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Detector {
    pub name: String,
    pub build: Vec<String>,
    pub run: Vec<String>,
}

/// A class of defects: one folder.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// The folder's name.
    pub name: String,
    /// In words.
    pub title: String,
    /// What a correct program prints last.
    pub expect: String,
    /// How often it is run; defects of timing need more.
    pub runs: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassFile {
    title: String,
    expect: String,
    #[serde(default = "three")]
    runs: u32,
}

const fn three() -> u32 {
    3
}

pub(super) fn read_languages(path: &Path) -> Result<BTreeMap<String, Language>, BatteryError> {
    parse(path)
}

/// The classes of `folder`, by name.
pub(super) fn read_classes(folder: &Path) -> Result<Vec<Class>, BatteryError> {
    let unreadable = |source| BatteryError::Read { path: folder.to_owned(), source };
    let mut classes = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let described = entry.path().join("defect.toml");
        if !described.exists() {
            continue;
        }
        let ClassFile { title, expect, runs } = parse(&described)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        classes.push(Class { name, title, expect, runs });
    }
    classes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(classes)
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, BatteryError> {
    let text = read(path)?;
    toml::from_str(&text)
        .map_err(|source| BatteryError::Malformed { path: path.to_owned(), source })
}
