//! In which order the candidates of a round run: balanced over the rounds, drawn from a seed.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A generator whose stream depends on the seed and on what it is for, and on nothing else.
pub(crate) fn stream(seed: u64, purpose: &[&str]) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for part in purpose {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// A number below `bound`, every one equally likely (Lemire's rejection). `bound` is not 0.
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    assert!(bound > 0, "no number is below 0");
    let bound = bound as u64;
    let threshold = bound.wrapping_neg() % bound;
    loop {
        let wide = u128::from(rng.next_u64()) * u128::from(bound);
        if (wide as u64) >= threshold {
            return (wide >> 64) as usize;
        }
    }
}

/// Puts `items` in random order (Fisher and Yates).
pub(crate) fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last + 1));
    }
}

/// Row `row` of Williams' square of order `count` (Williams 1949): 0, 1, n-1, 2, n-2, ... shifted.
///
/// The rows form a Latin square; with the mirrored rows every item precedes every other equally
/// often, whether `count` is even or odd.
fn williams_row(count: usize, row: usize) -> Vec<usize> {
    (0..count)
        .map(|place| {
            let step = if place % 2 == 1 { place.div_ceil(2) } else { count - place / 2 };
            (step + row) % count
        })
        .collect()
}

/// The order of `count` candidates in `round` (from 1) of the cell that `purpose` names.
///
/// Every `count` rounds hold each candidate once in each position; every `2 * count` rounds hold
/// each pair equally often in each order. So over any number of rounds from the first, the times a
/// candidate stands in a position differ by at most one between candidates.
pub(crate) fn round_order(seed: u64, purpose: &[&str], count: usize, round: u32) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let index = round as usize - 1;
    let (square, within) = (index / (2 * count), index % (2 * count));
    let name = square.to_string();
    let mut rng = stream(seed, &[&["order"], purpose, &[name.as_str()]].concat());
    let mut labels: Vec<usize> = (0..count).collect();
    shuffle(&mut rng, &mut labels);
    let mut rows: Vec<usize> = (0..count).collect();
    let mut mirrored: Vec<usize> = (0..count).collect();
    shuffle(&mut rng, &mut rows);
    shuffle(&mut rng, &mut mirrored);
    // Which half comes first is drawn too, or the first round would never be a mirrored one.
    let mirror_first = below(&mut rng, 2) == 1;
    let first_half = within < count;
    let row = if first_half { rows[within] } else { mirrored[within - count] };
    let mut order: Vec<usize> =
        williams_row(count, row).into_iter().map(|item| labels[item]).collect();
    if first_half == mirror_first {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_squares_balance_positions_and_pairs() {
        for count in 2..8 {
            let mut positions = vec![vec![0; count]; count];
            let mut before = vec![vec![0; count]; count];
            for round in 1..=2 * count as u32 {
                let order = round_order(7, &["w", "l"], count, round);
                for (place, &item) in order.iter().enumerate() {
                    positions[item][place] += 1;
                    for &later in &order[place + 1..] {
                        before[item][later] += 1;
                    }
                }
            }
            assert!(positions.iter().flatten().all(|&n| n == 2), "{count}: {positions:?}");
            for (a, followers) in before.iter().enumerate() {
                for b in (0..count).filter(|&b| b != a) {
                    assert_eq!(followers[b], count, "{count}: {a} before {b}");
                }
            }
        }
    }

    #[test]
    fn draws_below_a_bound_are_even() {
        let mut rng = stream(1, &["even"]);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[below(&mut rng, 7)] += 1;
        }
        // Binomial sd is 93; five of them.
        assert!(counts.iter().all(|n| n.abs_diff(10_000) < 465), "{counts:?}");
    }
}
