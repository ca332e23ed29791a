//! What a terminal shows while load is made.

use bakeoff_driver::Live;
use bakeoff_load::Phase;
use bakeoff_units::Unit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::talk;

/// A line that is redrawn a few times a second, on a terminal only.
pub(crate) struct LiveView {
    bar: Option<ProgressBar>,
    seconds: u64,
}

impl LiveView {
    /// For a run of `seconds`, warm-up included.
    pub(crate) fn new(seconds: f64) -> Self {
        let seconds = seconds.ceil() as u64;
        let bar = talk::is_watched().then(|| {
            let style = ProgressStyle::with_template("[{bar:24}] {pos}/{len} s  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ");
            ProgressBar::with_draw_target(Some(seconds), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        Self { bar, seconds }
    }

    /// Shows how it goes.
    pub(crate) fn show(&self, live: &Live) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(live.second.min(self.seconds));
        bar.set_message(text(live));
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn text(live: &Live) -> String {
    let rate = |count: u64| Unit::PerSecond.format(count as f64);
    let time = |nanos: u64| Unit::Seconds.format(nanos as f64 / 1e9);
    let phase = match live.phase {
        Phase::Connecting => return "connecting".to_owned(),
        Phase::WarmUp => "warm-up  ",
        Phase::Measure => "",
        Phase::Drain => "drain  ",
        Phase::Done => return "done".to_owned(),
    };
    format!(
        "{phase}sent {}, answered {}, p50 {}, p99 {}, max {}, {} in flight, {} failed",
        rate(live.sent_last),
        rate(live.answered_last),
        time(live.p50_ns),
        time(live.p99_ns),
        time(live.max_ns),
        live.in_flight,
        live.failed
    )
}
