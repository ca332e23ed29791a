// The CPU-bound kernel: a sieve of Eratosthenes.

/** How many primes lie below `n`, and their sum. */
export function primesBelow(n) {
  const composite = new Uint8Array(n);
  for (let i = 2; i * i < n; i++) {
    if (composite[i]) continue;
    for (let multiple = i * i; multiple < n; multiple += i) composite[multiple] = 1;
  }

  let primes = 0;
  let sum = 0;
  for (let number = 2; number < n; number++) {
    if (!composite[number]) {
      primes += 1;
      sum += number;
    }
  }
  return { n, primes, sum };
}
