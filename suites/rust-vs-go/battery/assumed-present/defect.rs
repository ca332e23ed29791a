//! Reads a setting that nobody made.
use std::collections::BTreeMap;

fn main() {
    let settings: BTreeMap<&str, u32> = BTreeMap::from([("port", 8080)]);
    let timeout = settings.get("timeout").unwrap(); // DEFECT
    println!("{timeout}");
}
