//! Several comparisons at once: p-values adjusted so that one false alarm among all of them is as rare as declared (METHODS.md A5).

/// A p-value that is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("p-value {p} at index {index} is not within 0 to 1")]
pub struct InvalidP {
    /// Where, from 0.
    pub index: usize,
    /// What.
    pub p: f64,
}

/// Holm's adjusted p-values, in the order given: adj_(i) = max over j <= i of min(1, (m - j + 1) p_(j)) (Holm 1979).
///
/// # Errors
///
/// [`InvalidP`] if a value lies outside 0 to 1.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, InvalidP> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max(((p.len() - rank) as f64 * p[at]).min(1.0));
        adjusted[at] = least;
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg's adjusted p-values, in the order given: the share of false alarms among the alarms.
///
/// # Errors
///
/// [`InvalidP`] if a value lies outside 0 to 1.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, InvalidP> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut most: f64 = 1.0;
    for (rank, &at) in order.iter().enumerate().rev() {
        most = most.min(p.len() as f64 / (rank + 1) as f64 * p[at]);
        adjusted[at] = most;
    }
    Ok(adjusted)
}

/// How many verdicts share the level: pairs of `candidates` times primary metrics (METHODS.md A5). One at least.
pub fn verdicts(candidates: usize, primary_metrics: usize) -> usize {
    (candidates * candidates.saturating_sub(1) / 2 * primary_metrics).max(1)
}

fn ascending(p: &[f64]) -> Result<Vec<usize>, InvalidP> {
    if let Some((index, &p)) = p.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        return Err(InvalidP { index, p });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    Ok(order)
}
