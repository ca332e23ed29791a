//! The worked example of `docs/methods.md`, recomputed: every figure printed there must follow from the trials printed there.

use bakeoff_stats::anytime::PriorVariance;
use bakeoff_stats::level::Level;
use bakeoff_stats::look::Stopping;
use bakeoff_stats::order::order_effect;
use bakeoff_stats::paired::{log_differences, log_ratio};
use bakeoff_stats::permutation::sign_flip;
use bakeoff_stats::rank::hodges_lehmann;
use bakeoff_stats::rig::calibrate;
use bakeoff_stats::trend::mann_kendall;
use bakeoff_stats::verdict::{Margin, judge};
use std::collections::BTreeMap;

const METHODS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/methods.md"));

/// The rows of the fenced block of the given kind, split at white space.
fn block(kind: &str) -> Vec<Vec<&'static str>> {
    let fence = format!("```{kind}\n");
    let from = METHODS.find(&fence).unwrap_or_else(|| panic!("no block `{kind}`")) + fence.len();
    let text = &METHODS[from..];
    let rows = text[..text.find("```").unwrap()].lines();
    rows.map(|row| row.split_whitespace().collect()).collect()
}

/// What a figure comes to: a number, to be printed with as many digits as the document has, or a word.
enum Figure {
    Number(f64),
    Word(&'static str),
}

use Figure::{Number, Word};

fn yes_no(holds: bool) -> Figure {
    Word(if holds { "yes" } else { "no" })
}

/// All figures, from nothing but the trials, the margin and the level.
fn figures(margin: f64, level: f64) -> BTreeMap<&'static str, Figure> {
    let trials = block("trials");
    let (header, rows) = trials.split_first().unwrap();
    let column = |name: &str| header.iter().position(|cell| *cell == name).unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        rows.iter().map(|row| row[column(name)].parse().unwrap()).collect()
    };
    let (a, b, twin) = (numbers("a"), numbers("b"), numbers("twin"));
    let differences = log_differences(&a, &b).unwrap();
    let opened_by = |who: &str| -> Vec<f64> {
        let rounds = rows.iter().zip(&differences);
        rounds.filter(|(row, _)| row[column("first")] == who).map(|(_, d)| *d).collect()
    };

    let (level_, margin_) = (Level::new(level).unwrap(), Margin::new(margin).unwrap());
    let ratio = log_ratio(&a, &b, level_).unwrap();
    let anytime = Stopping::Anytime { prior: PriorVariance::ONE };
    let anytime = anytime.look(&differences, level_).unwrap().interval;
    let rank = hodges_lehmann(&differences, level_).unwrap().interval.exp();
    let rig = calibrate(&log_differences(&twin, &b).unwrap()).unwrap();
    let order = order_effect(&opened_by("a"), &opened_by("b"), level_).unwrap();
    let percent = Margin::new(0.01).unwrap();
    BTreeMap::from([
        ("margin", Number(margin)),
        ("level", Number(level)),
        ("ratio", Number(ratio.ratio())),
        ("ratio-lower", Number(ratio.interval.exp().lower())),
        ("ratio-upper", Number(ratio.interval.exp().upper())),
        ("verdict", Word(judge(ratio.interval, margin_).verdict.name())),
        ("anytime-lower", Number(anytime.exp().lower())),
        ("anytime-upper", Number(anytime.exp().upper())),
        ("anytime-verdict", Word(judge(anytime, margin_).verdict.name())),
        ("rank-lower", Number(rank.lower())),
        ("rank-upper", Number(rank.upper())),
        ("sign-flip-p", Number(sign_flip(&differences, 0, 0).unwrap().p())),
        ("twin-ratio", Number(rig.moments.mean.exp())),
        ("twin-biased", yes_no(rig.is_biased)),
        ("noise-floor", Number(rig.noise_floor_fraction(a.len(), level_))),
        ("detectable", Number(rig.detectable80(a.len(), level_).exp_m1())),
        (
            "rounds-to-resolve-1-percent",
            Number(rig.rounds_to_resolve(percent, level_, 1000).unwrap() as f64),
        ),
        ("order-effect", Number(order.order.exp())),
        ("order-effect-detected", yes_no(!order.interval.contains(0.0))),
        ("trend-p", Number(mann_kendall(&differences).unwrap().p())),
    ])
}

#[test]
fn every_printed_figure_follows_from_the_printed_trials() {
    let printed = block("figures");
    let given = |name: &str| printed.iter().find(|row| row[0] == name).unwrap()[1].parse().unwrap();
    let mut figures = figures(given("margin"), given("level"));
    let mut wrong = Vec::new();
    for row in &printed {
        let text = match figures.remove(row[0]) {
            Some(Number(number)) => {
                let digits = row[1].split_once('.').map_or(0, |(_, fraction)| fraction.len());
                format!("{number:.digits$}")
            }
            Some(Word(word)) => word.to_owned(),
            None => "not a figure".to_owned(),
        };
        if text != row[1] {
            wrong.push(format!("{} is {text}, printed as {}", row[0], row[1]));
        }
    }
    wrong.extend(figures.keys().map(|name| format!("{name} is not printed")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sentence_below_them_says_the_same() {
    let figures = figures(0.05, 0.95);
    let from = METHODS.find("Read: ").unwrap();
    let sentence = &METHODS[from..from + METHODS[from..].find("\n\n").unwrap()];
    let number = |name: &str| match figures[name] {
        Number(number) => number,
        Word(word) => panic!("{name} is {word}"),
    };
    let mut said: Vec<String> =
        ["ratio", "ratio-lower", "ratio-upper", "anytime-lower", "anytime-upper"]
            .map(|name| format!("{:.3}", number(name)))
            .into();
    said.push(format!("{:.1} %", 100.0 * number("noise-floor")));
    said.push(format!("need {}", number("rounds-to-resolve-1-percent")));
    let missing: Vec<&String> = said.iter().filter(|words| !sentence.contains(*words)).collect();
    assert!(missing.is_empty(), "{missing:?} not in: {sentence}");
}
