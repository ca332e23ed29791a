//! Whether a candidate told to stop under load still answers what it has taken on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_experiment::answer::Answer;
use bakeoff_experiment::draw::{DrawnRequest, draw};
use bakeoff_experiment::workload::Workload;

use super::{Found, ProbeError, Subject};
use crate::http::{self, Connection, FetchError};

/// Clients that keep asking, one request at a time each.
const CLIENTS: u32 = 16;

/// How long they ask before the candidate is told to stop.
const LEAD: Duration = Duration::from_millis(500);

/// A request this old when the candidate was told to stop had reached it.
const TAKEN_ON: Duration = Duration::from_millis(2);

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Different requests that the clients take turns with.
const VARIANTS: u32 = 64;

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let running = subject.start()?;
    if running.process().is_none() {
        return Err(ProbeError::Nothing { reason: "it runs elsewhere".to_owned() });
    }
    let rig = subject.rig;
    let address = running.address;
    let (workload, requests) = requests(subject, address);
    let tally = Tally { told: AtomicU64::new(u64::MAX), ..Tally::default() };
    let began = Instant::now();
    let stopped = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (requests, tally) = (&requests, &tally);
            scope.spawn(move || ask(client as usize, address, requests, tally, began));
        }
        thread::sleep(LEAD);
        tally.told.store(began.elapsed().as_nanos() as u64, Ordering::SeqCst);
        let stopped = running.stop(subject.grace(), &rig.signals);
        tally.done.store(true, Ordering::Relaxed);
        stopped
    });
    let mut found = Found::default();
    found.metric("shutdown-lost", tally.lost.load(Ordering::Relaxed) as f64);
    if let Some(seconds) = stopped.seconds {
        found.metric("shutdown", seconds);
    }
    found.fact("answered before", tally.answered.load(Ordering::Relaxed).to_string());
    found.fact("asked for", workload);
    found.fact("stopped by", stopped.facts.rung);
    found.fact("ended with", stopped.facts.status);
    Ok(found)
}

#[derive(Debug, Default)]
struct Tally {
    done: AtomicBool,
    /// When the candidate was told to stop, in nanoseconds.
    told: AtomicU64,
    answered: AtomicU64,
    lost: AtomicU64,
}

/// Asks on one connection after the other until the candidate is gone.
fn ask(
    client: usize,
    address: SocketAddr,
    requests: &[DrawnRequest],
    tally: &Tally,
    began: Instant,
) {
    let mut turn = client;
    while !tally.done.load(Ordering::Relaxed) {
        let Ok(mut connection) = Connection::open(address, ANSWER_WITHIN) else {
            // Nobody listens any more; the end is near.
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        loop {
            let asked_at = began.elapsed();
            let answer = connection.ask(&requests[turn % requests.len()], ANSWER_WITHIN);
            turn += CLIENTS as usize;
            if !tally.take(asked_at, &answer) {
                break;
            }
        }
    }
}

impl Tally {
    /// Counts an answer, or the loss of one, and says whether to go on: only a request that had
    /// reached the candidate before it was told to stop is its duty.
    fn take(&self, asked_at: Duration, answer: &Result<Answer, FetchError>) -> bool {
        let told = Duration::from_nanos(self.told.load(Ordering::SeqCst));
        match answer {
            Ok(_) => {
                self.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) if asked_at + TAKEN_ON < told => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        answer.is_ok() && !self.done.load(Ordering::Relaxed)
    }
}

/// Requests of the workload whose answers take longest, so that some are under way when the
/// candidate is told to stop; without workloads, the ready request.
fn requests(subject: &Subject<'_>, address: SocketAddr) -> (String, Vec<DrawnRequest>) {
    let mine = &subject.candidate.workloads;
    let draws = |workload: &Workload, count: u32| -> Vec<DrawnRequest> {
        let Some(template) = workload.requests.first() else { return Vec::new() };
        (0..count).map(|index| draw(template, subject.rig.seed, &subject.name, index)).collect()
    };
    let timed = subject
        .rig
        .experiment
        .workloads
        .iter()
        .filter(|workload| mine.is_empty() || mine.contains(&workload.name))
        .filter_map(|workload| {
            let request = draws(workload, 1).pop()?;
            let began = Instant::now();
            http::fetch(address, &request, ANSWER_WITHIN).ok()?;
            Some((began.elapsed(), workload))
        })
        .max_by_key(|(seconds, _)| *seconds);
    match timed {
        Some((_, workload)) => (workload.name.clone(), draws(workload, VARIANTS)),
        None => ("the ready request".to_owned(), vec![http::get(&subject.candidate.ready.path)]),
    }
}
