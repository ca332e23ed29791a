package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"

	"example.invalid/go-hybrid/internal/domain"
)

func writeText(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, body); err != nil {
		log.Printf("write: %v", err)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Printf("write: %v", err)
	}
}

func writeError(w http.ResponseWriter, err error) {
	writeJSON(w, domain.StatusOf(err), struct {
		Error string `json:"error"`
	}{err.Error()})
}
