// Transfers money both ways at once.
package main

import (
	"fmt"
	"sync"
)

type account struct {
	sync.Mutex
	balance int
}

func main() {
	ada, bob := &account{balance: 100}, &account{balance: 100}
	var both, done sync.WaitGroup
	both.Add(2)
	transfer := func(from, to *account) {
		from.Lock()
		defer from.Unlock()
		both.Done()
		both.Wait()
		to.Lock() // DEFECT
		defer to.Unlock()
		from.balance -= 10
		to.balance += 10
	}
	done.Go(func() { transfer(ada, bob) })
	done.Go(func() { transfer(bob, ada) })
	done.Wait()
	fmt.Println("transferred")
}
