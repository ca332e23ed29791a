// Counts requests from two goroutines.
package main

import (
	"fmt"
	"sync"
)

var served int

func main() {
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 100_000 {
				served++ // DEFECT
			}
		})
	}
	wg.Wait()
	fmt.Println(served)
}
