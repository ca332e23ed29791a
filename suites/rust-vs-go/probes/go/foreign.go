package main

/*
#include <stdint.h>

int64_t foreign_add(int64_t a, int64_t b);
int64_t foreign_repeat_twice(int64_t times);
*/
import "C"

import "time"

const (
	calls     = 20_000_000
	callbacks = 2_000_000
)

//export twice
func twice(value C.int64_t) C.int64_t {
	return value * 2
}

// foreign: calls into C, and back.
func foreign() {
	start := time.Now()
	sum := C.int64_t(0)
	for i := range C.int64_t(calls) {
		sum = C.foreign_add(sum, i)
	}
	check(sum == calls*(calls-1)/2, "calls")
	seconds("foreign-call", time.Since(start).Seconds()/calls)

	start = time.Now()
	sum = C.foreign_repeat_twice(callbacks)
	check(sum == callbacks*(callbacks-1), "callbacks")
	seconds("foreign-callback", time.Since(start).Seconds()/callbacks)
}
