//! An object tree, built and dropped.

use serde::Serialize;

/// What was built and dropped: how many nodes, and a sum over them.
#[derive(Debug, Serialize)]
pub struct Tree {
    nodes: u64,
    check: u64,
}

struct Node {
    value: u64,
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
}

/// Builds a balanced tree of the numbers from 0 to below `n`, a node each, and walks it once.
pub fn allocate(n: u64) -> Tree {
    let root = build(0, n);
    Tree { nodes: n, check: check(root.as_deref(), 1) }
}

fn build(from: u64, to: u64) -> Option<Box<Node>> {
    if from == to {
        return None;
    }
    let middle = (from + to) / 2;
    Some(Box::new(Node { value: middle, left: build(from, middle), right: build(middle + 1, to) }))
}

/// The sum of value times depth.
fn check(node: Option<&Node>, depth: u64) -> u64 {
    node.map_or(0, |node| {
        node.value * depth
            + check(node.left.as_deref(), depth + 1)
            + check(node.right.as_deref(), depth + 1)
    })
}
