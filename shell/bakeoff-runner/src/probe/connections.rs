//! What an open connection costs that nobody uses.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use super::{Found, ProbeError, Subject};
use crate::sample::Gauge;

/// Connections held, fewest and most; as many of them as descriptors allow.
const COUNTS: [usize; 2] = [1_000, 10_000];

/// Descriptors that other parts of this program may need meanwhile.
const DESCRIPTORS_KEPT: u64 = 256;

/// How long one connection may take to be answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long the candidate is left alone before its memory is read.
const SETTLE: Duration = Duration::from_millis(500);

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let running = subject.start()?;
    let Some(process) = running.process() else {
        return Err(ProbeError::Nothing { reason: "it runs elsewhere".to_owned() });
    };
    let rig = subject.rig;
    let gauge = Gauge::open(process, &rig.processors, &rig.environment.cgroup_root);
    let memory = || {
        std::thread::sleep(SETTLE);
        gauge.memory().proportional as f64
    };
    let before = memory();
    let mut held: Vec<TcpStream> = Vec::new();
    let mut found = Found::default();
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    for count in COUNTS {
        if allowed < count as u64 + DESCRIPTORS_KEPT {
            found.fact("stopped at", format!("{} connections: {allowed} open files", held.len()));
            break;
        }
        while held.len() < count {
            if rig.signals.ending().is_some() {
                return Err(ProbeError::Stopped);
            }
            match open(running.address, &subject.candidate.ready.path) {
                Ok(stream) => held.push(stream),
                Err(error) => {
                    let reason = format!("connection {} failed: {error}", held.len() + 1);
                    return Err(ProbeError::Nothing { reason });
                }
            }
        }
        let each = (memory() - before) / count as f64;
        // The larger count has the last word; below a page for all of them there is nothing to see.
        found.metric("bytes-per-connection", each.max(0.0));
        found.fact(&format!("bytes a connection at {count}"), format!("{each:.0}"));
    }
    drop(held);
    running.stop(subject.grace(), &rig.signals);
    Ok(found)
}

/// Opens a connection and has one request answered on it, so that everything that the candidate
/// sets up for a connection is there.
fn open(address: SocketAddr, path: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut buffer = [0; 4096];
    if stream.read(&mut buffer)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(stream)
}
