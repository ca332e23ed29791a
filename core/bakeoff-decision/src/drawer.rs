//! Draws one column: what its alternatives share, and what is each one's own (METHODS.md B4).

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use std::rc::Rc;

use crate::cells::{Cell, Column, Source};
use crate::evidence::Transfer;
use crate::lanes::{ZERO, add_scaled, combine, interpolate, multiply, triangular};
use crate::sampler::{LANES, Lanes, Stream};
use crate::scale::{Scale, ScaleTable};

/// The streams of one column.
pub(crate) struct Drawer {
    shared: Stream,
    own: Vec<Option<Stream>>,
    transfer: Stream,
    scale: Option<Rc<Scale>>,
    scales: Lanes,
    shift: Lanes,
    scratch: Lanes,
    deviation: Lanes,
    transfer_common: bool,
    transfer_sd: f32,
}

impl Drawer {
    pub(crate) fn new(column: &Column, seed: u64, scales: &mut ScaleTable) -> Self {
        let own = column.cells.iter().map(|cell| {
            let needed = match &cell.source {
                Source::Fixed => false,
                Source::Normal { own, .. } => *own != 0.0,
                Source::Triangular { .. } | Source::Quantiles(_) | Source::Uniform => true,
            };
            // A named source is the same in every criterion; all else is the criterion's own.
            let name: &[&str] = if cell.stream.starts_with("source ") {
                &[&cell.stream]
            } else {
                &[&column.name, &cell.stream]
            };
            needed.then(|| Stream::new(seed, name))
        });
        let (transfer_sd, transfer) = column.transfer.unwrap_or((0.0, Transfer::Each));
        Self {
            shared: Stream::new(seed, &[&column.stream]),
            own: own.collect(),
            transfer: Stream::new(seed, &["transfer", &column.name]),
            scale: column.df.map(|df| scales.of(df)),
            scales: [1.0; LANES],
            shift: ZERO,
            scratch: ZERO,
            deviation: ZERO,
            transfer_common: transfer == Transfer::Common,
            transfer_sd,
        }
    }

    /// Draws what the alternatives of a column share.
    #[inline(always)]
    pub(crate) fn begin(&mut self, column: &Column, normals: &mut [Lanes]) {
        if let Some(scale) = &self.scale {
            self.shared.normal(&mut self.scratch);
            scale.of_normals(&self.scratch, &mut self.scales);
        }
        for normals in &mut normals[..column.shared] {
            self.shared.normal(normals);
        }
        if self.transfer_common && self.transfer_sd > 0.0 {
            self.transfer.normal(&mut self.shift);
        }
    }

    /// The scale of each draw's normals, where nothing else moves the cells.
    #[inline(always)]
    pub(crate) fn plain_scales(&self) -> Option<&Lanes> {
        (self.transfer_sd <= 0.0).then_some(&self.scales)
    }

    /// What one alternative deviates by from its centre, or the quantity or value itself.
    #[inline(always)]
    pub(crate) fn deviation(
        &mut self,
        cell: &Cell,
        alternative: usize,
        normals: &[Lanes],
    ) -> &Lanes {
        let out = &mut self.deviation;
        match (&cell.source, &mut self.own[alternative]) {
            (Source::Normal { loadings, own }, stream) => {
                combine(loadings, normals, out);
                if let Some(stream) = stream {
                    stream.normal(&mut self.scratch);
                    add_scaled(out, &self.scratch, *own);
                }
                if self.scale.is_some() {
                    multiply(out, &self.scales);
                }
            }
            (Source::Triangular { low, mode, high }, Some(stream)) => {
                stream.uniform(out);
                triangular([*low, *mode, *high], out);
            }
            (Source::Quantiles(quantiles), Some(stream)) => {
                stream.uniform(out);
                interpolate(quantiles, 0.0, (quantiles.len() - 1) as f32, out);
            }
            (Source::Uniform, Some(stream)) => stream.uniform(out),
            (Source::Fixed, _)
            | (Source::Triangular { .. } | Source::Quantiles(_) | Source::Uniform, None) => {
                out.fill(0.0);
            }
        }
        if self.transfer_sd > 0.0 {
            if !self.transfer_common {
                self.transfer.normal(&mut self.shift);
            }
            add_scaled(out, &self.shift, self.transfer_sd);
        }
        out
    }
}
