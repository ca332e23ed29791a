// The pilot in Go: Echo on net/http, as its documentation teaches it.
package main

import (
	"context"
	"log"
	"os/signal"
	"syscall"
	"time"

	"github.com/labstack/echo/v5"

	"example.invalid/go-echo/internal/domain"
)

// shutdownTimeout bounds how long requests in flight may take to finish.
const shutdownTimeout = 10 * time.Second

func main() {
	listen, service, err := domain.Flags()
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	server := echo.StartConfig{Address: listen, HideBanner: true, HidePort: true, GracefulTimeout: shutdownTimeout}
	if err := server.Start(ctx, routes(handlers{service})); err != nil {
		log.Fatal(err)
	}
}
