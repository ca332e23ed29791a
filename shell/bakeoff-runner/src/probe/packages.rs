//! How many packages of others a candidate stands on, and how deep, by its lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{ProbeError, Subject, file};
use crate::tool::{self, Tool};

/// Packages of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packages {
    pub(super) count: usize,
    /// The longest way from the candidate to a package; 0 without any.
    pub(super) depth: Option<usize>,
    /// What says so.
    pub(super) by: &'static str,
}

/// How long a tool may take to list packages.
const LISTED_WITHIN: Duration = Duration::from_secs(30);

/// Who needs whom, and which of them are ours.
#[derive(Debug, Default)]
struct Graph {
    needs: BTreeMap<String, BTreeSet<String>>,
    ours: BTreeSet<String>,
}

impl Graph {
    /// Packages of others that ours need, directly or not, and the longest shortest way to one.
    fn reach(&self) -> (usize, usize) {
        let mut depth = 0;
        let mut seen = self.ours.clone();
        let mut level: Vec<&String> = self.ours.iter().collect();
        let mut distance = 0;
        while !level.is_empty() {
            let next: Vec<&String> = level
                .iter()
                .filter_map(|name| self.needs.get(*name))
                .flatten()
                .filter(|name| seen.insert((*name).clone()))
                .collect();
            distance += 1;
            if !next.is_empty() {
                depth = distance;
            }
            level = next;
        }
        (seen.len() - self.ours.len(), depth)
    }
}

/// The packages of the candidate; `None` if no lock file known here says so.
pub(super) fn of(subject: &Subject<'_>, dir: &Path) -> Result<Option<Packages>, ProbeError> {
    let read = |name: &str| -> Result<Option<String>, ProbeError> {
        let path = dir.join(name);
        if !path.exists() {
            return Ok(None);
        }
        fs::read_to_string(&path).map(Some).map_err(file(&path))
    };
    if let Some(lock) = read("Cargo.lock")? {
        let used = cargo_tree(subject, dir)?;
        return Ok(cargo(&lock, &used));
    }
    if read("go.mod")?.is_some() {
        return go(subject, dir).map(Some);
    }
    if let Some(lock) = read("package-lock.json")? {
        return Ok(npm(&lock));
    }
    if let Some(listed) = read("requirements.txt")? {
        let names = listed.lines().map(str::trim);
        let count = names.filter(|l| !l.is_empty() && !l.starts_with(['#', '-'])).count();
        return Ok(Some(Packages { count, depth: None, by: "requirements.txt" }));
    }
    if read("package.json")?.is_some() {
        return Ok(Some(Packages { count: 0, depth: Some(0), by: "package.json without a lock" }));
    }
    Ok(None)
}

fn packages((count, depth): (usize, usize), by: &'static str) -> Packages {
    Packages { count, depth: Some(depth), by }
}

/// The packages that are compiled in on this platform: the lock file names those of all platforms,
/// and those of tests.
fn cargo_tree(subject: &Subject<'_>, dir: &Path) -> Result<BTreeSet<String>, ProbeError> {
    let argv = ["cargo", "tree", "--edges", "normal", "--prefix", "none", "--locked", "--offline"];
    let listed = command(subject, &tool(subject, dir, &argv))?;
    // `name v1.2.3 (*)`: the name is all that counts.
    Ok(listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// By `Cargo.lock`, of the packages in `used`: one without a source is ours.
fn cargo(lock: &str, used: &BTreeSet<String>) -> Option<Packages> {
    let table: toml::Table = lock.parse().ok()?;
    let mut graph = Graph::default();
    for package in table.get("package")?.as_array()? {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let name = text("name")?.to_owned();
        if !used.contains(&name) {
            continue;
        }
        if text("source").is_none() {
            graph.ours.insert(name.clone());
        }
        let listed = package.get("dependencies").and_then(toml::Value::as_array);
        // An entry is `name`, or `name version` where there are several: by name they count once.
        let needs = listed.into_iter().flatten().filter_map(toml::Value::as_str);
        let needs = needs.filter_map(|entry| entry.split(' ').next()).map(str::to_owned);
        graph.needs.entry(name).or_default().extend(needs.filter(|name| used.contains(name)));
    }
    Some(packages(graph.reach(), "cargo tree and Cargo.lock"))
}

/// By `go mod graph`: the module without a version is ours.
fn go(subject: &Subject<'_>, dir: &Path) -> Result<Packages, ProbeError> {
    let argv = ["go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./..."];
    // Only modules whose packages are compiled in: the graph names many that never are.
    let listed = command(subject, &tool(subject, dir, &argv))?;
    let used: BTreeSet<&str> = listed.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let graph_tool = tool(subject, dir, &["go", "mod", "graph"]);
    let text = command(subject, &graph_tool)?;
    Ok(packages(go_graph(&text, &used).reach(), "go list and go mod graph"))
}

fn go_graph(text: &str, used: &BTreeSet<&str>) -> Graph {
    let mut graph = Graph::default();
    let name = |module: &str| module.split('@').next().unwrap_or(module).to_owned();
    for line in text.lines() {
        let Some((from, to)) = line.split_once(' ') else { continue };
        if !from.contains('@') {
            graph.ours.insert(name(from));
        }
        let (from, to) = (name(from), name(to));
        if used.contains(from.as_str()) && used.contains(to.as_str()) {
            graph.needs.entry(from).or_default().insert(to);
        }
    }
    graph
}

fn tool(subject: &Subject<'_>, dir: &Path, argv: &[&str]) -> Tool {
    Tool {
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
        dir: dir.to_owned(),
        env: subject.candidate.env.clone(),
        within: LISTED_WITHIN,
        log: subject.rig.environment.log_dir().join(format!("{}.log", subject.name)),
    }
}

fn command(subject: &Subject<'_>, tool: &Tool) -> Result<String, ProbeError> {
    let end = tool::run(subject.rig.environment, &subject.rig.signals, tool)?;
    if end.success() {
        return Ok(end.output);
    }
    Err(ProbeError::Command { command: tool.argv.join(" "), words: end.words, tail: end.tail })
}

/// By `package-lock.json`, versions 2 and 3: the entry without a path is ours.
fn npm(lock: &str) -> Option<Packages> {
    let lock: serde_json::Value = serde_json::from_str(lock).ok()?;
    let count = lock.get("packages")?.as_object()?.keys().filter(|path| !path.is_empty()).count();
    Some(Packages { count, depth: None, by: "package-lock.json" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_lock_is_counted_from_our_own_packages() {
        let lock = "version = 4\n[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\"a\", \"b 1.0.0\"]\n\
            [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry\"\ndependencies = [\"c\"]\n\
            [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\
            [[package]]\nname = \"c\"\nversion = \"1.0.0\"\nsource = \"registry\"\ndependencies = [\"a\"]\n";
        let found = |used: &[&str]| {
            let used = used.iter().map(|&name| name.to_owned()).collect();
            cargo(lock, &used).map(|packages| (packages.count, packages.depth))
        };
        assert_eq!(found(&["mine", "a", "b", "c"]), Some((3, Some(2))));
        assert_eq!(
            found(&["mine", "b"]),
            Some((1, Some(1))),
            "what is not compiled in is not counted"
        );
    }

    #[test]
    fn go_modules_that_are_not_compiled_in_do_not_count() {
        let text = "mine a@v1\nmine b@v1\na@v1 c@v2\nb@v1 d@v1\n";
        let used = BTreeSet::from(["mine", "a", "c"]);
        assert_eq!(go_graph(text, &used).reach(), (2, 2));
        assert_eq!(go_graph("mine go@1.26\n", &BTreeSet::from(["mine"])).reach(), (0, 0));
    }
}
