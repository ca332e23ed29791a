//! The summary for a terminal: one screen, words before colours, as wide as it is told.

use std::fmt::Write;

use crate::report::Report;
use crate::report::answer::Tone;
use crate::report::candidate::label;
use crate::report::comparison::{ComparisonRow, Verdict, short_name};
use crate::report::run::GENERATOR;
use crate::{quantity, text};

/// How the summary is laid out; the caller knows the terminal.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    /// Columns; lines are not longer, except single words.
    pub width: usize,
    /// Whether ANSI colours are written.
    pub colour: bool,
    /// Where the whole report is, if it was written.
    pub location: Option<&'a str>,
}

impl Default for Layout<'_> {
    fn default() -> Self {
        Self { width: 80, colour: false, location: None }
    }
}

/// The most rows of the comparison table; the rest is in the report.
const ROWS_MAX: usize = 24;

/// The most notices shown in full.
const NOTICES_MAX: usize = 6;

/// The most lines on the spread within languages.
const SPREADS_MAX: usize = 4;

/// ANSI styles. Words carry the meaning; these only repeat it.
#[derive(Clone, Copy)]
enum Style {
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "34",
            Self::Bad => "33",
            Self::Warn => "1;31",
        }
    }

    fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Better | Verdict::BetterSizeUnclear => Some(Self::Good),
            Verdict::Worse | Verdict::WorseSizeUnclear => Some(Self::Bad),
            Verdict::Equivalent | Verdict::Inconclusive => None,
            Verdict::Blocked | Verdict::Withheld => Some(Self::Warn),
        }
    }
}

struct Screen<'a> {
    layout: &'a Layout<'a>,
    out: String,
}

impl Screen<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.layout.colour {
            format!("\u{1b}[{}m{text}\u{1b}[0m", style.code())
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// `text` wrapped, its first line after `lead`, the others indented as far.
    fn wrapped(&mut self, lead: &str, style: Option<Style>, body: &str) {
        let indent = text::columns(lead);
        let width = self.layout.width.saturating_sub(indent).max(20);
        for (index, part) in wrap(body, width).iter().enumerate() {
            let painted = style.map_or(part.clone(), |style| self.paint(style, part));
            let lead = if index == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.line(&format!("{lead}{painted}"));
        }
    }
}

/// `body` in lines of at most `width` columns, broken at spaces but not before a percent sign; a
/// longer word keeps its line.
fn wrap(body: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in body.replace(" %", "\u{a0}%").split([' ', '\n']).filter(|word| !word.is_empty()) {
        let word = word.replace('\u{a0}', " ");
        let columns = text::columns(&word);
        if used > 0 && used + 1 + columns > width {
            lines.push(String::new());
            used = 0;
        }
        let last = lines.len() - 1;
        if used > 0 {
            lines[last].push(' ');
            used += 1;
        }
        lines[last].push_str(&word);
        used += columns;
    }
    lines
}

/// The summary of `report`.
pub fn render(report: &Report, layout: &Layout) -> String {
    let mut screen = Screen { layout, out: String::new() };
    heading(&mut screen, report);
    grave(&mut screen, report);
    answer(&mut screen, report);
    table(&mut screen, report);
    spreads(&mut screen, report);
    left_out(&mut screen, report);
    closing(&mut screen, report);
    screen.out
}

fn heading(screen: &mut Screen, report: &Report) {
    let title = screen.paint(Style::Bold, &report.run.title);
    screen.line(&title);
    let under = format!(
        "run {} · {} · {} of {} trials count · seed {}",
        report.run.id, report.run.started, report.run.sealed, report.run.planned, report.run.seed
    );
    screen.wrapped("", Some(Style::Dim), &under);
    screen.line("");
}

/// What makes the run untrustworthy comes before the answer.
fn grave(screen: &mut Screen, report: &Report) {
    let mut any = false;
    for notice in report.notices.iter().filter(|notice| notice.grave) {
        screen.wrapped("NOT TRUSTWORTHY  ", Some(Style::Warn), &notice.text);
        any = true;
    }
    if any {
        screen.line("");
    }
}

fn answer(screen: &mut Screen, report: &Report) {
    let style = match report.answer.tone {
        Tone::Firm | Tone::Open => Style::Bold,
        Tone::Untrustworthy => Style::Warn,
    };
    screen.wrapped("", Some(style), &report.answer.sentence);
    if !report.answer.conditions.is_empty() {
        screen.wrapped("", None, &report.answer.conditions);
    }
    for beside in &report.answer.beside {
        screen.wrapped("  ", None, beside);
    }
    screen.line("");
}

fn table(screen: &mut Screen, report: &Report) {
    let rows = report.headline();
    if rows.is_empty() {
        return;
    }
    let shown = report.digest(ROWS_MAX);
    let names: Vec<String> = shown
        .iter()
        .map(|row| format!("{} · {}", row.place.label(), short_name(&row.metric)))
        .collect();
    let wide = screen.layout.width >= 100;
    let first = names.iter().map(|name| text::columns(name)).max().unwrap_or(0).clamp(12, 44);
    let second = shown.iter().map(|row| text::columns(&row.text)).max().unwrap_or(0);
    let mut pair = None;
    for (row, name) in shown.iter().zip(&names) {
        if pair != Some((&row.a, &row.b)) {
            pair = Some((&row.a, &row.b));
            let heading = format!("{} against {}", label(&row.a), label(&row.b));
            let heading = screen.paint(Style::Bold, &heading);
            screen.line(&heading);
        }
        let word = format!("{} {}", row.verdict.sign(), row.verdict.word());
        let painted =
            Style::of(row.verdict).map_or(word.clone(), |style| screen.paint(style, &word));
        let gap = " ".repeat(23_usize.saturating_sub(text::columns(&word)));
        let values = format!("{} vs {}", row.a_text, row.b_text);
        let noise = match row.noise_floor {
            // A line has no room for the words.
            Some(floor) => {
                format!("  noise {}", quantity::noise(Some(floor)).replace("over ", ">"))
            }
            None => String::new(),
        };
        if wide {
            let ratio = padded(&row.text, second);
            let body = format!("  {}  {ratio}  {painted}{gap}{values}{noise}", padded(name, first));
            screen.line(&body);
        } else if first + second + 4 <= screen.layout.width {
            screen.line(&format!("  {}  {}", padded(name, first), row.text));
            screen.line(&format!("    {painted}{gap}{values}{noise}"));
        } else {
            screen.line(&format!("  {name}"));
            screen.line(&format!("    {}  {painted}", padded(&row.text, second)));
            screen.line(&format!("    {values}{noise}"));
        }
    }
    let rest = rows.len() - shown.len();
    if rest > 0 {
        let more = format!("  … {rest} more primary comparisons are in the report");
        let more = screen.paint(Style::Dim, &more);
        screen.line(&more);
    }
    scope(screen, report, &rows);
    screen.line("");
}

/// How far apart the implementations of a language are, and the languages: the first few.
fn spreads(screen: &mut Screen, report: &Report) {
    if report.spreads.is_empty() {
        return;
    }
    let heading = screen.paint(Style::Bold, "Within a language and between");
    screen.line(&heading);
    for row in report.spreads.iter().take(SPREADS_MAX) {
        let lead = format!("  {} · {}  ", row.place.label(), short_name(&row.metric));
        screen.wrapped(&lead, None, &row.text);
    }
    screen.line("");
}

/// Under which confidence, margin and rounds the table speaks.
fn scope(screen: &mut Screen, report: &Report, rows: &[&ComparisonRow]) {
    let (fewest, most) = rows
        .iter()
        .fold((u32::MAX, 0), |(low, high), row| (low.min(row.rounds), high.max(row.rounds)));
    let rounds = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
    let kinds: std::collections::BTreeSet<&str> =
        rows.iter().map(|row| row.interval.as_str()).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let margins: std::collections::BTreeSet<String> =
        rows.iter().map(|row| quantity::percent(row.margin)).collect();
    let margins: Vec<String> = margins.into_iter().collect();
    let sentence = format!(
        "Ratio of typical trials with {} intervals over {rounds} rounds, {} confidence jointly at each load, margin {}.",
        kinds.join(" and "),
        quantity::percent(report.run.level),
        margins.join(" or ")
    );
    screen.wrapped("  ", Some(Style::Dim), &sentence);
}

fn padded(text: &str, width: usize) -> String {
    let columns = text::columns(text);
    format!("{text}{}", " ".repeat(width.saturating_sub(columns)))
}

/// What was excluded or limits the run, and why.
fn left_out(screen: &mut Screen, report: &Report) {
    let notices: Vec<_> = report.notices.iter().filter(|notice| !notice.grave).collect();
    for notice in notices.iter().take(NOTICES_MAX) {
        screen.wrapped("Note    ", None, &notice.text);
    }
    if notices.len() > NOTICES_MAX {
        let more = format!("{} more notices are in the report", notices.len() - NOTICES_MAX);
        screen.wrapped("Note    ", None, &more);
    }
}

fn closing(screen: &mut Screen, report: &Report) {
    for (_, fact) in report.host.facts.iter().filter(|(name, _)| name == GENERATOR) {
        screen.wrapped("Rig     ", Some(Style::Dim), &format!("load generator {fact}"));
    }
    for next in report.answer.next.iter().take(3) {
        screen.wrapped("Next    ", None, next);
    }
    if let Some(location) = screen.layout.location {
        let location = text::line(location);
        let mut last = String::new();
        let _ = write!(last, "Report  {location}");
        screen.line(&last);
    }
}
