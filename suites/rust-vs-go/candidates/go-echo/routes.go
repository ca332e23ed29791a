package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"example.invalid/go-echo/internal/domain"
)

type handlers struct {
	*domain.Service
}

// routes is the contract.
func routes(h handlers) *echo.Echo {
	// Without this a percent-encoded digit reaches the handler as it was sent.
	router := echo.NewRouter(echo.RouterConfig{UnescapePathParamValues: true})
	e := echo.NewWithConfig(echo.Config{Router: router})
	e.Use(middleware.Recover())
	e.HTTPErrorHandler = complain
	e.GET("/health", text("ok"))
	e.GET("/plaintext", text("Hello, World!"))
	e.GET("/json/:count", h.json)
	e.GET("/delay/:ms", delay)
	e.GET("/compute/:n", compute)
	e.GET("/allocate/:n", allocate)
	e.POST("/echo", echoBody)
	e.GET("/fanout", h.fanout)
	e.POST("/orders", h.createOrder)
	e.GET("/orders", h.listOrders)
	e.GET("/orders/:id", h.getOrder)
	e.PUT("/orders/:id", h.replaceOrder)
	e.GET("/read-states/:user/:channel", h.getReadState)
	e.POST("/read-states/:user/:channel", h.updateReadState)
	return e
}

var defaultErrorHandler = echo.DefaultHTTPErrorHandler(false)

// complain answers what a handler returned: the framework's own errors as it would, ours as the contract says.
func complain(c *echo.Context, err error) {
	if echo.StatusCode(err) != 0 {
		defaultErrorHandler(c, err)
		return
	}
	if err := c.JSON(domain.StatusOf(err), map[string]string{"error": err.Error()}); err != nil {
		c.Logger().Error("answer", "error", err)
	}
}

func text(body string) echo.HandlerFunc {
	return func(c *echo.Context) error {
		return c.String(http.StatusOK, body)
	}
}

func (h handlers) json(c *echo.Context) error {
	count, err := domain.Integer("count", c.Param("count"))
	if err != nil {
		return err
	}
	multiplier, err := domain.OptionalIn(c.QueryParams(), "m", 1, 1, domain.MultiplierMax)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, domain.Priced(h.Items, count, multiplier))
}

func delay(c *echo.Context) error {
	ms, err := domain.IntegerIn("ms", c.Param("ms"), 0, domain.DelayMsMax)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return c.String(http.StatusOK, strconv.FormatInt(ms, 10))
}

func compute(c *echo.Context) error {
	n, err := domain.IntegerIn("n", c.Param("n"), 0, domain.ComputeNMax)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, domain.PrimesBelow(n))
}

func allocate(c *echo.Context) error {
	n, err := domain.IntegerIn("n", c.Param("n"), 0, domain.AllocateNMax)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, domain.Allocate(n))
}

// echoBody streams the body back: what has arrived is sent on, nothing is gathered.
func echoBody(c *echo.Context) error {
	// Without full duplex an HTTP/1 server discards what it has not read once the answer begins.
	if err := http.NewResponseController(c.Response()).EnableFullDuplex(); err != nil {
		return err
	}
	contentType := c.Request().Header.Get(echo.HeaderContentType)
	if contentType == "" {
		contentType = echo.MIMEOctetStream
	}
	return c.Stream(http.StatusOK, contentType, c.Request().Body)
}

func (h handlers) fanout(c *echo.Context) error {
	request, err := domain.ReadFanout(c.QueryParams())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Fanout.Ask(c.Request().Context(), request))
}

func (h handlers) createOrder(c *echo.Context) error {
	request, err := domain.ReadOrder(c.Response(), c.Request())
	if err != nil {
		return err
	}
	order, err := h.Orders.Create(request)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/orders/%d", order.ID))
	return c.JSON(http.StatusCreated, order)
}

func (h handlers) replaceOrder(c *echo.Context) error {
	id, err := domain.Integer("id", c.Param("id"))
	if err != nil {
		return err
	}
	request, err := domain.ReadOrder(c.Response(), c.Request())
	if err != nil {
		return err
	}
	order, err := h.Orders.Replace(id, request)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, order)
}

func (h handlers) getOrder(c *echo.Context) error {
	id, err := domain.Integer("id", c.Param("id"))
	if err != nil {
		return err
	}
	order, err := h.Orders.Get(id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, order)
}

func (h handlers) listOrders(c *echo.Context) error {
	after, err := domain.OptionalIn(c.QueryParams(), "after", 0, 0, domain.IDMax)
	if err != nil {
		return err
	}
	limit, err := domain.OptionalIn(c.QueryParams(), "limit", 20, 1, domain.PageMax)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Orders.List(after, limit))
}

func (h handlers) getReadState(c *echo.Context) error {
	user, channel, err := domain.ReadStateKey(c.Param("user"), c.Param("channel"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.States.Read(user, channel))
}

func (h handlers) updateReadState(c *echo.Context) error {
	user, channel, err := domain.ReadStateKey(c.Param("user"), c.Param("channel"))
	if err != nil {
		return err
	}
	message, err := domain.OptionalIn(c.QueryParams(), "message", 0, 0, domain.IDMax)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.States.Update(user, channel, message))
}
