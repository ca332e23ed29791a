package domain

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
	IDMax         = 1<<53 - 1 // what every language's numbers hold exactly
	MultiplierMax = 1_000
	DelayMsMax    = 10_000
	ComputeNMax   = 1_000_000
	AllocateNMax  = 1_000_000
	PageMax       = 100
)

// bodyMax bounds the JSON a client may send.
const bodyMax = 1 << 20

// Why a body is not an order.
var (
	errMediaType = errors.New("content-type must be application/json")
	errNotJSON   = errors.New("body must be JSON")
	errNoOrder   = errors.New("body must be an order")
)

// Integer reads any integer.
func Integer(name, text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s must be an integer", name)
	}
	return value, nil
}

// IntegerIn reads an integer from min to max.
func IntegerIn(name, text string, min, max int64) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < min || value > max {
		return 0, fmt.Errorf("%s must be an integer from %d to %d", name, min, max)
	}
	return value, nil
}

// OptionalIn reads a query parameter that must be an integer from min to max if it is there.
func OptionalIn(query url.Values, name string, absent, min, max int64) (int64, error) {
	if !query.Has(name) {
		return absent, nil
	}
	return IntegerIn(name, query.Get(name), min, max)
}

// ReadStateKey reads a user and a channel.
func ReadStateKey(userText, channelText string) (user, channel int64, err error) {
	if user, err = IntegerIn("user", userText, 0, IDMax); err != nil {
		return 0, 0, err
	}
	channel, err = IntegerIn("channel", channelText, 0, IDMax)
	return user, channel, err
}

// ReadFanout reads whom to ask.
func ReadFanout(query url.Values) (request FanoutRequest, err error) {
	if request.N, err = OptionalIn(query, "n", 8, 1, 64); err != nil {
		return request, err
	}
	if request.DelayMs, err = OptionalIn(query, "delay", 10, 0, 1_000); err != nil {
		return request, err
	}
	if request.Failing, err = OptionalIn(query, "failing", 0, 0, 64); err != nil {
		return request, err
	}
	if request.Slow, err = OptionalIn(query, "slow", 0, 0, 64); err != nil {
		return request, err
	}
	request.DeadlineMs, err = OptionalIn(query, "deadline", 2_000, 1, 5_000)
	return request, err
}

// ReadOrder reads the body of a request to create or replace an order.
func ReadOrder(w http.ResponseWriter, r *http.Request) (request OrderRequest, err error) {
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

// StatusOf is the status that goes with a complaint.
func StatusOf(err error) int {
	switch {
	case errors.Is(err, ErrNoSuchOrder):
		return http.StatusNotFound
	case errors.Is(err, errMediaType):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, errNoOrder), errors.Is(err, ErrCustomer), errors.Is(err, ErrLines),
		errors.Is(err, ErrItem), errors.Is(err, ErrQuantity):
		return http.StatusUnprocessableEntity
	default:
		return http.StatusBadRequest
	}
}
