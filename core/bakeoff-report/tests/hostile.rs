//! What candidates say is shown, and does nothing (FAILURES.md F52 to F54).

mod fixture;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_report::report::claim::ClaimRow;
use bakeoff_report::terminal::{self, Layout};
use bakeoff_report::{csv, html, json, junit, markdown};
use fixture::{Run, Size, run, trouble};

/// Everything that acts somewhere: markup, script ends, escapes, direction overrides, mentions.
const CANARIES: [&str; 9] = [
    "</script><script>canary()</script>",
    "<!--<img src=x onerror=canary()>",
    "javascript:canary()",
    "\u{202e}canary\u{2066}",
    "\u{1b}]0;canary\u{7}\u{1b}[31m",
    "]]><canary/>",
    "@team fixes #1 | `canary` ![c](http://canary)",
    "=cmd|'/C canary'!A0",
    "\" onload=\"canary() '",
];

/// A run with troubles, small enough to be made many times.
fn small() -> Run {
    static SMALL: LazyLock<Run> =
        LazyLock::new(|| trouble(run(Size { candidates: 2, workloads: 2, loads: 3, rounds: 3 })));
    SMALL.clone()
}

/// The canary in every text that a candidate, its tools or the manifest can influence.
fn infected(canary: &str) -> Run {
    let mut run = small();
    for record in &mut run.records {
        match record {
            Record::Opened(opened) => {
                canary.clone_into(&mut opened.experiment.title);
                canary.clone_into(&mut opened.folder);
                opened.command.push(canary.to_owned());
                for candidate in &mut opened.experiment.candidates {
                    canary.clone_into(&mut candidate.note);
                    canary.clone_into(&mut candidate.language);
                }
            }
            Record::Host(host) => {
                host.facts.insert(canary.to_owned(), canary.to_owned());
                host.warnings.push(canary.to_owned());
            }
            Record::Contract(contract) => {
                for failure in &mut contract.failures {
                    for text in [
                        &mut failure.case,
                        &mut failure.difference,
                        &mut failure.expected,
                        &mut failure.got,
                        &mut failure.curl,
                    ] {
                        canary.clone_into(text);
                    }
                }
            }
            Record::Trial(trial) => {
                trial.planned.workload = format!("w{canary}");
                match &mut trial.outcome {
                    TrialOutcome::Sealed(observation) => {
                        observation.limits.insert(canary.to_owned(), canary.to_owned());
                    }
                    TrialOutcome::Void { reason, observation, .. } => {
                        canary.clone_into(reason);
                        canary.clone_into(&mut observation.as_mut().unwrap().stderr_tail);
                    }
                }
            }
            Record::Probe(probe) => {
                probe.facts.insert(canary.to_owned(), canary.to_owned());
            }
            _others_carry_less => {}
        }
    }
    for comparison in &mut run.analysis.comparisons {
        comparison.workload = format!("w{canary}");
        comparison.notes.push(canary.to_owned());
    }
    run.analysis.rig.reasons.push(canary.to_owned());
    run.claims.push(ClaimRow {
        id: canary.to_owned(),
        claim: canary.to_owned(),
        source: canary.to_owned(),
        verdict: canary.to_owned(),
        evidence: canary.to_owned(),
        kind: canary.to_owned(),
        parts: vec![canary.to_owned()],
        cited: canary.to_owned(),
        limits: canary.to_owned(),
    });
    for distribution in &mut run.distributions {
        distribution.workload = format!("w{canary}");
    }
    run
}

/// Characters that act in a terminal, an editor or a browser without being seen.
fn hidden(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| {
            (c.is_control() && *c != '\n')
                || matches!(u32::from(*c), 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F)
        })
        .collect()
}

#[test]
fn no_format_passes_on_what_acts_unseen() {
    for canary in CANARIES {
        let report = infected(canary).report();
        for text in [
            terminal::render(&report, &Layout::default()),
            html::render(&report).unwrap(),
            markdown::render(&report, Some(canary)),
            json::render(&report).unwrap(),
            csv::render(&report),
            junit::render(&report),
        ] {
            assert_eq!(hidden(&text), [], "{canary:?}");
        }
    }
}

/// Every tag of a page with the names of its attributes, as a browser would read them.
fn tags(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut name = String::new();
        let mut quoted = false;
        for c in rest.chars() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => break,
                c if !quoted => name.push(c),
                _inside_a_value => {}
            }
        }
        found.extend(
            name.split([' ', '\n']).map(|part| part.trim_end_matches(['=', '/']).to_owned()),
        );
    }
    found
}

#[test]
fn the_page_has_no_tag_or_attribute_that_a_canary_brought() {
    let clean = tags(&html::render(&small().report()).unwrap());
    assert!(clean.contains("svg") && clean.contains("aria-label"), "{clean:?}");
    for canary in CANARIES {
        let page = html::render(&infected(canary).report()).unwrap();
        let brought: Vec<String> = tags(&page).difference(&clean).cloned().collect();
        assert_eq!(brought, Vec::<String>::new(), "{canary:?}");
        assert!(page.contains("canary"), "{canary:?} is shown");
    }
}

/// `text` without its code spans, which are inert (`CommonMark` 6.1).
fn without_code(text: &str) -> String {
    let mut prose = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        if rest[..at].ends_with('\\') {
            prose.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        prose.push_str(&rest[..at]);
        let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
        let inside = &rest[at + fence.len()..];
        let end = inside.match_indices(&fence).map(|(end, _)| end).find(|end| {
            !inside[..*end].ends_with('`') && !inside[end + fence.len()..].starts_with('`')
        });
        rest = end.map_or("", |end| &inside[end + fence.len()..]);
    }
    prose + rest
}

#[test]
fn markdown_neither_mentions_nor_links_nor_draws() {
    for canary in CANARIES {
        let text = markdown::render(&infected(canary).report(), None);
        let prose = without_code(&text);
        for acting in ["@team", "#1", "<img", "<script", "![c]", "http://", "<canary"] {
            assert!(!prose.contains(acting), "{acting} from {canary:?}");
        }
    }
}

#[test]
fn no_csv_cell_is_a_formula() {
    for canary in CANARIES {
        let text = csv::render(&infected(canary).report());
        for line in text.lines() {
            assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
            for risky in [",=", ",+", ",@", ",\"=", ",\"+", ",\"-", ",\"@"] {
                assert!(!line.contains(risky), "{risky} in {line}");
            }
        }
    }
}

#[test]
fn json_is_the_same_value_read_back() {
    for canary in CANARIES {
        let text = json::render(&infected(canary).report()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["schema"], "bakeoff.report/1");
    }
}

#[test]
fn a_megabyte_in_every_text_stays_small() {
    let megabyte = "x".repeat(1 << 20);
    let report = infected(&megabyte).report();
    assert!(html::render(&report).unwrap().len() < 8 << 20);
    assert!(markdown::render(&report, None).chars().count() < 60_000);
}
