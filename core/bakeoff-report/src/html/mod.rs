//! One self-contained HTML page: no network, complete without scripts.

mod charts;
mod csp;
mod page;
mod sliders;
mod tables;

pub use page::render;
