//! The forms of statements that speak of numbers, each to a finding.

use bakeoff_stats::look::Stopping;

use super::evaluate::{Judge, missing};
use super::grounds::Series;
use super::numeric::Estimate;
use super::sides::nowhere;
use super::{Bound, Cells, ClaimVerdict, Finding, Programs, Scale, Statement, Take};

/// What a numeric statement says, wherever its numbers come from.
struct Saying<'a> {
    words: String,
    metric: Option<&'a str>,
    scale: Scale,
    bound: Bound,
    margin: f64,
}

impl Judge<'_> {
    fn margin(&self, statement: &Statement, bound: Bound) -> f64 {
        let sameness = bound.above == Some(1.0) || bound.below == Some(1.0);
        statement.margin.unwrap_or(if sameness { self.claims.margin } else { 0.0 })
    }

    pub(super) fn ratio(
        &self,
        statement: &Statement,
        cells: &Cells,
        [a, b]: [&str; 2],
        bound: Bound,
    ) -> Finding {
        let saying = Saying {
            words: format!("{}{} of {a} over {b} {}", cells.metric, at(cells), limits(bound, 'x')),
            metric: Some(&cells.metric),
            scale: Scale::Ratio,
            bound,
            margin: self.margin(statement, bound),
        };
        match self.differences(cells, [a, b]) {
            Err(reasons) => missing(&saying.words, reasons),
            Ok((series, trials)) => {
                self.held(&[cells], self.finding(saying, &series, true, trials))
            }
        }
    }

    pub(super) fn gap(
        &self,
        statement: &Statement,
        [from, to]: [&Cells; 2],
        [a, b]: [&str; 2],
        bound: Bound,
    ) -> Finding {
        let saying = Saying {
            words: format!(
                "factor between {a} and {b} in {}{} over that{} {}",
                to.metric,
                at(to),
                at(from),
                limits(bound, 'x')
            ),
            metric: Some(&from.metric),
            scale: Scale::Ratio,
            bound,
            margin: self.margin(statement, bound),
        };
        let (wide, narrow) = match (self.differences(from, [a, b]), self.differences(to, [a, b])) {
            (Ok(wide), Ok(narrow)) => (wide, narrow),
            (wide, narrow) => {
                let reasons = wide.err().into_iter().chain(narrow.err()).flatten().collect();
                return missing(&saying.words, reasons);
            }
        };
        // A factor has no direction: each gap is taken the way round that it has on the whole.
        let sign = |series: &Series| series.values().sum::<f64>().signum();
        let (before, after) = (sign(&wide.0), sign(&narrow.0));
        let both = narrow.0.iter().filter_map(|(round, narrow)| {
            wide.0.get(round).map(|wide| (*round, after * narrow - before * wide))
        });
        self.held(&[from, to], self.finding(saying, &both.collect(), true, wide.1 + narrow.1))
    }

    pub(super) fn value(
        &self,
        statement: &Statement,
        cells: &Cells,
        candidate: &str,
        take: Take,
        bound: Bound,
    ) -> Finding {
        let which = match take {
            Take::Mean => "",
            Take::Max => "largest ",
            Take::Min => "smallest ",
        };
        let saying = Saying {
            words: format!(
                "{which}{}{} of {candidate} {}",
                cells.metric,
                at(cells),
                limits(bound, ' ')
            ),
            metric: Some(&cells.metric),
            scale: Scale::Quantity,
            bound,
            margin: statement.margin.unwrap_or(0.0),
        };
        let places = self.grounds.places(&cells.metric, &cells.workloads, &cells.loads);
        let members = self.grounds.members(candidate, &self.claims.groups);
        let mut reasons = Vec::new();
        let mut all: Vec<&Series> = Vec::new();
        for (place, member) in places.iter().flat_map(|p| members.iter().map(move |m| (p, m))) {
            match self.grounds.series(place, member) {
                Some(series) => all.push(series),
                None => reasons.push(self.why_absent(member, place)),
            }
        }
        if all.is_empty() {
            if places.is_empty() {
                reasons.push(nowhere(cells));
            }
            return missing(&saying.words, reasons);
        }
        let trials = all.iter().map(|series| series.len()).sum();
        let values = all.iter().flat_map(|series| series.values().copied());
        let finding = match take {
            Take::Max => extreme(saying, values.fold(f64::NEG_INFINITY, f64::max), trials),
            Take::Min => extreme(saying, values.fold(f64::INFINITY, f64::min), trials),
            Take::Mean => {
                let positive = values.clone().all(|value| value > 0.0);
                let scale = |value: f64| if positive { value.ln() } else { value };
                let mut means = Series::new();
                for round in all[0].keys() {
                    let each: Option<Vec<f64>> =
                        all.iter().map(|series| series.get(round).map(|x| scale(*x))).collect();
                    if let Some(each) = each {
                        means.insert(*round, each.iter().sum::<f64>() / each.len() as f64);
                    }
                }
                self.finding(saying, &means, positive, trials)
            }
        };
        self.held(&[cells], finding)
    }

    pub(super) fn count(
        &self,
        statement: &Statement,
        programs: &Programs,
        bound: Bound,
        share: bool,
        against: Option<&Programs>,
    ) -> Finding {
        let words = format!(
            "{} programs {} {}",
            programs.language,
            programs.outcomes.join(" or "),
            against.map_or_else(
                || limits(bound, ' '),
                |other| format!("more than {} {}", other.language, other.outcomes.join(" or "))
            )
        );
        let (hits, known) = self.tally(programs);
        let (others, other_known) = against.map_or((0, 1), |other| self.tally(other));
        if known == 0 || other_known == 0 {
            return missing(&words, vec!["no battery of that language was run".to_owned()]);
        }
        let bound = if against.is_some() {
            Bound { above: Some(others as f64), below: None }
        } else {
            bound
        };
        let (scale, value) = if share {
            (Scale::Share, hits as f64 / known as f64)
        } else {
            (Scale::Count, hits as f64)
        };
        let margin = statement.margin.unwrap_or(0.0);
        let saying = Saying { words, metric: None, scale, bound, margin };
        judged(saying, Estimate::exact(value, known), known)
    }

    /// Programs with the outcomes asked for, and programs whose outcome is known.
    fn tally(&self, programs: &Programs) -> (usize, usize) {
        let meant = self.grounds.battery.iter().filter(|defect| {
            defect.language.eq_ignore_ascii_case(&programs.language)
                && (programs.classes.is_empty() || programs.classes.contains(&defect.class))
        });
        let (mut hits, mut known) = (0, 0);
        for defect in meant.filter(|defect| defect.outcome.name() != "not-tested") {
            known += 1;
            hits += usize::from(programs.outcomes.iter().any(|o| o == defect.outcome.name()));
        }
        (hits, known)
    }

    pub(super) fn rated(
        &self,
        statement: &Statement,
        criterion: &str,
        [a, b]: [&str; 2],
        bound: Bound,
    ) -> Finding {
        let words = format!("raters put {a} against {b} on {criterion} {}", limits(bound, ' '));
        let Some(panel) = self.grounds.panels.get(criterion) else {
            return missing(&words, vec![format!("nobody rated {criterion}")]);
        };
        let raters = panel.scores.values().map(Vec::len).max().unwrap_or(0);
        let [low, high] = panel.scale;
        let mean = |name: &str, rater: usize| -> Option<f64> {
            let members = self.grounds.members(name, &self.claims.groups);
            let scores = members.iter().filter_map(|member| panel.scores.get(member));
            let given: Vec<f64> =
                scores.filter_map(|row| row.get(rater).copied().flatten()).collect();
            (!given.is_empty()).then(|| given.iter().sum::<f64>() / given.len() as f64)
        };
        let mut gaps = Series::new();
        for rater in 0..raters {
            if let (Some(left), Some(right)) = (mean(a, rater), mean(b, rater)) {
                gaps.insert(rater as u32, (left - right) / (high - low));
            }
        }
        if gaps.is_empty() {
            return missing(&words, vec![format!("nobody rated both {a} and {b} on {criterion}")]);
        }
        let margin = statement.margin.unwrap_or(0.0);
        let saying = Saying { words, metric: None, scale: Scale::Difference, bound, margin };
        // Raters are asked once: the interval for one look.
        let once = Stopping::Fixed { rounds: usize::MAX };
        let trials = gaps.len();
        self.finding_by(saying, &gaps, false, trials, &once)
    }

    pub(super) fn weight_space(
        &self,
        statement: &Statement,
        of: &[String],
        bound: Bound,
    ) -> Finding {
        let words =
            format!("largest share of weight space in which one is best {}", limits(bound, ' '));
        let shares = &self.grounds.weight_space;
        if shares.is_empty() {
            let reason = "no criteria, or fewer than two candidates decided upon".to_owned();
            return missing(&words, vec![reason]);
        }
        let of: Vec<String> = if of.is_empty() {
            shares.iter().map(|(name, _)| name.clone()).collect()
        } else {
            of.to_vec()
        };
        let sums = of.iter().map(|name| {
            let members = self.grounds.members(name, &self.claims.groups);
            let own = shares.iter().filter(|(candidate, _)| members.contains(candidate));
            (name, own.map(|(_, share)| share).sum::<f64>())
        });
        let sums: Vec<(&String, f64)> = sums.collect();
        let largest = sums.iter().map(|(_, share)| *share).fold(0.0, f64::max);
        let margin = statement.margin.unwrap_or(0.0);
        let saying = Saying { words, metric: None, scale: Scale::Share, bound, margin };
        let mut finding = judged(saying, Estimate::exact(largest, sums.len()), 0);
        let listed = sums.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0));
        finding.reasons.push(listed.collect::<Vec<_>>().join(", "));
        finding
    }

    fn finding(
        &self,
        saying: Saying,
        series: &Series,
        logarithmic: bool,
        trials: usize,
    ) -> Finding {
        self.finding_by(saying, series, logarithmic, trials, &self.grounds.stopping)
    }

    fn finding_by(
        &self,
        saying: Saying,
        series: &Series,
        logarithmic: bool,
        trials: usize,
        stopping: &Stopping,
    ) -> Finding {
        let values: Vec<f64> = series.values().copied().collect();
        let exact = saying.metric.is_some_and(|metric| self.grounds.exact.contains(metric));
        if values.is_empty() {
            return missing(&saying.words, vec!["no round has all it takes".to_owned()]);
        }
        if exact {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            // A ratio of counts may be infinite; its logarithm compares all the same.
            let estimate = Estimate { logarithmic, ..Estimate::exact(mean, values.len()) };
            return judged(saying, estimate, trials);
        }
        if values.iter().any(|value| !value.is_finite()) {
            return missing(
                &saying.words,
                vec!["a value is zero, so there is no ratio".to_owned()],
            );
        }
        let (bound, margin) = (saying.bound, saying.margin);
        let Some(estimate) = Estimate::of_rounds(&values, logarithmic, stopping, self.level) else {
            let centre = Estimate { logarithmic, ..Estimate::exact(values[0], 1) };
            let mut finding = missing(&saying.words, vec!["one round has no spread".to_owned()]);
            finding.verdict = ClaimVerdict::Inconclusive;
            finding.estimate = centre.shown(centre.mean);
            (finding.rounds, finding.trials) = (1, trials);
            return finding;
        };
        let mut finding = judged(saying, estimate, trials);
        finding.level = Some(self.level.fraction());
        if finding.verdict == ClaimVerdict::Inconclusive {
            finding.rounds_to_settle = estimate.to_settle(bound, margin, stopping, self.level);
            if estimate.detected(bound) {
                finding.reasons.push("on one side, but perhaps by less than the margin".to_owned());
            }
        }
        finding
    }
}

/// A largest or smallest value seen: no interval, and the reader is told what it does not say.
fn extreme(saying: Saying, value: f64, trials: usize) -> Finding {
    let mut finding = judged(saying, Estimate::exact(value, trials), trials);
    // 0 in n: the one-sided 95% bound on how often it happens (METHODS.md A3).
    let bound = 100.0 * (1.0 - 0.05_f64.powf(1.0 / trials.max(1) as f64));
    finding.reasons.push(format!(
        "seen in {trials} trials; what happens in less than {bound:.0} % of trials may not show"
    ));
    finding
}

fn judged(saying: Saying, estimate: Estimate, trials: usize) -> Finding {
    Finding {
        says: saying.words,
        verdict: estimate.against(saying.bound, saying.margin),
        metric: saying.metric.map(str::to_owned),
        scale: Some(saying.scale),
        estimate: estimate.shown(estimate.mean),
        lower: estimate.sd.and_then(|_| estimate.shown(estimate.lower)),
        upper: estimate.sd.and_then(|_| estimate.shown(estimate.upper)),
        level: None,
        margin: Some(saying.margin),
        rounds: estimate.rounds,
        trials,
        rounds_to_settle: None,
        reasons: Vec::new(),
        parts: Vec::new(),
    }
}

fn at(cells: &Cells) -> String {
    let places: Vec<&str> =
        cells.workloads.iter().chain(&cells.loads).map(String::as_str).collect();
    if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) }
}

fn limits(bound: Bound, suffix: char) -> String {
    let limit =
        |word: &str, limit: Option<f64>| limit.map(|limit| format!("{word} {limit}{suffix}"));
    let parts: Vec<String> =
        [limit("above", bound.above), limit("below", bound.below)].into_iter().flatten().collect();
    parts.join(" and ").trim().to_owned()
}
