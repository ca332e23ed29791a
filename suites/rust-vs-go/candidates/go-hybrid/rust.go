package main

/*
#cgo LDFLAGS: ${SRCDIR}/rustcore/target/release/librustcore.a -lm -ldl -lpthread
#include <stdint.h>

typedef struct {
	uint64_t primes;
	uint64_t sum;
} primes_result;

primes_result rustcore_primes_below(uint64_t n);
*/
import "C"

import "example.invalid/go-hybrid/internal/domain"

// rustPrimesBelow is domain.PrimesBelow, computed by the Rust library.
func rustPrimesBelow(n int64) domain.Primes {
	result := C.rustcore_primes_below(C.uint64_t(n))
	return domain.Primes{N: n, Primes: uint64(result.primes), Sum: uint64(result.sum)}
}
