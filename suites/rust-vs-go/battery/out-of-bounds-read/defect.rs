//! Adds up one element too many.

fn sum(values: &[u32], count: usize) -> u32 {
    let mut total = 0;
    for i in 0..=count {
        total += values[i]; // DEFECT
    }
    total
}

fn main() {
    let values = vec![1, 2, 3];
    println!("sum {}", sum(&values, values.len()));
}
