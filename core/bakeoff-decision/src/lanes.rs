//! Arithmetic on blocks of draws, in loops that vectorise.

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use crate::cells::Map;
use crate::sampler::{LANES, Lanes, exp_m1};

/// Runs `work` compiled for the wide vectors of x86-64-v3 where the processor has them. The same
/// operations in the same order: no bit of a result depends on it.
#[inline(always)]
pub(crate) fn with_wide_vectors<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(avx2) = fearless_simd::Level::new().as_avx2() {
        return fearless_simd::Simd::vectorize(avx2, work);
    }
    work()
}

/// Zeroes for a block.
pub(crate) const ZERO: Lanes = [0.0; LANES];

/// `out = sum of loading * normals`, in chunks that stay in registers.
#[inline(always)]
pub(crate) fn combine(loadings: &[f32], normals: &[Lanes], out: &mut Lanes) {
    const CHUNK: usize = 32;
    for start in (0..LANES).step_by(CHUNK) {
        let mut sum = [0.0f32; CHUNK];
        for (loading, normals) in loadings.iter().zip(normals) {
            let chunk = &normals[start..start + CHUNK];
            for (sum, normal) in sum.iter_mut().zip(chunk) {
                *sum += loading * normal;
            }
        }
        out[start..start + CHUNK].copy_from_slice(&sum);
    }
}

/// `out = max(out, values)`; neither holds a NaN, so a plain comparison will do.
#[inline(always)]
pub(crate) fn raise(out: &mut [f32], values: &[f32]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out = if *value > *out { *value } else { *out };
    }
}

/// Sum of the first `lanes`.
#[inline(always)]
pub(crate) fn sum(values: &Lanes, lanes: usize) -> f64 {
    strands(values, lanes, |x| x)
}

/// Sum of the squares of the first `lanes`.
#[inline(always)]
pub(crate) fn sum_of_squares(values: &Lanes, lanes: usize) -> f64 {
    strands(values, lanes, |x| x * x)
}

/// Sum in sixteen strands: a fixed order, and one that vectorises.
#[inline(always)]
fn strands(values: &Lanes, lanes: usize, of: impl Fn(f32) -> f32) -> f64 {
    const STRANDS: usize = 16;
    let mut strands = [0.0f32; STRANDS];
    let (chunks, rest) = values[..lanes].as_chunks::<STRANDS>();
    for chunk in chunks {
        for at in 0..STRANDS {
            strands[at] += of(chunk[at]);
        }
    }
    let rest: f64 = rest.iter().map(|x| f64::from(of(*x))).sum();
    strands.iter().map(|strand| f64::from(*strand)).sum::<f64>() + rest
}

/// `out += factor * values`.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut Lanes, values: &Lanes, factor: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += value * factor;
    }
}

/// `out += values * factors`.
#[inline(always)]
pub(crate) fn add_product(out: &mut Lanes, values: &Lanes, factors: &Lanes) {
    for ((out, value), factor) in out.iter_mut().zip(values).zip(factors) {
        *out += value * factor;
    }
}

/// `out *= factors`.
#[inline(always)]
pub(crate) fn multiply(out: &mut Lanes, factors: &Lanes) {
    for (out, factor) in out.iter_mut().zip(factors) {
        *out *= factor;
    }
}

/// Inverse of the triangular distribution function, in place (METHODS.md B4; Evans, Hastings & Peacock 2000, ch. 40).
#[inline(always)]
pub(crate) fn triangular([low, mode, high]: [f32; 3], out: &mut Lanes) {
    let whole = high - low;
    let turn = if whole > 0.0 { (mode - low) / whole } else { 0.0 };
    for u in out {
        let left = low + (*u * whole * (mode - low)).sqrt();
        let right = high - ((1.0 - *u) * whole * (high - mode)).sqrt();
        *u = if *u < turn { left } else { right };
    }
}

/// Looks up each entry in a table at equal steps from `start`, in place.
#[inline(always)]
pub(crate) fn interpolate(table: &[f32], start: f32, steps_per_unit: f32, out: &mut Lanes) {
    let last = (table.len() - 1) as f32;
    for x in out {
        let place = ((*x - start) * steps_per_unit).clamp(0.0, last);
        let left = (place as usize).min(table.len() - 2);
        let share = place - left as f32;
        *x = table[left] + share * (table[left + 1] - table[left]);
    }
}

/// A cell that is a linear combination of normals under a straight value function.
#[derive(Clone, Copy)]
pub(crate) struct Straight<'c> {
    pub(crate) loadings: &'c [f32],
    pub(crate) at_zero: f32,
    pub(crate) slope: f32,
    pub(crate) weight: f32,
}

/// The values of such a cell in a whole block, added to `total` by their weight: their sum, and how many were clipped at
/// each end. The operations of [`combine`], [`multiply`], [`worth`], [`add_scaled`] and [`sum`] in their order, so the same
/// bits, in one pass that keeps to registers.
#[inline(always)]
pub(crate) fn straight(
    cell: Straight<'_>,
    normals: &[Lanes],
    scales: &Lanes,
    value: &mut Lanes,
    total: &mut Lanes,
) -> (f64, [u32; 2]) {
    const CHUNK: usize = 16;
    let mut strands = [0.0f32; CHUNK];
    let (mut low, mut high) = ([0u32; CHUNK], [0u32; CHUNK]);
    for start in (0..LANES).step_by(CHUNK) {
        let mut chunk = [0.0f32; CHUNK];
        for (loading, normals) in cell.loadings.iter().zip(normals) {
            for (sum, normal) in chunk.iter_mut().zip(&normals[start..start + CHUNK]) {
                *sum += loading * normal;
            }
        }
        let scales = &scales[start..start + CHUNK];
        let total = &mut total[start..start + CHUNK];
        let value = &mut value[start..start + CHUNK];
        for at in 0..CHUNK {
            let raw = cell.at_zero + cell.slope * (chunk[at] * scales[at]);
            low[at] += u32::from(raw < 0.0);
            high[at] += u32::from(raw > 1.0);
            let raised = if raw > 0.0 { raw } else { 0.0 };
            let clipped = if raised < 1.0 { raised } else { 1.0 };
            value[at] = clipped;
            total[at] += clipped * cell.weight;
            strands[at] += clipped;
        }
    }
    let sum = strands.iter().map(|strand| f64::from(*strand)).sum::<f64>();
    (sum, [low.iter().sum(), high.iter().sum()])
}

/// Values of a block of deviations, clipped to 0 and 1; how many were clipped at each end.
#[inline(always)]
pub(crate) fn worth(map: &Map, deviation: &Lanes, out: &mut Lanes, lanes: usize) -> [u32; 2] {
    match map {
        Map::Affine { at_zero, slope } => {
            for (out, x) in out.iter_mut().zip(deviation) {
                *out = at_zero + slope * x;
            }
        }
        Map::Exponential { at_zero, factor } => {
            for (out, x) in out.iter_mut().zip(deviation) {
                *out = at_zero + factor * exp_m1(*x);
            }
        }
        Map::Table { start, steps_per_unit, values } => {
            *out = *deviation;
            interpolate(values, *start, *steps_per_unit, out);
            let last = (values.len() - 1) as f32 / steps_per_unit + start;
            let below = deviation[..lanes].iter().filter(|x| **x < *start).count();
            let above = deviation[..lanes].iter().filter(|x| **x > last).count();
            let rising = values[values.len() - 1] >= values[0];
            let clipped = if rising { [below, above] } else { [above, below] };
            return clipped.map(|count| count as u32);
        }
    }
    let (mut low, mut high) = (0, 0);
    for value in &mut out[..lanes] {
        low += u32::from(*value < 0.0);
        high += u32::from(*value > 1.0);
    }
    for value in out.iter_mut() {
        let raised = if *value > 0.0 { *value } else { 0.0 };
        *value = if raised < 1.0 { raised } else { 1.0 };
    }
    [low, high]
}
