// Serves two requests; the first one's handler fails.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
)

func main() {
	prices := []int{10, 20}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.URL.Query().Get("id"))
		fmt.Fprintln(w, prices[id]) // DEFECT
	}))
	defer server.Close()
	_, err := http.Get(server.URL + "?id=7")
	fmt.Println("first failed:", err != nil)
	second, err := http.Get(server.URL + "?id=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("second request:", second.StatusCode)
}
