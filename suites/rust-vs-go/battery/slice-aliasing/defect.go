// Extends one list of rights in two ways.
package main

import "fmt"

func main() {
	base := make([]int, 2, 4)
	base[0], base[1] = 1, 2
	readers := append(base, 3)
	writers := append(base, 4) // DEFECT
	fmt.Println(readers, writers)
}
