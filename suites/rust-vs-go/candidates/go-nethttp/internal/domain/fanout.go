package domain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// idleConnections is the pool's size that the contract declares; the default of 2 would reconnect all the time.
const idleConnections = 256

// Fanout asks upstreams, all at once.
type Fanout struct {
	client *http.Client
	base   string
}

// FanoutRequest says whom to ask: of N upstreams, the first Failing fail and the next Slow are late.
type FanoutRequest struct {
	N, DelayMs, Failing, Slow, DeadlineMs int64
}

// FanoutResult says how many answered, failed, and were not waited for.
type FanoutResult struct {
	OK     int64 `json:"ok"`
	Failed int64 `json:"failed"`
	Late   int64 `json:"late"`
}

// slowMs is how long a slow upstream takes: past any deadline.
const slowMs = 10_000

// NewFanout asks upstreams below the address base.
func NewFanout(base string) *Fanout {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = idleConnections, idleConnections
	return &Fanout{client: &http.Client{Transport: transport}, base: base}
}

// Ask asks all upstreams at once and waits for them until the deadline.
func (f *Fanout) Ask(ctx context.Context, request FanoutRequest) FanoutResult {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(request.DeadlineMs)*time.Millisecond)
	defer cancel()

	errs := make([]error, request.N)
	var calls sync.WaitGroup
	for i := range request.N {
		calls.Go(func() {
			errs[i] = f.call(ctx, request.delayOf(i))
		})
	}
	calls.Wait()

	var result FanoutResult
	for _, err := range errs {
		switch {
		case err == nil:
			result.OK++
		case errors.Is(err, context.DeadlineExceeded):
			result.Late++
		default:
			result.Failed++
		}
	}
	return result
}

// delayOf is what upstream i is asked for: -1 is what it refuses.
func (r FanoutRequest) delayOf(i int64) int64 {
	switch {
	case i < r.Failing:
		return -1
	case i < r.Failing+r.Slow:
		return slowMs
	default:
		return r.DelayMs
	}
}

var errStatus = errors.New("upstream did not answer 200")

func (f *Fanout) call(ctx context.Context, delayMs int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/delay/%d", f.base, delayMs), nil)
	if err != nil {
		return err
	}
	response, err := f.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errStatus
	}
	return nil
}
