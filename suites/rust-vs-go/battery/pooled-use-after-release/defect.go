// Keeps reading a buffer that is back in the pool.
package main

import (
	"fmt"
	"sync"
)

var pool = sync.Pool{New: func() any { return new([]byte) }}

func main() {
	first := pool.Get().(*[]byte)
	*first = append((*first)[:0], "alice"...)
	name := *first
	pool.Put(first)
	second := pool.Get().(*[]byte)
	*second = append((*second)[:0], "bobby"...)
	fmt.Println(string(name)) // DEFECT
}
