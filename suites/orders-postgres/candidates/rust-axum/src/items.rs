//! The items on sale: what one of each costs.

use serde::Deserialize;

const ITEMS_JSON: &str = include_str!("items.json");

#[derive(Deserialize)]
struct Item {
    price: i64,
}

/// The price of each item; an item's place is its id less one.
///
/// # Panics
///
/// If the file the program was built with is not a list of items.
pub fn prices() -> Vec<i64> {
    let items: Vec<Item> = serde_json::from_str(ITEMS_JSON).expect("a list of items");
    items.into_iter().map(|item| item.price).collect()
}
