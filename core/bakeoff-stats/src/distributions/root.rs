//! Newton's method for the quantiles: all of them are roots of one increasing function.

/// The root of an increasing function, given as value and slope, from a start near its middle.
///
/// For the concave functions it is used on, Newton comes from the left after one step and only rises; where that step
/// leaves the range of numbers, halving between the points already seen brings it back.
pub(crate) fn increasing_root(start: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut at = start;
    for _ in 0..200 {
        let (value, slope) = function(at);
        if value == 0.0 {
            break;
        }
        if value < 0.0 {
            below = at;
        } else {
            above = at;
        }
        let newton = at - value / slope;
        let next = if newton > below && newton < above {
            newton
        } else if below.is_finite() && above.is_finite() {
            f64::midpoint(below, above)
        } else {
            at - value.signum() * at.abs().max(1.0)
        };
        // Newton doubles the digits: after so small a step there is nothing left to gain.
        let done = next == newton && (next - at).abs() <= 1e-9 * at.abs().max(1.0) || next == at;
        at = next;
        if done {
            break;
        }
    }
    at
}
