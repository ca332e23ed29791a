// Adds up order values in 32 bits.
package main

import (
	"fmt"
	"os"
)

func main() {
	var sum int32
	for range len(os.Args) + 2 {
		sum += 1_000_000_000 // DEFECT
	}
	fmt.Println(sum)
}
