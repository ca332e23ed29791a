// Two goroutines fill one cache.
package main

import (
	"fmt"
	"sync"
)

func main() {
	cache := map[int]int{}
	var wg sync.WaitGroup
	for worker := range 2 {
		wg.Go(func() {
			for key := range 10_000 {
				cache[worker*10_000+key] = key // DEFECT
			}
		})
	}
	wg.Wait()
	fmt.Println(len(cache))
}
