package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed items.json
var itemsJSON []byte

type item struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int64    `json:"price"`
	Quantity int64    `json:"quantity"`
	Active   bool     `json:"active"`
	Tags     []string `json:"tags"`
	Rating   rating   `json:"rating"`
}

type rating struct {
	Score int64 `json:"score"`
	Count int64 `json:"count"`
}

// pricedItem is an item as served: with its total.
type pricedItem struct {
	item
	Total int64 `json:"total"`
}

// itemList is what /json/{count} answers.
type itemList struct {
	Items []pricedItem `json:"items"`
	Count int          `json:"count"`
}

// loadItems reads the items the program carries.
func loadItems() ([]item, error) {
	var items []item
	if err := json.Unmarshal(itemsJSON, &items); err != nil {
		return nil, fmt.Errorf("items.json: %w", err)
	}
	return items, nil
}

// priced gives the items, each priced multiplier times.
func priced(items []item, multiplier int64) itemList {
	list := itemList{Items: make([]pricedItem, len(items)), Count: len(items)}
	for i, it := range items {
		list.Items[i] = pricedItem{item: it, Total: it.Price * it.Quantity * multiplier}
	}
	return list
}
