package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	customerMax = 1_000_000
	linesMax    = 20
	quantityMax = 100
)

// One statement for each thing a client can ask; pgx prepares them once a connection.
const (
	getSQL     = "SELECT id, version, customer, lines, total FROM orders WHERE id = $1"
	listSQL    = "SELECT id, version, customer, lines, total FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
	createSQL  = "INSERT INTO orders (customer, lines, total) VALUES ($1, $2, $3) RETURNING id, version"
	replaceSQL = "UPDATE orders SET version = version + 1, customer = $2, lines = $3, total = $4 WHERE id = $1 RETURNING id, version"
)

//go:embed items.json
var itemsJSON []byte

// Order is an order as kept and served.
type Order struct {
	ID       int64  `json:"id"`
	Version  int64  `json:"version"`
	Customer int64  `json:"customer"`
	Lines    []Line `json:"lines"`
	Total    int64  `json:"total"`
}

// Line is one item of an order, so many times.
type Line struct {
	Item     int64 `json:"item"`
	Quantity int64 `json:"quantity"`
}

// OrderRequest is what a client sends to create or replace an order.
type OrderRequest struct {
	Customer int64  `json:"customer"`
	Lines    []Line `json:"lines"`
}

// OrderPage is a part of the list of orders; Next is what to ask for after it, if there is more.
type OrderPage struct {
	Orders []Order `json:"orders"`
	Next   *int64  `json:"next"`
}

// Why an order is not taken or given.
var (
	errNoSuchOrder = complaint{http.StatusNotFound, "no such order"}
	errCustomer    = complaint{http.StatusUnprocessableEntity, "customer must be an integer from 1 to 1000000"}
	errLines       = complaint{http.StatusUnprocessableEntity, "an order must have 1 to 20 lines"}
	errItem        = complaint{http.StatusUnprocessableEntity, "item must be an integer from 1 to 50"}
	errQuantity    = complaint{http.StatusUnprocessableEntity, "quantity must be an integer from 1 to 100"}
)

// loadPrices gives the price of each item; an item's place is its id less one.
func loadPrices() ([]int64, error) {
	var items []struct {
		Price int64 `json:"price"`
	}
	if err := json.Unmarshal(itemsJSON, &items); err != nil {
		return nil, fmt.Errorf("items.json: %w", err)
	}
	prices := make([]int64, len(items))
	for i, item := range items {
		prices[i] = item.Price
	}
	return prices, nil
}

// Orders are all orders, kept in PostgreSQL.
type Orders struct {
	prices []int64
	pool   *pgxpool.Pool
}

// Create takes a new order.
func (o *Orders) Create(ctx context.Context, request OrderRequest) (order Order, err error) {
	total, err := o.total(request)
	if err != nil {
		return order, err
	}
	order = Order{Customer: request.Customer, Lines: request.Lines, Total: total}
	row := o.pool.QueryRow(ctx, createSQL, request.Customer, request.Lines, total)
	err = row.Scan(&order.ID, &order.Version)
	return order, err
}

// Replace puts a request in the place of an order. A bad request is complained about before an unknown id.
func (o *Orders) Replace(ctx context.Context, id int64, request OrderRequest) (order Order, err error) {
	total, err := o.total(request)
	if err != nil {
		return order, err
	}
	order = Order{Customer: request.Customer, Lines: request.Lines, Total: total}
	row := o.pool.QueryRow(ctx, replaceSQL, id, request.Customer, request.Lines, total)
	err = row.Scan(&order.ID, &order.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return order, errNoSuchOrder
	}
	return order, err
}

// Get finds an order.
func (o *Orders) Get(ctx context.Context, id int64) (order Order, err error) {
	err = scan(o.pool.QueryRow(ctx, getSQL, id), &order)
	if errors.Is(err, pgx.ErrNoRows) {
		return order, errNoSuchOrder
	}
	return order, err
}

// List gives up to limit orders whose ids are above after, in order of id.
func (o *Orders) List(ctx context.Context, after, limit int64) (page OrderPage, err error) {
	// One more than asked for tells whether more follow.
	rows, err := o.pool.Query(ctx, listSQL, after, limit+1)
	if err != nil {
		return page, err
	}
	page.Orders, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (order Order, err error) {
		err = scan(row, &order)
		return order, err
	})
	if err == nil && int64(len(page.Orders)) > limit {
		page.Orders = page.Orders[:limit]
		page.Next = &page.Orders[limit-1].ID
	}
	return page, err
}

func scan(row pgx.Row, order *Order) error {
	return row.Scan(&order.ID, &order.Version, &order.Customer, &order.Lines, &order.Total)
}

// total validates a request and adds it up.
func (o *Orders) total(request OrderRequest) (int64, error) {
	if request.Customer < 1 || request.Customer > customerMax {
		return 0, errCustomer
	}
	if len(request.Lines) < 1 || len(request.Lines) > linesMax {
		return 0, errLines
	}
	var total int64
	for _, line := range request.Lines {
		if line.Item < 1 || line.Item > int64(len(o.prices)) {
			return 0, errItem
		}
		if line.Quantity < 1 || line.Quantity > quantityMax {
			return 0, errQuantity
		}
		total += o.prices[line.Item-1] * line.Quantity
	}
	return total, nil
}
