//! Newton's method for the quantiles: all of them are roots of one concave, increasing function.

/// The root of an increasing concave function, given as value and slope, from a start near its middle.
///
/// The tangent of a concave function lies above it, so after one step the iteration comes from the left and only rises.
pub(crate) fn concave_root(start: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut at = start;
    for _ in 0..200 {
        let (value, slope) = function(at);
        if value == 0.0 || slope <= 0.0 || !value.is_finite() {
            break;
        }
        let step = value / slope;
        at -= step;
        if step.abs() <= 2.0 * f64::EPSILON * at.abs().max(1e-3) {
            break;
        }
    }
    at
}
