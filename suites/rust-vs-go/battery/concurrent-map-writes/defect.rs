//! Two threads fill one cache.
use std::collections::HashMap;
use std::thread;

fn main() {
    let mut cache: HashMap<u64, u64> = HashMap::new();
    thread::scope(|scope| {
        for worker in 0..2 {
            let cache = &mut cache; // DEFECT
            scope.spawn(move || {
                for key in 0..10_000 {
                    cache.insert(worker * 10_000 + key, key);
                }
            });
        }
    });
    println!("{}", cache.len());
}
