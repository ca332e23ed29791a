//! At which quantity the lead would be lost: `rust leads unless its p99 exceeds 21 ms`.

use crate::decision::BreakEven;
use crate::view::View;

/// For the leader and its closest rival, each quantity of either at which both are worth the same,
/// all else at its mean (METHODS.md B7). Where no quantity does it there is no entry.
pub(crate) fn break_even(view: &View) -> Vec<BreakEven> {
    let Some(leader) = view.leader else { return Vec::new() };
    let rivals = view.eligible.iter().copied().filter(|rival| *rival != leader);
    let Some(rival) =
        rivals.reduce(|best, at| if view.values[at] > view.values[best] { at } else { best })
    else {
        return Vec::new();
    };
    let lead = view.values[leader] - view.values[rival];
    let mut found = Vec::new();
    for (j, column) in view.model.columns[..view.model.criteria()].iter().enumerate() {
        let weight = view.model.weights[j];
        let Some(function) = column.function.as_ref().filter(|_| weight > 0.0) else { continue };
        for (alternative, against, change) in
            [(leader, rival, -lead / weight), (rival, leader, lead / weight)]
        {
            let cell = &column.cells[alternative];
            // Beyond what numbers can say is beyond what anyone will measure.
            let at =
                function.quantity(view.means[j][alternative] + change).filter(|at| at.is_finite());
            if let (Some(now), Some(at)) = (cell.quantity, at) {
                found.push(BreakEven {
                    criterion: view.criterion(j),
                    alternative: view.name(alternative),
                    against: view.name(against),
                    now,
                    at,
                    unit: view.model.evidence.criteria[j].unit.clone(),
                });
            }
        }
    }
    found
}
