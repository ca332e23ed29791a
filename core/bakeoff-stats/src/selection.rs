//! The k-th smallest of all pairwise means or differences, without writing them all down.

/// The `rank`-th smallest (from 1) Walsh average `(x_i + x_j)/2`, `i <= j`, of ascending values.
///
/// Bisection over the numbers themselves, counting pairs with two pointers: time n times 64, memory none.
pub(crate) fn walsh_average(sorted: &[f64], rank: u64) -> f64 {
    smallest(rank, |bound| walsh_count(sorted, bound))
}

/// How many Walsh averages of ascending values lie up to `bound`: two pointers, one pass.
pub(crate) fn walsh_count(sorted: &[f64], bound: f64) -> u64 {
    let mut to = sorted.len();
    let mut count = 0;
    for (from, value) in sorted.iter().enumerate() {
        while to > from && f64::midpoint(*value, sorted[to - 1]) > bound {
            to -= 1;
        }
        if to <= from {
            break;
        }
        count += (to - from) as u64;
    }
    count
}

/// The `rank`-th smallest (from 1) difference `x_i - y_j` of two ascending samples.
pub(crate) fn difference(x: &[f64], y: &[f64], rank: u64) -> f64 {
    smallest(rank, |bound| {
        let mut from = 0;
        let mut count = 0;
        for value in x {
            while from < y.len() && value - y[from] > bound {
                from += 1;
            }
            count += (y.len() - from) as u64;
        }
        count
    })
}

/// The smallest number up to which at least `rank` lie, given how many lie up to a number.
fn smallest(rank: u64, count_up_to: impl Fn(f64) -> u64) -> f64 {
    let (mut low, mut high) = (ordered(f64::NEG_INFINITY), ordered(f64::INFINITY));
    while low < high {
        let middle = i64::midpoint(low, high);
        // Midpoint rounds towards zero; towards the low end it must be, or the search would not end.
        let middle = if middle == high { high - 1 } else { middle };
        if count_up_to(unordered(middle)) >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Zero has two signs, of which the search finds the negative one first.
    unordered(high) + 0.0
}

/// Numbers as integers in the same order.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    if bits < 0 { i64::MIN ^ !bits } else { bits }
}

fn unordered(key: i64) -> f64 {
    let bits = if key < 0 { !(key ^ i64::MIN) } else { key };
    f64::from_bits(bits.cast_unsigned())
}
