//! The tables that HPACK refers to: the static one of the RFC, and a connection's dynamic one.

use std::collections::VecDeque;

/// What an entry counts beyond its bytes (RFC 7541 §4.1).
const ENTRY_OVERHEAD: usize = 32;
/// Size of the dynamic table that we allow, in bytes as RFC 7541 §4.1 counts them: the default.
pub(crate) const TABLE_BYTES_MAX: usize = 4096;

/// The static table (RFC 7541, appendix A); entry 1 is the first.
#[rustfmt::skip]
pub(crate) const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""),
    ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""),
    ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
    ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""),
    ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""),
    ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
    ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
    ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""),
    ("via", ""), ("www-authenticate", ""),
];

/// The dynamic table of one connection. Once made it allocates nothing.
#[derive(Debug)]
pub(crate) struct DynamicTable {
    /// Names and values of the entries, one after another; what lies before the oldest is waste.
    bytes: Vec<u8>,
    /// The oldest first.
    entries: VecDeque<Entry>,
    /// As RFC 7541 §4.1 counts.
    size: usize,
    size_max: usize,
    /// Changes since the connection began: equal numbers mean an equal table.
    pub(crate) changes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    name: u16,
    value: u16,
}

impl Entry {
    const fn size(self) -> usize {
        self.name as usize + self.value as usize + ENTRY_OVERHEAD
    }
}

impl DynamicTable {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::with_capacity(2 * TABLE_BYTES_MAX),
            entries: VecDeque::with_capacity(TABLE_BYTES_MAX / ENTRY_OVERHEAD + 1),
            size: 0,
            size_max: TABLE_BYTES_MAX,
            changes: 0,
        }
    }

    /// A new connection: empties it.
    pub(crate) fn reset(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        (self.size, self.size_max) = (0, TABLE_BYTES_MAX);
        self.changes += 1;
    }

    /// Name and value of the entry at `index` of both tables (RFC 7541 §2.3.3).
    pub(crate) fn get(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let from_static = index.checked_sub(1)?;
        if let Some((name, value)) = STATIC.get(from_static) {
            return Some((name.as_bytes(), value.as_bytes()));
        }
        let age = from_static - STATIC.len();
        let entry = self.entries.get(self.entries.len().checked_sub(age + 1)?)?;
        let (name, rest) = self.bytes[entry.start as usize..].split_at(entry.name as usize);
        Some((name, &rest[..entry.value as usize]))
    }

    /// Adds an entry, pushing out what no longer fits (RFC 7541 §4.4).
    pub(crate) fn insert(&mut self, name: &[u8], value: &[u8]) {
        self.changes += 1;
        let size = name.len() + value.len() + ENTRY_OVERHEAD;
        self.evict(size);
        if self.size_max < size {
            return;
        }
        if self.bytes.capacity() < self.bytes.len() + name.len() + value.len() {
            self.compact();
        }
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        let (name, value) = (name.len() as u16, value.len() as u16);
        self.entries.push_back(Entry { start, name, value });
        self.size += size;
    }

    /// Changes the size the peer uses; tells whether it is one that we allow (RFC 7541 §6.3).
    #[must_use]
    pub(crate) fn resize(&mut self, size_max: usize) -> bool {
        if TABLE_BYTES_MAX < size_max {
            return false;
        }
        self.changes += 1;
        self.size_max = size_max;
        self.evict(0);
        true
    }

    /// Makes room for `size`, or as much as there can be.
    fn evict(&mut self, size: usize) {
        while self.size_max < self.size + size
            && let Some(oldest) = self.entries.pop_front()
        {
            self.size -= oldest.size();
        }
        if self.entries.is_empty() {
            self.bytes.clear();
        }
    }

    fn compact(&mut self) {
        let Some(oldest) = self.entries.front() else { return };
        let waste = oldest.start;
        self.bytes.drain(..waste as usize);
        for entry in &mut self.entries {
            entry.start -= waste;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_static_table_is_the_rfcs() {
        let table = DynamicTable::new();
        let at =
            |index: usize| table.get(index).map(|(name, value)| (name.to_vec(), value.to_vec()));
        assert_eq!(at(0), None);
        assert_eq!(at(2), Some((b":method".to_vec(), b"GET".to_vec())));
        assert_eq!(at(8), Some((b":status".to_vec(), b"200".to_vec())));
        assert_eq!(at(28), Some((b"content-length".to_vec(), Vec::new())));
        assert_eq!(at(61), Some((b"www-authenticate".to_vec(), Vec::new())));
        assert_eq!(at(62), None);
    }

    proptest! {
        /// Against the plainest model: a list, the newest first, cut when too large.
        #[test]
        fn it_behaves_like_a_list_that_is_cut(
            steps in proptest::collection::vec((0_usize..700, 0_usize..5000, 0_u8..12), 0..60),
        ) {
            let mut table = DynamicTable::new();
            let room = table.bytes.capacity();
            let mut model: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
            let mut size_max = TABLE_BYTES_MAX;
            for (index, (name, value, what)) in steps.into_iter().enumerate() {
                if what == 0 {
                    let wanted = value;
                    prop_assert_eq!(table.resize(wanted), wanted <= TABLE_BYTES_MAX);
                    size_max = if wanted <= TABLE_BYTES_MAX { wanted } else { size_max };
                } else {
                    let entry = (vec![b'a' + (index % 26) as u8; name], vec![b'0'; value % 900]);
                    table.insert(&entry.0, &entry.1);
                    model.insert(0, entry);
                }
                let mut size = 0;
                let kept = model.iter().take_while(|(name, value)| {
                    size += name.len() + value.len() + ENTRY_OVERHEAD;
                    size <= size_max
                });
                let kept = kept.count();
                model.truncate(kept);
                for (age, (name, value)) in model.iter().enumerate() {
                    prop_assert_eq!(table.get(62 + age), Some((&name[..], &value[..])));
                }
                prop_assert_eq!(table.get(62 + model.len()), None);
                prop_assert_eq!(table.bytes.capacity(), room);
            }
        }
    }
}
