//! The worked example of `docs/decisions.md`: every figure printed there follows from the evidence
//! printed there.

use std::fmt::Write;

use bakeoff_decision::{Decision, Evidence, decide, words};

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/decisions.md"));

/// The text of the fenced block of that kind.
fn block(kind: &str) -> &'static str {
    let fence = format!("```{kind}\n");
    let from = TEXT.find(&fence).unwrap_or_else(|| panic!("no block {kind}")) + fence.len();
    let length = TEXT[from..].find("```").expect("the block ends");
    &TEXT[from..from + length]
}

/// The figures in the order of the document.
fn figures(decision: &Decision) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut say = |name: String, text: String| all.push((name, text));
    for (at, name) in decision.alternatives.iter().enumerate() {
        let [low, high] = decision.value.interval[at];
        say(format!("p-best {name}"), format!("{:.2}", decision.p_best[at]));
        say(format!("value {name}"), format!("{:.2}", decision.value.mean[at]));
        say(format!("value-90% {name}"), format!("{low:.2} to {high:.2}"));
        say(format!("expected-loss {name}"), format!("{:.3}", decision.expected_loss[at]));
        say(format!("holds-requirements {name}"), format!("{:.2}", decision.p_feasible[at]));
    }
    say("sureness".into(), decision.answer.sureness.word().into());
    for flip in &decision.flips {
        say("flip".into(), words::flip(flip));
    }
    let closest = decision.closest_flip.as_ref().expect("somebody could lead");
    say("weight-to-move".into(), format!("{:.2}", closest.weight_moved));
    say("evpi".into(), format!("{:.3}", decision.voi.evpi));
    for facts in &decision.voi.criteria {
        say(format!("evppi {}", facts.criterion), format!("{:.3}", facts.evppi));
    }
    say("next".into(), decision.voi.next[0].action.clone());
    say("people".into(), decision.members.as_ref().expect("raters").sentence.clone());
    let shares = decision.shares;
    say(
        "weight".into(),
        format!(
            "measured {:.2}, rated {:.2}, cited {:.2}, unknown {:.2}",
            shares.measured, shares.rated, shares.cited, shares.unknown
        ),
    );
    all
}

#[test]
fn every_figure_of_the_document_follows_from_its_evidence() {
    let evidence =
        Evidence::from_json(block("json")).unwrap_or_else(|problems| panic!("{problems:?}"));
    let decision = decide(&evidence).expect("sound");
    let mut expected = String::new();
    for (name, text) in figures(&decision) {
        writeln!(expected, "{name:<26} {text}").expect("a string takes all");
    }
    assert_eq!(block("figures"), expected, "should be:\n{expected}");
}
