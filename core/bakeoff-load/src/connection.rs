//! One connection as the engine sees it.

use crate::reader::Reader;
use crate::recorder::Stamps;
use crate::rendered::Chosen;

/// Whether a connection can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not connected; to be tried again then.
    Down { retry_ns: u64 },
    /// Being connected since then.
    Connecting { since_ns: u64 },
    /// Connected; the TLS handshake is on since then.
    Securing { since_ns: u64 },
    /// Connected; over HTTP/2, the peer's settings are waited for since then.
    Greeting { since_ns: u64 },
    /// It can carry requests.
    Open,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) life: Life,
    pub(crate) reader: Reader,
    /// Place of the oldest request in flight.
    pub(crate) first: u16,
    /// Requests in flight.
    pub(crate) flying: u16,
    /// Of those, the latest, not yet written whole.
    pub(crate) unwritten: u16,
    /// How often it stands in the ring of free connections: once, but over HTTP/2 in a closed loop
    /// once for each stream that can be used.
    pub(crate) queued: u16,
    /// Next step of a scenario that waits for the connection to be made anew, and since when.
    pub(crate) pending: Option<(Chosen, u64)>,
    /// It was tried once.
    pub(crate) settled: bool,
    /// Failures to connect in a row.
    pub(crate) failures: u8,
    /// Bytes written of what is unwritten.
    pub(crate) written: u32,
    /// Answers since it was made.
    pub(crate) answers: u32,
    /// When it last came free.
    pub(crate) free_ns: u64,
    /// When the answer being waited for could first be expected: the answer before it ended.
    pub(crate) before_ns: u64,
    /// When the last piece of the answer came; 0 before the first.
    pub(crate) piece_ns: u64,
}

impl Connection {
    pub(crate) const fn new() -> Self {
        Self {
            life: Life::Down { retry_ns: u64::MAX },
            reader: Reader::new(),
            first: 0,
            flying: 0,
            unwritten: 0,
            queued: 0,
            pending: None,
            settled: false,
            failures: 0,
            written: 0,
            answers: 0,
            free_ns: 0,
            before_ns: 0,
            piece_ns: 0,
        }
    }

    /// Among its `depth` places, that of the request which is `nth` from the oldest in flight
    /// (at most `depth`). The places are a ring; a division would cost more than all else here.
    #[inline]
    pub(crate) const fn place(&self, nth: u16, depth: usize) -> usize {
        let place = self.first as usize + nth as usize;
        if place < depth { place } else { place - depth }
    }
}

/// One request in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flying {
    pub(crate) chosen: Chosen,
    pub(crate) stamps: Stamps,
}

impl Flying {
    pub(crate) const NONE: Self =
        Self { chosen: Chosen::NONE, stamps: Stamps { intended_ns: 0, free_ns: 0, sent_ns: 0 } };
}
