//! Which request is sent when: weights exact over each cycle, the order shuffled by seed.

use crate::plan::PlanError;
use crate::random::{Purpose, Random};
use crate::request::WeightedRequest;

/// Most that the weights may add up to.
const CYCLE_MAX: u64 = 1 << 20;
/// Shortest table of shuffled cycles, so that the order does not show a period.
const TABLE_MIN: u64 = 4096;

/// Shuffled cycles in which each request stands as often as its weight says.
pub(crate) fn mix(requests: &[WeightedRequest], seed: u64) -> Result<Vec<u32>, PlanError> {
    let divisor = requests.iter().fold(0, |divisor, request| common(divisor, request.weight));
    if divisor == 0 {
        return Err(PlanError::NoRequests);
    }
    let sum: u64 = requests.iter().map(|request| u64::from(request.weight / divisor)).sum();
    if CYCLE_MAX < sum {
        return Err(PlanError::Weights { sum, max: CYCLE_MAX });
    }
    if sum == 1 {
        let only = requests.iter().position(|request| 0 < request.weight);
        return Ok(vec![only.unwrap_or(0) as u32]);
    }
    let mut table = Vec::new();
    for cycle in 0..TABLE_MIN.div_ceil(sum) {
        let from = table.len();
        for (index, request) in requests.iter().enumerate() {
            let times = (request.weight / divisor) as usize;
            table.extend(std::iter::repeat_n(index as u32, times));
        }
        // Fisher and Yates, from the top (Knuth, TAOCP 3.4.2, algorithm P).
        let mut random = Random::at(seed, Purpose::Mix, cycle);
        for last in (1..table.len() - from).rev() {
            table.swap(from + last, from + random.below(last as u64 + 1) as usize);
        }
    }
    Ok(table)
}

fn common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common(b, a % b) }
}
