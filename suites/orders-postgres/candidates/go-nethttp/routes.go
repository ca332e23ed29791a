package main

import (
	"fmt"
	"net/http"
)

type handlers struct {
	orders *Orders
}

// routes is the contract.
func routes(h handlers) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "ok") })
	mux.HandleFunc("POST /orders", h.create)
	mux.HandleFunc("GET /orders", h.list)
	mux.HandleFunc("GET /orders/{id}", h.get)
	mux.HandleFunc("PUT /orders/{id}", h.replace)
	return mux
}

func (h handlers) create(w http.ResponseWriter, r *http.Request) {
	request, err := readOrder(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.orders.Create(r.Context(), request)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/orders/%d", order.ID))
	writeJSON(w, http.StatusCreated, order)
}

func (h handlers) replace(w http.ResponseWriter, r *http.Request) {
	id, err := integer("id", r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	request, err := readOrder(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.orders.Replace(r.Context(), id, request)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (h handlers) get(w http.ResponseWriter, r *http.Request) {
	id, err := integer("id", r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	order, err := h.orders.Get(r.Context(), id)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, err := optionalIn(query, "after", 0, 0, idMax)
	if err != nil {
		writeError(w, err)
		return
	}
	limit, err := optionalIn(query, "limit", 20, 1, pageMax)
	if err != nil {
		writeError(w, err)
		return
	}
	page, err := h.orders.List(r.Context(), after, limit)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, page)
}
