//! Closes a connection in two places.

fn main() {
    let connection = Box::new([0_u8; 64]);
    drop(connection);
    drop(connection); // DEFECT
    println!("done");
}
