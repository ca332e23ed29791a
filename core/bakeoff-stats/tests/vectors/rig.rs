//! Vectors of the rig's calibration and of planning.

use crate::vector::vector;
use bakeoff_stats::level::Level;
use bakeoff_stats::plan::{Design, Sides, power, size};
use bakeoff_stats::rig::calibrate;

#[test]
fn calibration_from_equal_candidates() {
    let vector = vector!("stat-aa-noise-floor");
    let rounds = vector.count("/inputs/R");
    let rig = calibrate(&vector.numbers("/inputs/aa_log_ratios")).unwrap();
    vector.check("/sd", rig.moments.sd);
    vector.check("/sd_upper95", rig.sd_upper);
    vector.check("/noise_floor", rig.noise_floor(rounds, Level::P95));
    vector.check("/noise_floor_pct", 100.0 * rig.noise_floor_fraction(rounds, Level::P95));
    vector.check("/mde80", rig.detectable80(rounds, Level::P95));
    vector.check("/bias_mean", rig.moments.mean);
    vector.check("/bias_t", rig.bias_t.unwrap());
    vector.check("/bias_p", rig.bias_p.unwrap());
    assert!(!rig.is_biased);
}

#[test]
fn power_and_sample_size() {
    let vector = vector!("stat-power-t-r");
    for case in 0..vector.length("/inputs/cases") {
        let input = |key: &str| vector.at("/inputs/cases")[case].get(key);
        let number = |key: &str| input(key).and_then(serde_json::Value::as_f64);
        let paired = input("kind").unwrap() == "paired";
        let design = if paired { Design::Paired } else { Design::Unpaired };
        let sides = if input("alternative").is_some() { Sides::One } else { Sides::Two };
        let effect =
            number("d").unwrap_or_else(|| number("delta").unwrap() / number("sd").unwrap());
        let level = Level::new(1.0 - number("alpha").unwrap()).unwrap();
        let got = match number("power") {
            Some(wanted) => size(design, sides, effect, wanted, level).unwrap(),
            None => power(design, sides, number("n").unwrap(), effect, level),
        };
        vector.check(&format!("/values/{case}"), got);
    }
}
