//! Reports on an order after handing it over.

fn ship(order: Vec<u32>) -> usize {
    order.len()
}

fn main() {
    let order = vec![7, 8, 9];
    ship(order);
    println!("order {}", order[0]); // DEFECT
}
