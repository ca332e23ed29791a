// The kernels in C, the algorithms of ../rust and ../go: prints one JSON object a line.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SPECTRAL_N = 500, TREE_DEPTH = 16, TREES = 20, HASHED_BYTES = 8 << 20, WORDS = 1000000, BUCKETS = 1 << 17 };

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void check(int holds, const char *what) {
	if (!holds) {
		fprintf(stderr, "wrong result: %s\n", what);
		exit(1);
	}
}

// The fastest of nine runs after one that does not count: what else the machine did can only have made the others slower
// (Chen and Revels 2016, arXiv:1608.04295).
static void timed(const char *name, void (*work)(void)) {
	double fastest = INFINITY;
	work();
	for (int i = 0; i < 9; i++) {
		double start = now();
		work();
		fastest = fmin(fastest, now() - start);
	}
	printf("{\"metric\":\"kernel-%s\",\"value\":%e,\"unit\":\"s\"}\n", name, fastest);
}

static double element(size_t i, size_t j) {
	return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(const double *from, double *to, size_t n) {
	for (size_t i = 0; i < n; i++) {
		double sum = 0;
		for (size_t j = 0; j < n; j++)
			sum += element(i, j) * from[j];
		to[i] = sum;
	}
}

static void multiply_transposed(const double *from, double *to, size_t n) {
	for (size_t i = 0; i < n; i++) {
		double sum = 0;
		for (size_t j = 0; j < n; j++)
			sum += element(j, i) * from[j];
		to[i] = sum;
	}
}

static double dot(const double *a, const double *b, size_t n) {
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void spectral_norm(void) {
	size_t n = SPECTRAL_N;
	double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *w = malloc(n * sizeof *w);
	for (size_t i = 0; i < n; i++)
		u[i] = 1;
	for (int i = 0; i < 10; i++) {
		multiply(u, w, n);
		multiply_transposed(w, v, n);
		multiply(v, w, n);
		multiply_transposed(w, u, n);
	}
	char text[32];
	snprintf(text, sizeof text, "%.9f", sqrt(dot(u, v, n) / dot(v, v, n)));
	check(strcmp(text, "1.274224116") == 0, "spectral-norm");
	free(u), free(v), free(w);
}

struct node {
	struct node *left, *right;
};

static struct node *grow(int depth) {
	struct node *node = malloc(sizeof *node);
	node->left = depth ? grow(depth - 1) : NULL;
	node->right = depth ? grow(depth - 1) : NULL;
	return node;
}

static int count(const struct node *node) {
	return node->left ? 1 + count(node->left) + count(node->right) : 1;
}

static void fell(struct node *node) {
	if (node->left) {
		fell(node->left);
		fell(node->right);
	}
	free(node);
}

static void binary_trees(void) {
	int nodes = 0;
	for (int i = 0; i < TREES; i++) {
		struct node *tree = grow(TREE_DEPTH);
		nodes += count(tree);
		fell(tree);
	}
	check(nodes == TREES * ((1 << (TREE_DEPTH + 1)) - 1), "binary-trees");
}

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, int n) {
	return x >> n | x << (32 - n);
}

static void compress(uint32_t state[8], const uint8_t *block) {
	uint32_t w[64];
	for (int t = 0; t < 16; t++)
		w[t] = (uint32_t)block[4 * t] << 24 | block[4 * t + 1] << 16 | block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 64; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;
		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (int t = 0; t < 64; t++) {
		uint32_t s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
		uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + K[t] + w[t];
		uint32_t s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
		uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
		h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d;
	state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static uint8_t data[HASHED_BYTES];

// SHA-256 of a whole number of 64-byte blocks, by the letter of FIPS 180-4.
static void sha256(void) {
	uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	for (size_t at = 0; at < sizeof data; at += 64)
		compress(state, data + at);
	uint8_t last[64] = {0x80};
	uint64_t bits = sizeof data * 8ULL;
	for (int i = 0; i < 8; i++)
		last[63 - i] = bits >> 8 * i;
	compress(state, last);
	check(state[0] == 0x0ff4d6c0, "sha256");
}

struct entry {
	struct entry *next;
	uint64_t count;
	char word[];
};

// C has no map of strings: buckets with chains, as a textbook has them.
static void string_map(void) {
	struct entry **buckets = calloc(BUCKETS, sizeof *buckets);
	uint64_t state = 1, distinct = 0, squares = 0;
	for (int i = 0; i < WORDS; i++) {
		char word[24];
		state = state * 6364136223846793005u + 1442695040888963407u;
		int length = snprintf(word, sizeof word, "word-%u", (unsigned)((state >> 33) % 100000));
		uint64_t hash = 14695981039346656037u;
		for (int c = 0; c < length; c++)
			hash = (hash ^ (uint8_t)word[c]) * 1099511628211u;
		struct entry **at = &buckets[hash % BUCKETS];
		while (*at && strcmp((*at)->word, word) != 0)
			at = &(*at)->next;
		if (!*at) {
			*at = calloc(1, sizeof **at + length + 1);
			memcpy((*at)->word, word, length + 1);
			distinct++;
		}
		(*at)->count++;
	}
	for (int i = 0; i < BUCKETS; i++) {
		for (struct entry *entry = buckets[i], *next; entry; entry = next) {
			next = entry->next;
			squares += entry->count * entry->count;
			free(entry);
		}
	}
	free(buckets);
	check(distinct == 99994 && squares == 11001796, "string-map");
}

int main(void) {
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = i * 31 + 7;
	timed("spectral-norm", spectral_norm);
	timed("binary-trees", binary_trees);
	timed("sha256", sha256);
	timed("string-map", string_map);
	return 0;
}
