//! Weights on the command line: profiles of the manifest, and single swings.

use std::collections::BTreeMap;

use bakeoff_experiment::experiment::Experiment;

use crate::failure::Failure;

/// How much each criterion weighs.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Weights {
    /// Give a criterion this many swing points instead of its own
    #[arg(long = "weight", value_name = "NAME=N", value_parser = weight)]
    weights: Vec<(String, f64)>,

    /// Weigh by a profile of the manifest
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl Weights {
    /// The swing points that replace those of the experiment.
    pub(crate) fn swings(&self, experiment: &Experiment) -> Result<BTreeMap<String, f64>, Failure> {
        let mut swings = match &self.profile {
            None => BTreeMap::new(),
            Some(name) => experiment.profiles.get(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = experiment.profiles.keys().map(String::as_str).collect();
                Failure::usage(format!("no profile `{name}`; there are: {}", list(&known)))
            })?,
        };
        for (name, swing) in &self.weights {
            let known: Vec<&str> = experiment.criteria.iter().map(|c| c.name.as_str()).collect();
            if !known.contains(&name.as_str()) {
                let known = list(&known);
                return Err(Failure::usage(format!("no criterion `{name}`; there are: {known}")));
            }
            swings.insert(name.clone(), *swing);
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
        Ok(self.weights.iter().cloned().collect())
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let wrong = || format!("`{text}` is not a weight like tail=80");
    let (name, number) = text.rsplit_once('=').ok_or_else(wrong)?;
    let swing: f64 = number.trim().parse().map_err(|_| wrong())?;
    if !(swing.is_finite() && 0.0 <= swing) {
        return Err(format!("`{text}`: swing points are finite and not negative"));
    }
    Ok((name.trim().to_owned(), swing))
}
