//! What a terminal shows while load is made.

use bakeoff_driver::Live;
use bakeoff_load::Phase;
use bakeoff_units::Unit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::talk;

/// A few lines that are redrawn a few times a second, on a terminal only.
pub(crate) struct LiveView {
    bar: Option<ProgressBar>,
    seconds: u64,
    /// Arrivals per second asked for; none in a closed loop.
    offered: Option<f64>,
}

impl LiveView {
    /// For a run of `seconds`, warm-up included, at the rate that is offered.
    pub(crate) fn new(seconds: f64, offered: Option<f64>) -> Self {
        let seconds = seconds.ceil() as u64;
        let bar = talk::is_watched().then(|| {
            let style = ProgressStyle::with_template("[{bar:24}] {pos}/{len} s {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ");
            ProgressBar::with_draw_target(Some(seconds), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        Self { bar, seconds, offered }
    }

    /// Shows how it goes.
    pub(crate) fn show(&self, live: &Live) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(live.second.min(self.seconds));
        bar.set_message(text(live, self.offered));
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn text(live: &Live, offered: Option<f64>) -> String {
    let rate = |count: u64| Unit::PerSecond.format(count as f64);
    let phase = match live.phase {
        Phase::Connecting => return "connecting".to_owned(),
        Phase::WarmUp => "warm-up",
        Phase::Measure => "",
        Phase::Drain => "drain",
        Phase::Done => return "done".to_owned(),
    };
    let offered = offered
        .map_or(String::new(), |wanted| format!("offered {}, ", Unit::PerSecond.format(wanted)));
    format!(
        "{phase}\n\
         requests   {offered}sent {}, answered {}, {} failed, {} in flight\n\
         latency    last second  {}\n           so far       {}\n\
         generator  {}",
        rate(live.sent_last),
        rate(live.answered_last),
        live.failed,
        live.in_flight,
        latency(live.p50_ns, live.p99_ns, live.max_ns),
        latency(live.so_far.p50_ns, live.so_far.p99_ns, live.so_far.max_ns),
        health(live),
    )
}

fn latency(p50_ns: u64, p99_ns: u64, max_ns: u64) -> String {
    if max_ns == 0 {
        return "-".to_owned();
    }
    let time = |nanos: u64| Unit::Seconds.format(nanos as f64 / 1e9);
    format!("p50 {}, p99 {}, max {}", time(p50_ns), time(p99_ns), time(max_ns))
}

/// How we fared in the last second, by the measure of the final verdict: its p99 of lateness.
fn health(live: &Live) -> String {
    if live.late_last * 100 <= live.sent_last {
        return "on time".to_owned();
    }
    format!(
        "late: {} of {} sent late, and not because of the target",
        live.late_last, live.sent_last
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bakeoff_load::SoFar;

    #[test]
    fn it_says_what_was_asked_what_came_of_it_and_how_we_fare() {
        let mut live = Live {
            phase: Phase::Measure,
            sent: 3990,
            answered: 3980,
            failed: 2,
            in_flight: 8,
            second: 2,
            sent_last: 2000,
            answered_last: 1980,
            late_last: 0,
            p50_ns: 100_000,
            p99_ns: 3_400_000,
            max_ns: 6_000_000,
            so_far: SoFar { p50_ns: 110_000, p99_ns: 4_000_000, max_ns: 9_000_000 },
        };
        let on_time = text(&live, Some(2000.0));
        (live.late_last, live.max_ns) = (21, 0);
        let late = text(&live, None);
        assert_eq!(
            on_time,
            "\n\
             requests   offered 2.00 k/s, sent 2.00 k/s, answered 1.98 k/s, 2 failed, 8 in flight\n\
             latency    last second  p50 100 µs, p99 3.40 ms, max 6.00 ms\n\
             \x20          so far       p50 110 µs, p99 4.00 ms, max 9.00 ms\n\
             generator  on time"
        );
        assert_eq!(
            late,
            "\n\
             requests   sent 2.00 k/s, answered 1.98 k/s, 2 failed, 8 in flight\n\
             latency    last second  -\n\
             \x20          so far       p50 110 µs, p99 4.00 ms, max 9.00 ms\n\
             generator  late: 21 of 2000 sent late, and not because of the target"
        );
    }
}
