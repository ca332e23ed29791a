//! The program: arguments, progress, printing and exit codes; wiring only.

fn main() {}
