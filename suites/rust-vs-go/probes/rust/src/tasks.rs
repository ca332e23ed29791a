//! Tokio tasks, many of them: what they cost to start and to keep, and how long the next one waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::report::{bytes, quantile, resident, seconds};

const COUNTS: [(usize, &str); 3] = [(10_000, "10k"), (100_000, "100k"), (1_000_000, "1m")];

/// How many tasks are started at once to see how long they wait. One alone would overtake the queue: both runtimes keep
/// a place for the task that was started last.
const BATCH: usize = 100;
const BATCHES_PARKED: usize = 20;
const BATCHES_ACTIVE: usize = 3;

pub fn run() {
    for (count, name) in COUNTS {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async { tokio::spawn(parked(count, name)).await.expect("no panic") });
        runtime.block_on(async { tokio::spawn(active(count, name)).await.expect("no panic") });
    }
}

async fn parked(count: usize, name: &str) {
    let before = resident();
    let release = Arc::new(Semaphore::new(0));
    let (started, mut starts) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..count {
        let (release, started) = (release.clone(), started.clone());
        tasks.spawn(async move {
            started.send(()).expect("the receiver lives");
            let _permit = release.acquire().await;
        });
    }
    for _ in 0..count {
        starts.recv().await;
    }
    seconds(&format!("spawn-{name}"), start.elapsed().as_secs_f64());
    bytes(&format!("bytes-per-task-{name}"), (resident() - before) / count as f64);
    let delays = delays(BATCHES_PARKED).await;
    seconds(&format!("delay-parked-{name}"), quantile(&delays, 0.99));
    let start = Instant::now();
    release.close();
    while tasks.join_next().await.is_some() {}
    seconds(&format!("release-{name}"), start.elapsed().as_secs_f64());
}

async fn active(count: usize, name: &str) {
    let stop = Arc::new(AtomicBool::new(false));
    let yields = Arc::new(AtomicU64::new(0));
    let release = Arc::new(Semaphore::new(0));
    let (started, mut starts) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (release, started) = (release.clone(), started.clone());
        let (stop, yields) = (stop.clone(), yields.clone());
        tasks.spawn(async move {
            started.send(()).expect("the receiver lives");
            let _permit = release.acquire().await;
            let mut own = 0;
            while !stop.load(Ordering::Relaxed) {
                own += 1;
                tokio::task::yield_now().await;
            }
            yields.fetch_add(own, Ordering::Relaxed);
        });
    }
    for _ in 0..count {
        starts.recv().await;
    }
    let start = Instant::now();
    release.close();
    let delays = delays(BATCHES_ACTIVE).await;
    stop.store(true, Ordering::Relaxed);
    while tasks.join_next().await.is_some() {}
    let elapsed = start.elapsed().as_secs_f64();
    seconds(&format!("delay-active-{name}"), quantile(&delays, 0.5));
    seconds(&format!("yield-{name}"), elapsed / yields.load(Ordering::Relaxed) as f64);
}

/// How long tasks wait between their start and their first step, sorted, in seconds.
async fn delays(batches: usize) -> Vec<f64> {
    let mut delays = Vec::with_capacity(batches * BATCH);
    for _ in 0..batches {
        let mut tasks = JoinSet::new();
        for _ in 0..BATCH {
            let start = Instant::now();
            tasks.spawn(async move { start.elapsed().as_secs_f64() });
        }
        delays.extend(tasks.join_all().await);
    }
    delays.sort_unstable_by(f64::total_cmp);
    delays
}
