// The pilot in Go: net/http alone, as its documentation teaches it.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"example.invalid/go-nethttp/internal/domain"
)

// shutdownTimeout bounds how long requests in flight may take to finish.
const shutdownTimeout = 10 * time.Second

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "`address:port` to listen on")
	upstream := flag.String("upstream", "", "base `URL` that /fanout asks; this program itself unless given")
	readStates := flag.Int("read-states", 10_000, "read states kept")
	preload := flag.Bool("preload", false, "begin with as many read states as are kept")
	flag.Parse()
	if *upstream == "" {
		*upstream = "http://" + *listen
	}

	items, err := domain.LoadItems()
	if err != nil {
		log.Fatal(err)
	}
	service := &service{
		items:  items,
		orders: domain.NewOrders(items),
		states: domain.NewReadStates(*readStates, *preload),
		fanout: domain.NewFanout(*upstream),
	}
	server := &http.Server{Addr: *listen, Handler: service.routes()}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(drain)
	}()

	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	if err := <-stopped; err != nil {
		log.Fatal(err)
	}
}
