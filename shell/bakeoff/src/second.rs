//! Second opinions in lines: one for each comparison, and under it what stands out.

use std::io::Write;

use bakeoff_experiment::analyse::second::{
    CellOpinion, ErrorOpinion, Ranking, SecondOpinion, SecondOpinions, UnpairedOpinion,
};
use bakeoff_units::digits;

use crate::commands::analyse::limits;
use crate::talk::plural;

/// The p below which something about the rounds is worth a line.
const WORTH_A_LINE: f64 = 0.01;

pub(crate) fn print(opinions: &SecondOpinions, out: &mut dyn Write) -> std::io::Result<()> {
    for opinion in &opinions.comparisons {
        writeln!(out, "{}", paired(opinion))?;
        for remark in remarks(opinion) {
            writeln!(out, "  {remark}")?;
        }
    }
    for opinion in &opinions.unpaired {
        writeln!(out, "{}", unpaired(opinion))?;
    }
    for cell in &opinions.cells {
        if let Some(line) = cell_line(cell) {
            writeln!(out, "{line}")?;
        }
    }
    for opinion in &opinions.errors {
        writeln!(out, "{}", errors(opinion))?;
    }
    Ok(())
}

fn paired(opinion: &SecondOpinion) -> String {
    let SecondOpinion { workload, load, metric, a, b, .. } = opinion;
    let agrees = match opinion.agrees {
        Some(true) => "ranks agree with the t interval",
        Some(false) => "ranks say otherwise than the t interval: outlier-sensitive",
        None => "too few rounds for ranks",
    };
    let sampled = if opinion.sign_flip_exact { "" } else { " (sampled)" };
    format!(
        "{}{metric}: {a} against {b}: by ranks {}x {} ({} %), by t {}, sign-flip p {}{sampled}, {}; {agrees}",
        place(workload, load),
        digits(opinion.rank_ratio, 3),
        limits(opinion.rank_lower, opinion.rank_upper),
        digits(opinion.level * 100.0, 4),
        limits(opinion.t_lower, opinion.t_upper),
        digits(opinion.sign_flip_p, 2),
        plural(opinion.rounds as usize, "round"),
    )
}

/// What stands out about the rounds, and what a new run would need.
fn remarks(opinion: &SecondOpinion) -> Vec<String> {
    let mut remarks = Vec::new();
    let rounds = |at: &[u32]| at.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    if let Some(memory) = opinion.memory.as_ref().filter(|memory| memory.p < WORTH_A_LINE) {
        let worth = digits(memory.effective_rounds, 2);
        remarks.push(format!("rounds resemble one another: worth {worth} independent ones"));
    }
    if let Some(drift) = opinion.drift.as_ref().filter(|drift| drift.p < WORTH_A_LINE) {
        let percent = 100.0 * (drift.per_round - 1.0);
        remarks.push(format!("the ratio drifts by {percent:+.2} % a round (p {})", p(drift.p)));
    }
    let going_first = opinion.going_first.as_ref();
    if let Some(first) = going_first.filter(|first| first.p.is_some_and(|p| p < WORTH_A_LINE)) {
        remarks.push(format!("going first multiplies it by {}", digits(first.factor, 3)));
    }
    let changes: Vec<u32> = opinion.changes.iter().map(|change| change.round).collect();
    if !changes.is_empty() {
        let too = if opinion.changes_by_energy.is_empty() { "" } else { ", by e-divisive too" };
        remarks.push(format!("another level from round {} on{too}", rounds(&changes)));
    }
    if !opinion.outliers.is_empty() {
        let listed: Vec<u32> = opinion.outliers.iter().map(|outlier| outlier.round).collect();
        remarks.push(format!("standing out (kept all the same): round {}", rounds(&listed)));
    }
    if let Some(builds) = &opinion.builds {
        let cheapest = builds.rounds_a_build.map_or(String::new(), |rounds| {
            format!("; cheapest with {} of each build", plural(rounds as usize, "round"))
        });
        remarks.push(format!(
            "{} % of the variance lies between {} builds{cheapest}",
            digits(100.0 * builds.share, 2),
            builds.builds
        ));
    }
    if let Some(planning) = &opinion.planning {
        let count = |rounds: Option<u32>| rounds.map_or("> 10000".to_owned(), |n| n.to_string());
        remarks.push(format!(
            "a new run would need {} rounds for an interval within the margin, {} to find a difference of one",
            count(planning.for_margin),
            count(planning.to_find_margin)
        ));
    }
    remarks
}

fn unpaired(opinion: &UnpairedOpinion) -> String {
    let UnpairedOpinion { workload, load, metric, a, b, .. } = opinion;
    let means = opinion.means_ratio.map_or("unbounded".to_owned(), |ratio| {
        let limits = limits(opinion.means_lower, opinion.means_upper);
        format!("{}x {limits}", digits(ratio, 3))
    });
    let blocks =
        if opinion.blocks { "; in blocks: drift and difference look the same" } else { "" };
    format!(
        "{}{metric}: {a} against {b}, no round shared: Welch {}x {} ({} %), by ranks {}x {}, p {}, \
         means (Fieller) {means}, {} and {}{blocks}",
        place(workload, load),
        digits(opinion.ratio, 3),
        limits(opinion.lower, opinion.upper),
        digits(opinion.level * 100.0, 4),
        digits(opinion.rank_ratio, 3),
        limits(opinion.rank_lower, opinion.rank_upper),
        p(opinion.rank_p),
        plural(opinion.a_trials as usize, "trial"),
        opinion.b_trials,
    )
}

fn cell_line(cell: &CellOpinion) -> Option<String> {
    let ranking = cell.ranking.as_ref().map(ranking_of);
    let detectable = cell.detectable.map(|fraction| {
        let shown = if fraction < 1.0 {
            format!("{} %", digits(100.0 * fraction, 2))
        } else {
            "of more than 100 %".to_owned()
        };
        format!("a true difference {shown} would be found four times out of five")
    });
    let said: Vec<String> = [ranking, detectable].into_iter().flatten().collect();
    let place = place(&cell.workload, &cell.load);
    (!said.is_empty()).then(|| format!("{place}{}: {}", cell.metric, said.join("; ")))
}

fn ranking_of(ranking: &Ranking) -> String {
    let ranked: Vec<String> = ranking
        .candidates
        .iter()
        .map(|ranked| format!("{} {}", ranked.candidate, digits(ranked.mean_rank, 2)))
        .collect();
    format!(
        "mean ranks over {}: {}; told apart from {} up (Nemenyi), Friedman p {}",
        plural(ranking.rounds as usize, "round"),
        ranked.join(", "),
        digits(ranking.critical_distance, 2),
        p(ranking.p),
    )
}

fn errors(opinion: &ErrorOpinion) -> String {
    let ErrorOpinion { workload, load, candidate, requests, failed, lower, upper, .. } = opinion;
    let percent = |share: f64| digits(100.0 * share, 2);
    format!(
        "{}errors: {candidate}: {failed} of {requests} requests failed: {} % to {} % ({} %)",
        place(workload, load),
        percent(*lower),
        percent(*upper),
        digits(opinion.level * 100.0, 4),
    )
}

fn place(workload: &str, load: &str) -> String {
    if workload.is_empty() { String::new() } else { format!("{workload} {load} ") }
}

/// A p-value, which is never 0.
fn p(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { digits(p, 2) }
}
