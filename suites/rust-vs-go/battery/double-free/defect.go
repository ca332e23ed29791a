// Gives a buffer back to the pool in two places.
package main

import (
	"fmt"
	"sync"
)

var pool = sync.Pool{New: func() any { return new([64]byte) }}

func main() {
	b := pool.Get().(*[64]byte)
	pool.Put(b)
	pool.Put(b) // DEFECT
	one, two := pool.Get().(*[64]byte), pool.Get().(*[64]byte)
	one[0], two[0] = 1, 2
	if one[0] != 1 {
		fmt.Println("one request wrote into the buffer of another")
		return
	}
	fmt.Println("done")
}
