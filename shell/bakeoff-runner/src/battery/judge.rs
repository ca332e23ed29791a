//! What the end of a tool says about a defect.

use std::collections::BTreeSet;

use bakeoff_experiment::battery::BatteryOutcome;

use crate::tool::ToolEnd;

/// What was concluded, and from which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub outcome: BatteryOutcome,
    pub evidence: String,
}

impl Finding {
    pub(super) fn new(outcome: BatteryOutcome, evidence: &str) -> Self {
        Self { outcome, evidence: evidence.trim().to_owned() }
    }
}

/// The lines of a program that hold its defect, as tools name them.
///
/// A complaint counts only if it names one of these lines: that a linter dislikes something else
/// about a program proves nothing about the defect.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    file: String,
    lines: BTreeSet<u32>,
}

impl Marks {
    /// The lines of `text` that bear the word DEFECT.
    pub(super) fn of(text: &str, file: &str) -> Self {
        let marked = |(number, line): (usize, &str)| line.contains("DEFECT").then_some(number);
        let lines = text.lines().enumerate().filter_map(marked);
        Self { file: file.to_owned(), lines: lines.map(|number| number as u32 + 1).collect() }
    }

    /// The first complaint of `output` about a marked line: the message, or the line naming it.
    fn complaint(&self, output: &str) -> Option<String> {
        let mut message = "";
        for line in output.lines() {
            let lower = line.trim_start();
            if lower.starts_with("error") || lower.starts_with("warning") {
                message = lower;
            }
            if self.names(line) {
                let own = line.split_once(": ").map(|(_, rest)| rest).filter(|r| r.len() > 4);
                return Some(own.unwrap_or(message).trim().to_owned());
            }
        }
        None
    }

    /// Whether `line` points at a marked line, as in `defect.rs:12:5`.
    fn names(&self, line: &str) -> bool {
        line.match_indices(&self.file).any(|(at, _)| {
            let rest = &line[at + self.file.len()..];
            let Some(rest) = rest.strip_prefix(':') else { return false };
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse().is_ok_and(|number| self.lines.contains(&number))
        })
    }
}

/// What compiling says; `None` if it noticed nothing.
pub(super) fn compiled(end: &ToolEnd, marks: &Marks) -> Option<Finding> {
    let complaint = marks.complaint(&end.output);
    match (end.success(), complaint) {
        (true, None) => None,
        (true, Some(warning)) => Some(Finding::new(BatteryOutcome::Flagged, &warning)),
        (false, Some(error)) => Some(Finding::new(BatteryOutcome::Rejected, &error)),
        // Refused for another reason: that says nothing about the defect.
        (false, None) => Some(Finding::new(
            BatteryOutcome::NotTested,
            &format!("did not compile, but not because of the defect: {}", first(&end.tail)),
        )),
    }
}

/// What a linter says; `None` if it noticed nothing.
pub(super) fn linted(end: &ToolEnd, command: &[String], marks: &Marks) -> Option<Finding> {
    let complaint = marks.complaint(&end.output)?;
    let linter: Vec<&str> =
        command.iter().map(String::as_str).take_while(|a| !a.starts_with(['-', '{'])).collect();
    let evidence = format!("{}: {complaint}", linter.join(" "));
    Some(Finding::new(BatteryOutcome::Flagged, &evidence))
}

/// What one run says.
pub(super) fn ran(end: &ToolEnd, expect: &str, messages: &[String]) -> Finding {
    let spoken = end.output.lines().find(|line| messages.iter().any(|m| line.contains(m)));
    let last = end.output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let right = last.trim() == expect;
    let Some(status) = end.status else {
        return Finding::new(BatteryOutcome::Hung, &end.words);
    };
    match (status.success(), spoken) {
        (_, Some(message)) => Finding::new(BatteryOutcome::Trapped, message),
        (false, None) => Finding::new(BatteryOutcome::Trapped, &end.words),
        (true, None) if right => Finding::new(BatteryOutcome::Harmless, &format!("said `{last}`")),
        (true, None) => Finding::new(
            BatteryOutcome::SilentlyWrong,
            &format!("said `{}`, should have said `{expect}`", last.trim()),
        ),
    }
}

/// What a detector says; `None` if it noticed nothing. `before` is what happened without it.
pub(super) fn detected(end: &ToolEnd, name: &str, before: &Finding) -> Option<Finding> {
    const WORDS: [&str; 5] =
        ["DATA RACE", "Sanitizer", "runtime error", "Invalid read", "Invalid write"];
    let uninitialised = "uninitialised value";
    let spoken = end
        .output
        .lines()
        .find(|line| WORDS.iter().any(|w| line.contains(w)) || line.contains(uninitialised))?;
    let evidence = format!("{name}: {}; without it: {}", spoken.trim(), before.evidence);
    Some(Finding::new(BatteryOutcome::DetectorOnly, &evidence))
}

fn first(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    const PROGRAM: &str = "fn main() {\n    let x = 1;\n    boom(x); // DEFECT\n}\n";

    fn end(code: Option<i32>, output: &str) -> ToolEnd {
        ToolEnd {
            status: code.map(|code| ExitStatus::from_raw(code << 8)),
            seconds: 0.1,
            output: output.to_owned(),
            tail: output.to_owned(),
            words: code.map_or("killed after 5 s".to_owned(), |code| format!("exit status {code}")),
        }
    }

    fn shown(finding: Option<Finding>) -> String {
        finding.map_or("noticed nothing".to_owned(), |f| {
            format!("{}: {}", f.outcome.name(), f.evidence)
        })
    }

    #[test]
    fn only_a_complaint_about_the_marked_line_counts() {
        let marks = Marks::of(PROGRAM, "defect.rs");
        let say = |code, output: &str| shown(compiled(&end(Some(code), output), &marks));
        assert_eq!(say(0, ""), "noticed nothing");
        let there = "error[E0382]: use of moved value\n --> a/defect.rs:3:5\n";
        assert_eq!(say(1, there), "rejected: error[E0382]: use of moved value");
        let elsewhere = "warning: unused variable\n --> a/defect.rs:2:9\n";
        assert_eq!(say(0, elsewhere), "noticed nothing");
        assert_eq!(
            say(1, "error: linker not found"),
            "not-tested: did not compile, but not because of the defect: error: linker not found"
        );
        assert_eq!(
            say(0, "a/defect.rs:3:1: warning: may be used uninitialized"),
            "flagged: warning: may be used uninitialized"
        );
    }

    #[test]
    fn a_run_traps_hangs_lies_or_does_no_harm() {
        let say =
            |code, output: &str| shown(Some(ran(&end(code, output), "42", &["panic".into()])));
        assert_eq!(say(Some(0), "log\n42\n"), "harmless: said `42`");
        assert_eq!(say(Some(0), "41\n"), "silently-wrong: said `41`, should have said `42`");
        assert_eq!(say(Some(1), ""), "trapped: exit status 1");
        assert_eq!(say(None, ""), "hung: killed after 5 s");
        // A service that contained the failure of one request has noticed it.
        assert_eq!(say(Some(0), "panic in request 1\n42\n"), "trapped: panic in request 1");
    }

    #[test]
    fn a_detector_says_what_happens_without_it() {
        let before = Finding::new(BatteryOutcome::Harmless, "said `42`");
        let found = detected(&end(Some(66), "WARNING: DATA RACE\n"), "race detector", &before);
        assert_eq!(
            shown(found),
            "detector-only: race detector: WARNING: DATA RACE; without it: said `42`"
        );
        assert_eq!(
            shown(detected(&end(Some(0), "42\n"), "race detector", &before)),
            "noticed nothing"
        );
    }
}
