//! The items on sale, loaded once at start-up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

const ITEMS_JSON: &str = include_str!("items.json");

#[derive(Debug, Deserialize, Serialize)]
pub struct Item {
    id: i64,
    name: String,
    category: String,
    pub price: i64,
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
struct PricedItem<'a> {
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
pub fn load() -> Arc<[Item]> {
    serde_json::from_str::<Vec<Item>>(ITEMS_JSON).expect("items.json is a list of items").into()
}

/// The first `count` items, clamped to what there is, each priced `multiplier` times.
pub fn priced(items: &[Item], count: i64, multiplier: i64) -> ItemList<'_> {
    let count = usize::try_from(count.max(0)).map_or(items.len(), |count| count.min(items.len()));
    let items = items[..count]
        .iter()
        .map(|item| PricedItem { item, total: item.price * item.quantity * multiplier })
        .collect();
    ItemList { items, count }
}
