//! Quantities that cannot be mixed up: points in time, rates, bytes, CPU time, ratios.
