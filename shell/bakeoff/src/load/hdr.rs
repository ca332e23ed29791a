//! `--hdr FILE`: a histogram log that HdrHistogram's own tools read.

use std::path::Path;
use std::time::{Duration, SystemTime};

use bakeoff_load::{LoadOutcome, Times};
use bakeoff_store::write_atomic;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

use crate::exit::Exit;
use crate::failure::Failure;

/// Log maxima are in milliseconds, as those tools expect; histograms stay in nanoseconds.
const NANOS_PER_MILLI: f64 = 1e6;

/// Writes latency, service time and send lag of a run that began at `started`.
pub(crate) fn write(
    path: &Path,
    outcome: &LoadOutcome,
    started: SystemTime,
) -> Result<(), Failure> {
    let bug = |why: String| Failure::new(Exit::Bug, anyhow::anyhow!("histogram log: {why}"));
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("bakeoff load; values in nanoseconds, maxima in milliseconds")
        .with_start_time(started)
        .with_base_time(started)
        .with_max_value_divisor(NANOS_PER_MILLI)
        .begin_log_with(&mut bytes, &mut serializer)
        .map_err(|why| bug(why.to_string()))?;
    let span = Duration::from_secs_f64(outcome.duration_s());
    let kinds = [
        ("latency", &outcome.latency),
        ("service-time", &outcome.service_time),
        ("send-lag", &outcome.send_lag),
    ];
    for (tag, times) in kinds {
        let histogram = decoded(times).map_err(bug)?;
        log.write_histogram(&histogram, Duration::ZERO, span, Tag::new(tag))
            .map_err(|why| bug(format!("{why:?}")))?;
    }
    drop(log);
    Ok(write_atomic(path, &bytes)?)
}

fn decoded(times: &Times) -> Result<Histogram<u64>, String> {
    Deserializer::new().deserialize(&mut times.to_v2().as_slice()).map_err(|why| why.to_string())
}
