//! Asking upstreams, all at once, with a deadline.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// The pool's size that the contract declares.
const IDLE_CONNECTIONS: usize = 256;

/// How long a slow upstream takes: past any deadline.
const SLOW_MS: i64 = 10_000;

#[derive(Debug)]
pub struct Fanout {
    client: Client,
    base: String,
}

/// Whom to ask: of `n` upstreams, the first `failing` fail and the next `slow` are late.
#[derive(Clone, Copy, Debug)]
pub struct FanoutRequest {
    pub n: i64,
    pub delay_ms: i64,
    pub failing: i64,
    pub slow: i64,
    pub deadline_ms: u64,
}

/// How many answered, failed, and were not waited for.
#[derive(Debug, Default, Serialize)]
pub struct FanoutResult {
    ok: u64,
    failed: u64,
    late: u64,
}

impl Fanout {
    /// Asks upstreams below the address `base`.
    pub fn new(base: String) -> reqwest::Result<Self> {
        let client = Client::builder().pool_max_idle_per_host(IDLE_CONNECTIONS).build()?;
        Ok(Self { client, base })
    }

    /// Asks all upstreams at once and waits for them until the deadline.
    pub async fn ask(&self, request: FanoutRequest) -> FanoutResult {
        let deadline = Instant::now() + Duration::from_millis(request.deadline_ms);
        let mut calls = JoinSet::new();
        for i in 0..request.n {
            let url = format!("{}/delay/{}", self.base, request.delay_of(i));
            calls.spawn(timeout_at(deadline, call(self.client.clone(), url)));
        }

        let mut result = FanoutResult::default();
        while let Some(answer) = calls.join_next().await {
            match answer {
                Ok(Ok(Ok(StatusCode::OK))) => result.ok += 1,
                Ok(Err(_elapsed)) => result.late += 1,
                Ok(Ok(_)) | Err(_) => result.failed += 1,
            }
        }
        result
    }
}

impl FanoutRequest {
    /// What upstream `i` is asked for: -1 is what it refuses.
    fn delay_of(&self, i: i64) -> i64 {
        if i < self.failing {
            -1
        } else if i < self.failing + self.slow {
            SLOW_MS
        } else {
            self.delay_ms
        }
    }
}

async fn call(client: Client, url: String) -> reqwest::Result<StatusCode> {
    let response = client.get(url).send().await?;
    let status = response.status();
    response.bytes().await?;
    Ok(status)
}
