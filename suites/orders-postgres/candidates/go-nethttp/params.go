package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// The ranges of what clients may ask.
const (
	idMax   = 1<<53 - 1 // what every language's numbers hold exactly
	pageMax = 100
	bodyMax = 1 << 20
)

// complaint is what a client is told that asked for something that cannot be.
type complaint struct {
	status  int
	message string
}

func (c complaint) Error() string {
	return c.message
}

// Why a body is not an order.
var (
	errMediaType = complaint{http.StatusUnsupportedMediaType, "content-type must be application/json"}
	errNotJSON   = complaint{http.StatusBadRequest, "body must be JSON"}
	errNoOrder   = complaint{http.StatusUnprocessableEntity, "body must be an order"}
)

// integer reads any integer.
func integer(name, text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, complaint{http.StatusBadRequest, name + " must be an integer"}
	}
	return value, nil
}

// optionalIn reads a query parameter that must be an integer from min to max if it is there.
func optionalIn(query url.Values, name string, absent, min, max int64) (int64, error) {
	if !query.Has(name) {
		return absent, nil
	}
	value, err := strconv.ParseInt(query.Get(name), 10, 64)
	if err != nil || value < min || value > max {
		message := fmt.Sprintf("%s must be an integer from %d to %d", name, min, max)
		return 0, complaint{http.StatusBadRequest, message}
	}
	return value, nil
}

// readOrder reads the body of a request to create or replace an order.
func readOrder(w http.ResponseWriter, r *http.Request) (request OrderRequest, err error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return request, errMediaType
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax))
	err = decoder.Decode(&request)
	if err == nil && decoder.Decode(&struct{}{}) != io.EOF {
		return request, errNotJSON
	}
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return request, nil
	case errors.As(err, &mistyped):
		return request, errNoOrder
	default:
		return request, errNotJSON
	}
}
