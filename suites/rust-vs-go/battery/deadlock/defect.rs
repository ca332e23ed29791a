//! Transfers money both ways at once.
use std::sync::{Barrier, Mutex};
use std::thread;

fn main() {
    let (ada, bob) = (Mutex::new(100), Mutex::new(100));
    let both = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut from = ada.lock().unwrap();
            both.wait();
            let mut to = bob.lock().unwrap(); // DEFECT
            *from -= 10;
            *to += 10;
        });
        scope.spawn(|| {
            let mut from = bob.lock().unwrap();
            both.wait();
            let mut to = ada.lock().unwrap();
            *from -= 10;
            *to += 10;
        });
    });
    println!("transferred");
}
