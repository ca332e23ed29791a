//! Draws single columns again, changed, with the same random numbers as before.

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use crate::cells::Column;
use crate::drawer::Drawer;
use crate::lanes::{ZERO, with_wide_vectors, worth};
use crate::sampler::LANES;
use crate::scale::ScaleTable;

/// Values of a column by variant, alternative and draw. The variants differ in their maps alone.
pub(crate) fn redraw(
    variants: &[Column],
    seed: u64,
    draws: usize,
    scales: &mut ScaleTable,
) -> Vec<Vec<Vec<f32>>> {
    let Some(first) = variants.first() else { return Vec::new() };
    let mut drawer = Drawer::new(first, seed, scales);
    let mut normals = vec![ZERO; first.shared];
    let mut value = ZERO;
    let mut found = vec![vec![Vec::with_capacity(draws); first.cells.len()]; variants.len()];
    let mut left = draws;
    while left > 0 {
        let lanes = left.min(LANES);
        with_wide_vectors(
            #[inline(always)]
            || {
                drawer.begin(first, &mut normals);
                for (alternative, cell) in first.cells.iter().enumerate() {
                    let deviation = drawer.deviation(cell, alternative, &normals);
                    for (variant, found) in variants.iter().zip(&mut found) {
                        worth(&variant.cells[alternative].map, deviation, &mut value, lanes);
                        found[alternative].extend_from_slice(&value[..lanes]);
                    }
                }
            },
        );
        left -= lanes;
    }
    found
}
