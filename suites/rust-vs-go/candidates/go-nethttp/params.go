package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// bodyMax bounds the JSON a client may send.
const bodyMax = 1 << 20

// pathInt reads a path segment that must be an integer from 0 to max.
func pathInt(r *http.Request, name string, max int64) (int64, error) {
	return intIn(name, r.PathValue(name), 0, max)
}

// queryInt reads a query parameter that must be an integer from min to max if it is there.
func queryInt(r *http.Request, name string, absent, min, max int64) (int64, error) {
	query := r.URL.Query()
	if !query.Has(name) {
		return absent, nil
	}
	return intIn(name, query.Get(name), min, max)
}

func intIn(name, text string, min, max int64) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < min || value > max {
		return 0, fmt.Errorf("%s must be an integer from %d to %d", name, min, max)
	}
	return value, nil
}

// readStateKey reads the user and the channel from the path.
func readStateKey(r *http.Request) (user, channel int64, err error) {
	if user, err = pathInt(r, "user", idMax); err != nil {
		return 0, 0, err
	}
	channel, err = pathInt(r, "channel", idMax)
	return user, channel, err
}

// readJSON reads the body into value, or answers why not.
func readJSON(w http.ResponseWriter, r *http.Request, value any) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "content-type must be application/json")
		return false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax))
	err = decoder.Decode(value)
	if err == nil && decoder.Decode(&struct{}{}) != io.EOF {
		err = errors.New("more than one value")
	}
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return true
	case errors.As(err, &mistyped):
		writeError(w, http.StatusUnprocessableEntity, "body must be an order")
	default:
		writeError(w, http.StatusBadRequest, "body must be JSON")
	}
	return false
}
