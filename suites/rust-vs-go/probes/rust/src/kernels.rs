//! CPU-bound kernels with known results, the same algorithms in every language.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::report::{fastest_of_nine, seconds};

const SPECTRAL_N: usize = 500;
const TREE_DEPTH: u32 = 16;
const TREES: u32 = 20;
const HASHED_BYTES: usize = 8 << 20;
const WORDS: u32 = 1_000_000;
const JSON_TIMES: usize = 2_000;

pub fn run() {
    let time = |name: &str, work: &mut dyn FnMut()| {
        seconds(&format!("kernel-{name}"), fastest_of_nine(work).as_secs_f64());
    };
    time("spectral-norm", &mut || {
        let norm = spectral_norm(SPECTRAL_N);
        assert_eq!(format!("{norm:.9}"), "1.274224116");
    });
    time("binary-trees", &mut || {
        let nodes: u32 = (0..TREES).map(|_| count(&grow(TREE_DEPTH))).sum();
        assert_eq!(nodes, TREES * ((1 << (TREE_DEPTH + 1)) - 1));
    });
    let data: Vec<u8> = (0..HASHED_BYTES).map(|i| (i * 31 + 7) as u8).collect();
    time("sha256", &mut || assert_eq!(sha256(&data)[0], 0x0ff4_d6c0));
    time("string-map", &mut || assert_eq!(count_words(), (99_994, 11_001_796)));
    time("json", &mut || assert_eq!(json(), 7_994 * JSON_TIMES));
}

fn spectral_norm(n: usize) -> f64 {
    let mut u = vec![1.0; n];
    let mut v = vec![0.0; n];
    let mut w = vec![0.0; n];
    for _ in 0..10 {
        multiply(&u, &mut w, |i, j| element(i, j));
        multiply(&w, &mut v, |i, j| element(j, i));
        multiply(&v, &mut w, |i, j| element(i, j));
        multiply(&w, &mut u, |i, j| element(j, i));
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    (dot(&u, &v) / dot(&v, &v)).sqrt()
}

fn multiply(from: &[f64], to: &mut [f64], element: impl Fn(usize, usize) -> f64) {
    for (i, to) in to.iter_mut().enumerate() {
        *to = from.iter().enumerate().map(|(j, value)| element(i, j) * value).sum();
    }
}

fn element(i: usize, j: usize) -> f64 {
    1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) as f64
}

fn grow(depth: u32) -> Box<Node> {
    let children = (depth > 0).then(|| (grow(depth - 1), grow(depth - 1)));
    Box::new(Node { children })
}

struct Node {
    children: Option<(Box<Node>, Box<Node>)>,
}

fn count(node: &Node) -> u32 {
    1 + node.children.as_ref().map_or(0, |(left, right)| count(left) + count(right))
}

#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// SHA-256 of a whole number of 64-byte blocks, by the letter of FIPS 180-4.
fn sha256(data: &[u8]) -> [u32; 8] {
    let mut state: [u32; 8] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19,
    ];
    for block in data.chunks_exact(64) {
        compress(&mut state, block);
    }
    let mut last = [0; 64];
    last[0] = 0x80;
    last[56..].copy_from_slice(&(data.len() as u64 * 8).to_be_bytes());
    compress(&mut state, &last);
    state
}

fn compress(state: &mut [u32; 8], block: &[u8]) {
    let mut w = [0_u32; 64];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for t in 16..64 {
        let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
        let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
        w[t] = w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(K[t]).wrapping_add(w[t]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let t2 = s0.wrapping_add(majority);
        h = g;
        g = f;
        f = e;
        e = d.wrapping_add(t1);
        d = c;
        c = b;
        b = a;
        a = t1.wrapping_add(t2);
    }
    for (state, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = state.wrapping_add(value);
    }
}

/// Counts a million words of a hundred thousand; how many there were, and the sum of their counts squared.
fn count_words() -> (usize, u64) {
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut state = 1_u64;
    for _ in 0..WORDS {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *counts.entry(format!("word-{}", (state >> 33) % 100_000)).or_default() += 1;
    }
    (counts.len(), counts.values().map(|count| count * count).sum())
}

#[derive(Deserialize, Serialize)]
struct Item {
    id: i64,
    name: String,
    category: String,
    price: i64,
    quantity: i64,
    active: bool,
    tags: Vec<String>,
    rating: Rating,
}

#[derive(Deserialize, Serialize)]
struct Rating {
    score: i64,
    count: i64,
}

/// Decodes and encodes the pilot's items; how many bytes came out.
fn json() -> usize {
    let text = include_str!("items.json");
    (0..JSON_TIMES)
        .map(|_| {
            let items: Vec<Item> =
                serde_json::from_str(text).expect("items.json is a list of items");
            serde_json::to_string(&items).expect("items can be written").len()
        })
        .sum()
}
