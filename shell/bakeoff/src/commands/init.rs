//! `bakeoff init`: a first manifest for the programs that are here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use bakeoff_store::write_atomic;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::MANIFEST;

const HEAD: &str = include_str!("init/head.toml");
const TAIL: &str = include_str!("init/tail.toml");
const CASES: &str = include_str!("init/contract.toml");
const CONTRACT: &str = "contract.toml";
/// How far below the folder programs are looked for.
const DEPTH_MAX: usize = 2;
/// Most programs that a first manifest names.
const PROGRAMS_MAX: usize = 8;

/// Write a first bakeoff.toml for the programs found here
///
/// Looks for Cargo.toml, go.mod, package.json, pyproject.toml and pom.xml, here and up to two folders
/// below. One program alone is compared with its own state on `main`.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Folder to look in and write to
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// How the programs of a language are usually built and started.
struct Stack {
    /// The file that gives it away.
    mark: &'static str,
    language: &'static str,
    /// Lines of the manifest; `{name}` is the program's.
    lines: &'static str,
}

const STACKS: &[Stack] = &[
    Stack {
        mark: "Cargo.toml",
        language: "Rust",
        lines: r#"toolchain = ["cargo", "--version"]
hint = "install Rust: https://rustup.rs"
fetch = ["cargo", "fetch"]
clean = ["cargo", "clean", "--quiet"]
build = ["cargo", "build", "--release"]
artifact = "target/release/{name}"
run = ["{artifact}"]
"#,
    },
    Stack {
        mark: "go.mod",
        language: "Go",
        lines: r#"toolchain = ["go", "version"]
hint = "install Go: https://go.dev/dl"
fetch = ["go", "mod", "download"]
clean = ["rm", "-rf", "{name}", ".build-cache"]
# A cache of its own, so that a clean build is one.
build = ["sh", "-c", "GOCACHE=$PWD/.build-cache exec go build -o {name} ."]
artifact = "{name}"
run = ["{artifact}"]
"#,
    },
    Stack {
        mark: "package.json",
        language: "JavaScript",
        lines: r#"toolchain = ["node", "--version"]
hint = "install Node.js: https://nodejs.org"
build = ["npm", "ci"]
run = ["node", "{name}"]
"#,
    },
    Stack {
        mark: "pyproject.toml",
        language: "Python",
        lines: r#"toolchain = ["python3", "--version"]
hint = "install Python: https://python.org"
run = ["python3", "-m", "{name}"]
"#,
    },
    Stack {
        mark: "pom.xml",
        language: "Java",
        lines: r#"toolchain = ["mvn", "--version"]
hint = "install a JDK and Maven"
build = ["mvn", "-q", "package"]
artifact = "target/{name}.jar"
run = ["java", "-jar", "{artifact}"]
"#,
    },
];

/// A program that was found.
struct Program {
    /// Its folder, relative to the manifest; empty if it is the manifest's own.
    folder: PathBuf,
    stack: &'static Stack,
    /// What the candidate is called.
    candidate: String,
    /// What its build or its start names.
    name: String,
}

impl InitArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        for name in [MANIFEST, CONTRACT] {
            let path = self.dir.join(name);
            if path.exists() {
                let there = path.display();
                return Err(Failure::usage(format!("`{there}` is there already: not touched")));
            }
        }
        let programs = find(&self.dir)?;
        let Some(first) = programs.first() else {
            let marks: Vec<&str> = STACKS.iter().map(|stack| stack.mark).collect();
            return Err(Failure::usage(format!(
                "no program found in `{}` or up to {DEPTH_MAX} folders below it: looked for {}; \
                 run it in the folder that holds the candidates' folders",
                self.dir.display(),
                marks.join(", "),
            )));
        };
        let title = match &programs[..] {
            [only] => format!("{} as it is, or as it was on main", only.candidate),
            several => {
                let names: Vec<&str> =
                    several.iter().map(|program| program.candidate.as_str()).collect();
                names.join(" or ")
            }
        };
        let (reference, stanzas) = match &programs[..] {
            [only] => ("base".to_owned(), base_and_head(only)),
            several => (first.candidate.clone(), several.iter().map(stanza).collect()),
        };
        let head = HEAD.replace("{title}", &title).replace("{reference}", &reference);
        let manifest = self.dir.join(MANIFEST);
        write_atomic(&manifest, format!("{head}{stanzas}{TAIL}").as_bytes())?;
        write_atomic(&self.dir.join(CONTRACT), CASES.as_bytes())?;
        let out = &mut context.out;
        for program in &programs {
            let folder = place(&program.folder);
            writeln!(
                out,
                "found      {} ({}) in {folder}",
                program.candidate, program.stack.language
            )?;
        }
        writeln!(out, "wrote      {}", manifest.display())?;
        writeln!(out, "wrote      {}", self.dir.join(CONTRACT).display())?;
        writeln!(
            out,
            "next       look at the lines with CHANGE, then `bakeoff check` and `bakeoff plan`"
        )?;
        Ok(Exit::Done)
    }
}

/// The programs in `top` and below, by path.
fn find(top: &Path) -> Result<Vec<Program>, Failure> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let here = top.join(&folder);
        if let Some(stack) = STACKS.iter().find(|stack| here.join(stack.mark).is_file()) {
            if found.len() < PROGRAMS_MAX {
                found.push(program(top, folder, stack, &mut names));
            }
            // What lies within a program is part of it.
            continue;
        }
        if depth < DEPTH_MAX {
            let below = subfolders(&here).map_err(|why| {
                Failure::usage(format!("cannot list `{}`: {why}", here.display()))
            })?;
            folders.extend(below.into_iter().rev().map(|name| (folder.join(name), depth + 1)));
        }
    }
    Ok(found)
}

/// Names of the folders in `folder`, in order, without hidden ones.
fn subfolders(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !name.starts_with('.') {
            names.insert(name);
        }
    }
    Ok(names)
}

fn program(
    top: &Path,
    folder: PathBuf,
    stack: &'static Stack,
    names: &mut BTreeSet<String>,
) -> Program {
    let full = fs::canonicalize(top.join(&folder)).unwrap_or_else(|_| top.join(&folder));
    let own = full.file_name().map_or("service".into(), |name| name.to_string_lossy());
    let plain = plain(&own);
    let mut candidate = plain.clone();
    for number in 2.. {
        if names.insert(candidate.clone()) {
            break;
        }
        candidate = format!("{plain}-{number}");
    }
    let manifest = fs::read_to_string(full.join(stack.mark)).unwrap_or_default();
    let safe = |name: &String| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./@".contains(letter))
    };
    let name = declared_name(stack.mark, &manifest).filter(safe).unwrap_or(plain);
    Program { folder, stack, candidate, name }
}

/// What the program is called by its own build file, as far as that says.
fn declared_name(mark: &str, text: &str) -> Option<String> {
    match mark {
        "Cargo.toml" | "pyproject.toml" => {
            let table: toml::Table = text.parse().ok()?;
            let section = if mark == "Cargo.toml" { "package" } else { "project" };
            Some(table.get(section)?.get("name")?.as_str()?.to_owned())
        }
        "package.json" => {
            let json: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(json["main"].as_str().unwrap_or("index.js").to_owned())
        }
        _ => None,
    }
}

/// `name` in the letters that a candidate's name may have.
fn plain(name: &str) -> String {
    let kept = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let lower = name.to_ascii_lowercase();
    let name: String =
        lower.chars().map(|letter| if kept(letter) { letter } else { '-' }).take(60).collect();
    if name.is_empty() { "service".to_owned() } else { name }
}

/// A folder as the manifest names it.
fn place(folder: &Path) -> String {
    let place = folder.display().to_string();
    if place.is_empty() { ".".to_owned() } else { place }
}

fn stanza(program: &Program) -> String {
    let from = format!("dir = {}", quoted(&place(&program.folder)));
    lines(&program.candidate, &from, program)
}

/// One program against what it was: the gate of a pull request.
fn base_and_head(program: &Program) -> String {
    let folder = place(&program.folder);
    let dir = if folder == "." { String::new() } else { format!(", dir = {}", quoted(&folder)) };
    let base = format!("# CHANGE: the revision to compare with.\ngit = {{ rev = \"main\"{dir} }}");
    lines("base", &base, program) + &lines("head", &format!("dir = {}", quoted(&folder)), program)
}

fn lines(candidate: &str, from: &str, program: &Program) -> String {
    let Stack { language, lines, .. } = program.stack;
    let lines = lines.replace("{name}", &program.name);
    format!(
        "\n[candidates.{candidate}]\nlanguage = \"{language}\"\n{from}\n{lines}\
         # CHANGE: how it is told where to listen. {{address}} is 127.0.0.1:PORT, {{port}} the port; in `run` or here.\n\
         env = {{ PORT = \"{{port}}\" }}\n\
         # CHANGE: it is ready once this answers 200.\n\
         ready = \"GET /health\"\n"
    )
}

/// `text` as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
