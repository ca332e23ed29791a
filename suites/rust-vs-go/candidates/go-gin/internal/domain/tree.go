package domain

// Tree says what was built and dropped: how many nodes, and a sum over them.
type Tree struct {
	Nodes int64 `json:"nodes"`
	Check int64 `json:"check"`
}

type node struct {
	value       int64
	left, right *node
}

// Allocate builds a balanced tree of the numbers from 0 to below n, a node each, and walks it once.
func Allocate(n int64) Tree {
	root := build(0, n)
	return Tree{Nodes: n, Check: root.check(1)}
}

func build(from, to int64) *node {
	if from == to {
		return nil
	}
	middle := (from + to) / 2
	return &node{value: middle, left: build(from, middle), right: build(middle+1, to)}
}

// check is the sum of value times depth.
func (n *node) check(depth int64) int64 {
	if n == nil {
		return 0
	}
	return n.value*depth + n.left.check(depth+1) + n.right.check(depth+1)
}
