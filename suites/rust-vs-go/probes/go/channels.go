package main

import (
	"sync"
	"time"
)

const (
	capacity   = 128
	messages   = 2_000_000
	stages     = 50
	piped      = 20_000
	counters   = 16
	increments = 200_000
	fans       = 200
	fan        = 1_000
)

// channels, a pipeline, a contended counter, a fan-out: what it costs goroutines to work together.
func channels() {
	channel()
	pipeline()
	counter()
	fanOut()
}

func channel() {
	sent := make(chan int, capacity)
	start := time.Now()
	go func() {
		for i := range messages {
			sent <- i
		}
		close(sent)
	}()
	sum := 0
	for i := range sent {
		sum += i
	}
	check(sum == messages*(messages-1)/2, "channel")
	seconds("channel-message", time.Since(start).Seconds()/messages)
}

func pipeline() {
	first := make(chan int, capacity)
	last := first
	for range stages {
		from, next := last, make(chan int, capacity)
		go func() {
			for i := range from {
				next <- i + 1
			}
			close(next)
		}()
		last = next
	}
	start := time.Now()
	go func() {
		for i := range piped {
			first <- i
		}
		close(first)
	}()
	sum := 0
	for i := range last {
		sum += i
	}
	check(sum == piped*(piped-1)/2+piped*stages, "pipeline")
	seconds("pipeline-hop", time.Since(start).Seconds()/(piped*stages))
}

func counter() {
	var mu sync.Mutex
	var done sync.WaitGroup
	total := 0
	start := time.Now()
	for range counters {
		done.Go(func() {
			for range increments {
				mu.Lock()
				total++
				mu.Unlock()
			}
		})
	}
	done.Wait()
	check(total == counters*increments, "counter")
	seconds("counter-increment", time.Since(start).Seconds()/(counters*increments))
}

func fanOut() {
	start := time.Now()
	for range fans {
		results := make([]int, fan)
		var done sync.WaitGroup
		for i := range results {
			done.Go(func() { results[i] = i })
		}
		done.Wait()
		sum := 0
		for _, result := range results {
			sum += result
		}
		check(sum == fan*(fan-1)/2, "fan-out")
	}
	seconds("fanout-task", time.Since(start).Seconds()/(fans*fan))
}
