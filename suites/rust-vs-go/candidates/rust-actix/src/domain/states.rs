//! How far users have read channels: the most recently used states, kept in memory.

use std::num::NonZeroUsize;
use std::sync::{Mutex, OnceLock, PoisonError};

use lru::LruCache;
use serde::Serialize;

/// How far a user has read a channel.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReadState {
    user: u64,
    channel: u64,
    last_message: u64,
    mentions: u64,
}

/// The most recently used read states, up to a capacity.
#[derive(Debug)]
pub struct ReadStates {
    capacity: NonZeroUsize,
    states: OnceLock<Mutex<LruCache<Key, ReadState>>>,
}

#[derive(Debug, Hash, PartialEq, Eq)]
struct Key {
    user: u64,
    channel: u64,
}

/// How many channels each preloaded user follows.
const PRELOAD_CHANNELS: u64 = 100;

impl ReadStates {
    /// A cache. It is filled when it is first used: users from 1, a hundred channels each.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, states: OnceLock::new() }
    }

    /// A state, now marked as used; one that is not kept is all zeros.
    pub fn read(&self, user: u64, channel: u64) -> ReadState {
        let mut states = self.states().lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key { user, channel };
        states.get(&key).copied().unwrap_or(ReadState::new(user, channel))
    }

    /// Counts a mention and notes the message if it is the latest; the least recently used state makes room.
    pub fn update(&self, user: u64, channel: u64, message: u64) -> ReadState {
        let mut states = self.states().lock().unwrap_or_else(PoisonError::into_inner);
        update(&mut states, user, channel, message)
    }

    fn states(&self) -> &Mutex<LruCache<Key, ReadState>> {
        self.states.get_or_init(|| {
            // Grows as it fills, as a map does unless told otherwise.
            let mut states = LruCache::unbounded();
            states.resize(self.capacity);
            for i in 0..self.capacity.get() as u64 {
                update(&mut states, i / PRELOAD_CHANNELS + 1, i % PRELOAD_CHANNELS + 1, i);
            }
            Mutex::new(states)
        })
    }
}

fn update(
    states: &mut LruCache<Key, ReadState>,
    user: u64,
    channel: u64,
    message: u64,
) -> ReadState {
    let state = states.get_or_insert_mut(Key { user, channel }, || ReadState::new(user, channel));
    state.last_message = state.last_message.max(message);
    state.mentions += 1;
    *state
}

impl ReadState {
    fn new(user: u64, channel: u64) -> Self {
        Self { user, channel, last_message: 0, mentions: 0 }
    }
}
