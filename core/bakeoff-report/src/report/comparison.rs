//! Comparisons in words: one row a pair, place and metric.

use std::collections::BTreeSet;

use bakeoff_experiment::analysis::{Analysis, Comparison};
use bakeoff_experiment::metric::{Direction, METRICS, metric};
use bakeoff_units::Unit;
use serde::Serialize;

use super::trial::Place;
use crate::quantity;
use crate::text;

/// One candidate against another on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The metric.
    pub metric: String,
    /// The metric for people.
    pub label: String,
    /// Which way is better.
    pub better: Direction,
    /// The candidate spoken of.
    pub a: String,
    /// The candidate it is compared with.
    pub b: String,
    /// Rounds in which both have a trial that counts.
    pub rounds: u32,
    /// a over b.
    pub ratio: f64,
    /// Lower limit; `None` where unbounded.
    pub lower: Option<f64>,
    /// Upper limit; `None` where unbounded.
    pub upper: Option<f64>,
    /// Confidence of this interval.
    pub level: f64,
    /// How the interval was made.
    pub interval: String,
    /// The margin, as a fraction.
    pub margin: f64,
    /// Noise floor of the rig here, as a fraction.
    pub noise_floor: Option<f64>,
    /// The true difference, as a fraction, that these rounds would find four times out of five.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// The verdict on `a`.
    pub verdict: Verdict,
    /// Whether the verdict shares the joint confidence.
    pub primary: bool,
    /// `0.75x [0.72, 0.79]`
    pub text: String,
    /// The typical value of `a`, in base units.
    pub a_value: f64,
    /// The typical value of `b`, in base units.
    pub b_value: f64,
    /// The typical value of `a` with its unit.
    pub a_text: String,
    /// The typical value of `b` with its unit.
    pub b_text: String,
    /// The whole comparison in a sentence.
    pub sentence: String,
    /// Rounds that would probably settle it.
    pub rounds_needed: Option<u32>,
    /// What a reader must know beside it.
    pub notes: Vec<String>,
}

/// The verdict on a candidate (METHODS.md A5), or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Better beyond the margin.
    Better,
    /// Worse beyond the margin.
    Worse,
    /// The same within the margin.
    Equivalent,
    /// Better; by more or less than the margin is open.
    BetterSizeUnclear,
    /// Worse; by more or less than the margin is open.
    WorseSizeUnclear,
    /// The interval is wider than the question.
    Inconclusive,
    /// A trend in this very comparison forbids a verdict.
    Blocked,
    /// The rig failed its own checks: no verdict is given.
    Withheld,
}

impl ComparisonRow {
    /// Whether latency is compared where each candidate runs at its own maximum. That says little
    /// (METHODS.md A3), so it is not among the headlines.
    pub fn is_unequal_load(&self) -> bool {
        self.place.load.starts_with("closed")
            && (self.metric.starts_with("latency") || self.metric.starts_with("service"))
    }
}

impl Verdict {
    fn of(name: &str) -> Self {
        match name {
            "better" => Self::Better,
            "worse" => Self::Worse,
            "equivalent" => Self::Equivalent,
            "better-size-unclear" => Self::BetterSizeUnclear,
            "worse-size-unclear" => Self::WorseSizeUnclear,
            "blocked" => Self::Blocked,
            // Names come from a file; one we do not know settles nothing.
            _unknown => Self::Inconclusive,
        }
    }

    /// In words, as every format prints it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::BetterSizeUnclear => "better, size unclear",
            Self::WorseSizeUnclear => "worse, size unclear",
            Self::Inconclusive => "inconclusive",
            Self::Blocked => "blocked by drift",
            Self::Withheld => "not trustworthy",
        }
    }

    /// A sign that goes before the word.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Better => "▲",
            Self::Worse => "▼",
            Self::Equivalent => "=",
            Self::BetterSizeUnclear => "△",
            Self::WorseSizeUnclear => "▽",
            Self::Inconclusive => "?",
            Self::Blocked | Self::Withheld => "!",
        }
    }

    /// The class that colours it in HTML and SVG.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Better => "v-better",
            Self::Worse => "v-worse",
            Self::Equivalent => "v-same",
            Self::BetterSizeUnclear => "v-maybe-better",
            Self::WorseSizeUnclear => "v-maybe-worse",
            Self::Inconclusive => "v-open",
            Self::Blocked | Self::Withheld => "v-void",
        }
    }
}

/// The unit of a metric; counts for those of a suite's own programs.
pub fn unit_of(name: &str) -> Unit {
    metric(name).map_or(Unit::Count, |metric| metric.unit)
}

/// A metric for people: its label, or its own name if the program does not know it.
pub fn label_of(name: &str) -> String {
    metric(name).map_or_else(|| text::line(name), |metric| metric.label.to_owned())
}

/// Which way is better; less, for those of a suite's own programs.
pub fn better_of(name: &str) -> Direction {
    metric(name).map_or(Direction::Lower, |metric| metric.better)
}

/// What the rows are put in order by: everything here is as the manifest has it.
pub(crate) struct Order<'a> {
    pub(crate) reference: Option<&'a str>,
    pub(crate) candidates: Vec<&'a str>,
    pub(crate) places: &'a [Place],
    pub(crate) primary: &'a [String],
}

/// Every comparison of `analysis`, with verdicts withheld where the rig forbids them
/// (METHODS.md A8, B10.4), spoken against the reference, in the order of the manifest.
pub(crate) fn comparisons(analysis: &Analysis, order: &Order) -> Vec<ComparisonRow> {
    let finite = || analysis.comparisons.iter().filter(|c| c.ratio.is_finite() && c.ratio > 0.0);
    let keys: BTreeSet<[&str; 5]> = finite()
        .map(|c| [&c.a, &c.b, &c.workload, &c.load, &c.metric].map(String::as_str))
        .collect();
    let has_reverse = |c: &Comparison| {
        keys.contains(&[&c.b, &c.a, &c.workload, &c.load, &c.metric].map(String::as_str))
    };
    let mut rows: Vec<ComparisonRow> = finite()
        .filter_map(|from| {
            if Some(from.a.as_str()) != order.reference {
                return Some(row(from, analysis));
            }
            // One direction is enough, and it is the one against the reference.
            (!has_reverse(from)).then(|| row(&mirrored(from), analysis))
        })
        .collect();
    rows.sort_by_cached_key(|row| {
        let last = usize::MAX;
        let candidate = |name: &str| order.candidates.iter().position(|c| *c == name);
        (
            candidate(&row.b)
                .filter(|_| Some(row.b.as_str()) != order.reference)
                .map_or(0, |n| n + 1),
            row.b.clone(),
            candidate(&row.a).unwrap_or(last),
            row.a.clone(),
            order.places.iter().position(|place| *place == row.place).unwrap_or(last),
            order.primary.iter().position(|metric| *metric == row.metric).unwrap_or(last),
            METRICS.iter().position(|metric| metric.name == row.metric).unwrap_or(last),
            row.metric.clone(),
        )
    });
    rows
}

/// The same comparison spoken of `b`.
fn mirrored(from: &Comparison) -> Comparison {
    let verdict = match from.verdict.as_str() {
        "better" => "worse",
        "worse" => "better",
        "better-size-unclear" => "worse-size-unclear",
        "worse-size-unclear" => "better-size-unclear",
        same => same,
    };
    let inverse = |limit: Option<f64>| limit.filter(|limit| *limit > 0.0).map(|limit| 1.0 / limit);
    Comparison {
        a: from.b.clone(),
        b: from.a.clone(),
        ratio: 1.0 / from.ratio,
        lower: inverse(from.upper),
        upper: inverse(from.lower),
        verdict: verdict.to_owned(),
        a_mean: from.b_mean,
        b_mean: from.a_mean,
        ..from.clone()
    }
}

fn row(from: &Comparison, analysis: &Analysis) -> ComparisonRow {
    let cell = format!("{}|{}|{}", from.workload, from.load, from.metric);
    let noise_floor = analysis.rig.noise_floor.get(&cell).copied();
    let detectable = analysis.rig.detectable.get(&cell).copied();
    let findings = analysis.rig.drift.iter().chain(&analysis.rig.order_effect);
    let blocked = findings.filter(|finding| finding.blocks && finding.cell == cell).count() > 0;
    let verdict = match (analysis.rig.valid, blocked) {
        (false, _) => Verdict::Withheld,
        (true, true) => Verdict::Blocked,
        (true, false) => Verdict::of(&from.verdict),
    };
    let unit = unit_of(&from.metric);
    let noise = noise_floor.unwrap_or(0.0);
    let text = quantity::ratio(from.ratio, from.lower, from.upper, noise);
    let (a, b) = (
        super::candidate::label(&text::line(&from.a)),
        super::candidate::label(&text::line(&from.b)),
    );
    let verb = if better_of(&from.metric) == Direction::Higher { "has" } else { "uses" };
    let sentence = format!(
        "{a} {verb} {text} the {} of {b} ({} rounds)",
        short_name(&from.metric),
        from.rounds
    );
    ComparisonRow {
        place: Place { workload: text::line(&from.workload), load: text::line(&from.load) },
        metric: text::line(&from.metric),
        label: label_of(&from.metric),
        better: better_of(&from.metric),
        rounds: from.rounds,
        ratio: from.ratio,
        lower: from.lower.filter(|limit| limit.is_finite()),
        upper: from.upper.filter(|limit| limit.is_finite()),
        level: from.level,
        interval: text::line(&from.interval),
        margin: from.margin,
        noise_floor,
        detectable,
        verdict,
        primary: from.primary,
        a_value: from.a_mean,
        b_value: from.b_mean,
        a_text: unit.format(from.a_mean),
        b_text: unit.format(from.b_mean),
        text,
        sentence,
        a: text::line(&from.a),
        b: text::line(&from.b),
        rounds_needed: from.rounds_needed,
        notes: from.notes.iter().map(|note| text::line(note)).collect(),
    }
}

/// A metric in a sentence: `p99`, `CPU time a verified answer`, `throughput`.
pub fn short_name(name: &str) -> String {
    match name {
        "latency-p50" => "p50 latency".to_owned(),
        "latency-p90" => "p90 latency".to_owned(),
        "latency-p99" => "p99 latency".to_owned(),
        "latency-p999" => "p99.9 latency".to_owned(),
        "latency-mean" => "mean latency".to_owned(),
        "throughput" => "throughput".to_owned(),
        "cpu-per-request" => "CPU per request".to_owned(),
        "memory-peak" => "peak memory".to_owned(),
        "memory-idle" => "idle memory".to_owned(),
        "memory-after" => "memory after load".to_owned(),
        other => label_of(other),
    }
}
