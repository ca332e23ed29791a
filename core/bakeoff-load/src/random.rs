//! Seeded numbers that are a pure function of what they are for, never of what was drawn before.
//!
//! `SplitMix64` (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", §5.1):
//! the algorithm is part of what a seed means and must not change.

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a stream of numbers is for; two purposes never share numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Arrivals = 1,
    Mix = 2,
    Variant = 3,
    Value = 4,
    Sample = 5,
    Service = 6,
}

/// A stream of seeded numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The stream of `index` for `purpose` under `seed`.
    pub(crate) fn at(seed: u64, purpose: Purpose, index: u64) -> Self {
        let state = finalise(
            finalise(seed ^ (purpose as u64).wrapping_mul(GOLDEN_GAMMA))
                ^ index.wrapping_mul(GOLDEN_GAMMA),
        );
        Self { state }
    }

    /// Sixty-four bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        finalise(self.state)
    }

    /// A number below `bound`, which is above zero. Lemire's multiplication with rejection, so
    /// that every number is exactly as likely as any other.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            if threshold <= product as u64 {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number above 0 and at most 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A number from the exponential distribution of mean 1, by inversion.
    pub(crate) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }
}

fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_index_gives_same_numbers_and_purposes_differ() {
        let mut one = Random::at(7, Purpose::Mix, 3);
        let mut same = Random::at(7, Purpose::Mix, 3);
        let mut other = Random::at(7, Purpose::Value, 3);
        assert_eq!(one.bits(), same.bits());
        assert_ne!(one.bits(), other.bits());
    }

    #[test]
    fn exponential_has_mean_one() {
        let sum: f64 = (0..100_000).map(|i| Random::at(1, Purpose::Service, i).exponential()).sum();
        assert!((sum / 100_000.0 - 1.0).abs() < 4.0 / 100_000_f64.sqrt());
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut seen = [0_u32; 7];
        let mut random = Random::at(3, Purpose::Mix, 0);
        for _ in 0..7000 {
            seen[random.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1200).contains(&count)), "{seen:?}");
    }
}
