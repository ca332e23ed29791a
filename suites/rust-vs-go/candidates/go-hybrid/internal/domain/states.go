package domain

import (
	"container/list"
	"sync"
)

// ReadState is how far a user has read a channel.
type ReadState struct {
	User        int64 `json:"user"`
	Channel     int64 `json:"channel"`
	LastMessage int64 `json:"last_message"`
	Mentions    int64 `json:"mentions"`
}

// ReadStates keeps the most recently used read states, up to its capacity.
type ReadStates struct {
	capacity int
	fill     sync.Once
	mu       sync.Mutex
	recent   *list.List // of *ReadState, most recently used first
	byKey    map[stateKey]*list.Element
}

type stateKey struct{ user, channel int64 }

// preloadChannels is how many channels each preloaded user follows.
const preloadChannels = 100

// NewReadStates makes a cache. It is filled when it is first used: users from 1, a hundred channels each.
func NewReadStates(capacity int) *ReadStates {
	return &ReadStates{
		capacity: capacity,
		recent:   list.New(),
		byKey:    make(map[stateKey]*list.Element),
	}
}

func (s *ReadStates) preload() {
	for i := range int64(s.capacity) {
		s.update(i/preloadChannels+1, i%preloadChannels+1, i)
	}
}

// Read gives a state and marks it used; one that is not kept is all zeros.
func (s *ReadStates) Read(user, channel int64) ReadState {
	s.fill.Do(s.preload)
	s.mu.Lock()
	defer s.mu.Unlock()
	element, kept := s.byKey[stateKey{user, channel}]
	if !kept {
		return ReadState{User: user, Channel: channel}
	}
	s.recent.MoveToFront(element)
	return *element.Value.(*ReadState)
}

// Update counts a mention and notes the message if it is the latest; the least recently used state makes room.
func (s *ReadStates) Update(user, channel, message int64) ReadState {
	s.fill.Do(s.preload)
	return s.update(user, channel, message)
}

func (s *ReadStates) update(user, channel, message int64) ReadState {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := stateKey{user, channel}
	element, kept := s.byKey[key]
	if kept {
		s.recent.MoveToFront(element)
	} else {
		if s.recent.Len() == s.capacity {
			oldest := s.recent.Remove(s.recent.Back()).(*ReadState)
			delete(s.byKey, stateKey{oldest.User, oldest.Channel})
		}
		element = s.recent.PushFront(&ReadState{User: user, Channel: channel})
		s.byKey[key] = element
	}
	state := element.Value.(*ReadState)
	state.LastMessage = max(state.LastMessage, message)
	state.Mentions++
	return *state
}
