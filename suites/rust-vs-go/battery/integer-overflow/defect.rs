//! Adds up order values in 32 bits.

fn total(values: &[i32]) -> i32 {
    let mut sum = 0;
    for value in values {
        sum += value; // DEFECT
    }
    sum
}

fn main() {
    let values: Vec<i32> = std::iter::repeat_n(1_000_000_000, std::env::args().count() + 2).collect();
    println!("{}", total(&values));
}
