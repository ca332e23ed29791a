// Reads a setting that nobody made.
package main

import "fmt"

func main() {
	settings := map[string]any{"port": 8080}
	timeout := settings["timeout"].(int) // DEFECT
	fmt.Println(timeout)
}
