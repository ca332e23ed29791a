//! Whether files and functions are short enough to have one job.
//!
//! `xtask/lengths.txt` lists what is longer: `path LINES` for a file, `path function LINES` for a
//! function. An entry must be exactly as long as what it excuses, so the list only shrinks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files::Source;

/// Most lines of a Rust file.
const FILE_LINES_MAX: usize = 500;

/// Most lines of a function, signature and braces included.
const FUNCTION_LINES_MAX: usize = 70;

/// What is too long and not excused, and excuses that no longer fit.
pub(crate) fn offences(root: &Path, sources: &[Source]) -> Result<Vec<String>> {
    let excused = std::fs::read_to_string(root.join("xtask/lengths.txt")).context("lengths.txt")?;
    let mut long = BTreeMap::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let lines = source.text.lines().count();
        if FILE_LINES_MAX < lines {
            long.insert(source.path.clone(), lines);
        }
        for (name, lines) in functions(&source.text) {
            if FUNCTION_LINES_MAX < lines {
                long.insert(format!("{} {name}", source.path), lines);
            }
        }
    }
    Ok(compare(&long, &parse(&excused)))
}

fn parse(excused: &str) -> BTreeMap<String, usize> {
    let entries = excused.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (what, lines) = line.rsplit_once(' ')?;
        Some((what.to_owned(), lines.parse().ok()?))
    });
    entries.collect()
}

fn compare(long: &BTreeMap<String, usize>, excused: &BTreeMap<String, usize>) -> Vec<String> {
    let mut offences = Vec::new();
    for (what, lines) in long {
        if excused.get(what) != Some(lines) {
            let most = if what.contains(' ') { FUNCTION_LINES_MAX } else { FILE_LINES_MAX };
            offences.push(format!("{what}: {lines} lines, at most {most}: it has a second job"));
        }
    }
    for (what, lines) in excused.iter().filter(|(what, _)| !long.contains_key(*what)) {
        offences.push(format!("xtask/lengths.txt: `{what} {lines}` excuses nothing; remove it"));
    }
    offences
}

/// The functions of a file as rustfmt lays them out, with their lengths in lines.
///
/// After rustfmt a function ends at the first line that is only its indentation and `}`; a line
/// within a text that looks the same ends it too early, which excuses it and harms nobody.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some((indent, name)) = declared(line) else { continue };
        let close = format!("{}}}", " ".repeat(indent));
        let body =
            lines[start..].iter().position(|line| line.ends_with('{') || line.ends_with(';'));
        let has_body = body.is_some_and(|offset| lines[start + offset].ends_with('{'));
        if has_body && let Some(end) = lines[start..].iter().position(|line| *line == close) {
            functions.push((name.to_owned(), end + 1));
        }
    }
    functions
}

/// Indentation and name, if the line declares a function.
fn declared(line: &str) -> Option<(usize, &str)> {
    let code = line.trim_start();
    let mut rest = code;
    while let Some((word, after)) = rest.split_once(' ') {
        if word == "fn" {
            let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
            return (0 < end).then(|| (line.len() - code.len(), &after[..end]));
        }
        let modifier = word.starts_with("pub") || matches!(word, "const" | "async" | "unsafe");
        if !modifier {
            return None;
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_their_lengths() {
        let text = "impl A {\n    pub(crate) const fn one(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n\n    fn declared_only(&self);\n}\n\nfn two() {\n    // fn not_this() {\n}\n";
        assert_eq!(functions(text), [("one".to_owned(), 5), ("two".to_owned(), 3)]);
    }

    #[test]
    fn an_excuse_must_fit_exactly_and_excuse_something() {
        let long = BTreeMap::from([("a.rs".to_owned(), 510), ("b.rs f".to_owned(), 80)]);
        let excused = parse("# comment\na.rs 520\nb.rs f 80\nc.rs 600\n");
        let offences = compare(&long, &excused);
        assert_eq!(offences.len(), 2);
        assert!(offences[0].starts_with("a.rs: 510 lines") && offences[1].contains("c.rs 600"));
    }
}
