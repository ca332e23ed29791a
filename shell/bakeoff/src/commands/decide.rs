//! `bakeoff decide`: who is best given these weights, how surely, and what would flip it.

use std::io::Write;
use std::path::Path;

use bakeoff_decision::{Decision, Evidence, GateVerdict, WeightMode, decide, words};
use bakeoff_experiment::analyse::analyse;
use bakeoff_units::{Unit, digits};

use crate::beside::FilesNow;
use crate::commands::analyse::read_bytes;
use crate::conclusion::{evidence, evidence_failure, trials_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;
use crate::talk;
use bakeoff_experiment::record::Record;

/// Decide with weights: of a run, or of an evidence file
#[derive(Debug, clap::Args)]
pub(crate) struct DecideArgs {
    /// Run (an id or its beginning, `latest`, a path), evidence file (bakeoff.evidence/1), or `-`
    #[arg(value_name = "RUN|FILE", default_value = "latest")]
    what: String,

    #[command(flatten)]
    weights: Weights,

    /// Draw the weights from all for which this holds, as in `tail >= 2 * memory`, in place of the
    /// swing points; may be given several times
    #[arg(long = "constraint", value_name = "INEQUALITY", conflicts_with_all = ["weights", "profile"])]
    constraints: Vec<String>,

    #[command(flatten)]
    files_now: FilesNow,

    /// Print bakeoff.decision/1
    #[arg(long)]
    json: bool,
}

impl DecideArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let Basis { evidence, distrust } = self.basis(context)?;
        let evidence = constrained(evidence, &self.constraints);
        let decision = decide(&evidence).map_err(|problems| evidence_failure(&problems))?;
        // Withheld from people while the rig's checks fail (METHODS.md B10); a program is told by the exit.
        if !distrust.is_empty() {
            talk::line("No answer: this run cannot be trusted");
            for reason in &distrust {
                talk::line(&format!("  {reason}"));
            }
        }
        if self.json {
            context.json(&decision)?;
        } else if distrust.is_empty() {
            print(&decision, context.out)?;
        }
        Ok(if distrust.is_empty() { exit(&decision) } else { Exit::RunInvalid })
    }

    fn basis(&self, context: &Context) -> Result<Basis, Failure> {
        let path = Path::new(&self.what);
        let is_file = self.what == "-" || path.extension().is_some_and(|e| e == "json");
        if is_file {
            if self.files_now != FilesNow::default() {
                return Err(Failure::usage("an evidence file rests on no other files"));
            }
            let bytes = read_bytes(path)?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::usage(format!("`{}` is not UTF-8", self.what)))?;
            let mut evidence =
                Evidence::from_json(&text).map_err(|problems| evidence_failure(&problems))?;
            let names: Vec<String> = evidence.criteria.iter().map(|c| c.name.clone()).collect();
            let swings = self.weights.named(&names)?;
            if !swings.is_empty() {
                let resolved = evidence.with_elicited_swings();
                evidence = resolved.map_err(|problems| evidence_failure(&problems))?;
            }
            for criterion in &mut evidence.criteria {
                criterion.swing = swings.get(&criterion.name).copied().or(criterion.swing);
            }
            let evidence = self.weights.shared(evidence)?;
            return Ok(Basis { evidence, distrust: Vec::new() });
        }
        let records = context.read(&self.what)?.records()?;
        let Some(Record::Opened(opened)) = records.first() else {
            return Err(Failure::usage("the run never began"));
        };
        let trials = trials_of(&records)?;
        let rig = analyse(&trials).map_err(|why| Failure::new(Exit::Bug, why))?.rig;
        let evidence = evidence(opened, &trials, &self.weights, self.files_now)?;
        if evidence.criteria.is_empty() {
            let hint = "add [criteria.NAME] tables with anchors and swings (docs/manifest.md)";
            return Err(Failure::usage(format!("the manifest weighs nothing; {hint}")));
        }
        let distrust = if rig.valid { Vec::new() } else { rig.reasons };
        Ok(Basis { evidence, distrust })
    }
}

/// What a decision rests on, and why its run cannot be trusted, if it cannot.
struct Basis {
    evidence: Evidence,
    distrust: Vec<String>,
}

/// The evidence with constraints in place of what it says about weights, unless that is an order.
fn constrained(mut evidence: Evidence, constraints: &[String]) -> Evidence {
    if constraints.is_empty() {
        return evidence;
    }
    evidence.constraints.extend_from_slice(constraints);
    if evidence.weights != WeightMode::Ordinal {
        evidence.weights = WeightMode::None;
        evidence.elicitation = None;
    }
    evidence
}

/// A requirement that nobody holds comes before an open question.
fn exit(decision: &Decision) -> Exit {
    match &decision.answer.leader {
        None => Exit::RequirementFailed,
        Some(_) if decision.answer.p_best < 0.6 => Exit::Inconclusive,
        Some(_) => Exit::Done,
    }
}

fn print(decision: &Decision, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some(title) = &decision.title {
        writeln!(out, "{title}")?;
    }
    writeln!(out, "{}\n", decision.answer.sentence)?;
    let mut order: Vec<usize> = (0..decision.alternatives.len()).collect();
    order.sort_by(|a, b| decision.p_best[*b].total_cmp(&decision.p_best[*a]));
    writeln!(
        out,
        "{:<24} {:>9} {:>24} {:>14}",
        "alternative", "P(best)", "value (90 % interval)", "expected loss"
    )?;
    for index in order {
        let [low, high] = decision.value.interval[index];
        let value = format!("{:.3} ({low:.3} to {high:.3})", decision.value.mean[index]);
        writeln!(
            out,
            "{:<24} {:>9} {value:>24} {:>14}",
            decision.alternatives[index],
            words::probability(decision.p_best[index]),
            digits(decision.expected_loss[index], 2)
        )?;
    }
    let shares = decision.shares;
    writeln!(
        out,
        "\nof the weight {} is measured, {} rated, {} cited, {} unknown",
        Unit::Fraction.format(shares.measured),
        Unit::Fraction.format(shares.rated),
        Unit::Fraction.format(shares.cited),
        Unit::Fraction.format(shares.unknown)
    )?;
    for gate in &decision.gates {
        match gate.verdict {
            GateVerdict::Pass => {}
            GateVerdict::Fail | GateVerdict::Undetermined => writeln!(
                out,
                "requirement {}: {} holds it with probability {}",
                gate.requirement,
                gate.alternative,
                words::probability(gate.probability)
            )?,
        }
    }
    for flip in decision.flips.iter().take(5) {
        writeln!(out, "{}", words::flip(flip))?;
    }
    for action in decision.voi.next.iter().filter(|_| !decision.voi.stop).take(3) {
        let assumed = if action.hours_assumed { ", assumed" } else { "" };
        let (hours, p) = (digits(action.hours, 2), words::probability(action.p_flip));
        let action = &action.action;
        writeln!(out, "to know more: {action} (about {hours} h{assumed}; changes it with {p})")?;
    }
    for warning in &decision.warnings {
        writeln!(out, "warning: {}", warning.text)?;
    }
    Ok(())
}
