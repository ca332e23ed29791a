//! Saves an order and reports success, whatever the disk says.
use std::fs;

fn main() {
    fs::write("/nonexistent/order.json", "{}"); // DEFECT
    println!("saved");
}
