//! One thread swaps a string slice while another reads it.
use std::thread;

fn main() {
    let mut current: &str = "a";
    let mut torn = false;
    thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..3_000_000 {
                current = if i % 2 == 0 { "a" } else { "bbbbbbbbbb" };
            }
        });
        for _ in 0..3_000_000 {
            let seen = current; // DEFECT
            torn |= seen.starts_with('a') != (seen.len() == 1);
        }
    });
    println!("{}", if torn { "torn" } else { "consistent" });
}
