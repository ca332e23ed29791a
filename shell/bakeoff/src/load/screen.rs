//! The summary of a run of load: one screen, every number with its unit.

use std::fmt::Write as _;

use bakeoff_load::{LoadOutcome, Problem, Times};
use bakeoff_units::Unit;

/// Percentiles shown, as shares.
const SHOWN: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// More of them, for `--latency`.
const DETAILED: [(&str, f64); 12] = [
    ("p1", 0.01),
    ("p10", 0.1),
    ("p25", 0.25),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p98", 0.98),
    ("p99", 0.99),
    ("p99.5", 0.995),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// Answers that must lie beyond a percentile for it to be shown.
const BEYOND_MIN: f64 = 10.0;

/// What was asked for, in words.
pub(crate) struct Asked {
    /// The URL or file.
    pub(crate) what: String,
    /// How it arrives.
    pub(crate) how: String,
    /// Whether to show more percentiles.
    pub(crate) detailed: bool,
}

/// The summary.
pub(crate) fn render(outcome: &LoadOutcome, asked: &Asked, broken: &[String]) -> String {
    let mut out = String::new();
    let mut line = |name: &str, text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<11} {text}");
    };
    line("target", asked.what.clone());
    line("asked", asked.how.clone());
    line("delivered", delivered(outcome));
    line("answered", answered(outcome));
    line("received", received(outcome));
    out.push('\n');
    out.push_str(&percentiles(outcome, asked.detailed));
    out.push('\n');
    let mut line = |name: &str, text: String| {
        let _ = writeln!(out, "{name:<11} {text}");
    };
    line("send lag", lag(outcome));
    if !outcome.tls.is_empty() {
        line("TLS", handshakes(outcome));
    }
    for (index, error) in errors(outcome).into_iter().enumerate() {
        line(if index == 0 { "errors" } else { "" }, error);
    }
    for (index, reason) in health(outcome).into_iter().enumerate() {
        line(if index == 0 { "generator" } else { "" }, reason);
    }
    line("Little", littles_law(outcome));
    for reason in broken {
        line("objective", format!("not met: {reason}"));
    }
    out
}

fn delivered(outcome: &LoadOutcome) -> String {
    let rate = Unit::PerSecond.format(outcome.delivered_rate());
    match outcome.requested_rate {
        Some(wanted) => format!(
            "{rate} sent of {} asked for ({:.2} %)",
            Unit::PerSecond.format(wanted),
            100.0 * outcome.delivered_rate() / wanted
        ),
        None => format!("{rate} sent"),
    }
}

fn answered(outcome: &LoadOutcome) -> String {
    let counters = outcome.counters;
    let mut text = format!(
        "{} right answers: {} of {} sent",
        Unit::PerSecond.format(outcome.throughput()),
        counters.answered,
        counters.sent
    );
    for (count, word) in [
        (counters.failed, "failed"),
        (counters.unanswered, "not answered in time"),
        (counters.unsent, "due and never sent"),
    ] {
        if 0 < count {
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

fn received(outcome: &LoadOutcome) -> String {
    let seconds = outcome.duration_s();
    let bytes = outcome.counters.bytes_received_in_window as f64;
    let rate = if seconds > 0.0 { bytes / seconds } else { 0.0 };
    format!("{}/s for {}", Unit::Bytes.format(rate), Unit::Seconds.format(seconds))
}

/// Latency beside service time: apart, they tell who waited.
fn percentiles(outcome: &LoadOutcome, detailed: bool) -> String {
    let mut out = format!(
        "{:<11} {:>14}  {:>14}\n{:<11} {:>14}  {:>14}\n",
        "", "latency", "service time", "", "from due time", "from the send"
    );
    let mut row = |name: &str, of: &dyn Fn(&Times) -> Option<f64>| {
        let cell = |times: &Times| of(times).map_or("-".to_owned(), |s| Unit::Seconds.format(s));
        let (latency, service) = (cell(&outcome.latency), cell(&outcome.service_time));
        let _ = writeln!(out, "{name:<11} {latency:>14}  {service:>14}");
    };
    let seconds = |nanos: Option<u64>| nanos.map(|nanos| nanos as f64 / 1e9);
    row("mean", &|times| times.mean_ns().map(|nanos| nanos / 1e9));
    let shown: &[(&str, f64)] = if detailed { &DETAILED } else { &SHOWN };
    let mut hidden = Vec::new();
    for (name, share) in shown {
        if outcome.latency.count() as f64 * (1.0 - share) < BEYOND_MIN {
            hidden.push(*name);
            continue;
        }
        row(name, &|times| seconds(times.quantile_ns(*share)));
    }
    row("max", &|times| seconds(times.max_ns()));
    if !hidden.is_empty() {
        let count = outcome.latency.count();
        let _ = writeln!(out, "{:<11} {count} answers are too few for {}", "", hidden.join(", "));
    }
    out
}

fn lag(outcome: &LoadOutcome) -> String {
    let time = |nanos: Option<u64>| {
        nanos.map_or("-".to_owned(), |nanos| Unit::Seconds.format(nanos as f64 / 1e9))
    };
    let of = |times: &Times| {
        format!("p50 {}, p99 {}", time(times.quantile_ns(0.5)), time(times.quantile_ns(0.99)))
    };
    format!(
        "{}, max {}; the generator's own part {}",
        of(&outcome.send_lag),
        time(outcome.send_lag.max_ns()),
        of(&outcome.own_lag)
    )
}

fn handshakes(outcome: &LoadOutcome) -> String {
    let time = |share| {
        let nanos = outcome.tls.quantile_ns(share);
        nanos.map_or("-".to_owned(), |nanos| Unit::Seconds.format(nanos as f64 / 1e9))
    };
    format!(
        "{} handshakes, {} of them resumed a session: p50 {}, p99 {}; not part of latency",
        outcome.tls.count(),
        outcome.counters.tls_resumed,
        time(0.5),
        time(0.99)
    )
}

fn errors(outcome: &LoadOutcome) -> Vec<String> {
    let of = |problems: &bakeoff_load::Problems, place: &str| -> Vec<String> {
        let shown = problems.occurred().map(|(problem, count, example)| {
            let blame = problem.blame().name();
            let example = match example.as_str() {
                "" => String::new(),
                // An alert of TLS (RFC 8446 §5.1).
                alert if problem == Problem::NotHttp && alert.starts_with(r"\x15\x03") => {
                    ", which is TLS: use https://".to_owned()
                }
                _ => format!(", e.g. {example:.200}"),
            };
            format!("{count} x {}{place} (blame {blame}){example}", problem.name())
        });
        shown.collect()
    };
    let mut all = of(&outcome.problems, "");
    all.extend(of(&outcome.other_problems, " of connections or in warm-up"));
    if all.is_empty() {
        all.push("none".to_owned());
    }
    all
}

fn health(outcome: &LoadOutcome) -> Vec<String> {
    let health = outcome.health();
    let facts = outcome.generator;
    let first = format!(
        "{}; {} thread(s), busiest had work {:.0} % of the time, {} of CPU",
        if health.is_healthy() { "healthy" } else { "NOT FIT: these numbers are not the target's" },
        facts.threads,
        100.0 * facts.busy_share,
        Unit::Seconds.format(facts.cpu_s)
    );
    std::iter::once(first).chain(health.reasons).collect()
}

fn littles_law(outcome: &LoadOutcome) -> String {
    match outcome.littles_law() {
        None => "no data".to_owned(),
        Some(law) => format!(
            "{} in flight, {} x {} = {}: {}",
            bakeoff_units::digits(law.mean_in_flight, 3),
            Unit::PerSecond.format(law.rate),
            Unit::Seconds.format(law.mean_time_s),
            bakeoff_units::digits(law.product, 3),
            if law.holds { "holds" } else { "does not hold" }
        ),
    }
}
