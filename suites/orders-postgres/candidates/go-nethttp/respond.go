package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
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
	var complaint complaint
	if !errors.As(err, &complaint) {
		log.Printf("database: %v", err)
		complaint.status, complaint.message = http.StatusInternalServerError, "internal error"
	}
	writeJSON(w, complaint.status, struct {
		Error string `json:"error"`
	}{complaint.message})
}
