//! Keeps reading a buffer that is back in the pool.

struct Pool(Vec<Vec<u8>>);

impl Pool {
    fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    fn give(&mut self, buffer: Vec<u8>) {
        self.0.push(buffer);
    }
}

fn main() {
    let mut pool = Pool(Vec::new());
    let mut first = pool.take();
    first.extend_from_slice(b"alice");
    pool.give(first);
    let mut second = pool.take();
    second.clear();
    second.extend_from_slice(b"bobby");
    println!("{}", String::from_utf8_lossy(&first)); // DEFECT
}
