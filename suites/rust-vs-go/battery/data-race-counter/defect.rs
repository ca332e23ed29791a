//! Counts requests from two threads.
use std::thread;

fn main() {
    let mut served = 0_u64;
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| { // DEFECT
                for _ in 0..100_000 {
                    served += 1; // DEFECT
                }
            });
        }
    });
    println!("{served}");
}
