package domain

// Primes says how many primes lie below N, and their sum.
type Primes struct {
	N      int64  `json:"n"`
	Primes uint64 `json:"primes"`
	Sum    uint64 `json:"sum"`
}

// PrimesBelow is the CPU-bound kernel: a sieve of Eratosthenes.
func PrimesBelow(n int64) Primes {
	composite := make([]bool, n)
	for i := int64(2); i*i < n; i++ {
		if composite[i] {
			continue
		}
		for multiple := i * i; multiple < n; multiple += i {
			composite[multiple] = true
		}
	}

	result := Primes{N: n}
	for number := int64(2); number < n; number++ {
		if !composite[number] {
			result.Primes++
			result.Sum += uint64(number)
		}
	}
	return result
}
