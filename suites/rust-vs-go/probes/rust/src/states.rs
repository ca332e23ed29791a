//! A large cache in memory under steady updates: how long an update takes from the time it was due.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use serde::Serialize;

use crate::report::{quantile, seconds};

const KEPT: usize = 500_000;
const USERS: u64 = 7_000;
const CHANNELS: u64 = 100;
const UPDATES: u32 = 1_000_000;
const INTERVAL: Duration = Duration::from_micros(10);

#[derive(Clone, Copy, Default, Serialize)]
struct ReadState {
    user: u64,
    channel: u64,
    last_message: u64,
    mentions: u64,
}

pub fn run() {
    let mut states = LruCache::new(NonZeroUsize::new(KEPT).expect("not zero"));
    for i in 0..KEPT as u64 {
        update(&mut states, i / CHANNELS, i % CHANNELS, i);
    }
    let mut random = 1_u64;
    let mut latencies = Vec::with_capacity(UPDATES as usize);
    let mut answered = 0;
    let start = Instant::now();
    for i in 0..UPDATES {
        let due = start + INTERVAL * i;
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = (random >> 33) % (USERS * CHANNELS);
        let state = update(&mut states, key / CHANNELS, key % CHANNELS, u64::from(i));
        answered += serde_json::to_vec(&state).expect("a state can be written").len();
        latencies.push(due.elapsed().as_secs_f64());
    }
    assert!(answered > UPDATES as usize * 40);
    latencies.sort_unstable_by(f64::total_cmp);
    for (name, p) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)] {
        seconds(&format!("update-{name}"), quantile(&latencies, p));
    }
}

fn update(
    states: &mut LruCache<(u64, u64), ReadState>,
    user: u64,
    channel: u64,
    message: u64,
) -> ReadState {
    let state = states.get_or_insert_mut((user, channel), || ReadState {
        user,
        channel,
        ..ReadState::default()
    });
    state.last_message = state.last_message.max(message);
    state.mentions += 1;
    *state
}
