//! `JUnit` XML for continuous integration: contract, requirements and primary comparisons as cases.

use std::fmt::Write;

use crate::report::Report;
use crate::report::comparison::Verdict;

/// One case: its class, its name, and why it did not pass.
struct Case {
    class: &'static str,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// The report as a `JUnit` document. Failures: a broken contract, a failed requirement, a grave
/// notice, a primary metric worse beyond its margin. Skipped: what the evidence does not settle.
pub fn render(report: &Report) -> String {
    let cases = cases(report);
    let failed = cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed(_))).count();
    let skipped = cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped(_))).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\"", cases.len());
    let _ = writeln!(out, "<testsuites name=\"bakeoff\" {counts}>");
    let _ = writeln!(out, "  <testsuite name=\"{}\" {counts}>", xml(&report.run.title));
    for case in &cases {
        let head = format!("<testcase classname=\"{}\" name=\"{}\"", case.class, xml(&case.name));
        let _ = match &case.outcome {
            Outcome::Passed => writeln!(out, "    {head}/>"),
            Outcome::Failed(why) => {
                writeln!(out, "    {head}><failure message=\"{}\"/></testcase>", xml(why))
            }
            Outcome::Skipped(why) => {
                writeln!(out, "    {head}><skipped message=\"{}\"/></testcase>", xml(why))
            }
        };
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn cases(report: &Report) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut push = |class, name, outcome| cases.push(Case { class, name, outcome });
    let grave: Vec<&str> =
        report.notices.iter().filter(|n| n.grave).map(|n| n.text.as_str()).collect();
    let rig = if report.valid { Outcome::Passed } else { Outcome::Failed(grave.join("; ")) };
    push("bakeoff.rig", "the run can be trusted".to_owned(), rig);
    for candidate in &report.candidates {
        let outcome = candidate.standing.why().map_or(Outcome::Passed, |why| {
            Outcome::Failed(format!("{}: {why}", candidate.standing.word()))
        });
        push("bakeoff.candidate", candidate.name.clone(), outcome);
    }
    for alternative in report.decision.iter().flat_map(|decision| &decision.alternatives) {
        for (name, p, state) in &alternative.gates {
            let said = format!("met with probability {}", crate::quantity::percent(*p));
            let outcome = match state.as_str() {
                "pass" => Outcome::Passed,
                "fail" => Outcome::Failed(said),
                _undetermined => Outcome::Skipped(said),
            };
            push("bakeoff.requirement", format!("{}: {name}", alternative.name), outcome);
        }
    }
    for row in report.headline() {
        let outcome = match row.verdict {
            Verdict::Better | Verdict::Equivalent | Verdict::BetterSizeUnclear => Outcome::Passed,
            Verdict::Worse => Outcome::Failed(row.sentence.clone()),
            Verdict::WorseSizeUnclear
            | Verdict::Inconclusive
            | Verdict::Blocked
            | Verdict::Withheld => {
                Outcome::Skipped(format!("{}: {}", row.verdict.word(), row.sentence))
            }
        };
        let name = format!("{} against {}: {}, {}", row.a, row.b, row.place.label(), row.metric);
        push("bakeoff.comparison", name, outcome);
    }
    cases
}

/// Text inside an attribute. Control characters never get here ([`crate::text`]).
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("&#10;"),
            c if matches!(u32::from(c), 0xFFFE | 0xFFFF) => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}
