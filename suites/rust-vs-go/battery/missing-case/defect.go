// A state was added; one place does not know it.
package main

import "fmt"

type state int

const (
	open state = iota
	paid
	cancelled
)

func refund(s state, amount int) int {
	switch s { // DEFECT
	case open:
		return 0
	case paid:
		return amount
	}
	return 0
}

func main() {
	fmt.Println("refund", refund(cancelled, 30))
}
