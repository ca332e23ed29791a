//! Waits until a candidate answers, or says why it does not.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bakeoff_experiment::draw::DrawnRequest;

use crate::candidate::{Running, Start, StartError, exit_hint};
use crate::http::{self, FetchError};
use crate::{launch, proc_fs};

/// For this long after the start, the ready request is repeated as fast as is sensible: how long a
/// start takes is a result.
const EAGER: Duration = Duration::from_millis(500);

/// Pause between tries in that time: the resolution of `start`.
const EAGER_PAUSE: Duration = Duration::from_micros(200);

/// Pause between tries later.
const PATIENT_PAUSE: Duration = Duration::from_millis(5);

/// Time that a try must have had for its failure to tell something.
const TELLING: Duration = Duration::from_millis(100);

/// How long one try may take.
const TRY_WITHIN: Duration = Duration::from_secs(2);

/// Returns once the ready request is answered with 200 by the candidate's own socket. `launched`
/// is where the time of the exec is noted, and when the launch began if it is not.
pub(crate) fn wait(
    running: &mut Running,
    start: &Start<'_>,
    launched: Option<(&Path, u64)>,
) -> Result<(), StartError> {
    let ready = &start.candidate.ready;
    let request = DrawnRequest { method: ready.method.clone(), ..http::get(&ready.path) };
    let within = Duration::from_secs_f64(start.candidate.ready_within);
    let began = Instant::now();
    let mut last = String::new();
    loop {
        let left = within.saturating_sub(began.elapsed());
        let answer = http::fetch(running.address, &request, TRY_WITHIN.min(left.max(EAGER_PAUSE)));
        let answered_at = launch::monotonic_nanos();
        if let Some(error) = exited(running, began.elapsed()) {
            return Err(error);
        }
        if start.signals.cut_short() {
            return Err(StartError::Stopped);
        }
        let now = match answer {
            Ok(answer) if answer.status == 200 => {
                owned(running)?;
                running.start_seconds = launched.map(|(note, began)| {
                    let exec = fs::read_to_string(note).ok().and_then(|text| text.parse().ok());
                    answered_at.saturating_sub(exec.unwrap_or(began)) as f64 / 1e9
                });
                return Ok(());
            }
            Ok(answer) => format!("answered {}", answer.status),
            Err(FetchError::Connect { .. }) => "found nobody listening".to_owned(),
            Err(error) => format!("failed: {error}"),
        };
        // A try cut short by the deadline says less than the one before it.
        if TELLING <= left || last.is_empty() {
            last = now;
        }
        if within <= began.elapsed() {
            return Err(StartError::NotReady {
                probe: format!("{} http://{}{}", request.method, running.address, request.path),
                last,
                seconds: start.candidate.ready_within,
                tail: running.tail(),
            });
        }
        std::thread::sleep(if began.elapsed() < EAGER { EAGER_PAUSE } else { PATIENT_PAUSE });
    }
}

/// Why it ended, if it did. Whatever answered at its address then was not it.
fn exited(running: &mut Running, after: Duration) -> Option<StartError> {
    let process = running.process_mut()?;
    let status = process.ended()?;
    // Its last words may still be in the pipe.
    process.output.finish();
    let tail = process.output.tail();
    Some(StartError::Exited {
        status: process.describe(status),
        seconds: after.as_secs_f64(),
        hint: exit_hint(status, &tail),
        tail,
    })
}

/// Every socket that listens on the candidate's port must be held by a process of the candidate.
fn owned(running: &Running) -> Result<(), StartError> {
    let Some(process) = running.process() else { return Ok(()) };
    let listening = proc_fs::listeners(running.address.port());
    let held: std::collections::BTreeSet<u64> =
        process.pids().into_iter().flat_map(proc_fs::sockets).collect();
    let foreign: std::collections::BTreeSet<u64> = listening.difference(&held).copied().collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(StartError::Foreign {
        address: running.address,
        holder: proc_fs::holder(&foreign).unwrap_or_else(|| "a process we cannot see".to_owned()),
    })
}
