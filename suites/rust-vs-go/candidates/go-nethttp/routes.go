package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"time"

	"example.invalid/go-nethttp/internal/domain"
)

const (
	idMax         = 1<<53 - 1 // what every language's numbers hold exactly
	multiplierMax = 1_000
	delayMsMax    = 10_000
	computeNMax   = 1_000_000
	allocateNMax  = 1_000_000
	pageMax       = 100
)

// service is what the handlers share.
type service struct {
	items  []domain.Item
	orders *domain.Orders
	states *domain.ReadStates
	fanout *domain.Fanout
}

// routes is the contract.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", text("ok"))
	mux.HandleFunc("GET /plaintext", text("Hello, World!"))
	mux.HandleFunc("GET /json/{count}", s.handleJSON)
	mux.HandleFunc("GET /delay/{ms}", handleDelay)
	mux.HandleFunc("GET /compute/{n}", handleCompute)
	mux.HandleFunc("GET /allocate/{n}", handleAllocate)
	mux.HandleFunc("POST /echo", handleEcho)
	mux.HandleFunc("GET /fanout", s.handleFanout)
	mux.HandleFunc("POST /orders", s.handleCreateOrder)
	mux.HandleFunc("GET /orders", s.handleListOrders)
	mux.HandleFunc("GET /orders/{id}", s.handleGetOrder)
	mux.HandleFunc("PUT /orders/{id}", s.handleReplaceOrder)
	mux.HandleFunc("GET /read-states/{user}/{channel}", s.handleGetReadState)
	mux.HandleFunc("POST /read-states/{user}/{channel}", s.handleUpdateReadState)
	return mux
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, body)
	}
}

func (s *service) handleJSON(w http.ResponseWriter, r *http.Request) {
	count, err := strconv.ParseInt(r.PathValue("count"), 10, 64)
	if err != nil {
		writeError(w, http.StatusBadRequest, "count must be an integer")
		return
	}
	multiplier, err := queryInt(r, "m", 1, 1, multiplierMax)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, domain.Priced(s.items, count, multiplier))
}

func handleDelay(w http.ResponseWriter, r *http.Request) {
	ms, err := pathInt(r, "ms", delayMsMax)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	writeText(w, strconv.FormatInt(ms, 10))
}

func handleCompute(w http.ResponseWriter, r *http.Request) {
	n, err := pathInt(r, "n", computeNMax)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, domain.PrimesBelow(n))
}

func handleAllocate(w http.ResponseWriter, r *http.Request) {
	n, err := pathInt(r, "n", allocateNMax)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, domain.Allocate(n))
}

// handleEcho streams the body back: what has arrived is sent on, nothing is gathered.
func handleEcho(w http.ResponseWriter, r *http.Request) {
	// Without full duplex an HTTP/1 server discards what it has not read once the answer begins.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		writeError(w, http.StatusInternalServerError, "cannot stream")
		return
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	w.Header().Set("Content-Type", contentType)
	if _, err := io.Copy(w, r.Body); err != nil {
		log.Printf("echo: %v", err)
	}
}

func (s *service) handleFanout(w http.ResponseWriter, r *http.Request) {
	n, errN := queryInt(r, "n", 8, 1, 64)
	delayMs, errDelay := queryInt(r, "delay", 10, 0, 1_000)
	failing, errFailing := queryInt(r, "failing", 0, 0, 64)
	slow, errSlow := queryInt(r, "slow", 0, 0, 64)
	deadlineMs, errDeadline := queryInt(r, "deadline", 2_000, 1, 5_000)
	for _, err := range []error{errN, errDelay, errFailing, errSlow, errDeadline} {
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	request := domain.FanoutRequest{N: n, DelayMs: delayMs, Failing: failing, Slow: slow, DeadlineMs: deadlineMs}
	writeJSON(w, http.StatusOK, s.fanout.Do(r.Context(), request))
}

func (s *service) handleCreateOrder(w http.ResponseWriter, r *http.Request) {
	var request domain.OrderRequest
	if !readJSON(w, r, &request) {
		return
	}
	order, err := s.orders.Create(request)
	if err != nil {
		writeOrderError(w, err)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/orders/%d", order.ID))
	writeJSON(w, http.StatusCreated, order)
}

func (s *service) handleReplaceOrder(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		writeError(w, http.StatusBadRequest, "id must be an integer")
		return
	}
	var request domain.OrderRequest
	if !readJSON(w, r, &request) {
		return
	}
	order, err := s.orders.Replace(id, request)
	if err != nil {
		writeOrderError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (s *service) handleGetOrder(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		writeError(w, http.StatusBadRequest, "id must be an integer")
		return
	}
	order, err := s.orders.Get(id)
	if err != nil {
		writeOrderError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (s *service) handleListOrders(w http.ResponseWriter, r *http.Request) {
	after, errAfter := queryInt(r, "after", 0, 0, idMax)
	limit, errLimit := queryInt(r, "limit", 20, 1, pageMax)
	for _, err := range []error{errAfter, errLimit} {
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	writeJSON(w, http.StatusOK, s.orders.List(after, limit))
}

func (s *service) handleGetReadState(w http.ResponseWriter, r *http.Request) {
	user, channel, err := readStateKey(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, s.states.Read(user, channel))
}

func (s *service) handleUpdateReadState(w http.ResponseWriter, r *http.Request) {
	user, channel, err := readStateKey(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	message, err := queryInt(r, "message", 0, 0, idMax)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, s.states.Update(user, channel, message))
}
