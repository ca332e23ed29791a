// The sieve of the pilot as a WebAssembly program. Only its size is of interest.
package main

import "fmt"

func main() {
	const n = 100_000
	composite := make([]bool, n)
	for i := 2; i*i < n; i++ {
		if composite[i] {
			continue
		}
		for multiple := i * i; multiple < n; multiple += i {
			composite[multiple] = true
		}
	}
	primes := 0
	for _, composite := range composite[2:] {
		if !composite {
			primes++
		}
	}
	fmt.Println(primes)
}
