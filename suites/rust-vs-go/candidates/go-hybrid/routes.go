package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"time"

	"example.invalid/go-hybrid/internal/domain"
)

type handlers struct {
	*domain.Service
}

// routes is the contract.
func routes(h handlers) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", text("ok"))
	mux.HandleFunc("GET /plaintext", text("Hello, World!"))
	mux.HandleFunc("GET /json/{count}", h.json)
	mux.HandleFunc("GET /delay/{ms}", delay)
	mux.HandleFunc("GET /compute/{n}", compute)
	mux.HandleFunc("GET /allocate/{n}", allocate)
	mux.HandleFunc("POST /echo", echo)
	mux.HandleFunc("GET /fanout", h.fanout)
	mux.HandleFunc("POST /orders", h.createOrder)
	mux.HandleFunc("GET /orders", h.listOrders)
	mux.HandleFunc("GET /orders/{id}", h.getOrder)
	mux.HandleFunc("PUT /orders/{id}", h.replaceOrder)
	mux.HandleFunc("GET /read-states/{user}/{channel}", h.getReadState)
	mux.HandleFunc("POST /read-states/{user}/{channel}", h.updateReadState)
	return mux
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, body)
	}
}

func (h handlers) json(w http.ResponseWriter, r *http.Request) {
	count, err := domain.Integer("count", r.PathValue("count"))
	if err != nil {
		writeError(w, err)
		return
	}
	multiplier, err := domain.OptionalIn(r.URL.Query(), "m", 1, 1, domain.MultiplierMax)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, domain.Priced(h.Items, count, multiplier))
}

func delay(w http.ResponseWriter, r *http.Request) {
	ms, err := domain.IntegerIn("ms", r.PathValue("ms"), 0, domain.DelayMsMax)
	if err != nil {
		writeError(w, err)
		return
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	writeText(w, strconv.FormatInt(ms, 10))
}

func compute(w http.ResponseWriter, r *http.Request) {
	n, err := domain.IntegerIn("n", r.PathValue("n"), 0, domain.ComputeNMax)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, rustPrimesBelow(n))
}

func allocate(w http.ResponseWriter, r *http.Request) {
	n, err := domain.IntegerIn("n", r.PathValue("n"), 0, domain.AllocateNMax)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, domain.Allocate(n))
}

// echo streams the body back: what has arrived is sent on, nothing is gathered.
func echo(w http.ResponseWriter, r *http.Request) {
	// Without full duplex an HTTP/1 server discards what it has not read once the answer begins.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		log.Printf("echo: %v", err)
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

func (h handlers) fanout(w http.ResponseWriter, r *http.Request) {
	request, err := domain.ReadFanout(r.URL.Query())
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, h.Fanout.Ask(r.Context(), request))
}

func (h handlers) createOrder(w http.ResponseWriter, r *http.Request) {
	request, err := domain.ReadOrder(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.Orders.Create(request)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/orders/%d", order.ID))
	writeJSON(w, http.StatusCreated, order)
}

func (h handlers) replaceOrder(w http.ResponseWriter, r *http.Request) {
	id, err := domain.Integer("id", r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	request, err := domain.ReadOrder(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.Orders.Replace(id, request)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (h handlers) getOrder(w http.ResponseWriter, r *http.Request) {
	id, err := domain.Integer("id", r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.Orders.Get(id)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (h handlers) listOrders(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, err := domain.OptionalIn(query, "after", 0, 0, domain.IDMax)
	if err != nil {
		writeError(w, err)
		return
	}
	limit, err := domain.OptionalIn(query, "limit", 20, 1, domain.PageMax)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, h.Orders.List(after, limit))
}

func (h handlers) getReadState(w http.ResponseWriter, r *http.Request) {
	user, channel, err := domain.ReadStateKey(r.PathValue("user"), r.PathValue("channel"))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, h.States.Read(user, channel))
}

func (h handlers) updateReadState(w http.ResponseWriter, r *http.Request) {
	user, channel, err := domain.ReadStateKey(r.PathValue("user"), r.PathValue("channel"))
	if err != nil {
		writeError(w, err)
		return
	}
	message, err := domain.OptionalIn(r.URL.Query(), "message", 0, 0, domain.IDMax)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, h.States.Update(user, channel, message))
}
