//! Candidates and the limits they run under.

use std::net::IpAddr;

use toml::Spanned;

use super::problem::did_you_mean;
use super::section::{Section, Value};
use super::{Files, keys};
use crate::experiment::{Candidate, Limits, Ready, Source, TWIN_SUFFIX, Tuning};
use crate::workload::Workload;

/// Everything under `candidates`.
pub(super) fn candidates(root: &Section<'_, '_, '_>, files: &dyn Files) -> Vec<Candidate> {
    let named = root.named("candidates");
    if named.is_empty() && root.get("candidates").is_some() {
        root.missing("candidates");
    }
    named.into_iter().filter_map(|(name, value)| candidate(root, &name, value, files)).collect()
}

/// Whether a name can stand in labels, file names and cgroup names.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with(['-', '.'])
}

/// Notes a name that cannot be one.
pub(super) fn check_name(root: &Section<'_, '_, '_>, name: &Spanned<String>, what: &str) {
    if !is_name(name.get_ref()) {
        let shown: String = name.get_ref().chars().take(60).collect();
        root.cx.collector.error(
            name.span(),
            format!("`{shown}` cannot name a {what}"),
            "lower-case letters, digits, `-`, `_`, `.`; at most 64",
            None,
        );
    }
}

fn candidate(
    root: &Section<'_, '_, '_>,
    name: &Spanned<String>,
    value: &Value<'_>,
    files: &dyn Files,
) -> Option<Candidate> {
    if name.get_ref().ends_with(TWIN_SUFFIX) {
        root.cx.collector.error(
            name.span(),
            format!("a candidate's name cannot end in `{TWIN_SUFFIX}`"),
            "that is the label of the reference's second run",
            None,
        );
    } else {
        check_name(root, name, "candidate");
    }
    let section =
        Section::open(root.cx, format!("candidates.{}", name.get_ref()), value, keys::CANDIDATE)?;
    let shell = section.bool("shell").unwrap_or(false);
    let source = source(&section, files);
    let run = section.command("run", shell);
    let runs_itself = section.get("url").is_some();
    if section.get("run").is_none() && !runs_itself && !root.cx.broken {
        section.missing("run");
    }
    if runs_itself {
        for key in ["run", "build", "fetch", "clean", "check", "artifact", "env", "toolchain"] {
            refuse(&section, key, "a candidate given by `url` is neither built nor started");
        }
    } else {
        let mut known = vec!["artifact", "address", "port", "dir"];
        // Known only where there is one: else nothing fills it.
        known.extend(root.get("upstream").map(|_| "upstream"));
        if root.get("database").is_some() {
            known.extend(["database", "pool"]);
        }
        check_holes(&section, "run", &run, &known);
    }
    Some(Candidate {
        name: name.get_ref().clone(),
        language: section.text("language").unwrap_or_default(),
        tuning: match section.words("tuning", keys::TUNINGS).first() {
            Some(&"tuned") => Tuning::Tuned,
            Some(_) | None => Tuning::OutOfTheBox,
        },
        note: section.text("note").unwrap_or_default(),
        toolchain: section.command("toolchain", shell),
        hint: section.text("hint").unwrap_or_default(),
        fetch: section.commands("fetch", shell),
        build: section.commands("build", shell),
        clean: section.commands("clean", shell),
        check: section.commands("check", shell),
        artifact: section.text("artifact"),
        run,
        env: section.text_map("env"),
        ready: ready(&section),
        ready_within: section.span("ready-within", false).unwrap_or(10.0),
        stop_within: section.span("stop-within", false).unwrap_or(5.0),
        workloads: section.texts("workloads"),
        // Last, so that the problems of all other keys have been noted.
        source: source?,
    })
}

/// Notes a key that cannot stand here.
pub(super) fn refuse(section: &Section<'_, '_, '_>, key: &str, why: &str) {
    if let Some(value) = section.get(key) {
        section.cx.collector.error(
            value.span(),
            format!("`{}` has no effect", section.name(key)),
            why,
            Some("remove it".to_owned()),
        );
    }
}

/// Notes holes of a command that nothing fills.
pub(super) fn check_holes(
    section: &Section<'_, '_, '_>,
    key: &str,
    command: &[String],
    known: &[&'static str],
) {
    let Some(value) = section.get(key) else { return };
    for hole in command.iter().flat_map(|argument| super::requests::holes(argument)) {
        if !known.contains(&hole.as_str()) {
            section.cx.collector.error(
                value.span(),
                format!("nothing fills `{{{hole}}}` in `{}`", section.name(key)),
                "here",
                did_you_mean(&hole, known.iter().copied())
                    .or_else(|| Some(format!("known here: {}", known.join(", ")))),
            );
        }
        if hole == "artifact" && known.contains(&"artifact") && section.get("artifact").is_none() {
            section.missing("artifact");
        }
    }
}

fn source(section: &Section<'_, '_, '_>, files: &dyn Files) -> Option<Source> {
    let given: Vec<&str> =
        ["dir", "git", "url"].into_iter().filter(|key| section.get(key).is_some()).collect();
    match given[..] {
        ["dir"] => dir(section, "dir", files).map(Source::Dir),
        ["git"] => {
            let value = section.get("git")?;
            let git = Section::open(section.cx, section.name("git"), value, keys::GIT)?;
            let rev = git.text("rev")?;
            if rev.is_empty() || rev.starts_with('-') {
                let span = git.get("rev")?.span();
                git.cx.collector.error(span, "not a revision", "empty, or begins with `-`", None);
                return None;
            }
            Some(Source::Git { rev, dir: git.text("dir").unwrap_or_else(|| ".".to_owned()) })
        }
        ["url"] => url(section),
        [] => {
            if !section.cx.broken {
                section.missing("dir");
            }
            None
        }
        _ => {
            let span = section.get(given[1])?.span();
            section.cx.collector.error(
                span,
                format!("`{}` says twice where it comes from", section.path),
                format!("`{}` and `{}`", given[0], given[1]),
                Some("keep one of `dir`, `git`, `url`".to_owned()),
            );
            None
        }
    }
}

/// A folder: it may lie above the manifest, which is worth a look when the manifest is not ours.
fn dir(section: &Section<'_, '_, '_>, key: &str, files: &dyn Files) -> Option<String> {
    let path = section.text(key)?;
    let span = section.get(key)?.span();
    if path.is_empty() || path.starts_with('/') || path.contains(['\0', '\n']) {
        section.cx.collector.error(
            span,
            format!("`{}` must be relative to the manifest", section.name(key)),
            "absolute or empty",
            None,
        );
        return None;
    }
    if path.split('/').any(|part| part == "..") {
        section.cx.collector.warning(
            span.clone(),
            format!("`{}` lies outside the manifest's folder", section.name(key)),
            "goes up with `..`",
            None,
        );
    }
    if !files.exists(&path) {
        section.cx.collector.error(
            span,
            format!("`{path}` does not exist"),
            "looked for beside the manifest",
            None,
        );
        return None;
    }
    Some(path)
}

/// A plain address on loopback (FAILURES.md, whom we may load).
fn url(section: &Section<'_, '_, '_>) -> Option<Source> {
    let text = section.text("url")?;
    let host = text.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let parsed = host.and_then(|host| host.rsplit_once(':')).and_then(|(host, port)| {
        port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
    });
    if parsed == Some(true) {
        return Some(Source::Url(text));
    }
    section.cx.collector.error(
        section.get("url")?.span(),
        format!("`{}` must be on loopback", section.name("url")),
        "write for example \"http://127.0.0.1:8080\"",
        Some("only what this machine runs may be loaded".to_owned()),
    );
    None
}

/// The request that shows that a program is ready.
pub(super) fn ready(section: &Section<'_, '_, '_>) -> Ready {
    let default = Ready { method: "GET".to_owned(), path: "/health".to_owned() };
    let Some(text) = section.text("ready") else { return default };
    let parsed = text.split_once(' ').filter(|(method, path)| {
        method.chars().all(|c| c.is_ascii_uppercase()) && !method.is_empty() && is_path(path)
    });
    if let Some((method, path)) = parsed {
        return Ready { method: method.to_owned(), path: path.to_owned() };
    }
    if let Some(value) = section.get("ready") {
        section.cx.collector.error(
            value.span(),
            format!("`{}` must be a method and a path", section.name("ready")),
            "write for example \"GET /health\"",
            None,
        );
    }
    default
}

/// Whether a text can stand as the target of a request line.
pub(super) fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic())
}

/// The candidate that `reference` names; the first one if it names none.
pub(super) fn reference(root: &Section<'_, '_, '_>, candidates: &[Candidate]) -> Option<String> {
    let Some(name) = root.text("reference") else {
        return candidates.first().map(|candidate| candidate.name.clone());
    };
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    // A candidate with problems of its own is not in the list, but it is there.
    let written = root.named("candidates").into_iter().any(|(n, _)| *n.get_ref() == name);
    if !written && !root.cx.broken {
        root.cx.collector.error(
            root.get("reference")?.span(),
            format!("there is no candidate `{name}`"),
            "the reference must be one of the candidates",
            did_you_mean(&name, names.iter().copied()),
        );
    }
    Some(name)
}

/// Notes workloads of candidates that do not exist.
pub(super) fn check_workloads(
    root: &Section<'_, '_, '_>,
    candidates: &[Candidate],
    workloads: &[Workload],
) {
    let names: Vec<&str> = workloads.iter().map(|workload| workload.name.as_str()).collect();
    for (name, value) in root.named("candidates") {
        let Some(candidate) = candidates.iter().find(|c| c.name == *name.get_ref()) else {
            continue;
        };
        let place = value.get_ref().as_table().and_then(|table| table.get("workloads"));
        for workload in candidate.workloads.iter().filter(|w| !names.contains(&w.as_str())) {
            root.cx.collector.error(
                place.map_or(0..0, Spanned::span),
                format!("there is no workload `{workload}`"),
                "named here",
                did_you_mean(workload, names.iter().copied()),
            );
        }
    }
}

/// What every candidate gets.
pub(super) fn limits(root: &Section<'_, '_, '_>) -> Limits {
    let default = Limits { cpus: 1, memory: None, pids: None, required: false };
    let section =
        root.get("limits").and_then(|value| Section::open(root.cx, "limits", value, keys::LIMITS));
    let Some(section) = section else { return default };
    Limits {
        cpus: section.count("cpus", 1, 4096).unwrap_or(default.cpus),
        memory: section.bytes("memory"),
        pids: section.count("pids", 1, 4_194_304).map(u64::from),
        required: section.bool("required").unwrap_or(false),
    }
}
