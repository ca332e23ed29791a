//! What is wrong with a manifest: every problem with its place, and how that is shown.

use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// Problems shown by [`Problems::render`]; the rest is counted.
const SHOWN_MAX: usize = 50;

/// Lines longer than this are named but not shown.
const LINE_SHOWN_MAX: usize = 2000;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// There is no experiment.
    Error,
    /// There is one, but its author should look.
    Warning,
}

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was named by the caller.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes meant, within the file (without a byte order mark).
    pub span: Range<usize>,
    /// What is wrong, a lower-case fragment.
    pub title: String,
    /// What stands beside the marked text.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    #[serde(skip)]
    excerpt: String,
}

impl fmt::Display for Problem {
    /// One line: `bakeoff.toml:3:1: unknown key ...; help`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.title)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the files and of their text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The problems kept.
    pub list: Vec<Problem>,
    /// How many more there were.
    pub omitted: usize,
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl Problems {
    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The problems with their lines marked, and a last line that counts them.
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for problem in self.list.iter().take(SHOWN_MAX) {
            out.push_str(&render_one(&renderer, problem));
            out.push_str("\n\n");
        }
        let hidden = self.list.len().saturating_sub(SHOWN_MAX) + self.omitted;
        if hidden > 0 {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "... and {hidden} more problems");
        }
        out
    }
}

fn render_one(renderer: &Renderer, problem: &Problem) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    if problem.excerpt.len() > LINE_SHOWN_MAX {
        let mut text = format!(
            "error: {}\n --> {}:{}:{}",
            problem.title, problem.file, problem.line, problem.column
        );
        if let Some(help) = &problem.help {
            let _ = write!(text, "\nhelp: {help}");
        }
        return text;
    }
    let line_start = problem.column_bytes();
    let end = (line_start + problem.span.len()).min(problem.excerpt.len()).max(line_start);
    let snippet = Snippet::source(problem.excerpt.as_str())
        .line_start(problem.line)
        .path(problem.file.as_str())
        .fold(false)
        .annotation(AnnotationKind::Primary.span(line_start..end).label(problem.label.as_str()));
    let mut groups: Vec<Group<'_>> =
        vec![level.primary_title(problem.title.as_str()).element(snippet)];
    if let Some(help) = &problem.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
    }
    renderer.render(&groups)
}

impl Problem {
    /// Bytes of the excerpt before the marked text.
    fn column_bytes(&self) -> usize {
        self.excerpt
            .char_indices()
            .nth(self.column - 1)
            .map_or(self.excerpt.len(), |(index, _)| index)
    }
}

/// Problems kept; beyond these they are only counted.
const KEPT_MAX: usize = 1000;

/// Collects the problems of one file.
#[derive(Debug)]
pub(crate) struct Collector<'t> {
    file: String,
    text: &'t str,
    line_starts: Vec<usize>,
    found: std::cell::RefCell<Vec<Raw>>,
    omitted: std::cell::Cell<usize>,
}

#[derive(Debug)]
struct Raw {
    severity: Severity,
    span: Range<usize>,
    title: String,
    label: String,
    help: Option<String>,
}

impl<'t> Collector<'t> {
    pub(crate) fn new(file: &str, text: &'t str) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(text.match_indices('\n').map(|(index, _)| index + 1));
        Self {
            file: file.to_owned(),
            text,
            line_starts,
            found: std::cell::RefCell::default(),
            omitted: std::cell::Cell::new(0),
        }
    }

    /// Whether further problems are only counted: no use in finding good words for them.
    pub(crate) fn is_full(&self) -> bool {
        self.found.borrow().len() >= KEPT_MAX
    }

    /// Notes an error at `span`.
    pub(crate) fn error(
        &self,
        span: Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Error, span, title.into(), label.into(), help);
    }

    /// Notes a warning at `span`.
    pub(crate) fn warning(
        &self,
        span: Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Warning, span, title.into(), label.into(), help);
    }

    fn add(
        &self,
        severity: Severity,
        span: Range<usize>,
        title: String,
        label: String,
        help: Option<String>,
    ) {
        let mut found = self.found.borrow_mut();
        if found.len() >= KEPT_MAX {
            self.omitted.set(self.omitted.get() + 1);
            return;
        }
        found.push(Raw { severity, span, title, label, help });
    }

    /// Adds what was found to `problems`, in the order of the text.
    pub(crate) fn finish(self, problems: &mut Problems) {
        let mut found = self.found.into_inner();
        found.sort_by_key(|raw| (raw.span.start, raw.span.end));
        for raw in found {
            let start = floor_boundary(self.text, raw.span.start);
            let row = self.line_starts.partition_point(|&first| first <= start) - 1;
            let first = self.line_starts[row];
            let next = self.line_starts.get(row + 1).copied().unwrap_or(self.text.len());
            let line = self.text[first..next].trim_end_matches(['\n', '\r']);
            let column = self.text[first..start].chars().count() + 1;
            problems.list.push(Problem {
                severity: raw.severity,
                file: self.file.clone(),
                line: row + 1,
                column,
                span: start..raw.span.end.max(start),
                title: raw.title,
                label: raw.label,
                help: raw.help,
                excerpt: if line.len() > LINE_SHOWN_MAX {
                    " ".repeat(LINE_SHOWN_MAX + 1)
                } else {
                    line.to_owned()
                },
            });
        }
        problems.omitted += self.omitted.get();
    }
}

/// The last character boundary at or before `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

/// `did you mean ...?` if one of `known` is close to `word` (Jaro-Winkler above 0.8, or one edit).
pub(crate) fn did_you_mean<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    // A word of a megabyte is close to nothing, and comparing costs the product of the lengths.
    if word.len() > 100 {
        return None;
    }
    known
        .into_iter()
        .filter(|name| name.len() <= 100)
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(closeness, name)| *closeness > 0.8 || strsim::levenshtein(word, name) <= 1)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}
