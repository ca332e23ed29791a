//! The bench's tables: medians, ranges, ratios within a repetition.

use super::figures::Figures;
use super::{Rows, peers};
use std::fmt::Write as _;

/// The median, if there is anything.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

fn all(runs: &[Figures], figure: impl Fn(&Figures) -> Option<f64>) -> Vec<f64> {
    runs.iter().filter_map(figure).collect()
}

/// `median (lowest–highest)`, or a dash.
fn spread(values: &[f64], format: impl Fn(f64) -> String) -> String {
    let Some(middle) = median(values) else { return "–".to_owned() };
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} ({}–{})", format(middle), format(low), format(high))
}

/// Median of the ratios to bakeoff's figure of the same repetition.
fn ratio(rows: &Rows, runs: &[Figures], figure: fn(&Figures) -> Option<f64>) -> String {
    let ours = rows.iter().find(|((_, label), _)| label == peers::OURS);
    let Some((_, ours)) = ours else { return "–".to_owned() };
    let pairs = ours.iter().zip(runs);
    let ratios: Vec<f64> = pairs.filter_map(|(a, b)| Some(figure(a)? / figure(b)?)).collect();
    median(&ratios).map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// CPU a request, throughput and memory.
pub(super) fn cost(title: &str, rows: &Rows) -> String {
    let mut page = format!(
        "## {title}\n\n| generator | CPU-s a million requests | bakeoff / it | requests/s | memory MiB |\n|---|---|---|---|---|\n"
    );
    for ((_, label), runs) in rows {
        let cost = spread(&all(runs, Figures::cost), |v| format!("{v:.2}"));
        let rate = spread(&all(runs, |f| f.rate), |v| format!("{:.1} k", v / 1e3));
        let memory = median(&all(runs, |f| Some(f.memory_bytes / 1048576.0)));
        let memory = memory.filter(|m| *m > 0.0).map_or("–".to_owned(), |m| format!("{m:.0}"));
        let ratio = ratio(rows, runs, Figures::cost);
        let _ = writeln!(page, "| {label} | {cost} | {ratio} | {rate} | {memory} |");
    }
    page + "\n"
}

fn micros(seconds: f64) -> String {
    format!("{:.0}", seconds * 1e6)
}

/// Rate delivered, latency and lag as reported, CPU share.
pub(super) fn rate(title: &str, offered: f64, rows: &Rows) -> String {
    let mut page = format!(
        "## {title}\n\n| generator | delivered / offered | p50 µs | p99 µs | send lag p99 µs | CPU of its core |\n|---|---|---|---|---|---|\n"
    );
    for ((_, label), runs) in rows {
        let delivered = spread(&all(runs, |f| f.rate.map(|r| r / offered)), |v| format!("{v:.4}"));
        let p50 = spread(&all(runs, |f| f.latency[0]), micros);
        let p99 = spread(&all(runs, |f| f.latency[2]), micros);
        let lag = spread(&all(runs, |f| f.lag_p99), micros);
        let share = spread(&all(runs, |f| Some(f.share())), |v| format!("{:.0} %", v * 100.0));
        let _ = writeln!(page, "| {label} | {delivered} | {p50} | {p99} | {lag} | {share} |");
    }
    page + "\n"
}

/// Percentiles as reported, beside those that follow from the programmed schedule.
pub(super) fn stall(title: &str, rows: &Rows) -> String {
    // A tenth of the arrivals falls into a freeze and waits evenly from 0 to 200 ms: quantile q
    // above 0.9 waits (q - 0.9) / 0.1 x 200 ms.
    let mut page = format!(
        "## {title}\n\n| generator | p50 ms | p95 ms | p99 ms | p99.9 ms | max ms |\n|---|---|---|---|---|---|\n| truth, from the schedule | < 1 | 100 | 180 | 198 | 200 |\n"
    );
    for ((_, label), runs) in rows {
        let cell = |i: usize| {
            median(&all(runs, |f| f.latency[i]))
                .map_or("–".to_owned(), |v| format!("{:.2}", v * 1e3))
        };
        let cells: Vec<String> = (0..5).map(cell).collect();
        let _ = writeln!(page, "| {label} | {} |", cells.join(" | "));
    }
    page + "\n"
}
