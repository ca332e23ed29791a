//! Whether differences could be chance alone, without assuming a distribution: the sign-flip test (METHODS.md A4; Fisher 1935).

use crate::draws::Draws;
use crate::sample::{SampleError, require, sorted};

/// Most differences whose sign patterns are all counted.
pub const EXACT_MOST: usize = 20;

/// How the sum of the differences compares with what flipped signs yield.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignFlip {
    /// The sum observed.
    pub sum: f64,
    /// Sign patterns with a sum at least as large, the observed one among them.
    pub count_greater: u64,
    /// Sign patterns with a sum at least as far from zero, the observed one among them.
    pub count_two_sided: u64,
    /// Sign patterns in all.
    pub total: u64,
    /// Whether all patterns were counted, or a sample of them and the observed one.
    pub is_exact: bool,
}

impl SignFlip {
    /// Two-sided p; never zero.
    pub fn p(&self) -> f64 {
        self.count_two_sided as f64 / self.total as f64
    }
}

/// The smallest two-sided p that `n` differences can yield: 2/2^n (METHODS.md A4).
pub fn smallest_p(n: usize) -> f64 {
    (2.0 * 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))).min(1.0)
}

/// The sign-flip test: all patterns up to 20 differences, else `samples` random ones, p = (hits + 1)/(samples + 1).
///
/// # Errors
///
/// [`SampleError`] if there is no difference or one is not finite.
pub fn sign_flip(differences: &[f64], samples: u32, seed: u64) -> Result<SignFlip, SampleError> {
    require(differences, 1)?;
    let sum: f64 = differences.iter().sum();
    let size: f64 = differences.iter().map(|d| d.abs()).sum();
    if !size.is_finite() {
        return Err(SampleError::Overflow);
    }
    // Sums that differ by rounding alone are ties.
    let slack = 1e-12 * size;
    if differences.len() <= EXACT_MOST {
        Ok(exact(differences, sum, slack))
    } else {
        Ok(sampled(differences, sum, slack, samples, seed))
    }
}

/// Counts by halves: the sums of either half, sorted, are matched without visiting all pairs (Horowitz & Sahni 1974).
fn exact(differences: &[f64], sum: f64, slack: f64) -> SignFlip {
    let (left, right) = differences.split_at(differences.len() / 2);
    let (left, right) = (signed_sums(left), signed_sums(right));
    let at_least = |bound: f64| {
        let mut from = right.len();
        let mut count = 0;
        for value in &left {
            while from > 0 && value + right[from - 1] >= bound {
                from -= 1;
            }
            count += (right.len() - from) as u64;
        }
        count
    };
    let total = 1_u64 << differences.len();
    let far = at_least(sum.abs() - slack);
    let count_two_sided = if sum.abs() <= slack { total } else { 2 * far };
    SignFlip { sum, count_greater: at_least(sum - slack), count_two_sided, total, is_exact: true }
}

fn signed_sums(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        sums = sums.iter().flat_map(|sum| [sum + value, sum - value]).collect();
    }
    sorted(&sums)
}

fn sampled(differences: &[f64], sum: f64, slack: f64, samples: u32, seed: u64) -> SignFlip {
    let mut draws = Draws::seeded(seed);
    let (mut count_greater, mut count_two_sided) = (1, 1);
    for _ in 0..samples {
        let mut flipped = 0.0;
        for chunk in differences.chunks(64) {
            let mut bits = draws.bits();
            for value in chunk {
                flipped += if bits & 1 == 0 { *value } else { -value };
                bits >>= 1;
            }
        }
        count_greater += u64::from(flipped >= sum - slack);
        count_two_sided += u64::from(flipped.abs() >= sum.abs() - slack);
    }
    let total = u64::from(samples) + 1;
    SignFlip { sum, count_greater, count_two_sided, total, is_exact: false }
}
