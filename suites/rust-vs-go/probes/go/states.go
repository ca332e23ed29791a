package main

import (
	"container/list"
	"encoding/json"
	"runtime/metrics"
	"sort"
	"time"
)

const (
	kept         = 500_000
	users        = 7_000
	channelsEach = 100
	updates      = 1_000_000
	interval     = 10 * time.Microsecond
	pauses       = "/sched/pauses/total/gc:seconds"
	cycles       = "/gc/cycles/total:gc-cycles"
)

type stateKey struct{ user, channel uint64 }

type readState struct {
	User        uint64 `json:"user"`
	Channel     uint64 `json:"channel"`
	LastMessage uint64 `json:"last_message"`
	Mentions    uint64 `json:"mentions"`
}

type stateCache struct {
	recent *list.List
	byKey  map[stateKey]*list.Element
}

func (s *stateCache) update(key stateKey, message uint64) readState {
	element, found := s.byKey[key]
	if found {
		s.recent.MoveToFront(element)
	} else {
		if s.recent.Len() == kept {
			oldest := s.recent.Remove(s.recent.Back()).(*readState)
			delete(s.byKey, stateKey{oldest.User, oldest.Channel})
		}
		element = s.recent.PushFront(&readState{User: key.user, Channel: key.channel})
		s.byKey[key] = element
	}
	state := element.Value.(*readState)
	state.LastMessage = max(state.LastMessage, message)
	state.Mentions++
	return *state
}

// states: a large cache in memory under steady updates: how long an update takes from the time it was due, and the
// runtime's own account of its pauses meanwhile.
func states() {
	cache := stateCache{list.New(), make(map[stateKey]*list.Element)}
	for i := range uint64(kept) {
		cache.update(stateKey{i / channelsEach, i % channelsEach}, i)
	}
	random := uint64(1)
	latencies := make([]float64, 0, updates)
	answered := 0
	before, cyclesBefore := account()
	start := time.Now()
	for i := range updates {
		due := start.Add(time.Duration(i) * interval)
		for time.Until(due) > 0 {
		}
		random = random*6364136223846793005 + 1442695040888963407
		key := (random >> 33) % (users * channelsEach)
		state := cache.update(stateKey{key / channelsEach, key % channelsEach}, uint64(i))
		answer, err := json.Marshal(state)
		check(err == nil, "JSON")
		answered += len(answer)
		latencies = append(latencies, time.Since(due).Seconds())
	}
	after, cyclesAfter := account()
	check(answered > updates*40, "answers")
	sort.Float64s(latencies)
	for _, q := range []struct {
		name string
		p    float64
	}{{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}} {
		seconds("update-"+q.name, quantile(latencies, q.p))
	}
	reportPauses(before, after, cyclesAfter-cyclesBefore)
}

// account is the histogram of all pauses so far, and how many collections there were.
func account() (*metrics.Float64Histogram, uint64) {
	samples := []metrics.Sample{{Name: pauses}, {Name: cycles}}
	metrics.Read(samples)
	histogram := samples[0].Value.Float64Histogram()
	counts := append([]uint64{}, histogram.Counts...)
	return &metrics.Float64Histogram{Counts: counts, Buckets: histogram.Buckets}, samples[1].Value.Uint64()
}

// reportPauses prints the pauses between two accounts, each taken as its bucket's upper end.
func reportPauses(before, after *metrics.Float64Histogram, collections uint64) {
	var all []float64
	for i, count := range after.Counts {
		for range count - before.Counts[i] {
			all = append(all, after.Buckets[i+1])
		}
	}
	count("gc-cycles", float64(collections))
	if len(all) == 0 {
		return
	}
	seconds("gc-pause-p50", quantile(all, 0.5))
	seconds("gc-pause-p99", quantile(all, 0.99))
	seconds("gc-pause-max", all[len(all)-1])
}
