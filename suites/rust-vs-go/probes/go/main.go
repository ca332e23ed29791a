// The suite's probe programs in Go: one program, the probe its argument. Each prints one JSON object a line.
package main

import (
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	probes := map[string]func(){
		"tasks": tasks, "channels": channels, "kernels": kernels, "foreign": foreign, "states": states,
	}
	if len(os.Args) != 2 || probes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: probes tasks|channels|kernels|foreign|states")
		os.Exit(2)
	}
	probes[os.Args[1]]()
}

func seconds(metric string, value float64) {
	fmt.Printf("{\"metric\":%q,\"value\":%e,\"unit\":\"s\"}\n", metric, value)
}

func bytes(metric string, value float64) {
	fmt.Printf("{\"metric\":%q,\"value\":%f,\"unit\":\"B\"}\n", metric, value)
}

func check(holds bool, what string) {
	if !holds {
		panic("wrong result: " + what)
	}
}

// fastestOfNine times nine runs after one that does not count: what else the machine did can only have made the others slower
// (Chen and Revels 2016, arXiv:1608.04295).
func fastestOfNine(work func()) time.Duration {
	work()
	var times [9]time.Duration
	for i := range times {
		start := time.Now()
		work()
		times[i] = time.Since(start)
	}
	return slices.Min(times[:])
}

// quantile is the value below which the share p of the sorted values lies.
func quantile(sorted []float64, p float64) float64 {
	return sorted[min(int(float64(len(sorted))*p), len(sorted)-1)]
}

// resident memory, in bytes.
func resident() float64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	var size, pages float64
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		panic(err)
	}
	return pages * 4096
}

func count(metric string, value float64) {
	fmt.Printf("{\"metric\":%q,\"value\":%f}\n", metric, value)
}
