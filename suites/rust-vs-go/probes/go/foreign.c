// What the foreign calls call: next to nothing, in a file of its own so that nothing is inlined.
#include <stdint.h>

extern int64_t twice(int64_t value);

int64_t foreign_add(int64_t a, int64_t b) {
	return a + b;
}

int64_t foreign_repeat_twice(int64_t times) {
	int64_t sum = 0;
	for (int64_t i = 0; i < times; i++) {
		sum += twice(i);
	}
	return sum;
}
