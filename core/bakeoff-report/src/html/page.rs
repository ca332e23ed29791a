//! The page: what goes where. The words are in `templates/`.

use askama::Template;

use super::charts::{self, ChartGroup};
use super::tables::{self, AlternativeLine, CriterionLine, Grid, Pair, Row};
use super::{csp, sliders};
use crate::quantity;
use crate::report::comparison::ComparisonRow;
use crate::report::trial::VoidRow;
use crate::report::{FindingRow, Report};
use crate::svg::bars::{self, Bar};
use crate::svg::canvas::{SLOTS, marker};
use crate::svg::forest::{self, Room};
use crate::svg::why;
use bakeoff_units::Unit;

const CSS: &str = include_str!("../../assets/report.css");

/// The most comparisons of the chart that is not folded away.
const DIGEST: usize = 40;

/// From this many comparisons on, a page is large.
const LARGE: usize = 600;

/// The most void trials on a page.
const VOIDS_MAX: usize = 400;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    csp: String,
    css: &'static str,
    script: &'static str,
    sliders: Option<String>,
    sections: Vec<(&'static str, &'static str)>,
    grave: Vec<&'a str>,
    notes: Vec<&'a str>,
    probability: String,
    why: String,
    criteria: Vec<CriterionLine>,
    alternatives: Vec<AlternativeLine>,
    forests: Vec<Forest>,
    pairs: Vec<Pair>,
    pairs_left_out: usize,
    pairs_rows: usize,
    others: Vec<Row>,
    others_left_out: usize,
    chart_groups: Vec<ChartGroup>,
    key: Vec<(String, &'a str)>,
    levels: Vec<Grid>,
    probes: Vec<Grid>,
    contracts: Vec<(String, Vec<&'a str>)>,
    languages: Vec<&'a str>,
    claims_tally: String,
    findings: Vec<&'a FindingRow>,
    voids_shown: Vec<&'a VoidRow>,
    voids_left_out: usize,
    /// How many trials are void, by reason.
    voids_tally: String,
    level: String,
    /// Whether a browser should put off drawing what is out of sight.
    large: bool,
    wall: Vec<(&'a str, String)>,
}

/// The report as one HTML page.
///
/// # Errors
///
/// An error of the template engine; writing to memory causes none, but a caller must not have to
/// panic.
pub fn render(report: &Report) -> Result<String, askama::Error> {
    page(report).render()
}

fn page(report: &Report) -> Page<'_> {
    let (pairs, pairs_left_out) = tables::pairs(report);
    let (others, others_left_out) = tables::others(report);
    let notice = |grave: bool| {
        report.notices.iter().filter(move |n| n.grave == grave).map(|n| n.text.as_str()).collect()
    };
    let decision = report.decision.as_ref();
    let sliders = decision.and_then(|decision| sliders::data(decision, &report.run.id));
    Page {
        report,
        csp: csp::policy(CSS, if sliders.is_some() { &[sliders::SCRIPT] } else { &[] }),
        script: sliders::SCRIPT,
        sliders,
        css: CSS,
        sections: sections(report),
        grave: notice(true),
        notes: notice(false),
        probability: probability(report),
        why: decision.map_or(String::new(), |decision| why::draw(report, decision, "why")),
        criteria: decision.map_or(Vec::new(), tables::criteria),
        alternatives: decision.map_or(Vec::new(), tables::alternatives),
        forests: forests(report),
        pairs_rows: pairs.iter().map(|pair| pair.rows.len()).sum(),
        pairs,
        pairs_left_out,
        others,
        others_left_out,
        chart_groups: charts::groups(report),
        key: key(report),
        levels: tables::levels(report),
        probes: tables::probes(report),
        contracts: contracts(report),
        languages: tables::languages(report),
        claims_tally: claims_tally(report),
        findings: report.drift.iter().chain(&report.order_effect).collect(),
        voids_shown: report.voids.iter().take(VOIDS_MAX).collect(),
        voids_left_out: report.voids.len().saturating_sub(VOIDS_MAX),
        voids_tally: voids_tally(report),
        level: quantity::percent(report.run.level),
        large: LARGE < report.headline().len(),
        wall: report.run.wall.iter().map(|(k, v)| (k.as_str(), Unit::Seconds.format(*v))).collect(),
    }
}

/// The comparisons as intervals on one axis, drawn for a page and for a telephone.
struct Forest {
    summary: String,
    wide: String,
    narrow: String,
}

/// A digest that fits a slide, then every load if there are more.
fn forests(report: &Report) -> Vec<Forest> {
    let (digest, all) = (report.digest(DIGEST), report.headline());
    let draw = |rows: &[&ComparisonRow], summary: String, id: &str| Forest {
        summary,
        wide: forest::draw(report, rows, Room::Wide, id),
        narrow: forest::draw(report, rows, Room::Narrow, &format!("{id}-narrow")),
    };
    let mut forests = vec![draw(&digest, String::new(), "forest")];
    if digest.len() < all.len() {
        let shown = all.len().min(forest::ROWS_MAX);
        let summary = if shown < all.len() {
            format!(
                "The chart shows {} of {} comparisons; here are the first {shown}, the tables have all",
                digest.len(),
                all.len()
            )
        } else {
            format!("The chart shows the highest loads; here are all {} comparisons", all.len())
        };
        forests.push(draw(&all[..shown], summary, "forest-all"));
    }
    forests.retain(|forest| !forest.wide.is_empty());
    forests
}

fn sections(report: &Report) -> Vec<(&'static str, &'static str)> {
    [
        ("answer", "Answer", true),
        ("comparison", "Side by side", !report.headline().is_empty()),
        ("charts", "In pictures", !report.levels.is_empty()),
        ("candidates", "Candidates", true),
        ("contract", "Contract", true),
        ("battery", "Defects", !report.battery.is_empty()),
        ("claims", "Claims", !report.claims.is_empty()),
        ("checks", "Trust", true),
        ("conditions", "Conditions", true),
    ]
    .into_iter()
    .filter(|(_, _, there)| *there)
    .map(|(anchor, name, _)| (anchor, name))
    .collect()
}

/// P(best) of every alternative as bars.
fn probability(report: &Report) -> String {
    let Some(decision) = &report.decision else { return String::new() };
    let bars: Vec<Bar> = decision
        .alternatives
        .iter()
        .map(|a| Bar {
            name: a.name.clone(),
            slot: report.slot(&a.name),
            value: a.p_best,
            interval: None,
            text: decision.probability(a.p_best),
        })
        .collect();
    bars::draw("Probability of being best", &bars, Some(1.0), "p-best")
}

/// A marker and name for every candidate.
fn key(report: &Report) -> Vec<(String, &str)> {
    report
        .candidates
        .iter()
        .map(|candidate| {
            let svg = format!(
                "<svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path class=\"mk c{}\" d=\"{}\"/></svg>",
                candidate.slot % SLOTS,
                marker(candidate.slot, 6.0, 6.0)
            );
            (svg, candidate.name.as_str())
        })
        .collect()
}

/// What the contract says of candidates, and of whom it says so.
fn contracts(report: &Report) -> Vec<(String, Vec<&str>)> {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for row in &report.contracts {
        let mut text = if row.passed {
            format!("passed {} cases and {} random requests", row.cases, row.random)
        } else {
            format!("failed {} of {} checks", row.failures_total, row.cases + row.random)
        };
        text.extend(row.broke.iter().flat_map(|broke| ["; ", broke.as_str()]));
        match said.iter_mut().find(|(other, _)| *other == text) {
            Some((_, candidates)) => candidates.push(&row.candidate),
            None => said.push((text, vec![&row.candidate])),
        }
    }
    said
}

/// `50 trials do not count: 40 steal, 4 send-lag, ...`, the commonest first.
fn voids_tally(report: &Report) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for void in &report.voids {
        let kind = void.reason.split(':').next().unwrap_or_default();
        match kinds.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, n)) => *n += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let kinds: Vec<String> = kinds.iter().take(6).map(|(kind, n)| format!("{kind} {n}")).collect();
    let (n, verb) =
        (report.voids.len(), if report.voids.len() == 1 { "trial does" } else { "trials do" });
    format!("{n} {verb} not count: {}", kinds.join(", "))
}

/// `12 supported, 5 refuted, ...`
fn claims_tally(report: &Report) -> String {
    ["supported", "refuted", "equivalent", "inconclusive", "not tested here"]
        .into_iter()
        .filter_map(|verdict| {
            let n = report.claims.iter().filter(|claim| claim.verdict == verdict).count();
            (n > 0).then(|| format!("{n} {verdict}"))
        })
        .collect::<Vec<_>>()
        .join(", ")
}
