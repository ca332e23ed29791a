//! The project's own chores: ci, tidy, codegen.

fn main() {}
