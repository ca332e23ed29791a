//! Channels, a pipeline, a contended counter, a fan-out: what it costs tasks to work together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::report::seconds;

const CAPACITY: usize = 128;
const MESSAGES: u64 = 2_000_000;
const STAGES: usize = 50;
const PIPED: u64 = 20_000;
const COUNTERS: u64 = 16;
const INCREMENTS: u64 = 200_000;
const FANS: u64 = 200;
const FAN: u64 = 1_000;

#[tokio::main]
pub async fn run() {
    tokio::spawn(async {
        channel().await;
        pipeline().await;
        counter().await;
        fan_out().await;
    })
    .await
    .expect("no panic");
}

async fn channel() {
    let (sender, mut receiver) = mpsc::channel(CAPACITY);
    let start = Instant::now();
    tokio::spawn(async move {
        for i in 0..MESSAGES {
            sender.send(i).await.expect("the receiver lives");
        }
    });
    let mut sum = 0;
    while let Some(i) = receiver.recv().await {
        sum += i;
    }
    assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
    seconds("channel-message", start.elapsed().as_secs_f64() / MESSAGES as f64);
}

async fn pipeline() {
    let (sender, mut receiver) = mpsc::channel(CAPACITY);
    for _ in 0..STAGES {
        let (next, end) = mpsc::channel(CAPACITY);
        let mut from = std::mem::replace(&mut receiver, end);
        tokio::spawn(async move {
            while let Some(i) = from.recv().await {
                next.send(i + 1).await.expect("the receiver lives");
            }
        });
    }
    let start = Instant::now();
    tokio::spawn(async move {
        for i in 0..PIPED {
            sender.send(i).await.expect("the receiver lives");
        }
    });
    let mut sum = 0;
    while let Some(i) = receiver.recv().await {
        sum += i;
    }
    assert_eq!(sum, PIPED * (PIPED - 1) / 2 + PIPED * STAGES as u64);
    seconds("pipeline-hop", start.elapsed().as_secs_f64() / (PIPED * STAGES as u64) as f64);
}

async fn counter() {
    let counter = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..COUNTERS {
        let counter = counter.clone();
        tasks.spawn(async move {
            for _ in 0..INCREMENTS {
                *counter.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(*counter.lock().unwrap_or_else(PoisonError::into_inner), COUNTERS * INCREMENTS);
    seconds("counter-increment", start.elapsed().as_secs_f64() / (COUNTERS * INCREMENTS) as f64);
}

async fn fan_out() {
    let start = Instant::now();
    for _ in 0..FANS {
        let mut tasks = JoinSet::new();
        for i in 0..FAN {
            tasks.spawn(async move { i });
        }
        let sum: u64 = tasks.join_all().await.into_iter().sum();
        assert_eq!(sum, FAN * (FAN - 1) / 2);
    }
    seconds("fanout-task", start.elapsed().as_secs_f64() / (FANS * FAN) as f64);
}
