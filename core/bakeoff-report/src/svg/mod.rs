//! Charts as SVG: plain shapes and text, coloured by class so that one style sheet serves light,
//! dark and print; sized so that text stays readable from 320 pixels on.

pub mod axis;
pub mod bars;
pub mod canvas;
pub mod dots;
pub mod ecdf;
pub mod forest;
pub mod sweep;
pub mod timeline;
pub mod why;
