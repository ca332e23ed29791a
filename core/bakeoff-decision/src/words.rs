//! The answer in a sentence, with its conditions; numbers as people should read them.

use crate::decision::{Direction, Flip, Sureness, Voi};
use crate::view::View;

/// A probability without false certainty: never `0 %` or `100 %` (METHODS.md B5).
pub fn probability(p: f64) -> String {
    match p {
        p if p > 0.9999 => "> 99.99 %".to_owned(),
        p if p < 0.0001 => "< 0.01 %".to_owned(),
        p if p > 0.99 => format!("{:.1} %", (p * 100.0).min(99.9)),
        p if p < 0.01 => format!("{:.1} %", (p * 100.0).max(0.1)),
        p => format!("{:.0} %", p * 100.0),
    }
}

/// The flip in words: `flips to go if the weight of hiring exceeds 0.31 (90 % band 0.24 to 0.40;
/// now 0.20)`.
pub fn flip(flip: &Flip) -> String {
    let verb = match flip.direction {
        Direction::Above => "exceeds",
        Direction::Below => "falls below",
    };
    format!(
        "flips to {} if the weight of {} {verb} {:.2} (90 % band {:.2} to {:.2}; now {:.2})",
        flip.to, flip.criterion, flip.at, flip.band[0], flip.band[1], flip.now
    )
}

pub(crate) fn sentence(view: &View, flips: &[Flip], voi: &Voi) -> String {
    let Some(leader) = view.leader else {
        return "Given these requirements and evidence: no alternative holds every requirement"
            .to_owned();
    };
    let p = view.p_best[leader];
    let mut parts = vec![format!(
        "Given these weights, anchors and evidence: {}, {} ({})",
        view.name(leader),
        probability(p),
        Sureness::of(p).word()
    )];
    let loss = crate::decide::best_mean(view) - view.outcome.mean_value(leader);
    parts.push(format!("expected loss {:.3} of the value scale", loss.max(0.0)));
    parts.push(match flips.first() {
        Some(nearest) => flip(nearest),
        None => "no single weight flips it".to_owned(),
    });
    let none = view.outcome.none as f64 / view.outcome.draws as f64;
    if none > 0.0 {
        parts.push(format!("no alternative holds its requirements with {}", probability(none)));
    }
    if let Some(p) = voi.p_flip_requirements.filter(|p| *p >= crate::next::FLIP_LEAST) {
        parts.push(format!(
            "knowing whether {} holds its requirements would change it with {}",
            view.name(leader),
            probability(p)
        ));
    }
    parts.push(match voi.next.first() {
        Some(next) if !voi.stop => {
            format!("what would change it most per hour: {}", next.action)
        }
        Some(_) | None => "no affordable measurement is likely to change this decision".to_owned(),
    });
    parts.join("; ")
}
