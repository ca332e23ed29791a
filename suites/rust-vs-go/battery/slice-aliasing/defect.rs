//! Extends one list of rights in two ways.

fn main() {
    let mut base = vec![1, 2];
    let readers = &mut base;
    let writers = &mut base; // DEFECT
    readers.push(3);
    writers.push(4);
    println!("{readers:?} {writers:?}");
}
