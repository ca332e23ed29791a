//! Whether crates depend on each other only as the table in `ARCHITECTURE.md` allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Crate and what it may, or does, depend on; names without `bakeoff-`.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Arrows that are not in the table, and rows of the table that no crate stands for.
pub(crate) fn offences(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    let allowed = table(&text).context("ARCHITECTURE.md has no ```arrows block")?;
    Ok(compare(&allowed, &actual(root)?))
}

/// The arrows of the ```` ```arrows ```` block: lines `from -> to to to`.
fn table(text: &str) -> Option<Arrows> {
    let block = text.split_once("```arrows\n")?.1.split_once("```")?.0;
    let rows = block.lines().filter_map(|line| {
        let (from, to) = line.split_once("->")?;
        Some((from.trim().to_owned(), to.split_whitespace().map(str::to_owned).collect()))
    });
    Some(rows.collect())
}

/// What cargo says: normal and build dependencies within the workspace.
fn actual(root: &Path) -> Result<Arrows> {
    let told = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root)
        .output()
        .context("cargo does not start")?;
    if !told.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&told.stdout)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let is_ours = |name: &str| packages.iter().any(|package| package["name"] == name);
    let mut arrows = Arrows::new();
    for package in packages {
        let to = package["dependencies"]
            .as_array()
            .context("dependencies")?
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| is_ours(name))
            .map(short)
            .collect();
        arrows.insert(short(package["name"].as_str().context("name")?), to);
    }
    Ok(arrows)
}

fn short(name: &str) -> String {
    name.strip_prefix("bakeoff-").unwrap_or(name).to_owned()
}

fn compare(allowed: &Arrows, actual: &Arrows) -> Vec<String> {
    let none = BTreeSet::new();
    let mut offences = Vec::new();
    for (from, to) in actual {
        for to in to.difference(allowed.get(from).unwrap_or(&none)) {
            offences.push(format!(
                "{from} -> {to}: no such arrow in ARCHITECTURE.md; argue for it there or do without"
            ));
        }
    }
    for from in allowed.keys().filter(|from| !actual.contains_key(*from)) {
        offences.push(format!("ARCHITECTURE.md speaks of a crate `{from}` that is not there"));
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_outside_the_table_offends_and_so_does_a_row_without_a_crate() {
        let allowed = table("text\n```arrows\nunits ->\nstats -> units\nghost ->\n```\n").unwrap();
        let actual = table("```arrows\nunits -> stats\nstats -> units\n```").unwrap();
        let offences = compare(&allowed, &actual);
        assert_eq!(offences.len(), 2);
        assert!(offences[0].starts_with("units -> stats:") && offences[1].contains("`ghost`"));
    }
}
