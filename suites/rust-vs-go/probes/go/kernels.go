package main

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
)

const (
	spectralN   = 500
	treeDepth   = 16
	trees       = 20
	hashedBytes = 8 << 20
	words       = 1_000_000
	jsonTimes   = 2_000
)

//go:embed items.json
var itemsJSON []byte

// kernels: CPU-bound kernels with known results, the same algorithms in every language.
func kernels() {
	timed := func(name string, work func()) {
		seconds("kernel-"+name, fastestOfNine(work).Seconds())
	}
	timed("spectral-norm", func() {
		check(fmt.Sprintf("%.9f", spectralNorm(spectralN)) == "1.274224116", "spectral-norm")
	})
	timed("binary-trees", func() {
		nodes := 0
		for range trees {
			nodes += grow(treeDepth).count()
		}
		check(nodes == trees*(1<<(treeDepth+1)-1), "binary-trees")
	})
	data := make([]byte, hashedBytes)
	for i := range data {
		data[i] = byte(i*31 + 7)
	}
	timed("sha256", func() { check(sha256(data)[0] == 0x0ff4d6c0, "sha256") })
	timed("string-map", func() {
		distinct, squares := countWords()
		check(distinct == 99_994 && squares == 11_001_796, "string-map")
	})
	timed("json", func() { check(jsonBytes() == 7_994*jsonTimes, "json") })
}

func spectralNorm(n int) float64 {
	u, v, w := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
	}
	for range 10 {
		multiply(u, w)
		multiplyTransposed(w, v)
		multiply(v, w)
		multiplyTransposed(w, u)
	}
	return math.Sqrt(dot(u, v) / dot(v, v))
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func multiply(from, to []float64) {
	for i := range to {
		sum := 0.0
		for j, value := range from {
			sum += element(i, j) * value
		}
		to[i] = sum
	}
}

func multiplyTransposed(from, to []float64) {
	for i := range to {
		sum := 0.0
		for j, value := range from {
			sum += element(j, i) * value
		}
		to[i] = sum
	}
}

func element(i, j int) float64 {
	return 1 / float64((i+j)*(i+j+1)/2+i+1)
}

type treeNode struct{ left, right *treeNode }

func grow(depth int) *treeNode {
	if depth == 0 {
		return &treeNode{}
	}
	return &treeNode{grow(depth - 1), grow(depth - 1)}
}

func (n *treeNode) count() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.count() + n.right.count()
}

var k = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

// sha256 of a whole number of 64-byte blocks, by the letter of FIPS 180-4.
func sha256(data []byte) [8]uint32 {
	state := [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	for at := 0; at < len(data); at += 64 {
		compress(&state, data[at:at+64])
	}
	var last [64]byte
	last[0] = 0x80
	binary.BigEndian.PutUint64(last[56:], uint64(len(data))*8)
	compress(&state, last[:])
	return state
}

func compress(state *[8]uint32, block []byte) {
	var w [64]uint32
	for t := range 16 {
		w[t] = binary.BigEndian.Uint32(block[4*t:])
	}
	for t := 16; t < 64; t++ {
		s0 := bits.RotateLeft32(w[t-15], -7) ^ bits.RotateLeft32(w[t-15], -18) ^ w[t-15]>>3
		s1 := bits.RotateLeft32(w[t-2], -17) ^ bits.RotateLeft32(w[t-2], -19) ^ w[t-2]>>10
		w[t] = w[t-16] + s0 + w[t-7] + s1
	}
	a, b, c, d, e, f, g, h := state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
	for t := range 64 {
		s1 := bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)
		choice := e&f ^ ^e&g
		t1 := h + s1 + choice + k[t] + w[t]
		s0 := bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)
		majority := a&b ^ a&c ^ b&c
		t2 := s0 + majority
		h, g, f, e, d, c, b, a = g, f, e, d+t1, c, b, a, t1+t2
	}
	for i, value := range [8]uint32{a, b, c, d, e, f, g, h} {
		state[i] += value
	}
}

// countWords counts a million words of a hundred thousand; how many there were, and the sum of their counts squared.
func countWords() (int, uint64) {
	counts := map[string]uint64{}
	state := uint64(1)
	for range words {
		state = state*6364136223846793005 + 1442695040888963407
		counts[fmt.Sprintf("word-%d", (state>>33)%100_000)]++
	}
	squares := uint64(0)
	for _, count := range counts {
		squares += count * count
	}
	return len(counts), squares
}

type item struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int64    `json:"price"`
	Quantity int64    `json:"quantity"`
	Active   bool     `json:"active"`
	Tags     []string `json:"tags"`
	Rating   struct {
		Score int64 `json:"score"`
		Count int64 `json:"count"`
	} `json:"rating"`
}

// jsonBytes decodes and encodes the pilot's items; how many bytes came out.
func jsonBytes() int {
	total := 0
	for range jsonTimes {
		var items []item
		check(json.Unmarshal(itemsJSON, &items) == nil, "decode")
		text, err := json.Marshal(items)
		check(err == nil, "encode")
		total += len(text)
	}
	return total
}
