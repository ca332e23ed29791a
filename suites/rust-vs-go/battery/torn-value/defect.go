// One goroutine swaps an interface value while another calls it.
package main

import "fmt"

type shape interface{ sides() (kind, value int) }

type triangle struct{ n, pad int }
type square struct{ n, pad int }

func (t *triangle) sides() (int, int) { return 3, t.n }
func (s *square) sides() (int, int)   { return 4, s.n }

var current shape = &triangle{n: 3}

func main() {
	stop := make(chan struct{})
	go func() {
		t, s := &triangle{n: 3}, &square{n: 4}
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if i%2 == 0 {
				current = t
			} else {
				current = s // DEFECT
			}
		}
	}()
	torn := false
	for range 20_000_000 {
		kind, value := current.sides() // DEFECT
		torn = torn || kind != value
	}
	close(stop)
	if torn {
		fmt.Println("torn: a method of one type ran on data of another")
		return
	}
	fmt.Println("consistent")
}
