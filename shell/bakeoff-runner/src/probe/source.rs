//! How much source there is, and how many packages of others it stands on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Found, ProbeError, Subject, file, packages};
use crate::source_copy;

/// Largest file counted, in bytes: what is larger was generated.
const FILE_BYTES_MAX: u64 = 2 << 20;

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let dir = subject.source_dir();
    let mut lines: BTreeMap<&'static str, u64> = BTreeMap::new();
    for path in source_copy::files(&dir).map_err(file(&dir))? {
        let Some(language) = language(&path) else { continue };
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > FILE_BYTES_MAX) {
            continue;
        }
        // What is not text is not source.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        *lines.entry(language.name).or_default() += count(&text, language);
    }
    let mut found = Found::default();
    let total: u64 = lines.values().sum();
    if total > 0 {
        found.metric("source-lines", total as f64);
        let words: Vec<String> = lines.iter().map(|(name, n)| format!("{name} {n}")).collect();
        found.fact("source lines", words.join(", "));
    }
    if let Some(packages) = packages::of(subject, &dir)? {
        found.metric("dependencies", packages.count as f64);
        if let Some(depth) = packages.depth {
            found.metric("dependency-depth", depth as f64);
        }
        found.fact("dependencies by", packages.by);
    }
    if found.metrics.is_empty() {
        return Err(ProbeError::Nothing {
            reason: "no source in a language known here".to_owned(),
        });
    }
    Ok(found)
}

/// How a language writes comments.
#[derive(Clone, Copy, Debug)]
struct Language {
    name: &'static str,
    line: &'static str,
    block: Option<(&'static str, &'static str)>,
}

const C_LIKE: Option<(&str, &str)> = Some(("/*", "*/"));

fn language(path: &Path) -> Option<Language> {
    let (name, line, block) = match path.extension()?.to_str()? {
        "rs" => ("Rust", "//", C_LIKE),
        "go" => ("Go", "//", C_LIKE),
        "c" | "h" => ("C", "//", C_LIKE),
        "cc" | "cpp" | "hpp" => ("C++", "//", C_LIKE),
        "zig" => ("Zig", "//", None),
        "java" => ("Java", "//", C_LIKE),
        "cs" => ("C#", "//", C_LIKE),
        "js" | "mjs" | "cjs" => ("JavaScript", "//", C_LIKE),
        "ts" | "mts" => ("TypeScript", "//", C_LIKE),
        "kt" => ("Kotlin", "//", C_LIKE),
        "swift" => ("Swift", "//", C_LIKE),
        "py" => ("Python", "#", None),
        "rb" => ("Ruby", "#", None),
        "ex" | "exs" => ("Elixir", "#", None),
        _ => return None,
    };
    Some(Language { name, line, block })
}

/// Lines that hold more than white space and comment. A comment sign inside a text counts as one,
/// which is wrong for a handful of lines and the same for everybody.
fn count(text: &str, language: Language) -> u64 {
    let mut inside = false;
    let mut lines = 0;
    for line in text.lines() {
        let mut rest = line.trim();
        let mut code = false;
        while !rest.is_empty() {
            if inside {
                let Some((_, end)) = language.block else { break };
                match rest.split_once(end) {
                    Some((_, after)) => {
                        inside = false;
                        rest = after.trim_start();
                    }
                    None => rest = "",
                }
            } else if rest.starts_with(language.line) {
                rest = "";
            } else if let Some((start, _)) = language.block
                && let Some((before, after)) = rest.split_once(start)
            {
                code |= !before.trim().is_empty();
                inside = true;
                rest = after;
            } else {
                code = true;
                rest = "";
            }
        }
        lines += u64::from(code);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_do_not_count() {
        let rust = language(Path::new("a.rs")).unwrap();
        let text =
            "//! doc\n\nfn a() {} // why\n/* one\n two */ let x;\n/* y */\n  let z; /* w\n*/\n";
        assert_eq!(count(text, rust), 3);
        let python = language(Path::new("a.py")).unwrap();
        assert_eq!(count("# x\nimport os\n\n", python), 1);
        assert!(language(Path::new("items.json")).is_none());
    }
}
