//! Asks two backends, takes the first answer, forgets the other.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let waiting = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let (answer, first) = mpsc::sync_channel(0);
        for backend in 0..2 {
            let (answer, waiting) = (answer.clone(), Arc::clone(&waiting));
            waiting.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                let _ = answer.send(backend); // DEFECT
                waiting.fetch_sub(1, Ordering::SeqCst);
            });
        }
        first.recv().unwrap();
    }
    thread::sleep(Duration::from_millis(100));
    println!("{} tasks left", waiting.load(Ordering::SeqCst));
}
