//! Criteria as a tree, requirements, and profiles; every metric, workload and load they name exists.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_units::Unit;
use toml::Spanned;

use super::candidates::check_name;
use super::cells::{Known, cell, quantity};
use super::problem::did_you_mean;
use super::section::{Section, Value, in_order, number_of};
use super::{Files, file_path, keys};
use crate::criterion::{Cell, Criterion, Evidence, Requirement, Shape};
use crate::experiment::Judging;
use crate::metric::{Direction, metric};

/// A criterion with its place.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) criterion: Criterion,
    name_span: std::ops::Range<usize>,
}

/// Everything under `criteria`, in the order of the file. Margins go to `judging`.
pub(super) fn criteria(
    root: &Section<'_, '_, '_>,
    known: &Known<'_>,
    candidates: &[String],
    files: &dyn Files,
    judging: &mut Judging,
) -> Vec<Leaf> {
    let mut reader = Reader { known, candidates, files, judging };
    let mut leaves = Vec::new();
    for (name, value) in root.named("criteria") {
        leaves.extend(reader.node(root, &name, value, &[], 0));
    }
    let mut seen = BTreeSet::new();
    for leaf in &leaves {
        if !seen.insert(leaf.criterion.name.as_str()) {
            root.cx.collector.error(
                leaf.name_span.clone(),
                format!("two criteria are called `{}`", leaf.criterion.name),
                "the second one",
                Some("a name is unique in the whole tree".to_owned()),
            );
        }
    }
    if !leaves.is_empty() && leaves.iter().all(|leaf| leaf.criterion.swing == 0.0) {
        root.cx.collector.error(
            leaves[0].name_span.clone(),
            "every criterion has a swing of 0",
            "nothing would be weighed",
            None,
        );
    }
    leaves
}

struct Reader<'r> {
    known: &'r Known<'r>,
    candidates: &'r [String],
    files: &'r dyn Files,
    judging: &'r mut Judging,
}

/// Groups within groups; deeper is a mistake.
const DEPTH_MAX: usize = 8;

impl Reader<'_> {
    fn node(
        &mut self,
        root: &Section<'_, '_, '_>,
        name: &Spanned<String>,
        value: &Value<'_>,
        path: &[String],
        depth: usize,
    ) -> Vec<Leaf> {
        check_name(root, name, "criterion");
        let full = [&["criteria".to_owned()], path, &[name.get_ref().clone()]].concat().join(".");
        let Some(table) = value.get_ref().as_table() else {
            root.cx.wrong(value, &full, "a table");
            return Vec::new();
        };
        let is_evidence = |key: &str| table.get(key).is_some_and(|v| !v.get_ref().is_table());
        let leaf = ["measure", "rated", "cited", "unknown"].into_iter().any(is_evidence);
        let children: Vec<_> =
            in_order(table).into_iter().filter(|(_, child)| child.get_ref().is_table()).collect();
        if leaf || children.is_empty() || depth >= DEPTH_MAX {
            return self.leaf(root, full, name, value, path).into_iter().collect();
        }
        let path = [path, &[name.get_ref().clone()]].concat();
        let mut leaves = Vec::new();
        let names: Vec<&str> = children.iter().map(|(name, _)| name.get_ref().as_str()).collect();
        if let Some(group) = Section::open_with_others(root.cx, full, value, keys::CRITERION) {
            group.refuse_others(&names);
            for (name, child) in &children {
                leaves.extend(self.node(root, name, child, &path, depth + 1));
            }
            if let Some(swing) = group.number("swing", 0.0, 1e9) {
                let sum: f64 = leaves.iter().map(|leaf| leaf.criterion.swing).sum();
                for leaf in leaves.iter_mut().filter(|_| sum > 0.0) {
                    leaf.criterion.swing *= swing / sum;
                }
            }
        }
        leaves
    }

    fn leaf(
        &mut self,
        root: &Section<'_, '_, '_>,
        full: String,
        name: &Spanned<String>,
        value: &Value<'_>,
        path: &[String],
    ) -> Option<Leaf> {
        let section = Section::open(root.cx, full, value, keys::CRITERION)?;
        if section.get("swing").is_none() && !root.cx.broken {
            section.missing("swing");
        }
        let swing = section.number("swing", 0.0, 1e9).unwrap_or(0.0);
        let evidence = self.evidence(&section)?;
        Some(Leaf {
            criterion: Criterion {
                name: name.get_ref().clone(),
                path: path.to_vec(),
                swing,
                evidence,
            },
            name_span: name.span(),
        })
    }

    fn evidence(&mut self, section: &Section<'_, '_, '_>) -> Option<Evidence> {
        let given: Vec<&str> = ["measure", "rated", "cited", "unknown"]
            .into_iter()
            .filter(|key| section.get(key).is_some())
            .collect();
        match given[..] {
            ["measure"] => self.measured(section),
            ["rated"] => {
                let file = file_path(section, "rated", self.files)?;
                Some(Evidence::Rated { file })
            }
            ["cited"] => self.cited(section),
            [_] => section.bool("unknown")?.then_some(Evidence::Unknown),
            [] => {
                section.missing("measure");
                None
            }
            [_, second, ..] => {
                section.cx.collector.error(
                    section.get(second)?.span(),
                    format!("`{}` has two sources of values", section.path),
                    given.join(" and "),
                    None,
                );
                None
            }
        }
    }

    fn measured(&mut self, section: &Section<'_, '_, '_>) -> Option<Evidence> {
        let cell = cell(section, self.known)?;
        let unit = metric(&cell.metric).map(|metric| metric.unit);
        for key in ["best", "worst"] {
            if section.get(key).is_none() && !section.cx.broken {
                section.missing(key);
            }
        }
        let (best, worst) = (quantity(section, "best", unit)?, quantity(section, "worst", unit)?);
        self.check_anchors(section, &cell, best, worst)?;
        let shape = shape(section, unit, best, worst)?;
        if let Some(margin) = section.share("margin") {
            self.margin(section, &cell.metric, margin);
        }
        Some(Evidence::Measured { cell, best, worst, shape })
    }

    fn check_anchors(
        &self,
        section: &Section<'_, '_, '_>,
        cell: &Cell,
        best: f64,
        worst: f64,
    ) -> Option<()> {
        let span = section.get("best")?.span();
        if best == worst {
            let title = format!("`best` equals `worst` in `{}`", section.path);
            section.cx.collector.error(span, title, "nothing could be told apart", None);
            return None;
        }
        let wrong_way = match self.known.direction(&cell.metric)? {
            Direction::Lower => best > worst,
            Direction::Higher => best < worst,
        };
        if wrong_way {
            let way = if best > worst { "lower" } else { "higher" };
            section.cx.collector.error(
                span,
                format!("`best` is worse than `worst` in `{}`", section.path),
                format!("of `{}`, {way} is better", cell.metric),
                Some("swap them".to_owned()),
            );
            return None;
        }
        Some(())
    }

    /// A criterion's margin holds for its metric; two criteria may not want two.
    fn margin(&mut self, section: &Section<'_, '_, '_>, metric: &str, margin: f64) {
        let earlier = self.judging.margins.insert(metric.to_owned(), margin);
        if let Some(earlier) = earlier.filter(|earlier| *earlier != margin)
            && let Some(value) = section.get("margin")
        {
            section.cx.collector.error(
                value.span(),
                format!("`{metric}` has two margins"),
                format!(
                    "{} here, {} elsewhere",
                    Unit::Fraction.format(margin),
                    Unit::Fraction.format(earlier)
                ),
                Some("a margin belongs to a metric: set it in `judging.margins`".to_owned()),
            );
        }
    }

    fn cited(&self, section: &Section<'_, '_, '_>) -> Option<Evidence> {
        let source = section.text("cited")?;
        let grade = section.count("grade", 1, 4).unwrap_or(2) as u8;
        let Some(table) = section.get("values") else {
            section.missing("values");
            return None;
        };
        let Some(table) = table.get_ref().as_table() else {
            section.cx.wrong(table, &section.name("values"), "a table of candidates");
            return None;
        };
        let mut values = Vec::new();
        for (name, value) in in_order(table) {
            if !self.candidates.contains(name.get_ref()) {
                section.cx.collector.error(
                    name.span(),
                    format!("there is no candidate `{}`", name.get_ref()),
                    "named here",
                    did_you_mean(name.get_ref(), self.candidates.iter().map(String::as_str)),
                );
            }
            let numbers: Vec<f64> = value
                .get_ref()
                .as_array()
                .map(|items| items.iter().filter_map(|i| number_of(i.get_ref())).collect())
                .unwrap_or_default();
            match numbers[..] {
                [min, mode, max] if 0.0 <= min && min <= mode && mode <= max && max <= 1.0 => {
                    values.push((name.into_inner(), [min, mode, max]));
                }
                _ => section.cx.wrong(
                    value,
                    &section.name("values"),
                    "`[min, mode, max]`, ascending from 0 to 1",
                ),
            }
        }
        Some(Evidence::Cited { source, grade, values })
    }
}

/// How value lies between the anchors.
fn shape(
    section: &Section<'_, '_, '_>,
    unit: Option<Unit>,
    best: f64,
    worst: f64,
) -> Option<Shape> {
    let positive = best > 0.0 && worst > 0.0;
    let word = section.words("shape", keys::SHAPES).first().copied().unwrap_or(match unit {
        Some(Unit::Seconds | Unit::Bytes | Unit::PerSecond) if positive => "log",
        Some(Unit::Seconds | Unit::Bytes | Unit::PerSecond | Unit::Fraction | Unit::Count)
        | None => "linear",
    });
    match word {
        "log" if positive => Some(Shape::Log),
        "log" => {
            section.cx.collector.error(
                section.get("best")?.span(),
                "a logarithmic value needs anchors above zero",
                "`best` or `worst` is not",
                Some("move the anchor, or set `shape = \"linear\"`".to_owned()),
            );
            None
        }
        "piecewise" => knots(section),
        "exponential" => {
            if section.get("midvalue").is_none() {
                section.missing("midvalue");
            }
            section.number("midvalue", 0.01, 0.99).map(Shape::Exponential)
        }
        _ => Some(Shape::Linear),
    }
}

fn knots(section: &Section<'_, '_, '_>) -> Option<Shape> {
    if section.get("knots").is_none() {
        section.missing("knots");
    }
    let value = section.get("knots")?;
    let pair = |item: &Value<'_>| -> Option<(f64, f64)> {
        match item.get_ref().as_array()?.iter().collect::<Vec<_>>()[..] {
            [x, y] => Some((number_of(x.get_ref())?, number_of(y.get_ref())?)),
            _ => None,
        }
    };
    let knots: Option<Vec<(f64, f64)>> =
        value.get_ref().as_array().and_then(|items| items.iter().map(pair).collect());
    let sound = knots.filter(|knots| {
        knots.len() >= 2
            && knots.windows(2).all(|two| two[0].0 < two[1].0)
            && knots.iter().all(|(_, value)| (0.0..=1.0).contains(value))
    });
    if sound.is_none() {
        let wanted = "`[[number, value], ...]`, numbers ascending, values from 0 to 1";
        section.cx.wrong(value, &section.name("knots"), wanted);
    }
    sound.map(Shape::Piecewise)
}

/// Everything under `requirements`.
pub(super) fn requirements(root: &Section<'_, '_, '_>, known: &Known<'_>) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    for (name, value) in root.named("requirements") {
        check_name(root, &name, "requirement");
        let path = format!("requirements.{}", name.get_ref());
        let Some(section) = Section::open(root.cx, path, value, keys::REQUIREMENT) else {
            continue;
        };
        let Some(cell) = cell(&section, known) else { continue };
        let unit = metric(&cell.metric).map(|metric| metric.unit);
        let (min, max) = (quantity(&section, "min", unit), quantity(&section, "max", unit));
        if section.get("min").is_none() && section.get("max").is_none() && !root.cx.broken {
            section.missing("max");
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
            && let Some(place) = section.get("min")
        {
            let title = format!("`min` is above `max` in `{}`", section.path);
            root.cx.collector.error(place.span(), title, "nothing could hold", None);
        }
        requirements.push(Requirement { name: name.into_inner(), cell, min, max });
    }
    requirements
}

/// Named sets of swing points. Points of a group are shared out among its criteria in their own
/// proportions.
pub(super) fn profiles(
    root: &Section<'_, '_, '_>,
    leaves: &[Leaf],
) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut profiles = BTreeMap::new();
    for (name, value) in root.named("profiles") {
        let Some(table) = value.get_ref().as_table() else {
            root.cx.wrong(value, &format!("profiles.{}", name.get_ref()), "a table of points");
            continue;
        };
        let mut points: BTreeMap<String, f64> =
            leaves.iter().map(|l| (l.criterion.name.clone(), l.criterion.swing)).collect();
        // Groups first, outermost first: a criterion's own points have the last word.
        let mut entries = in_order(table);
        let depth = |name: &str| {
            let place = leaves.iter().find_map(|l| l.criterion.path.iter().position(|p| p == name));
            place.unwrap_or(usize::MAX)
        };
        entries.sort_by_key(|(name, _)| depth(name.get_ref()));
        for (entry, value) in entries {
            let swing = number_of(value.get_ref()).filter(|points| *points >= 0.0);
            let Some(swing) = swing else {
                root.cx.wrong(value, entry.get_ref(), "a number of points from 0");
                continue;
            };
            set_points(root, leaves, &entry, swing, &mut points);
        }
        profiles.insert(name.into_inner(), points);
    }
    profiles
}

fn set_points(
    root: &Section<'_, '_, '_>,
    leaves: &[Leaf],
    name: &Spanned<String>,
    swing: f64,
    points: &mut BTreeMap<String, f64>,
) {
    if let Some(own) = points.get_mut(name.get_ref()) {
        *own = swing;
        return;
    }
    let members: Vec<&str> = leaves
        .iter()
        .filter(|leaf| leaf.criterion.path.contains(name.get_ref()))
        .map(|leaf| leaf.criterion.name.as_str())
        .collect();
    if members.is_empty() {
        let known = leaves.iter().flat_map(|leaf| {
            leaf.criterion.path.iter().map(String::as_str).chain([leaf.criterion.name.as_str()])
        });
        root.cx.collector.error(
            name.span(),
            format!("there is no criterion or group `{}`", name.get_ref()),
            "named here",
            did_you_mean(name.get_ref(), known),
        );
        return;
    }
    let sum: f64 = members.iter().filter_map(|member| points.get(*member)).sum();
    for member in &members {
        if let Some(own) = points.get_mut(*member) {
            *own = if sum > 0.0 { *own * swing / sum } else { swing / members.len() as f64 };
        }
    }
}
