//! The last header block that only referred to what is known: an identical one needs no reading.

use crate::http2::answer_head::AnswerHead;
use crate::http2::table::DynamicTable;
use crate::problem::Problem;
use crate::reader::Want;

/// Longest block that is remembered.
const BLOCK_BYTES_MAX: usize = 512;

/// The last block, byte for byte, with what it meant to a request.
#[derive(Debug)]
pub(crate) struct Memo {
    block: Vec<u8>,
    /// The table it was read with.
    changes: u64,
    request: u32,
    to_head: bool,
    head: AnswerHead,
    verdict: Option<Problem>,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            block: Vec::with_capacity(BLOCK_BYTES_MAX),
            changes: 0,
            request: 0,
            to_head: false,
            head: AnswerHead::default(),
            verdict: None,
        }
    }

    /// What a block means, if it is the one remembered.
    #[inline]
    pub(crate) fn recall(
        &self,
        block: &[u8],
        table: &DynamicTable,
        want: &Want<'_>,
    ) -> Option<(AnswerHead, Option<Problem>)> {
        let known = self.changes == table.changes
            && self.request == want.request
            && self.to_head == want.to_head
            && !block.is_empty()
            && self.block == block;
        known.then_some((self.head, self.verdict))
    }

    /// Remembers a block that left the table as it was before `changes`.
    pub(crate) fn keep(
        &mut self,
        block: &[u8],
        (before, table): (u64, &DynamicTable),
        want: &Want<'_>,
        head: AnswerHead,
        verdict: Option<Problem>,
    ) {
        if before != table.changes || BLOCK_BYTES_MAX < block.len() || head.status < 200 {
            return;
        }
        self.block.clear();
        self.block.extend_from_slice(block);
        self.changes = table.changes;
        (self.request, self.to_head) = (want.request, want.to_head);
        (self.head, self.verdict) = (head, verdict);
    }
}
