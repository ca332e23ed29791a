//! What the rig makes of one candidate under two labels: bias, noise floor, smallest detectable effect (METHODS.md A9).

use crate::distributions::t;
use crate::level::Level;
use crate::plan::{detectable, sd_upper};
use crate::sample::{Moments, SampleError};
use crate::verdict::{Margin, first_count};

/// Rounds that an A/A calibration should have (METHODS.md, section 0).
pub const AA_ROUNDS_LEAST: usize = 8;
/// The false-alarm rate of the bias test: |t| beyond the 0.995 quantile makes the rig invalid.
const BIAS_ALPHA: f64 = 0.01;

/// What A/A log ratios say about the rig.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Number, mean and spread of the A/A log ratios.
    pub moments: Moments,
    /// Upper 95 % bound of the spread.
    pub sd_upper: f64,
    /// t of the mean against zero; `None` where the ratios do not vary.
    pub bias_t: Option<f64>,
    /// Two-sided p of the mean against zero; `None` where the ratios do not vary.
    pub bias_p: Option<f64>,
    /// The rig prefers one of two equal candidates: it is invalid.
    pub is_biased: bool,
}

/// Calibrates by the log ratios of one candidate under two labels.
///
/// # Errors
///
/// [`SampleError`] for fewer than two rounds or values not finite.
pub fn calibrate(aa: &[f64]) -> Result<Calibration, SampleError> {
    let moments = Moments::of(aa)?;
    let bias_t = (moments.sd > 0.0).then(|| moments.mean / moments.se());
    let bias_p = bias_t.map(|value| t::two_sided(value, moments.df()));
    // A constant difference between equal candidates is bias beyond doubt.
    let is_biased = bias_p.map_or(moments.mean != 0.0, |p| p < BIAS_ALPHA);
    let sd_upper = sd_upper(moments.sd, moments.count, 0.05);
    Ok(Calibration { moments, sd_upper, bias_t, bias_p, is_biased })
}

impl Calibration {
    /// The half-width, log scale, that an interval of so many rounds would have on this rig: no difference below it can be told.
    ///
    /// # Panics
    ///
    /// If there are fewer than two rounds.
    pub fn noise_floor(&self, rounds: usize, level: Level) -> f64 {
        assert!(rounds >= 2, "{rounds} rounds have no spread");
        let n = rounds as f64;
        t::upper_quantile(level.alpha() / 2.0, n - 1.0) * self.sd_upper / n.sqrt()
    }

    /// The noise floor as the excess of a ratio over one: 0.01 for 1 %.
    ///
    /// # Panics
    ///
    /// If there are fewer than two rounds.
    pub fn noise_floor_fraction(&self, rounds: usize, level: Level) -> f64 {
        self.noise_floor(rounds, level).exp_m1()
    }

    /// The log ratio that so many rounds find four times out of five.
    ///
    /// # Panics
    ///
    /// If there are fewer than two rounds.
    pub fn detectable80(&self, rounds: usize, level: Level) -> f64 {
        detectable(rounds, self.sd_upper, 0.8, level)
    }

    /// The fewest rounds with which this rig resolves the margin; `None` beyond `most`.
    pub fn rounds_to_resolve(&self, margin: Margin, level: Level, most: usize) -> Option<usize> {
        first_count(2, most, |rounds| self.noise_floor(rounds, level) <= margin.delta())
    }
}
