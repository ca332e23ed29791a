package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"example.invalid/go-gin/internal/domain"
)

type handlers struct {
	*domain.Service
}

// routes is the contract. gin.Default would log every request, which no other candidate does.
func routes(h handlers) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery())
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.GET("/health", text("ok"))
	router.GET("/plaintext", text("Hello, World!"))
	router.GET("/json/:count", h.json)
	router.GET("/delay/:ms", delay)
	router.GET("/compute/:n", compute)
	router.GET("/allocate/:n", allocate)
	router.POST("/echo", echo)
	router.GET("/fanout", h.fanout)
	router.POST("/orders", h.createOrder)
	router.GET("/orders", h.listOrders)
	router.GET("/orders/:id", h.getOrder)
	router.PUT("/orders/:id", h.replaceOrder)
	router.GET("/read-states/:user/:channel", h.getReadState)
	router.POST("/read-states/:user/:channel", h.updateReadState)
	return router
}

func fail(c *gin.Context, err error) {
	c.JSON(domain.StatusOf(err), gin.H{"error": err.Error()})
}

func text(body string) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.String(http.StatusOK, body)
	}
}

func (h handlers) json(c *gin.Context) {
	count, err := domain.Integer("count", c.Param("count"))
	if err != nil {
		fail(c, err)
		return
	}
	multiplier, err := domain.OptionalIn(c.Request.URL.Query(), "m", 1, 1, domain.MultiplierMax)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, domain.Priced(h.Items, count, multiplier))
}

func delay(c *gin.Context) {
	ms, err := domain.IntegerIn("ms", c.Param("ms"), 0, domain.DelayMsMax)
	if err != nil {
		fail(c, err)
		return
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	c.String(http.StatusOK, strconv.FormatInt(ms, 10))
}

func compute(c *gin.Context) {
	n, err := domain.IntegerIn("n", c.Param("n"), 0, domain.ComputeNMax)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, domain.PrimesBelow(n))
}

func allocate(c *gin.Context) {
	n, err := domain.IntegerIn("n", c.Param("n"), 0, domain.AllocateNMax)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, domain.Allocate(n))
}

// echo streams the body back: what has arrived is sent on, nothing is gathered.
func echo(c *gin.Context) {
	// Without full duplex an HTTP/1 server discards what it has not read once the answer begins.
	if err := http.NewResponseController(c.Writer).EnableFullDuplex(); err != nil {
		log.Printf("echo: %v", err)
	}
	contentType := c.GetHeader("Content-Type")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	c.Header("Content-Type", contentType)
	if _, err := io.Copy(c.Writer, c.Request.Body); err != nil {
		log.Printf("echo: %v", err)
	}
}

func (h handlers) fanout(c *gin.Context) {
	request, err := domain.ReadFanout(c.Request.URL.Query())
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, h.Fanout.Ask(c.Request.Context(), request))
}

func (h handlers) createOrder(c *gin.Context) {
	request, err := domain.ReadOrder(c.Writer, c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	order, err := h.Orders.Create(request)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", fmt.Sprintf("/orders/%d", order.ID))
	c.JSON(http.StatusCreated, order)
}

func (h handlers) replaceOrder(c *gin.Context) {
	id, err := domain.Integer("id", c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	request, err := domain.ReadOrder(c.Writer, c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	order, err := h.Orders.Replace(id, request)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, order)
}

func (h handlers) getOrder(c *gin.Context) {
	id, err := domain.Integer("id", c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	order, err := h.Orders.Get(id)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, order)
}

func (h handlers) listOrders(c *gin.Context) {
	query := c.Request.URL.Query()
	after, err := domain.OptionalIn(query, "after", 0, 0, domain.IDMax)
	if err != nil {
		fail(c, err)
		return
	}
	limit, err := domain.OptionalIn(query, "limit", 20, 1, domain.PageMax)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, h.Orders.List(after, limit))
}

func (h handlers) getReadState(c *gin.Context) {
	user, channel, err := domain.ReadStateKey(c.Param("user"), c.Param("channel"))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, h.States.Read(user, channel))
}

func (h handlers) updateReadState(c *gin.Context) {
	user, channel, err := domain.ReadStateKey(c.Param("user"), c.Param("channel"))
	if err != nil {
		fail(c, err)
		return
	}
	message, err := domain.OptionalIn(c.Request.URL.Query(), "message", 0, 0, domain.IDMax)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, h.States.Update(user, channel, message))
}
