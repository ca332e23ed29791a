//! Weights on the command line: profiles of the manifest, and single swings.

use std::collections::BTreeMap;

use bakeoff_decision::Evidence;
use bakeoff_experiment::experiment::Experiment;

use crate::failure::Failure;

/// How much each criterion weighs.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Weights {
    /// Give a criterion this many swing points instead of its own; or, as `NAME=31%`, this share of the weight, the others in
    /// proportion
    #[arg(long = "weight", value_name = "NAME=N", value_parser = weight)]
    weights: Vec<(String, Weight)>,

    /// Weigh by a profile of the manifest
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

/// What a criterion is to weigh.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Weight {
    /// Swing points.
    Points(f64),
    /// Share of all weight, from 0 to 1.
    Share(f64),
}

impl Weights {
    /// The evidence with the shares of weight that were asked for, in the order given.
    pub(crate) fn shared(&self, mut evidence: Evidence) -> Result<Evidence, Failure> {
        for (name, weight) in &self.weights {
            if let Weight::Share(share) = weight {
                let changed = evidence.with_weight(name, *share);
                evidence = changed.map_err(|problem| Failure::usage(problem.to_string()))?;
            }
        }
        Ok(evidence)
    }

    /// The swing points that replace those of the experiment.
    pub(crate) fn swings(&self, experiment: &Experiment) -> Result<BTreeMap<String, f64>, Failure> {
        let mut swings = match &self.profile {
            None => BTreeMap::new(),
            Some(name) => experiment.profiles.get(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = experiment.profiles.keys().map(String::as_str).collect();
                Failure::usage(format!("no profile `{name}`; there are: {}", list(&known)))
            })?,
        };
        for (name, weight) in &self.weights {
            let known: Vec<&str> = experiment.criteria.iter().map(|c| c.name.as_str()).collect();
            if !known.contains(&name.as_str()) {
                let known = list(&known);
                return Err(Failure::usage(format!("no criterion `{name}`; there are: {known}")));
            }
            if let Weight::Points(points) = weight {
                swings.insert(name.clone(), *points);
            }
        }
        Ok(swings)
    }

    /// Swings for criteria of these names, where there is no experiment to take profiles from.
    pub(crate) fn named(&self, known: &[String]) -> Result<BTreeMap<String, f64>, Failure> {
        if self.profile.is_some() {
            return Err(Failure::usage("profiles are of a manifest; an evidence file has none"));
        }
        for (name, _) in &self.weights {
            if !known.contains(name) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let known = list(&known);
                return Err(Failure::usage(format!("no criterion `{name}`; there are: {known}")));
            }
        }
        let points = |(name, weight): &(String, Weight)| match weight {
            Weight::Points(points) => Some((name.clone(), *points)),
            Weight::Share(_) => None,
        };
        Ok(self.weights.iter().filter_map(points).collect())
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn weight(text: &str) -> Result<(String, Weight), String> {
    let wrong = || format!("`{text}` is not a weight like tail=80 or tail=31%");
    let (name, number) = text.rsplit_once('=').ok_or_else(wrong)?;
    let share = number.trim().strip_suffix('%');
    let number: f64 = share.unwrap_or(number).trim().parse().map_err(|_| wrong())?;
    let weight = match share {
        Some(_) if (0.0..=100.0).contains(&number) => Weight::Share(number / 100.0),
        Some(_) => return Err(format!("`{text}`: a share of the weight is from 0 to 100 %")),
        None if number.is_finite() && 0.0 <= number => Weight::Points(number),
        None => return Err(format!("`{text}`: swing points are finite and not negative")),
    };
    Ok((name.trim().to_owned(), weight))
}
