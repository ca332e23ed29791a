// Reports on an order through a pointer to a local that is gone.
package main

import "fmt"

type order struct{ id int }

func open() *order {
	o := order{id: 7}
	return &o // DEFECT
}

func main() {
	o := open()
	for range 1000 {
		_ = open()
	}
	fmt.Println("order", o.id)
}
