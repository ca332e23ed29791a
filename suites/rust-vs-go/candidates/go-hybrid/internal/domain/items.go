// Package domain is what the service does, whatever framework carries it: the same files in every Go candidate.
package domain

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed items.json
var itemsJSON []byte

// Item is one of the things on sale.
type Item struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int64    `json:"price"`
	Quantity int64    `json:"quantity"`
	Active   bool     `json:"active"`
	Tags     []string `json:"tags"`
	Rating   Rating   `json:"rating"`
}

// Rating is what buyers think of an item.
type Rating struct {
	Score int64 `json:"score"`
	Count int64 `json:"count"`
}

// PricedItem is an item as served: with its total.
type PricedItem struct {
	Item
	Total int64 `json:"total"`
}

// ItemList is what /json/{count} answers.
type ItemList struct {
	Items []PricedItem `json:"items"`
	Count int          `json:"count"`
}

// LoadItems reads the items the program carries.
func LoadItems() ([]Item, error) {
	var items []Item
	if err := json.Unmarshal(itemsJSON, &items); err != nil {
		return nil, fmt.Errorf("items.json: %w", err)
	}
	return items, nil
}

// Priced gives the first count items, clamped to what there is, each priced multiplier times.
func Priced(items []Item, count, multiplier int64) ItemList {
	items = items[:min(max(count, 0), int64(len(items)))]
	list := ItemList{Items: make([]PricedItem, len(items)), Count: len(items)}
	for i, item := range items {
		list.Items[i] = PricedItem{Item: item, Total: item.Price * item.Quantity * multiplier}
	}
	return list
}
