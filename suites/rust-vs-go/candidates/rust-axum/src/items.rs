//! The items that `/json` serves, loaded once at start-up.

use serde::{Deserialize, Serialize};

const ITEMS_JSON: &str = include_str!("../items.json");

#[derive(Debug, Deserialize, Serialize)]
pub struct Item {
    id: i64,
    name: String,
    category: String,
    price: i64,
    quantity: i64,
    active: bool,
    tags: Vec<String>,
    rating: Rating,
}

#[derive(Debug, Deserialize, Serialize)]
struct Rating {
    score: i64,
    count: i64,
}

/// An item as served: with its total.
#[derive(Debug, Serialize)]
pub struct PricedItem<'a> {
    #[serde(flatten)]
    item: &'a Item,
    total: i64,
}

/// What `/json/{count}` answers.
#[derive(Debug, Serialize)]
pub struct ItemList<'a> {
    items: Vec<PricedItem<'a>>,
    count: usize,
}

/// Reads the items the program carries.
///
/// # Panics
///
/// If the file it was built with is not a list of items.
pub fn load() -> Vec<Item> {
    serde_json::from_str(ITEMS_JSON).expect("items.json is a list of items")
}

/// The first of `items`, each priced `multiplier` times.
pub fn priced(items: &[Item], multiplier: i64) -> ItemList<'_> {
    let items: Vec<_> = items
        .iter()
        .map(|item| PricedItem { item, total: item.price * item.quantity * multiplier })
        .collect();
    ItemList { count: items.len(), items }
}
