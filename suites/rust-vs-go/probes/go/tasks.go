package main

import (
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// How many tasks are started at once to see how long they wait. One alone would overtake the queue: both runtimes keep
// a place for the task that was started last.
const (
	batch         = 100
	batchesParked = 20
	batchesActive = 3
)

// tasks: goroutines, many of them: what they cost to start and to keep, and how long the next one waits.
func tasks() {
	for _, size := range []struct {
		count int
		name  string
	}{{10_000, "10k"}, {100_000, "100k"}, {1_000_000, "1m"}} {
		// The runtime keeps ended goroutines for reuse, so counts go up: those of a smaller count are part of the next.
		parked(size.count, size.name)
		active(size.count, size.name)
	}
}

func parked(count int, name string) {
	debug.FreeOSMemory()
	before := resident()
	release := make(chan struct{})
	var started, done sync.WaitGroup
	started.Add(count)
	start := time.Now()
	for range count {
		done.Go(func() {
			started.Done()
			<-release
		})
	}
	started.Wait()
	seconds("spawn-"+name, time.Since(start).Seconds())
	bytes("bytes-per-task-"+name, (resident()-before)/float64(count))
	seconds("delay-parked-"+name, quantile(delays(batchesParked), 0.99))
	start = time.Now()
	close(release)
	done.Wait()
	seconds("release-"+name, time.Since(start).Seconds())
}

func active(count int, name string) {
	var stop atomic.Bool
	var yields atomic.Int64
	release := make(chan struct{})
	var started, done sync.WaitGroup
	started.Add(count)
	for range count {
		done.Go(func() {
			started.Done()
			<-release
			own := int64(0)
			for !stop.Load() {
				own++
				runtime.Gosched()
			}
			yields.Add(own)
		})
	}
	started.Wait()
	start := time.Now()
	close(release)
	waits := delays(batchesActive)
	stop.Store(true)
	done.Wait()
	elapsed := time.Since(start).Seconds()
	seconds("delay-active-"+name, quantile(waits, 0.5))
	seconds("yield-"+name, elapsed/float64(yields.Load()))
}

// delays is how long goroutines wait between their start and their first step, sorted, in seconds.
func delays(batches int) []float64 {
	all := make([]float64, 0, batches*batch)
	for range batches {
		waits := make([]float64, batch)
		var done sync.WaitGroup
		for i := range waits {
			start := time.Now()
			done.Go(func() { waits[i] = time.Since(start).Seconds() })
		}
		done.Wait()
		all = append(all, waits...)
	}
	sort.Float64s(all)
	return all
}
