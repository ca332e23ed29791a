//! `bakeoff gate`: whether a change may go in, judged by one run of base and head.

use std::io::Write;

use bakeoff_decision::{Criterion, GateVerdict, decide, words};
use bakeoff_experiment::analysis::Comparison;
use bakeoff_experiment::experiment::TWIN_SUFFIX;
use bakeoff_experiment::record::{ContractRecord, Record};
use serde::Serialize;

use crate::beside::FilesNow;
use crate::commands::analyse::line_of;
use crate::commands::compare::verdict;
use crate::conclusion::{Conclusion, evidence, evidence_failure};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;

/// Judge a run as a gate: requirements, and no candidate worse than the reference
#[derive(Debug, clap::Args)]
pub(crate) struct GateArgs {
    /// Run to judge: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    /// Judge only this candidate
    #[arg(long, value_name = "NAME")]
    candidate: Option<String>,

    /// Let an inconclusive comparison pass
    #[arg(long)]
    allow_inconclusive: bool,

    /// Print bakeoff.gate/1
    #[arg(long)]
    json: bool,
}

/// What the gate looked at and found.
#[derive(Serialize)]
struct Findings<'a> {
    schema: &'static str,
    run: &'a str,
    reference: &'a str,
    passed: bool,
    exit: u8,
    rig_valid: bool,
    rig_reasons: &'a [String],
    broken_contracts: Vec<&'a str>,
    requirements: Vec<Requirement>,
    comparisons: Vec<&'a Comparison>,
}

#[derive(Serialize)]
struct Requirement {
    name: String,
    candidate: String,
    probability: f64,
    verdict: GateVerdict,
}

impl GateArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = context.read(&self.run)?;
        let conclusion = Conclusion::of(&store)?;
        let experiment = &conclusion.opened.experiment;
        let judged = |name: &str| match &self.candidate {
            Some(only) => name == only,
            None => name != experiment.reference,
        };
        if let Some(name) = &self.candidate
            && !experiment.candidates.iter().any(|candidate| candidate.name == *name)
        {
            return Err(Failure::usage(format!("the run has no candidate `{name}`")));
        }
        let comparisons: Vec<&Comparison> = conclusion
            .analysis
            .comparisons
            .iter()
            .filter(|c| c.primary && c.b == experiment.reference && judged(&c.a))
            .filter(|c| !c.a.ends_with(TWIN_SUFFIX))
            .collect();
        let broken: Vec<&ContractRecord> =
            conclusion.contracts().filter(|c| !c.passed() && judged(&c.candidate)).collect();
        let requirements: Vec<Requirement> =
            requirements(&conclusion)?.into_iter().filter(|r| judged(&r.candidate)).collect();
        let failed = requirements.iter().any(|r| r.verdict == GateVerdict::Fail);
        let exit = if !broken.is_empty() {
            Exit::ContractFailed
        } else if !conclusion.is_valid() {
            Exit::RunInvalid
        } else if failed {
            Exit::RequirementFailed
        } else if comparisons.is_empty() {
            Exit::Inconclusive
        } else {
            match verdict(comparisons.iter().copied()) {
                Exit::Inconclusive if self.allow_inconclusive => Exit::Done,
                other => other,
            }
        };
        let rig = &conclusion.analysis.rig;
        let findings = Findings {
            schema: "bakeoff.gate/1",
            run: &conclusion.opened.run,
            reference: &experiment.reference,
            passed: exit == Exit::Done,
            exit: exit.code(),
            rig_valid: rig.valid,
            rig_reasons: &rig.reasons,
            broken_contracts: broken.iter().map(|c| c.candidate.as_str()).collect(),
            requirements,
            comparisons,
        };
        if self.json {
            context.json(&findings)?;
        } else {
            print(&findings, &why(&findings, exit), context.out)?;
        }
        Ok(exit)
    }
}

impl Conclusion {
    fn contracts(&self) -> impl Iterator<Item = &ContractRecord> {
        self.records.iter().filter_map(|record| match record {
            Record::Contract(contract) => Some(contract),
            Record::Opened(_)
            | Record::Host(_)
            | Record::Built(_)
            | Record::Rates(_)
            | Record::Probe(_)
            | Record::Battery(_)
            | Record::Trial(_)
            | Record::Extended(_)
            | Record::Interrupted(_)
            | Record::Resumed(_)
            | Record::Finished(_) => None,
        })
    }
}

/// How probable it is that each requirement holds. A gate weighs nothing, so where the manifest
/// weighs nothing either, something that says nothing stands in for the criteria.
fn requirements(conclusion: &Conclusion) -> Result<Vec<Requirement>, Failure> {
    let mut evidence =
        evidence(&conclusion.opened, &conclusion.trials, &Weights::default(), FilesNow::default())?;
    if evidence.requirements.is_empty() || evidence.alternatives.is_empty() {
        return Ok(Vec::new());
    }
    if evidence.criteria.is_empty() {
        let nothing =
            Criterion { name: "nothing".into(), swing: Some(1.0), ..Criterion::default() };
        evidence.criteria.push(nothing);
    }
    let decision = decide(&evidence).map_err(|problems| evidence_failure(&problems))?;
    let requirements = decision.gates.into_iter().map(|gate| Requirement {
        name: gate.requirement,
        candidate: gate.alternative,
        probability: gate.probability,
        verdict: gate.verdict,
    });
    Ok(requirements.collect())
}

/// Why the gate did not open, or how it did.
fn why(findings: &Findings<'_>, exit: Exit) -> String {
    let all = findings.comparisons.len();
    let count = |wanted: &dyn Fn(&Comparison) -> bool| {
        findings.comparisons.iter().filter(|c| wanted(c)).count()
    };
    let open = count(&|c| matches!(c.verdict.as_str(), "inconclusive" | "worse-size-unclear"));
    match exit {
        Exit::Done if open > 0 => format!("; {open} of {all} comparisons are open"),
        Exit::ContractFailed => ": a contract is not kept".to_owned(),
        Exit::RunInvalid => ": the rig cannot be trusted".to_owned(),
        Exit::RequirementFailed => ": a requirement fails".to_owned(),
        Exit::Regression => {
            let worse = count(&|c| c.verdict == "worse");
            format!(": {worse} of {all} comparisons are worse by more than the margin")
        }
        Exit::Inconclusive if all == 0 => ": there is nothing to compare".to_owned(),
        Exit::Inconclusive => format!(
            ": {open} of {all} comparisons are open; measure more rounds, or let them pass with \
             `--allow-inconclusive`"
        ),
        // It opened; the others are no judgement of a run that was measured.
        Exit::Done
        | Exit::Bug
        | Exit::Usage
        | Exit::BuildFailed
        | Exit::NotStarted
        | Exit::StoreUnreadable
        | Exit::Locked
        | Exit::CannotWrite
        | Exit::HungUp
        | Exit::Interrupted
        | Exit::Terminated => String::new(),
    }
}

fn print(findings: &Findings<'_>, why: &str, out: &mut dyn Write) -> std::io::Result<()> {
    for candidate in &findings.broken_contracts {
        writeln!(out, "contract: {candidate} does not keep it")?;
    }
    for requirement in &findings.requirements {
        writeln!(
            out,
            "requirement {}: {} holds it with probability {}",
            requirement.name,
            requirement.candidate,
            words::probability(requirement.probability)
        )?;
    }
    for comparison in &findings.comparisons {
        writeln!(out, "{}", line_of(comparison))?;
    }
    let heading = if findings.rig_valid { "note:" } else { "rig not to be trusted:" };
    for reason in findings.rig_reasons {
        writeln!(out, "{heading} {reason}")?;
    }
    writeln!(out, "gate {}{why}", if findings.passed { "passed" } else { "NOT passed" })
}
