package domain

import (
	"errors"
	"sync"
)

const (
	ordersAtStart = 1_000
	customerMax   = 1_000_000
	linesMax      = 20
	quantityMax   = 100
)

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

// Why an order is not taken.
var (
	ErrNoSuchOrder = errors.New("no such order")
	ErrCustomer    = errors.New("customer must be an integer from 1 to 1000000")
	ErrLines       = errors.New("an order must have 1 to 20 lines")
	ErrItem        = errors.New("item must be an integer from 1 to 50")
	ErrQuantity    = errors.New("quantity must be an integer from 1 to 100")
)

// Orders keeps all orders in memory. An order's place is its id less one; none is ever removed.
type Orders struct {
	items  []Item
	mu     sync.RWMutex
	orders []Order
}

// NewOrders makes the store with the orders every candidate begins with.
func NewOrders(items []Item) *Orders {
	store := &Orders{items: items}
	for k := int64(1); k <= ordersAtStart; k++ {
		request := OrderRequest{Customer: k*7919%customerMax + 1}
		for j := int64(0); j <= k%5; j++ {
			request.Lines = append(request.Lines, Line{Item: (k*31+j*17)%50 + 1, Quantity: (k+j*3)%10 + 1})
		}
		if _, err := store.Create(request); err != nil {
			panic(err)
		}
	}
	return store
}

// Create takes a new order.
func (o *Orders) Create(request OrderRequest) (Order, error) {
	total, err := o.total(request)
	if err != nil {
		return Order{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	order := Order{
		ID: int64(len(o.orders)) + 1, Version: 1,
		Customer: request.Customer, Lines: request.Lines, Total: total,
	}
	o.orders = append(o.orders, order)
	return order, nil
}

// Replace puts a request in the place of an order. A bad request is complained about before an unknown id.
func (o *Orders) Replace(id int64, request OrderRequest) (Order, error) {
	total, err := o.total(request)
	if err != nil {
		return Order{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if id < 1 || id > int64(len(o.orders)) {
		return Order{}, ErrNoSuchOrder
	}
	order := &o.orders[id-1]
	order.Version++
	order.Customer, order.Lines, order.Total = request.Customer, request.Lines, total
	return *order, nil
}

// Get finds an order. Its lines are never written again, only replaced, so the copy may share them.
func (o *Orders) Get(id int64) (Order, error) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if id < 1 || id > int64(len(o.orders)) {
		return Order{}, ErrNoSuchOrder
	}
	return o.orders[id-1], nil
}

// List gives up to limit orders whose ids are above after, in order of id.
func (o *Orders) List(after, limit int64) OrderPage {
	o.mu.RLock()
	defer o.mu.RUnlock()
	count := int64(len(o.orders))
	from := min(after, count)
	to := min(from+limit, count)
	page := OrderPage{Orders: append([]Order{}, o.orders[from:to]...)}
	if to < count {
		page.Next = &to
	}
	return page
}

// total validates a request and adds it up.
func (o *Orders) total(request OrderRequest) (int64, error) {
	if request.Customer < 1 || request.Customer > customerMax {
		return 0, ErrCustomer
	}
	if len(request.Lines) < 1 || len(request.Lines) > linesMax {
		return 0, ErrLines
	}
	var total int64
	for _, line := range request.Lines {
		if line.Item < 1 || line.Item > int64(len(o.items)) {
			return 0, ErrItem
		}
		if line.Quantity < 1 || line.Quantity > quantityMax {
			return 0, ErrQuantity
		}
		total += o.items[line.Item-1].Price * line.Quantity
	}
	return total, nil
}
