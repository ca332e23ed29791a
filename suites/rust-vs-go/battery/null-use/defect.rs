//! Greets a customer who was not found.

struct Customer {
    name: String,
}

fn find(id: u32) -> Option<Customer> {
    (id == 1).then(|| Customer { name: "Ada".to_owned() })
}

fn main() {
    let customer = find(2);
    println!("{}", customer.name); // DEFECT
}
