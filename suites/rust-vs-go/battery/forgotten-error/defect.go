// Saves an order and reports success, whatever the disk says.
package main

import (
	"fmt"
	"os"
)

func main() {
	os.WriteFile("/nonexistent/order.json", []byte("{}"), 0o644) // DEFECT
	fmt.Println("saved")
}
