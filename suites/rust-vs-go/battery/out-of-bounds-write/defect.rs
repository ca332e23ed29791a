//! Copies a name into a field that is too short.

struct Account {
    name: [u8; 8],
    balance: u32,
}

fn main() {
    let mut account = Account { name: [0; 8], balance: 100 };
    let name: String = std::iter::repeat_n('x', std::env::args().count() + 11).collect();
    for (i, byte) in name.bytes().enumerate() {
        account.name[i] = byte; // DEFECT
    }
    println!("balance {}", account.balance);
}
