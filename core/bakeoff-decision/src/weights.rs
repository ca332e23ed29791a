//! Weights from what people can say: swing points, a tree of them, a mere order.

use crate::evidence::{Criterion, Evidence, Group, Member, WeightMode};

pub mod best_worst;
pub mod constraints;
pub mod pairwise;

/// Points to weights that sum to 1 (swing weighting: Edwards & Barron 1994; METHODS.md B3).
/// All zero where the points are.
pub fn normalised(points: &[f64]) -> Vec<f64> {
    let total: f64 = points.iter().sum();
    if total <= 0.0 {
        return vec![0.0; points.len()];
    }
    points.iter().map(|points| points / total).collect()
}

/// Weights with that of `index` set to `weight`, the others keeping their proportions
/// (METHODS.md B7). Others that weigh nothing share alike.
pub fn with_one_fixed(weights: &[f64], index: usize, weight: f64) -> Vec<f64> {
    let others = 1.0 - weights[index];
    let count = weights.len() - 1;
    let scaled = |(at, old): (usize, &f64)| {
        if at == index {
            weight
        } else if others > 0.0 {
            old * (1.0 - weight) / others
        } else {
            (1.0 - weight) / count as f64
        }
    };
    if count == 0 {
        return vec![1.0];
    }
    weights.iter().enumerate().map(scaled).collect()
}

/// Rank-order centroid: the centre of all weights in this order, `(1/n) sum_{i>=j} 1/i`
/// (Barron & Barrett 1996; METHODS.md B1). The most important first.
pub fn rank_order_centroid(n: usize) -> Vec<f64> {
    let tail = |from: usize| (from..=n).map(|i| 1.0 / i as f64).sum::<f64>();
    (1..=n).map(|rank| tail(rank) / n as f64).collect()
}

/// Rank sum, `2 (n + 1 - j) / (n (n + 1))` (Stillwell 1981).
pub fn rank_sum(n: usize) -> Vec<f64> {
    let points: Vec<f64> = (1..=n).map(|rank| (n + 1 - rank) as f64).collect();
    normalised(&points)
}

/// Rank reciprocal, `(1/j) / sum 1/i` (Stillwell 1981).
pub fn rank_reciprocal(n: usize) -> Vec<f64> {
    let points: Vec<f64> = (1..=n).map(|rank| 1.0 / rank as f64).collect();
    normalised(&points)
}

/// The weights that stand for the evidence where one vector is needed: swing weights, the
/// consensus of members (arithmetic mean of normalised weights, AIP, B9), the rank-order
/// centroid, or equal ones. The evidence has passed its checks.
pub(crate) fn representative(evidence: &Evidence) -> Vec<f64> {
    match evidence.weights {
        WeightMode::Swing => of_tree(&evidence.criteria, &evidence.groups),
        WeightMode::Members => consensus(&evidence.criteria, &evidence.members),
        WeightMode::Ordinal => {
            let centroid = rank_order_centroid(evidence.criteria.len());
            order(&evidence.criteria).into_iter().map(|place| centroid[place]).collect()
        }
        WeightMode::None => normalised(&vec![1.0; evidence.criteria.len()]),
    }
}

/// Place of each criterion in the order of importance, from 0: by rank, else by swing points.
pub(crate) fn order(criteria: &[Criterion]) -> Vec<usize> {
    let mut by_importance: Vec<usize> = (0..criteria.len()).collect();
    by_importance.sort_by(|a, b| {
        let (a, b) = (&criteria[*a], &criteria[*b]);
        let swing = |criterion: &Criterion| criterion.swing.unwrap_or(0.0);
        a.rank.cmp(&b.rank).then(swing(b).total_cmp(&swing(a))).then(a.name.cmp(&b.name))
    });
    let mut place = vec![0; criteria.len()];
    for (at, index) in by_importance.into_iter().enumerate() {
        place[index] = at;
    }
    place
}

/// Arithmetic mean of the members' normalised weights (METHODS.md B9).
pub(crate) fn consensus(criteria: &[Criterion], members: &[Member]) -> Vec<f64> {
    let mut mean = vec![0.0; criteria.len()];
    for member in members {
        for (mean, weight) in mean.iter_mut().zip(of_member(criteria, member)) {
            *mean += weight;
        }
    }
    normalised(&mean)
}

/// One member's normalised weights.
pub(crate) fn of_member(criteria: &[Criterion], member: &Member) -> Vec<f64> {
    let points = criteria.iter().map(|c| member.weights.get(&c.name).copied().unwrap_or(0.0));
    normalised(&points.collect::<Vec<f64>>())
}

/// Local weights multiplied along the path (METHODS.md B3): at each node the swing points of
/// its child nodes and of its own criteria share the node's weight.
fn of_tree(criteria: &[Criterion], groups: &[Group]) -> Vec<f64> {
    let siblings = |path: &[String]| -> f64 {
        let leaves = criteria.iter().filter(|c| c.path == path).filter_map(|c| c.swing);
        let nodes = groups
            .iter()
            .filter(|group| group.path.len() == path.len() + 1 && group.path.starts_with(path));
        leaves.sum::<f64>() + nodes.map(|group| group.swing).sum::<f64>()
    };
    let share = |points: f64, path: &[String]| match siblings(path) {
        total if total > 0.0 => points / total,
        _ => 0.0,
    };
    let weight = |criterion: &Criterion| {
        let nodes = (1..=criterion.path.len()).map(|depth| {
            let node = groups.iter().find(|group| group.path == criterion.path[..depth]);
            share(node.map_or(0.0, |group| group.swing), &criterion.path[..depth - 1])
        });
        nodes.product::<f64>() * share(criterion.swing.unwrap_or(0.0), &criterion.path)
    };
    normalised(&criteria.iter().map(weight).collect::<Vec<f64>>())
}
