package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strconv"
	"time"
)

const (
	multiplierMax = 1_000
	delayMsMax    = 10_000
	computeNMax   = 1_000_000
)

// routes is the contract.
func routes(items []item) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", text("ok"))
	mux.HandleFunc("GET /plaintext", text("Hello, World!"))
	mux.HandleFunc("GET /json/{count}", handleJSON(items))
	mux.HandleFunc("GET /delay/{ms}", handleDelay)
	mux.HandleFunc("GET /compute/{n}", handleCompute)
	mux.HandleFunc("POST /echo", handleEcho)
	return mux
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, body)
	}
}

func handleJSON(items []item) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		count, err := strconv.ParseInt(r.PathValue("count"), 10, 64)
		if err != nil {
			writeError(w, http.StatusBadRequest, "count must be an integer")
			return
		}
		multiplier := int64(1)
		if query := r.URL.Query(); query.Has("m") {
			multiplier, err = strconv.ParseInt(query.Get("m"), 10, 64)
			if err != nil || multiplier < 1 || multiplier > multiplierMax {
				writeError(w, http.StatusBadRequest, "m must be an integer from 1 to 1000")
				return
			}
		}
		count = min(max(count, 0), int64(len(items)))
		writeJSON(w, http.StatusOK, priced(items[:count], multiplier))
	}
}

func handleDelay(w http.ResponseWriter, r *http.Request) {
	ms, ok := intInPath(r, "ms", delayMsMax)
	if !ok {
		writeError(w, http.StatusBadRequest, "ms must be an integer from 0 to 10000")
		return
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	writeText(w, strconv.FormatInt(ms, 10))
}

func handleCompute(w http.ResponseWriter, r *http.Request) {
	n, ok := intInPath(r, "n", computeNMax)
	if !ok {
		writeError(w, http.StatusBadRequest, "n must be an integer from 0 to 1000000")
		return
	}
	writeJSON(w, http.StatusOK, primesBelow(int(n)))
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

// intInPath reads a path segment that must be an integer from 0 to max.
func intInPath(r *http.Request, name string, max int64) (int64, bool) {
	value, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	return value, err == nil && 0 <= value && value <= max
}

func writeText(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, body); err != nil {
		log.Printf("write: %v", err)
	}
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Printf("write: %v", err)
	}
}
