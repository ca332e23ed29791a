package main

// primes says how many primes lie below N, and their sum.
type primes struct {
	N      int    `json:"n"`
	Primes uint64 `json:"primes"`
	Sum    uint64 `json:"sum"`
}

// primesBelow is the CPU-bound kernel: a sieve of Eratosthenes.
func primesBelow(n int) primes {
	composite := make([]bool, n)
	for i := 2; i*i < n; i++ {
		if composite[i] {
			continue
		}
		for multiple := i * i; multiple < n; multiple += i {
			composite[multiple] = true
		}
	}

	result := primes{N: n}
	for number := 2; number < n; number++ {
		if !composite[number] {
			result.Primes++
			result.Sum += uint64(number)
		}
	}
	return result
}
