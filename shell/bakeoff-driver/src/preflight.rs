//! What can be known to run out before the start: descriptors and local ports.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::run::DriveError;
use crate::target::{Address, Target};

/// Descriptors left to everything else in the process.
const DESCRIPTORS_SPARE: u64 = 64;

/// Raises the limit of descriptors as far as needed and allowed.
pub(crate) fn descriptors(connections: u32) -> Result<(), DriveError> {
    let limit = getrlimit(Resource::Nofile);
    let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count) as u64;
    let needed = u64::from(connections) + open + DESCRIPTORS_SPARE;
    if limit.current.is_none_or(|current| needed <= current) {
        return Ok(());
    }
    let possible = limit.maximum.is_none_or(|maximum| needed <= maximum);
    let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
    if possible && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    Err(DriveError::Descriptors { needed, limit: limit.maximum.or(limit.current).unwrap_or(0) })
}

/// Each connection to one address takes a local port.
pub(crate) fn ports(connections: u32, target: &Target) -> Result<(), DriveError> {
    let Address::Tcp(_) = target.address else { return Ok(()) };
    let Some(available) = ports_available() else { return Ok(()) };
    if u64::from(connections) <= available {
        return Ok(());
    }
    Err(DriveError::Ports { needed: connections.into(), available })
}

fn ports_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = text.split_ascii_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some((last + 1).saturating_sub(first))
}
