//! The binomial distribution; its tails are those of beta (DLMF 8.17.5).

use super::beta;

/// P(X = k) in `n` trials of probability `p`.
pub fn pmf(k: u64, n: u64, p: f64) -> f64 {
    if k > n {
        return 0.0;
    }
    let (k, n) = (k as f64, n as f64);
    if p <= 0.0 || p >= 1.0 {
        return if (p <= 0.0 && k == 0.0) || (p >= 1.0 && k == n) { 1.0 } else { 0.0 };
    }
    if k == 0.0 {
        return (n * (-p).ln_1p()).exp();
    }
    if k == n {
        return (n * p.ln()).exp();
    }
    beta::power_term(k, n - k, p, 1.0 - p) * n / (k * (n - k))
}

/// P(X <= k) in `n` trials of probability `p`.
pub fn cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta::tails((n - k) as f64, k as f64 + 1.0, 1.0 - p, p).lower
}

/// P(X > k) in `n` trials of probability `p`.
pub fn sf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 0.0;
    }
    beta::tails(k as f64 + 1.0, (n - k) as f64, p, 1.0 - p).lower
}
