//! What the service does, whatever framework carries it: the same files in every Rust candidate.

pub mod compute;
pub mod fanout;
pub mod items;
pub mod orders;
pub mod states;
pub mod tree;
