//! The first screen: who is at least as good on every criterion (METHODS.md B1).

use crate::decision::Dominance;
use crate::view::View;

/// Whether `a` is at least as good as `b` on all and better on one.
pub fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a >= b) && a.iter().zip(b).any(|(a, b)| a > b)
}

/// The one criterion on which `a` is worse than `b`, if it is exactly one.
pub fn worse_on_one(a: &[f64], b: &[f64]) -> Option<usize> {
    let mut worse = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a < b);
    let first = worse.next()?;
    worse.next().is_none().then_some(first.0)
}

/// The screen over mean values of the criteria that weigh something.
pub(crate) fn of_view(view: &View) -> Dominance {
    let weighed: Vec<usize> =
        (0..view.model.criteria()).filter(|j| view.model.weights[*j] > 0.0).collect();
    let profile = |at: usize| -> Vec<f64> { weighed.iter().map(|j| view.means[*j][at]).collect() };
    let profiles: Vec<Vec<f64>> = (0..view.model.alternatives()).map(profile).collect();
    // Four standard errors of a difference of uniform cells: what draws cannot tell apart is level.
    let slack = 4.0 / (6.0 * view.outcome.draws as f64).sqrt();
    let mut found = Dominance::default();
    for a in 0..profiles.len() {
        for b in (0..profiles.len()).filter(|b| *b != a) {
            let other = levelled(&profiles[a], &profiles[b], slack);
            if dominates(&profiles[a], &other) {
                found.dominates.push([view.name(a), view.name(b)]);
            } else if weighed.len() > 2
                && let Some(place) = worse_on_one(&profiles[a], &other)
            {
                let criterion = view.criterion(weighed[place]);
                found.worse_on_one.push([view.name(a), view.name(b), criterion]);
            }
        }
    }
    found
}

/// `b` with what is within `slack` of `a` set level with it.
fn levelled(a: &[f64], b: &[f64], slack: f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| if (a - b).abs() < slack { *a } else { *b }).collect()
}
