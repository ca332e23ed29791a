// Asks two backends, takes the first answer, forgets the other.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func first() int {
	answer := make(chan int)
	for backend := range 2 {
		go func() {
			answer <- backend // DEFECT
		}()
	}
	return <-answer
}

func main() {
	for range 10 {
		first()
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Println(runtime.NumGoroutine()-1, "tasks left")
}
