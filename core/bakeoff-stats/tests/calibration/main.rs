//! Whether the methods keep their promises on data whose truth is known (METHODS.md D). All seeds are fixed.

mod comparison;
mod drift;
mod simulate;
