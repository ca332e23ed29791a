package pilot;

/** How many primes lie below {@code n}, and their sum. */
record Primes(int n, long primes, long sum) {
  /** The CPU-bound kernel: a sieve of Eratosthenes. */
  static Primes below(int n) {
    boolean[] composite = new boolean[n];
    for (int i = 2; (long) i * i < n; i++) {
      if (composite[i]) {
        continue;
      }
      for (int multiple = i * i; multiple < n; multiple += i) {
        composite[multiple] = true;
      }
    }

    long primes = 0;
    long sum = 0;
    for (int number = 2; number < n; number++) {
      if (!composite[number]) {
        primes++;
        sum += number;
      }
    }
    return new Primes(n, primes, sum);
  }
}
