//! Doubles a list of jobs while walking it.

fn main() {
    let mut jobs = vec![1, 2, 3];
    for job in &jobs {
        if *job < 3 {
            jobs.push(*job); // DEFECT
        }
    }
    println!("{}", jobs.iter().take(3).sum::<i32>());
}
