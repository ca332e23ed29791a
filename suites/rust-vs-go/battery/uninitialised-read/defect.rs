//! Counts errors in a counter that only some paths set.

fn main() {
    let errors: u32;
    if std::env::args().count() > 1 {
        errors = 1;
    }
    println!("{errors}"); // DEFECT
}
