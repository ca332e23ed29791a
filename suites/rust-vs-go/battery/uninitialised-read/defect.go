// Counts errors in a counter that only some paths set.
package main

import (
	"fmt"
	"os"
)

func main() {
	var errors int
	if len(os.Args) > 1 {
		errors = 1
	}
	fmt.Println(errors) // DEFECT
}
