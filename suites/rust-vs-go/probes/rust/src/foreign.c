// What the foreign calls call: next to nothing, in a file of its own so that nothing is inlined.
#include <stdint.h>

int64_t foreign_add(int64_t a, int64_t b) {
	return a + b;
}

int64_t foreign_repeat(int64_t times, int64_t (*callback)(int64_t)) {
	int64_t sum = 0;
	for (int64_t i = 0; i < times; i++) {
		sum += callback(i);
	}
	return sum;
}
