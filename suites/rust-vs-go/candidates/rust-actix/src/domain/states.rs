//! How far users have read channels: the most recently used states, kept in memory.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

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
    states: Mutex<LruCache<Key, ReadState>>,
}

#[derive(Debug, Hash, PartialEq, Eq)]
struct Key {
    user: u64,
    channel: u64,
}

/// How many channels each preloaded user follows.
const PRELOAD_CHANNELS: u64 = 100;

impl ReadStates {
    /// A cache; if it is preloaded, it begins full: users from 1, a hundred channels each.
    pub fn new(capacity: NonZeroUsize, preloaded: bool) -> Self {
        // Grows as it fills, as a map does unless told otherwise.
        let mut states = LruCache::unbounded();
        states.resize(capacity);
        let states = Self { states: Mutex::new(states) };
        if preloaded {
            for i in 0..capacity.get() as u64 {
                states.update(i / PRELOAD_CHANNELS + 1, i % PRELOAD_CHANNELS + 1, i);
            }
        }
        states
    }

    /// A state, now marked as used; one that is not kept is all zeros.
    pub fn read(&self, user: u64, channel: u64) -> ReadState {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&Key { user, channel }).copied().unwrap_or(ReadState {
            user,
            channel,
            last_message: 0,
            mentions: 0,
        })
    }

    /// Counts a mention and notes the message if it is the latest; the least recently used state makes room.
    pub fn update(&self, user: u64, channel: u64, message: u64) -> ReadState {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.get_or_insert_mut(Key { user, channel }, || ReadState {
            user,
            channel,
            last_message: 0,
            mentions: 0,
        });
        state.last_message = state.last_message.max(message);
        state.mentions += 1;
        *state
    }
}
