//! The sieve of the pilot as a WebAssembly program. Only its size is of interest.

fn main() {
    let n = 100_000;
    let mut composite = vec![false; n];
    let mut i = 2;
    while i * i < n {
        if !composite[i] {
            for multiple in (i * i..n).step_by(i) {
                composite[multiple] = true;
            }
        }
        i += 1;
    }
    println!("{}", composite.iter().skip(2).filter(|composite| !**composite).count());
}
