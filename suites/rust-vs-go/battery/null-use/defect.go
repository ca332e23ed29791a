// Greets a customer who was not found.
package main

import "fmt"

type customer struct{ name string }

func find(id int) *customer {
	if id == 1 {
		return &customer{name: "Ada"}
	}
	return nil
}

func main() {
	c := find(2)
	fmt.Println(c.name) // DEFECT
}
