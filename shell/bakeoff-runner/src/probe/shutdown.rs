//! Whether a candidate told to stop under load still answers what it has taken on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_experiment::draw::{DrawnRequest, draw};

use super::{Found, ProbeError, Subject};
use crate::http::{self, FetchError};

/// Clients that keep asking, one request at a time each.
const CLIENTS: u32 = 16;

/// How long they ask before the candidate is told to stop.
const LEAD: Duration = Duration::from_millis(500);

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
    let requests = requests(subject);
    let tally = Tally { told: AtomicU64::new(u64::MAX), ..Tally::default() };
    let address = running.address;
    let began = Instant::now();
    let stopped = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (requests, tally) = (&requests, &tally);
            scope.spawn(move || {
                let mut turn = client as usize;
                while !tally.done.load(Ordering::Relaxed) {
                    let asked_at = began.elapsed().as_nanos() as u64;
                    let answer =
                        http::fetch(address, &requests[turn % requests.len()], ANSWER_WITHIN);
                    tally.take(asked_at, &answer);
                    turn += CLIENTS as usize;
                }
            });
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

impl Tally {
    /// Counts an answer, or the loss of one: only a request made before the candidate was told to
    /// stop is its duty.
    fn take(&self, asked_at: u64, answer: &Result<bakeoff_experiment::answer::Answer, FetchError>) {
        match answer {
            Ok(_) => {
                self.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) if asked_at < self.told.load(Ordering::SeqCst) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Requests of the first workload that the candidate takes part in, else the ready request.
fn requests(subject: &Subject<'_>) -> Vec<DrawnRequest> {
    let mine = &subject.candidate.workloads;
    let workload = subject
        .rig
        .experiment
        .workloads
        .iter()
        .find(|workload| mine.is_empty() || mine.contains(&workload.name));
    match workload.and_then(|workload| workload.requests.first()) {
        Some(template) => (0..VARIANTS)
            .map(|index| draw(template, subject.rig.seed, &subject.name, index))
            .collect(),
        None => vec![http::get(&subject.candidate.ready.path)],
    }
}
