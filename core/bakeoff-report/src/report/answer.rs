//! The answer in a sentence, what it stands on, and what to do next.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use super::candidate::{Standing, label};
use super::comparison::{ComparisonRow, Verdict};
use super::decision::{AlternativeRow, DecisionRow};

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    /// In one sentence, with its probability.
    pub sentence: String,
    /// Given what.
    pub conditions: String,
    /// Whether it can be acted on: `firm`, `open` or `untrustworthy`.
    pub tone: Tone,
    /// Beside it, a sentence each: expected loss, flips, counts of verdicts.
    pub beside: Vec<String>,
    /// What to do next, a sentence each.
    pub next: Vec<String>,
}

/// Whether an answer can be acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// It can.
    Firm,
    /// The evidence does not settle it.
    #[default]
    Open,
    /// The run failed its own checks.
    Untrustworthy,
}

impl Tone {
    /// The class that colours it in HTML.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Open => "open",
            Self::Untrustworthy => "untrustworthy",
        }
    }
}

/// Something that a reader must know before believing anything else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// Whether it makes the run untrustworthy, or only limits it.
    pub grave: bool,
    /// What.
    pub text: String,
}

/// What makes the run untrustworthy or limits it, grave ones first.
pub(crate) fn notices(report: &Report, rig_reasons: &[String], valid: bool) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    let mut note = |grave: bool, text: String| notices.push(Notice { grave, text });
    for candidate in &report.candidates {
        if let Some(why) = candidate.standing.why() {
            let word = candidate.standing.word();
            note(false, format!("{} was {word} and is in no comparison: {why}", candidate.name));
        }
    }
    if report.run.ended.is_none() && report.run.planned > 0 {
        note(
            false,
            format!(
                "the run is not finished: {} of {} trials count so far",
                report.run.sealed, report.run.planned
            ),
        );
    }
    for change in &report.run.changed {
        note(false, format!("changed after the lock: {change}"));
    }
    let coarse = coarse_margins(report);
    if coarse > 0 {
        note(
            false,
            format!(
                "in {coarse} of {} the margin is below the noise floor: this rig \
                 cannot resolve it with these rounds",
                plural(report.headline().len(), "primary comparison")
            ),
        );
    }
    if report.run.void > 0 {
        note(false, format!("{}; listed, not counted", void_summary(report)));
    }
    if let Some(unretried) = &report.run.unretried {
        note(false, unretried.clone());
    }
    let blocked = report.comparisons.iter().filter(|row| row.verdict == Verdict::Blocked).count();
    if blocked > 0 {
        let (shows, gets) = if blocked == 1 { ("shows", "gets") } else { ("show", "get") };
        let comparisons = plural(blocked, "comparison");
        note(false, format!("{comparisons} {shows} a trend over the rounds and {gets} no verdict"));
    }
    if !valid && rig_reasons.is_empty() {
        note(true, "the rig failed its own checks".to_owned());
    }
    for text in rig_reasons {
        note(!valid, text.clone());
    }
    for warning in &report.host.warnings {
        note(false, format!("this machine: {warning}"));
    }
    notices.sort_by_key(|notice| !notice.grave);
    notices
}

/// `5 of 128 trials are void (3 Host, 2 Candidate)`.
fn void_summary(report: &Report) -> String {
    let mut by_blame: BTreeMap<&str, u32> = BTreeMap::new();
    for void in &report.voids {
        *by_blame.entry(void.blame).or_default() += 1;
    }
    let blame: Vec<String> =
        by_blame.iter().map(|(blame, n)| format!("{n} by fault of the {blame}")).collect();
    let total = report.run.void + report.run.sealed;
    let verb = if report.run.void == 1 { "is" } else { "are" };
    format!("{} of {total} trials {verb} void ({})", report.run.void, blame.join(", "))
}

/// `1 trial`, `2 trials`.
fn plural(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn coarse_margins(report: &Report) -> usize {
    report
        .headline()
        .into_iter()
        .filter(|row| row.noise_floor.is_some_and(|floor| floor > row.margin))
        .count()
}

/// The answer of a report whose other parts are complete.
pub(crate) fn answer(report: &Report, valid: bool) -> Answer {
    if !valid {
        return Answer {
            sentence: "No answer: this run cannot be trusted".to_owned(),
            conditions: "The rig failed its own checks; estimates are shown, verdicts and \
                         probabilities are withheld."
                .to_owned(),
            tone: Tone::Untrustworthy,
            beside: Vec::new(),
            next: vec![
                "Put right what the notices name (`bakeoff doctor`), then run again.".into(),
            ],
        };
    }
    let measured: Vec<&str> = report
        .candidates
        .iter()
        .filter(|candidate| candidate.standing == Standing::Measured)
        .map(|candidate| candidate.name.as_str())
        .collect();
    if measured.is_empty() && !report.voids.is_empty() {
        return all_void(report);
    }
    if measured.is_empty() {
        return Answer {
            sentence: "No answer: no candidate was measured".to_owned(),
            tone: Tone::Open,
            next: vec!["See below what became of each candidate.".to_owned()],
            ..Answer::default()
        };
    }
    match &report.decision {
        Some(_) => decided(report),
        None => compared(report, &measured),
    }
}

/// The answer where every trial is void: whose fault, and the commonest reason.
fn all_void(report: &Report) -> Answer {
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for void in &report.voids {
        *reasons.entry(&void.reason).or_default() += 1;
    }
    let commonest =
        reasons.iter().max_by_key(|(_, n)| **n).map(|(reason, n)| format!("{n} of them: {reason}"));
    Answer {
        sentence: format!("No answer: {}, none is left", void_summary(report)),
        tone: Tone::Open,
        beside: commonest.into_iter().collect(),
        next: vec![
            "See what the void trials say, and `bakeoff doctor` for this machine.".to_owned(),
        ],
        ..Answer::default()
    }
}

fn decided(report: &Report) -> Answer {
    let Some(decision) = &report.decision else { return Answer::default() };
    let mut next = decision.next.clone();
    next.extend(unsettled(report));
    let conditions = conditions(report);
    let Some(leader) = decision.leader() else {
        return Answer {
            sentence: format!(
                "None: every candidate probably fails a requirement ({} that none meets them all)",
                decision.probability(decision.p_none)
            ),
            conditions,
            tone: Tone::Open,
            beside: Vec::new(),
            next,
        };
    };
    let (name, p) = (&leader.name, decision.probability(leader.p_best));
    let others = decision.alternatives.iter().skip(1);
    let sentence = match decision.sureness.as_str() {
        _alone if decision.alternatives.len() == 1 => {
            format!("{name} is the only candidate left, and meets every requirement with {p}")
        }
        "toss-up" => format!("A toss-up: {name} leads with {p}"),
        _sure if others.clone().all(AlternativeRow::fails) => {
            format!("{name}, {p}: every other candidate fails a requirement")
        }
        sure => format!("{name}, {p} ({sure})"),
    };
    let mut beside = vec![format!(
        "Choosing {} costs {:.3} of value on average against the best of each draw (expected loss; \
         value runs from 0 to 1)",
        leader.name, leader.expected_loss
    )];
    beside.extend(decision.flips.first().map(|flip| format!("It {flip}")));
    beside.extend(decision.members.clone());
    beside.extend(measured_between(report, decision));
    let tone = if leader.p_best >= 0.8 { Tone::Firm } else { Tone::Open };
    Answer { sentence, conditions, tone, beside, next }
}

/// How the measured comparisons of the alternatives with the reference fell.
fn measured_between(report: &Report, decision: &DecisionRow) -> Vec<String> {
    let reference = report.reference().unwrap_or_default();
    let rows = report.headline();
    let of = |name: &str| -> Vec<&ComparisonRow> {
        rows.iter().copied().filter(|row| row.a == name && row.b == reference).collect()
    };
    decision
        .alternatives
        .iter()
        .map(|alternative| (&alternative.name, of(&alternative.name)))
        .filter(|(_, rows)| !rows.is_empty())
        .take(3)
        .map(|(name, rows)| format!("Measured against {reference}, {name} is {}", tally(&rows).0))
        .collect()
}

fn conditions(report: &Report) -> String {
    let shares = report.decision.as_ref().map_or(String::new(), |decision| {
        let parts: Vec<String> = decision
            .shares
            .iter()
            .filter(|(_, share)| *share > 0.0)
            .map(|(kind, share)| format!("{} {kind}", crate::quantity::percent(*share)))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!(" ({} of the weight)", parts.join(", "))
        }
    });
    format!("Given these weights, anchors and evidence{shares}, this load and this machine.")
}

/// The answer where nothing is weighed: the verdicts, counted.
fn compared(report: &Report, measured: &[&str]) -> Answer {
    let reference = report.reference().unwrap_or_default();
    let others: Vec<&str> = measured.iter().copied().filter(|name| *name != reference).collect();
    let mut sentences = Vec::new();
    let mut settled = true;
    for other in &others {
        let rows: Vec<&ComparisonRow> = report
            .headline()
            .into_iter()
            .filter(|row| row.a == *other && row.b == reference)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let (text, open) = tally(&rows);
        settled &= open == 0;
        sentences.push(format!("against {reference}, {other} is {text}"));
    }
    if sentences.is_empty() {
        return Answer {
            sentence: format!("Nothing to compare: only {} was measured", measured.join(", ")),
            next: unsettled(report),
            ..Answer::default()
        };
    }
    let first = sentences.remove(0);
    let mut capital = first;
    capital.replace_range(..1, "A");
    Answer {
        sentence: capital,
        conditions: "No criteria are weighed, so nothing is chosen; this load, this machine."
            .to_owned(),
        tone: if settled { Tone::Firm } else { Tone::Open },
        beside: sentences,
        next: unsettled(report),
    }
}

/// `better in 5, equivalent in 2 and open in 1 of 8 primary comparisons`, and how many are open.
pub(crate) fn tally(rows: &[&ComparisonRow]) -> (String, usize) {
    let count = |wanted: &[Verdict]| rows.iter().filter(|r| wanted.contains(&r.verdict)).count();
    let better = count(&[Verdict::Better, Verdict::BetterSizeUnclear]);
    let worse = count(&[Verdict::Worse, Verdict::WorseSizeUnclear]);
    let same = count(&[Verdict::Equivalent]);
    let open = rows.len() - better - worse - same;
    let parts: Vec<String> =
        [("better", better), ("worse", worse), ("equivalent", same), ("inconclusive", open)]
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(word, n)| format!("{word} in {n}"))
            .collect();
    (format!("{} of {} primary comparisons", parts.join(", "), rows.len()), open)
}

/// Rounds beyond which nobody will go on measuring.
const ROUNDS_FAR: u32 = 100;

/// What would settle the primary verdicts that are open.
fn unsettled(report: &Report) -> Vec<String> {
    let open: Vec<&ComparisonRow> =
        report.headline().into_iter().filter(|row| row.verdict == Verdict::Inconclusive).collect();
    let mut needed: Vec<(u32, &ComparisonRow)> = open
        .iter()
        .filter_map(|row| Some((row.rounds_needed.filter(|needed| *needed > row.rounds)?, *row)))
        .collect();
    needed.sort_by_key(|(rounds, _)| *rounds);
    let Some(&(most, row)) = needed.last() else { return Vec::new() };
    let (half, _) = needed[(needed.len() - 1) / 2];
    let hardest = format!(
        "{} of {} against {}, {}",
        super::comparison::short_name(&row.metric),
        label(&row.a),
        label(&row.b),
        row.place.label()
    );
    let many = plural(open.len(), "primary comparison");
    let verb = if open.len() == 1 { "is" } else { "are" };
    let rounds = match (most <= ROUNDS_FAR, half < most) {
        (true, false) => {
            format!("about {most} rounds would probably settle the hardest ({hardest})")
        }
        (true, true) => format!(
            "about {half} rounds would probably settle half of them, {most} the hardest ({hardest})"
        ),
        (false, _) => format!(
            "about {half} rounds would probably settle half of them; the hardest ({hardest}) is out \
             of reach on this machine"
        ),
    };
    vec![format!("{many} {verb} inconclusive; {rounds}: `bakeoff run --until decided`")]
}
