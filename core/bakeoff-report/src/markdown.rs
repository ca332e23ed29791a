//! The report as Markdown for a pull request: short, escaped, and cut by plan.
//!
//! GitHub takes a comment of at most 65 536 characters; ours stays under [`CHARACTERS_MAX`].

use std::fmt::Write;

use crate::report::Report;
use crate::report::candidate::label;
use crate::report::comparison::{ComparisonRow, short_name};
use crate::{quantity, text};

/// The most characters of a document.
pub const CHARACTERS_MAX: usize = 60_000;

/// Kept free for the closing lines.
const TAIL: usize = 1_500;

/// The most rows of the comparison table.
const ROWS_MAX: usize = 120;

/// The most rows that are not folded away.
const DIGEST: usize = 20;

/// The most rows of any other list.
const LIST_MAX: usize = 25;

/// A document under construction that never grows beyond its limit.
struct Sheet {
    out: String,
    used: usize,
}

impl Sheet {
    /// Adds `piece` if there is room, and says whether there was.
    fn push(&mut self, piece: &str) -> bool {
        let characters = piece.chars().count();
        if self.used + characters > CHARACTERS_MAX - TAIL {
            return false;
        }
        self.out.push_str(piece);
        self.used += characters;
        true
    }

    /// Adds `rows` until there is no room or `most` are in, and says how many were left out.
    fn rows(&mut self, rows: &[String], most: usize, noun: &str) {
        let mut taken = 0;
        for row in rows.iter().take(most) {
            if !self.push(row) {
                break;
            }
            taken += 1;
        }
        if taken < rows.len() {
            self.push(&format!("\n*{} more {noun} are in the full report.*\n", rows.len() - taken));
        }
    }
}

/// The report as Markdown (GitHub's dialect). `location` says where the whole report is.
pub fn render(report: &Report, location: Option<&str>) -> String {
    let mut sheet = Sheet { out: String::new(), used: 0 };
    answer(&mut sheet, report);
    comparisons(&mut sheet, report);
    spreads(&mut sheet, report);
    next(&mut sheet, report);
    decision(&mut sheet, report);
    contract(&mut sheet, report);
    claims(&mut sheet, report);
    voids(&mut sheet, report);
    conditions(&mut sheet, report);
    // The reserve is for this.
    let mut tail = String::new();
    if let Some(location) = location {
        let _ = writeln!(tail, "\nThe whole report: {}", code(&text::line(location)));
    }
    let _ = writeln!(
        tail,
        "\n<sub>bakeoff {}, run {}, lock {}, seed {}</sub>",
        prose(&report.run.version),
        code(&report.run.id),
        code(&report.run.lock.chars().take(16).collect::<String>()),
        report.run.seed
    );
    sheet.out.push_str(&tail);
    sheet.out
}

fn answer(sheet: &mut Sheet, report: &Report) {
    sheet.push(&format!("## {}\n\n", prose(&report.run.title)));
    let (grave, notes): (Vec<_>, Vec<_>) = report.notices.iter().partition(|notice| notice.grave);
    if !grave.is_empty() {
        sheet.push("> [!CAUTION]\n> **This run cannot be trusted.**\n");
        let rows: Vec<String> =
            grave.iter().map(|notice| format!("> - {}\n", prose(&notice.text))).collect();
        sheet.rows(&rows, LIST_MAX, "reasons");
        sheet.push("\n");
    }
    sheet.push(&format!("**{}**\n\n", prose(&report.answer.sentence)));
    if !report.answer.conditions.is_empty() {
        sheet.push(&format!("{}\n\n", prose(&report.answer.conditions)));
    }
    let beside: Vec<String> =
        report.answer.beside.iter().map(|text| format!("- {}\n", prose(text))).collect();
    sheet.rows(&beside, LIST_MAX, "remarks");
    if !notes.is_empty() {
        sheet.push("\n**What limits it**\n\n");
        let rows: Vec<String> =
            notes.iter().map(|notice| format!("- {}\n", prose(&notice.text))).collect();
        sheet.rows(&rows, LIST_MAX, "notices");
    }
}

fn comparisons(sheet: &mut Sheet, report: &Report) {
    let (all, digest) = (report.headline(), report.digest(DIGEST));
    let Some(first) = all.first() else { return };
    sheet.push("\n### Side by side\n");
    sheet.push(&format!(
        "\nPrimary metrics, {} intervals, {} confidence jointly at each load.\n",
        prose(&first.interval),
        quantity::percent(report.run.level)
    ));
    tables(sheet, &digest);
    if digest.len() < all.len() {
        sheet.push(&format!(
            "\n<details><summary>All {} primary comparisons</summary>\n",
            all.len()
        ));
        tables(sheet, &all[..all.len().min(ROWS_MAX)]);
        if all.len() > ROWS_MAX {
            let more = all.len() - ROWS_MAX;
            sheet.push(&format!("\n*{more} more comparisons are in the full report.*\n"));
        }
        // Never left open: the reserve has room for it.
        sheet.out.push_str("\n</details>\n");
    }
}

/// One table a pair of candidates.
/// How far apart the implementations of a language are, and the languages.
fn spreads(sheet: &mut Sheet, report: &Report) {
    if report.spreads.is_empty() {
        return;
    }
    sheet.push("\n### Within a language and between\n\n");
    for row in &report.spreads {
        let place = prose(&row.place.label());
        sheet.push(&format!("- {place}, {}: {}\n", prose(&row.label), prose(&row.text)));
    }
}

fn tables(sheet: &mut Sheet, rows: &[&ComparisonRow]) {
    for members in rows.chunk_by(|x, y| (&x.a, &x.b) == (&y.a, &y.b)) {
        let (a, b) = (code(&label(&members[0].a)), code(&label(&members[0].b)));
        sheet.push(&format!(
            "\n| {a} against {b} | metric | ratio | verdict | {a} | {b} | noise floor | rounds |\n\
             |---|---|---|---|---|---|---|---|\n"
        ));
        let lines: Vec<String> = members.iter().map(|row| comparison(row)).collect();
        sheet.rows(&lines, ROWS_MAX, "comparisons");
    }
}

fn comparison(row: &ComparisonRow) -> String {
    format!(
        "| {} | {} | {} | {} {} | {} | {} | {} | {} |\n",
        prose(&row.place.label()),
        prose(&short_name(&row.metric)),
        row.text,
        row.verdict.sign(),
        row.verdict.word(),
        row.a_text,
        row.b_text,
        quantity::noise(row.noise_floor),
        row.rounds
    )
}

fn next(sheet: &mut Sheet, report: &Report) {
    if report.answer.next.is_empty() {
        return;
    }
    sheet.push("\n### Next\n\n");
    let rows: Vec<String> =
        report.answer.next.iter().map(|text| format!("- {}\n", prose(text))).collect();
    sheet.rows(&rows, LIST_MAX, "steps");
}

fn decision(sheet: &mut Sheet, report: &Report) {
    let Some(decision) = &report.decision else { return };
    sheet.push("\n### Decision\n\n| candidate | P(best) | value, 90 % interval | expected loss | requirements |\n|---|---|---|---|---|\n");
    let rows: Vec<String> = decision
        .alternatives
        .iter()
        .map(|a| {
            let gates: Vec<String> = a
                .gates
                .iter()
                .map(|(name, p, state)| {
                    format!("{} {state} ({})", code(name), decision.probability(*p))
                })
                .collect();
            format!(
                "| {} | {} | {:.3} [{:.3}, {:.3}] | {:.3} | {} |\n",
                code(&a.name),
                decision.probability(a.p_best),
                a.value,
                a.value_lower,
                a.value_upper,
                a.expected_loss,
                gates.join(", ")
            )
        })
        .collect();
    sheet.rows(&rows, LIST_MAX, "candidates");
    sheet.push("\n");
    let flips: Vec<String> =
        decision.flips.iter().map(|flip| format!("- {}\n", prose(flip))).collect();
    sheet.rows(&flips, LIST_MAX, "flip points");
}

fn contract(sheet: &mut Sheet, report: &Report) {
    if report.contracts.is_empty() {
        return;
    }
    sheet.push("\n### Contract\n\n");
    let rows: Vec<String> = report
        .contracts
        .iter()
        .map(|row| {
            let checks = row.cases + row.random;
            match (&row.broke, row.failures.first()) {
                (Some(broke), _) => format!("- {}: {}\n", code(&row.candidate), code(broke)),
                (None, Some(first)) => format!(
                    "- {}: {} of {checks} checks differ; {}: {}\n",
                    code(&row.candidate),
                    row.failures_total,
                    code(&first.case),
                    code(&first.difference)
                ),
                (None, None) => format!("- {}: {checks} checks passed\n", code(&row.candidate)),
            }
        })
        .collect();
    sheet.rows(&rows, LIST_MAX, "candidates");
}

fn claims(sheet: &mut Sheet, report: &Report) {
    if report.claims.is_empty() {
        return;
    }
    sheet.push("\n### Claims\n\n| claim | verdict | evidence |\n|---|---|---|\n");
    let rows: Vec<String> = report
        .claims
        .iter()
        .map(|row| {
            let (claim, evidence) = (prose(&row.claim), prose(&row.evidence));
            format!("| {claim} | {} {} | {evidence} |\n", row.sign(), prose(&row.verdict))
        })
        .collect();
    sheet.rows(&rows, 60, "claims");
}

fn voids(sheet: &mut Sheet, report: &Report) {
    if report.voids.is_empty() {
        return;
    }
    sheet.push("\n### Trials that do not count\n\n");
    let rows: Vec<String> = report
        .voids
        .iter()
        .map(|row| {
            format!(
                "- trial {} ({}, {}, round {}), by fault of the {}: {}\n",
                row.trial,
                code(&label(&row.candidate)),
                prose(&row.place.label()),
                row.round,
                row.blame,
                prose(&row.reason)
            )
        })
        .collect();
    sheet.rows(&rows, LIST_MAX, "void trials");
}

fn conditions(sheet: &mut Sheet, report: &Report) {
    sheet.push("\n### Conditions\n\n");
    let facts = report.host.facts.iter().map(|(name, fact)| (name.clone(), fact.clone()));
    let limits = report.host.in_force.iter().map(|(name, fact, trials)| {
        (format!("{name} in force"), format!("{fact} ({trials} trials)"))
    });
    let run = [
        ("stop rule".to_owned(), report.run.stop.clone()),
        ("command".to_owned(), report.run.command.clone()),
    ];
    let rows: Vec<String> = facts
        .chain(limits)
        .chain(run)
        .map(|(name, fact)| format!("- {}: {}\n", prose(&name), prose(&fact)))
        .collect();
    sheet.rows(&rows, LIST_MAX * 2, "facts");
}

/// `text` as it stands, inside a code span: nothing in it acts, mentions or links.
fn code(text: &str) -> String {
    let flat = text.replace('\n', " ");
    let longest = flat.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if flat.starts_with('`') || flat.ends_with('`') { " " } else { "" };
    // A pipe would end the cell of a table even inside a code span.
    format!("{fence}{pad}{}{pad}{fence}", flat.replace('|', "\\|"))
}

/// An empty comment: not shown, but nothing is recognised across it.
const BREAK: &str = "<!-- -->";

/// `text` as prose: marks escaped, and mentions, references, links, formulas and HTML broken up,
/// for a backslash does not stop those.
fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next_glued = rest.peek().is_some_and(|next| !next.is_whitespace());
        match c {
            '\n' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' | '#' | '$' | ':' if next_glued => {
                if c == '#' {
                    escaped.push('\\');
                }
                escaped.push(c);
                escaped.push_str(BREAK);
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            'w' | 'W' if is_address(&escaped) && rest.peek() == Some(&'.') => {
                escaped.push(c);
                escaped.push_str(BREAK);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether what was written ends in `ww`, so that `www.` would begin a link.
fn is_address(written: &str) -> bool {
    written.len() >= 2 && written[written.len() - 2..].eq_ignore_ascii_case("ww")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_mentions_links_or_draws() {
        for (text, safe) in [
            ("@team", "@<!-- -->team"),
            ("fixes #1", "fixes \\#<!-- -->1"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("a|b", "a\\|b"),
            ("`x` *y* _z_ ~~w~~", "\\`x\\` \\*y\\* \\_z\\_ \\~\\~w\\~\\~"),
            ("[a](http://b)", "\\[a\\](http:<!-- -->//b)"),
            ("www.x.org", "www<!-- -->.x.org"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("$x$ json: p99", "$<!-- -->x$ json: p99"),
        ] {
            assert_eq!(prose(text), safe);
        }
    }

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
    }
}
