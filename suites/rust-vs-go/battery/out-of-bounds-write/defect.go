// Copies a name into a field that is too short.
package main

import (
	"fmt"
	"os"
	"strings"
)

type account struct {
	name    [8]byte
	balance uint32
}

func main() {
	a := account{balance: 100}
	name := strings.Repeat("x", len(os.Args)+11)
	for i := range len(name) {
		a.name[i] = name[i] // DEFECT
	}
	fmt.Println("balance", a.balance)
}
