//! Serves two requests with a thread each; the first one's handler fails.
use std::thread;

fn handle(id: usize) -> u32 {
    let prices = [10, 20];
    let price = prices[id]; // DEFECT
    if price > 0 { 200 } else { 500 }
}

fn main() {
    let first = thread::spawn(|| handle(7)).join();
    let second = thread::spawn(|| handle(1)).join();
    println!("first failed: {}", first.is_err());
    println!("second request: {}", second.unwrap());
}
