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
    let alternatives = view.model.alternatives();
    let mut found = Dominance::default();
    for a in 0..alternatives {
        for b in (0..alternatives).filter(|b| *b != a) {
            let gaps: Vec<f64> = weighed.iter().map(|j| gap(view, *j, a, b)).collect();
            let level = vec![0.0; gaps.len()];
            if dominates(&gaps, &level) {
                found.dominates.push([view.name(a), view.name(b)]);
            } else if weighed.len() > 2
                && let Some(place) = worse_on_one(&gaps, &level)
            {
                let criterion = view.criterion(weighed[place]);
                found.worse_on_one.push([view.name(a), view.name(b), criterion]);
            }
        }
    }
    found
}

/// Mean value of `a` less that of `b`; zero where the draws cannot tell it from that.
fn gap(view: &View, j: usize, a: usize, b: usize) -> f64 {
    let gap = view.means[j][a] - view.means[j][b];
    let draws = view.outcome.draws as f64;
    // No difference of two values between 0 and 1 has a larger standard deviation than this.
    if gap.abs() > 4.0 * 2f64.sqrt() / draws.sqrt() {
        return gap;
    }
    let cells = &view.outcome.sample.cells[j];
    let pairs = cells[a].iter().zip(&cells[b]).take(SAMPLED);
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let gap = f64::from(a - b);
        (count, sum, squares) = (count + 1.0, sum + gap, squares + gap * gap);
    }
    let variance: f64 = squares / count - (sum / count) * (sum / count);
    let error = (variance.max(0.0) / draws).sqrt();
    if gap.abs() > 4.0 * error { gap } else { 0.0 }
}

/// Draws from which the spread of a difference is taken.
const SAMPLED: usize = 512;
