//! What a compiler cannot see: arrows between crates, lengths, first lines, paths of one machine.

use std::path::Path;

use anyhow::{Result, bail};

use crate::files::{Source, sources};
use crate::{arrows, lengths};

/// Checks the working tree and prints every offence.
pub(crate) fn tidy(root: &Path) -> Result<()> {
    println!("==> tidy");
    let sources = sources(root)?;
    let mut offences = arrows::offences(root)?;
    offences.extend(lengths::offences(root, &sources)?);
    offences.extend(sources.iter().filter_map(first_line));
    for source in &sources {
        offences.extend(machine_paths(source, root));
    }
    for offence in &offences {
        eprintln!("{offence}");
    }
    if !offences.is_empty() {
        bail!("tidy: {} offences", offences.len());
    }
    println!("tidy: {} files", sources.len());
    Ok(())
}

/// Every Rust file says what it answers for.
fn first_line(source: &Source) -> Option<String> {
    let says = source.text.starts_with("//! ") || source.text.starts_with("//!\n");
    (source.is_rust() && !says).then(|| {
        format!("{}:1: the first line is not `//! ` and what the file answers for", source.path)
    })
}

/// Nothing names a folder of the machine it was written on.
fn machine_paths(source: &Source, root: &Path) -> Vec<String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let root = root.to_string_lossy().into_owned();
    // `/home/` and the like may be spoken of, but not what is in them.
    let named = [root, format!("{home}/"), "/home/runner/".to_owned(), "/Users/".to_owned()];
    let offends = |line: &str| named.iter().any(|path| 2 < path.len() && line.contains(path));
    let lines = source.text.lines().enumerate().filter(|(_, line)| offends(line));
    let exempt = source.path == "xtask/src/tidy.rs";
    lines
        .filter(|_| !exempt)
        .map(|(index, _)| format!("{}:{}: names a path of one machine", source.path, index + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_file_without_a_first_line_offends_and_others_do_not() {
        let file = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        assert!(first_line(&file("a.rs", "use std::fs;\n")).is_some());
        assert!(first_line(&file("a.rs", "//! What it is for.\n")).is_none());
        assert!(first_line(&file("a.go", "package main\n")).is_none());
    }

    #[test]
    fn a_path_of_this_machine_offends_with_its_line() {
        let text = "fine\nlog in /somewhere/clone/target\n".to_owned();
        let source = Source { path: "a.md".into(), text };
        let found = machine_paths(&source, Path::new("/somewhere/clone"));
        assert_eq!(found, ["a.md:2: names a path of one machine"]);
    }

    #[test]
    fn this_tree_is_tidy() {
        tidy(crate::root()).unwrap();
    }
}
