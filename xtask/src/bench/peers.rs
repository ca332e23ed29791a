//! The generators: how to get each, how to call it, how to read its answer. One is one entry.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figures::Figures;

/// The label of our own rows.
pub(super) const OURS: &str = "bakeoff";

/// What a generator is asked to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub connections: u32,
    /// Requests a second; a closed loop if absent.
    pub rate: Option<f64>,
    pub poisson: bool,
    pub http2: bool,
    /// Streams a connection (HTTP/2).
    pub streams: u32,
    pub tls: bool,
}

impl Load {
    pub(super) fn closed(connections: u32) -> Self {
        Self { connections, rate: None, poisson: false, http2: false, streams: 1, tls: false }
    }

    pub(super) fn constant(connections: u32, rate: f64) -> Self {
        Self { rate: Some(rate), ..Self::closed(connections) }
    }
}

/// Variants of a call: a suffix for the label, and the arguments.
type Calls = Vec<(&'static str, Vec<String>)>;

/// A generator.
pub(super) struct Peer {
    pub name: &'static str,
    /// What to do where it is missing.
    pub hint: &'static str,
    /// The calls that carry `load`; none if it cannot.
    pub argv: fn(&Path, &str, &Load, u32) -> Calls,
    /// Reads its standard output.
    pub read: fn(&str, &Load) -> Result<Figures>,
}

/// Every generator, ours first.
pub(super) static ALL: [Peer; 7] = [
    Peer { name: OURS, hint: "cargo build --release", argv: bakeoff_argv, read: bakeoff_read },
    Peer { name: "wrk", hint: "apt-get install wrk", argv: wrk_argv, read: wrk_read },
    Peer {
        name: "h2load",
        hint: "apt-get install nghttp2-client",
        argv: h2load_argv,
        read: h2load_read,
    },
    Peer { name: "ab", hint: "apt-get install apache2-utils", argv: ab_argv, read: ab_read },
    Peer { name: "oha", hint: "cargo install --locked oha", argv: oha_argv, read: oha_read },
    Peer { name: "hey", hint: "apt-get install hey", argv: hey_argv, read: hey_read },
    Peer { name: "k6", hint: "go install go.k6.io/k6@latest", argv: k6_argv, read: k6_read },
];

/// The generators that are here, with their programs.
pub(super) fn present(root: &Path) -> Vec<(&'static Peer, PathBuf)> {
    let local = [root.join("target/release"), root.join("target/peers/bin")];
    let find = |name: &str| {
        let near = local.iter().map(|folder| folder.join(name)).find(|path| path.exists());
        near.or_else(|| {
            let output = Command::new("which").arg(name).output().ok()?;
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            (!path.is_empty()).then(|| PathBuf::from(path))
        })
    };
    ALL.iter().filter_map(|peer| Some((peer, find(peer.name)?))).collect()
}

fn call(program: &Path, rest: &str) -> Vec<String> {
    let words = rest.split_whitespace().map(str::to_owned);
    std::iter::once(program.to_string_lossy().into_owned()).chain(words).collect()
}

/// The number after `label`, with a unit of time or count if one follows.
fn number_after(text: &str, label: &str) -> Option<f64> {
    let rest = text[text.find(label)? + label.len()..].trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    let number: f64 = rest[..end].parse().ok()?;
    let unit: String = rest[end..].chars().take_while(|c| c.is_alphabetic()).collect();
    Some(match unit.as_str() {
        "us" => number * 1e-6,
        "ms" => number * 1e-3,
        "m" => number * 60.0,
        _ => number,
    })
}

fn bakeoff_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    let rhythm = load.rate.map_or("--closed".to_owned(), |rate| format!("--rate {rate}"));
    let poisson = if load.poisson { " --poisson" } else { "" };
    let insecure = if load.tls { " --insecure" } else { "" };
    let streams =
        if load.http2 { format!(" --http2 --streams {}", load.streams) } else { String::new() };
    let rest = format!(
        "load {url} -c {} -d {seconds}s --json {rhythm}{poisson}{insecure}{streams}",
        load.connections
    );
    vec![("", call(program, &rest))]
}

fn bakeoff_read(stdout: &str, _: &Load) -> Result<Figures> {
    let told: Value = serde_json::from_str(stdout)?;
    let latency = |key: &str| told["latency"][key].as_f64();
    Ok(Figures {
        answered: told["answered"].as_f64(),
        rate: told["delivered_rate"].as_f64(),
        latency: [latency("p50"), latency("p95"), latency("p99"), latency("p999"), latency("max")],
        lag_p99: told["send_lag"]["p99"].as_f64(),
        ..Figures::default()
    })
}

fn wrk_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    if load.rate.is_some() || load.http2 {
        return Vec::new();
    }
    let rest = format!("-t1 -c{} -d{seconds}s --latency {url}", load.connections);
    vec![("", call(program, &rest))]
}

fn wrk_read(stdout: &str, _: &Load) -> Result<Figures> {
    let rate = number_after(stdout, "Requests/sec:").context("no Requests/sec")?;
    let total = stdout.find(" requests in ").context("no total")?;
    let answered = stdout[..total].rsplit(char::is_whitespace).next().and_then(|w| w.parse().ok());
    let latency = [number_after(stdout, "50%"), None, number_after(stdout, "99%"), None, None];
    Ok(Figures { answered, rate: Some(rate), latency, ..Figures::default() })
}

fn h2load_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    if load.poisson {
        return Vec::new();
    }
    let mut rest = format!("-t1 -c{} -D{seconds} -m{}", load.connections, load.streams);
    if !load.http2 {
        rest += " --h1";
    }
    if let Some(rate) = load.rate {
        // Its open loop is a number of requests a second for each client.
        let _ = write!(rest, " --rps {}", rate / f64::from(load.connections));
    }
    vec![("", call(program, &format!("{rest} {url}")))]
}

fn h2load_read(stdout: &str, _: &Load) -> Result<Figures> {
    let line = stdout.lines().find(|l| l.starts_with("finished in")).context("not finished")?;
    let rate =
        line.split(", ").nth(1).and_then(|w| w.split(' ').next()).and_then(|w| w.parse().ok());
    let succeeded = stdout.find(" succeeded").context("no count")?;
    let answered = stdout[..succeeded].rsplit(' ').next().and_then(|w| w.parse().ok());
    let times = stdout.lines().find(|l| l.starts_with("time for request:"));
    let columns: Vec<&str> = times.unwrap_or_default().split_whitespace().collect();
    let max = columns.get(4).and_then(|cell| number_after(&format!("x{cell}"), "x"));
    Ok(Figures { answered, rate, latency: [None, None, None, None, max], ..Figures::default() })
}

fn ab_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    // It holds at most 20 000 connections and speaks neither HTTP/2 nor a rate.
    if load.rate.is_some() || load.http2 || load.tls {
        return Vec::new();
    }
    let rest = format!("-k -q -r -c {} -t {seconds} -n 5000000 {url}", load.connections);
    vec![("", call(program, &rest))]
}

fn ab_read(stdout: &str, _: &Load) -> Result<Figures> {
    Ok(Figures {
        answered: Some(number_after(stdout, "Complete requests:").context("no count")?),
        rate: number_after(stdout, "Requests per second:"),
        ..Figures::default()
    })
}

fn oha_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    if load.poisson {
        return Vec::new();
    }
    let streams = if load.http2 { format!(" --http2 -p {}", load.streams) } else { String::new() };
    let insecure = if load.tls { " --insecure" } else { "" };
    let base = format!(
        "-z {seconds}s -c {}{streams}{insecure} --no-tui --output-format json",
        load.connections
    );
    match load.rate {
        None => vec![("", call(program, &format!("{base} {url}")))],
        Some(rate) => vec![
            ("", call(program, &format!("{base} -q {rate} {url}"))),
            (
                " --latency-correction",
                call(program, &format!("{base} -q {rate} --latency-correction {url}")),
            ),
        ],
    }
}

fn oha_read(stdout: &str, _: &Load) -> Result<Figures> {
    let told: Value = serde_json::from_str(stdout)?;
    let codes = told["statusCodeDistribution"].as_object().context("no statusCodeDistribution")?;
    let at = |key: &str| told["latencyPercentiles"][key].as_f64();
    Ok(Figures {
        answered: Some(codes.values().filter_map(Value::as_f64).sum()),
        rate: told["summary"]["requestsPerSec"].as_f64(),
        latency: [
            at("p50"),
            at("p95"),
            at("p99"),
            at("p99.9"),
            told["summary"]["slowest"].as_f64(),
        ],
        ..Figures::default()
    })
}

fn hey_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    if load.http2 || load.tls || load.poisson || load.connections > 1000 {
        return Vec::new();
    }
    let rate = load
        .rate
        .map_or(String::new(), |rate| format!(" -q {}", rate / f64::from(load.connections)));
    let rest = format!("-z {seconds}s -c {}{rate} -cpus 1 {url}", load.connections);
    vec![("", call(program, &rest))]
}

fn hey_read(stdout: &str, _: &Load) -> Result<Figures> {
    let code = stdout.find("[200]").context("no [200]")?;
    let at = |label: &str| number_after(stdout, label);
    Ok(Figures {
        answered: number_after(&stdout[code..], "[200]"),
        rate: at("Requests/sec:"),
        latency: [at("50% in"), at("95% in"), at("99% in"), None, at("Slowest:")],
        ..Figures::default()
    })
}

fn k6_argv(program: &Path, url: &str, load: &Load, seconds: u32) -> Calls {
    if load.http2 || load.tls || load.poisson || load.connections > 1000 {
        return Vec::new();
    }
    let script = std::env::temp_dir().join("bakeoff-bench-k6.js");
    let scenario = match load.rate {
        None => {
            format!("executor: 'constant-vus', vus: {}, duration: '{seconds}s'", load.connections)
        }
        Some(rate) => format!(
            "executor: 'constant-arrival-rate', rate: {rate:.0}, timeUnit: '1s', duration: '{seconds}s', preAllocatedVUs: {}",
            load.connections
        ),
    };
    let text = format!(
        "import http from 'k6/http';\nexport const options = {{ scenarios: {{ all: {{ {scenario} }} }}, discardResponseBodies: true, summaryTrendStats: ['med','p(95)','p(99)','p(99.9)','max'] }};\nexport default function () {{ http.get('{url}'); }}\nexport function handleSummary(data) {{ return {{ stdout: JSON.stringify(data.metrics) }}; }}\n"
    );
    if std::fs::write(&script, text).is_err() {
        return Vec::new();
    }
    vec![("", call(program, &format!("run --quiet --no-usage-report {}", script.display())))]
}

fn k6_read(stdout: &str, _: &Load) -> Result<Figures> {
    let json = &stdout[stdout.find('{').context("no JSON")?..];
    let told: Value = serde_json::from_str(json)?;
    let requests = &told["http_reqs"]["values"];
    let at = |key: &str| told["http_req_duration"]["values"][key].as_f64().map(|ms| ms * 1e-3);
    Ok(Figures {
        answered: requests["count"].as_f64(),
        rate: requests["rate"].as_f64(),
        latency: [at("med"), at("p(95)"), at("p(99)"), at("p(99.9)"), at("max")],
        ..Figures::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_the_peers_are_understood() {
        let load = Load::closed(64);
        let wrk = "    50%  288.00us\n     99%    1.20ms\n  1234567 requests in 5.00s, 1GB read\nRequests/sec: 165000.50\n";
        let wrk = wrk_read(wrk, &load).unwrap();
        assert_eq!((wrk.answered, wrk.rate), (Some(1234567.0), Some(165000.5)));
        assert_eq!(wrk.latency[0], Some(288.0 * 1e-6));
        let h2load = "finished in 5.00s, 12345.60 req/s, 1.2MB/s\nrequests: 61728 total, 61728 started, 61728 done, 61728 succeeded, 0 failed\ntime for request:      100us      2.00ms       300us       50us    90.00%\n";
        let h2load = h2load_read(h2load, &load).unwrap();
        assert_eq!((h2load.answered, h2load.rate), (Some(61728.0), Some(12345.6)));
        assert_eq!(h2load.latency[4], Some(2.0 * 1e-3));
        let hey = "  Slowest:\t0.0123 secs\n  Requests/sec:\t9876.5\n  50% in 0.0010 secs\n  [200]\t49382 responses\n";
        let hey = hey_read(hey, &load).unwrap();
        assert_eq!((hey.answered, hey.latency[4]), (Some(49382.0), Some(0.0123)));
    }
}
