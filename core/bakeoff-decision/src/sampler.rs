//! Random numbers in bulk: seeded `ChaCha` streams, one for each source of uncertainty, turned into
//! uniforms and normals a block of draws at a time, in plain arithmetic that vectorises and gives
//! the same bits on every machine.

#![allow(clippy::inline_always, reason = "called once a draw: not inlined, loops do not vectorise")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Draws worked on together: a block of one source fits the first-level cache.
pub(crate) const LANES: usize = 256;

/// One number for each draw of a block.
pub(crate) type Lanes = [f32; LANES];

/// The random numbers of one source of uncertainty.
///
/// The stream is named by what it stands for, not by its place: neither order nor company of the
/// others changes it, and every what-if sees the same numbers (common random numbers, B5).
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    rng: ChaCha8Rng,
    /// Bytes of the block being drawn, four for each draw.
    bytes: [[u8; 4]; LANES],
}

impl Stream {
    pub(crate) fn new(seed: u64, name: &[&str]) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(hash(name));
        Self { rng, bytes: [[0; 4]; LANES] }
    }

    /// Uniform on the open interval from 0 to 1.
    #[inline(always)]
    pub(crate) fn uniform(&mut self, out: &mut Lanes) {
        self.rng.fill_bytes(self.bytes.as_flattened_mut());
        for (out, bytes) in out.iter_mut().zip(&self.bytes) {
            let bits = u32::from_le_bytes(*bytes) >> 9;
            *out = (bits as i32 as f32 + 0.5) * (1.0 / 8_388_608.0);
        }
    }

    /// Standard exponential.
    #[inline(always)]
    pub(crate) fn exponential(&mut self, out: &mut Lanes) {
        self.rng.fill_bytes(self.bytes.as_flattened_mut());
        for (out, bytes) in out.iter_mut().zip(&self.bytes) {
            *out = -ln(unit(u32::from_le_bytes(*bytes)));
        }
    }

    /// Standard normal, by Box and Muller (1958), with 31 bits for the radius: up to 6.6.
    #[inline(always)]
    pub(crate) fn normal(&mut self, out: &mut Lanes) {
        self.rng.fill_bytes(self.bytes.as_flattened_mut());
        let (radii, angles) = self.bytes.split_at(LANES / 2);
        let (left, right) = out.split_at_mut(LANES / 2);
        for (((x, y), radius), angle) in left.iter_mut().zip(right).zip(radii).zip(angles) {
            let radius = (-2.0 * ln(unit(u32::from_le_bytes(*radius)))).sqrt();
            let (sin, cos) = octant(u32::from_le_bytes(*angle));
            *x = radius * cos;
            *y = radius * sin;
        }
    }
}

/// 31 bits to the interval (0, 1].
#[inline(always)]
fn unit(bits: u32) -> f32 {
    ((bits >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0)
}

/// Sine and cosine of a uniform angle: 29 bits within one octant, three for which of the eight.
#[inline(always)]
fn octant(bits: u32) -> (f32, f32) {
    let x =
        (bits & 0x1fff_ffff) as i32 as f32 * (core::f32::consts::FRAC_PI_4 / (1u32 << 29) as f32);
    let z = x * x;
    // Taylor with the last term adjusted for the octant (minimax as in Cephes, Moshier 1984).
    let sin = x + x * z * (-1.666_665_5e-1 + z * (8.332_161e-3 + z * -1.951_529_6e-4));
    let cos = 1.0 - 0.5 * z + z * z * (4.166_664_6e-2 + z * (-1.388_731_6e-3 + z * 2.443_315_7e-5));
    let swap = ((bits << 2) as i32 >> 31) as u32;
    let (sin, cos) = (sin.to_bits(), cos.to_bits());
    let first = (sin & !swap) | (cos & swap);
    let second = (cos & !swap) | (sin & swap);
    (
        f32::from_bits(first ^ (bits & 0x8000_0000)),
        f32::from_bits(second ^ ((bits << 1) & 0x8000_0000)),
    )
}

/// Natural logarithm of a normal number above zero, to 2 units in the last place (polynomial of
/// Cephes, Moshier 1984).
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    // Mantissa into [sqrt(1/2), sqrt(2)).
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let t = mantissa - 1.0;
    let z = t * t;
    let poly = 7.037_683_6e-2_f32;
    let poly = poly * t - 1.151_461e-1;
    let poly = poly * t + 1.167_699_9e-1;
    let poly = poly * t - 1.242_014_1e-1;
    let poly = poly * t + 1.424_932_3e-1;
    let poly = poly * t - 1.666_805_8e-1;
    let poly = poly * t + 2.000_071_5e-1;
    let poly = poly * t - 2.499_999_4e-1;
    let poly = poly * t + 3.333_333e-1;
    let tail = poly * t * z - 2.121_944_4e-4 * exponent - 0.5 * z;
    t + tail + 0.693_359_4 * exponent
}

/// `e` to the power of `x`, less 1: exact to single precision near zero too, where subtracting
/// would leave no digits (polynomial of Cephes, Moshier 1984); `x` is held within what does not
/// overflow.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    let x = x.clamp(-86.0, 86.0);
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest whole number.
    let whole = (x * core::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let poly = 1.987_569_1e-4_f32;
    let poly = poly * r + 1.398_199_9e-3;
    let poly = poly * r + 8.333_452e-3;
    let poly = poly * r + 4.166_579_6e-2;
    let poly = poly * r + 1.666_666_5e-1;
    let poly = poly * r + 5e-1;
    let fraction = poly * r * r + r;
    let power = f32::from_bits((((whole as i32) + 127) << 23) as u32);
    power * fraction + (power - 1.0)
}

/// FNV-1a over the parts, each closed by a byte that no name contains.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(fill: impl Fn(&mut Stream, &mut Lanes)) -> Vec<f64> {
        let mut stream = Stream::new(7, &["test"]);
        let mut lanes = [0.0; LANES];
        let mut all = Vec::new();
        for _ in 0..4_000 {
            fill(&mut stream, &mut lanes);
            all.extend(lanes.iter().map(|x| f64::from(*x)));
        }
        all
    }

    fn moment(draws: &[f64], power: i32) -> f64 {
        draws.iter().map(|x| x.powi(power)).sum::<f64>() / draws.len() as f64
    }

    #[test]
    fn normals_have_the_moments_and_tails_of_a_normal() {
        let draws = draws(Stream::normal);
        let n = (draws.len() as f64).sqrt();
        for (power, expected, sd) in
            [(1, 0.0, 1.0), (2, 1.0, 2f64.sqrt()), (3, 0.0, 15f64.sqrt()), (4, 3.0, 96f64.sqrt())]
        {
            assert!((moment(&draws, power) - expected).abs() < 4.0 * sd / n, "moment {power}");
        }
        for (limit, tail) in
            [(1.0, 0.317_310_5), (1.959_964, 0.05), (3.0, 0.002_699_8), (4.0, 6.334e-5)]
        {
            let beyond = draws.iter().filter(|x| x.abs() > limit).count() as f64;
            let expected = tail * draws.len() as f64;
            assert!((beyond - expected).abs() < 4.0 * expected.sqrt(), "beyond {limit}: {beyond}");
        }
    }

    #[test]
    fn pairs_of_a_block_are_uncorrelated_and_so_are_their_squares() {
        let draws = draws(Stream::normal);
        let half = LANES / 2;
        let pairs: Vec<(f64, f64)> = draws
            .chunks(LANES)
            .flat_map(|block| (0..half).map(|i| (block[i], block[i + half])))
            .collect();
        let n = pairs.len() as f64;
        let cross = pairs.iter().map(|(x, y)| x * y).sum::<f64>() / n;
        let squares = pairs.iter().map(|(x, y)| (x * x - 1.0) * (y * y - 1.0)).sum::<f64>() / n;
        assert!(cross.abs() < 4.0 / n.sqrt(), "{cross}");
        assert!(squares.abs() < 4.0 * 2.0 / n.sqrt(), "{squares}");
    }

    #[test]
    fn uniforms_fill_every_tenth_alike_and_exponentials_have_mean_one() {
        let uniforms = draws(Stream::uniform);
        let expected = uniforms.len() as f64 / 10.0;
        for tenth in 0..10 {
            let count = uniforms.iter().filter(|u| (**u * 10.0) as usize == tenth).count() as f64;
            assert!((count - expected).abs() < 4.0 * expected.sqrt(), "tenth {tenth}");
        }
        let exponentials = draws(Stream::exponential);
        let slack = 4.0 / (exponentials.len() as f64).sqrt();
        assert!((moment(&exponentials, 1) - 1.0).abs() < slack);
    }

    #[test]
    fn logarithm_and_exponential_agree_with_the_library_to_single_precision() {
        for step in 1..20_000 {
            let x = step as f32 * 0.001;
            assert!((ln(x) - x.ln()).abs() <= 3e-7 * x.ln().abs().max(1.0), "ln {x}");
            let y = x - 10.0005;
            assert!((exp_m1(y) - y.exp_m1()).abs() <= 4e-7 * y.exp_m1().abs(), "exp {y}");
        }
    }
}
