//! Threads of the operating system, beside which tasks are cheap.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::report::{bytes, quantile, resident, seconds};

const COUNT: usize = 10_000;
const DELAYS: usize = 500;

pub fn run() {
    let before = resident();
    let gate = Arc::new((Mutex::new(0_usize), Condvar::new(), Condvar::new()));
    let start = Instant::now();
    let threads: Vec<_> = (0..COUNT)
        .map_while(|_| {
            let gate = gate.clone();
            thread::Builder::new()
                .spawn(move || {
                    let (started, all_started, release) = &*gate;
                    let mut started = started.lock().unwrap_or_else(PoisonError::into_inner);
                    *started += 1;
                    all_started.notify_one();
                    while *started != usize::MAX {
                        started = release.wait(started).unwrap_or_else(PoisonError::into_inner);
                    }
                })
                .ok()
        })
        .collect();
    let (started, all_started, release) = &*gate;
    let mut count = started.lock().unwrap_or_else(PoisonError::into_inner);
    while *count < threads.len() {
        count = all_started.wait(count).unwrap_or_else(PoisonError::into_inner);
    }
    drop(count);
    if threads.len() == COUNT {
        seconds("spawn-10k", start.elapsed().as_secs_f64());
        bytes("bytes-per-task-10k", (resident() - before) / COUNT as f64);
        let mut delays: Vec<f64> = (0..DELAYS)
            .map(|_| {
                let start = Instant::now();
                thread::spawn(move || start.elapsed().as_secs_f64()).join().expect("no panic")
            })
            .collect();
        delays.sort_unstable_by(f64::total_cmp);
        seconds("delay-parked-10k", quantile(&delays, 0.99));
    } else {
        eprintln!("only {} threads of {COUNT} are allowed here", threads.len());
    }
    let start = Instant::now();
    *started.lock().unwrap_or_else(PoisonError::into_inner) = usize::MAX;
    release.notify_all();
    let all = threads.len() == COUNT;
    for thread in threads {
        thread.join().expect("no panic");
    }
    if all {
        seconds("release-10k", start.elapsed().as_secs_f64());
    }
}
