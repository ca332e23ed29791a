//! The fuzz targets on their corpora, and on bytes made at random: what was once found stays found.

#[path = "../../../fuzz/load_targets.rs"]
mod load_targets;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

/// The corpus of a target.
#[allow(clippy::disallowed_methods, reason = "a test may read the project's own files")]
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus"));
    let entries = fs::read_dir(root.join(target)).unwrap();
    let files: Vec<Vec<u8>> =
        entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(8 <= files.len());
    files
}

#[test]
fn responses_of_the_corpus_end_in_one_outcome_however_cut() {
    for data in corpus("response") {
        for first in 0..=255 {
            let mut again = data.clone();
            again[0] = first;
            load_targets::response(&again);
        }
    }
}

#[test]
fn frames_of_the_corpus_end_in_one_outcome_however_cut() {
    for data in corpus("frames") {
        for first in 0..=255 {
            let mut again = data.clone();
            again[0] = first;
            load_targets::frames(&again);
        }
    }
}

#[test]
fn templates_of_the_corpus_hold_together() {
    for data in corpus("template") {
        load_targets::template(&data);
    }
}

/// Pieces that answers are made of, rightly and wrongly put together.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const KNOWN: &[&str] = &[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 204 No Content\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.0 500 X\n",
        "Content-Length: 3\r\n",
        "Content-Length: 0\r\n",
        "content-length:2,2\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "\r\n",
        "\n",
        "abc",
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "0\r\nT: x\r\n\r\n",
        "A;x=y\r\n",
        "[1]",
        "{\"a\":[1]}",
        "\0",
        "\r",
    ];
    prop_oneof![
        8 => proptest::sample::select(KNOWN).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

/// A frame of some kind to one of the streams that there are, or to others.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    const BLOCKS: &[&[u8]] = &[
        &[0x88],
        &[0x88, 0x40, 1, b'x', 1, b'y'],
        &[0x88, 0xbe],
        &[0x88, 0x0f, 13, 1, b'9'],
        &[0x8d],
        &[0xbe],
        b"{\"a\":[1]}",
        &[0, 0, 0, 7],
        &[],
    ];
    let payload = prop_oneof![
        6 => proptest::sample::select(BLOCKS).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ];
    let kind = prop_oneof![4 => 0_u8..2, 1 => 0_u8..12];
    let flags = prop_oneof![4 => proptest::sample::select(&[0_u8, 1, 4, 5][..]), 1 => any::<u8>()];
    (payload, kind, flags, 0_u8..10).prop_map(|(payload, kind, flags, stream)| {
        let head = [0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        [&head[..], &payload].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn any_answer_ends_in_one_outcome_however_cut(
        first: u8,
        pieces in proptest::collection::vec(piece(), 0..12),
    ) {
        let mut data = vec![first];
        data.extend(pieces.concat());
        load_targets::response(&data);
    }

    #[test]
    fn any_frames_end_in_one_outcome_however_cut(
        first: u8,
        frames in proptest::collection::vec(frame(), 0..12),
    ) {
        let mut data = vec![first];
        data.extend(frames.concat());
        load_targets::frames(&data);
    }

    #[test]
    fn any_text_is_a_template_that_holds_together_or_is_refused(text in "[{}a-c:.0-9, %\\r\\n]{0,24}") {
        load_targets::template(text.as_bytes());
    }
}
