// Adds up one element too many.
package main

import "fmt"

func sum(values []int, count int) int {
	total := 0
	for i := 0; i <= count; i++ {
		total += values[i] // DEFECT
	}
	return total
}

func main() {
	values := []int{1, 2, 3}
	fmt.Println("sum", sum(values, len(values)))
}
