//! The orders, kept in memory.

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::items::Item;

const ORDERS_AT_START: u64 = 1_000;
const CUSTOMER_MAX: i64 = 1_000_000;
const LINES_MAX: usize = 20;
const QUANTITY_MAX: i64 = 100;

/// An order as kept and served.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub id: u64,
    version: u64,
    customer: i64,
    lines: Arc<[Line]>,
    total: i64,
}

/// One item of an order, so many times.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Line {
    item: i64,
    quantity: i64,
}

/// What a client sends to create or replace an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OrderRequest {
    customer: i64,
    lines: Vec<Line>,
}

/// A part of the list of orders; `next` is what to ask for after it, if there is more.
#[derive(Debug, Serialize)]
pub struct OrderPage {
    orders: Vec<Order>,
    next: Option<u64>,
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderError {
    NoSuchOrder,
    Customer,
    Lines,
    Item,
    Quantity,
}

impl OrderError {
    pub fn message(self) -> &'static str {
        match self {
            Self::NoSuchOrder => "no such order",
            Self::Customer => "customer must be an integer from 1 to 1000000",
            Self::Lines => "an order must have 1 to 20 lines",
            Self::Item => "item must be an integer from 1 to 50",
            Self::Quantity => "quantity must be an integer from 1 to 100",
        }
    }
}

/// All orders. An order's place is its id less one; none is ever removed.
#[derive(Debug)]
pub struct Orders {
    items: Arc<[Item]>,
    orders: RwLock<Vec<Order>>,
}

impl Orders {
    /// The store with the orders every candidate begins with.
    pub fn new(items: Arc<[Item]>) -> Self {
        let orders = Self { items, orders: RwLock::default() };
        for k in 1..=ORDERS_AT_START as i64 {
            let lines = (0..=k % 5)
                .map(|j| Line { item: (k * 31 + j * 17) % 50 + 1, quantity: (k + j * 3) % 10 + 1 })
                .collect();
            let request = OrderRequest { customer: k * 7919 % CUSTOMER_MAX + 1, lines };
            orders.create(request).expect("the orders at the start are valid");
        }
        orders
    }

    /// Takes a new order.
    pub fn create(&self, request: OrderRequest) -> Result<Order, OrderError> {
        let total = self.total(&request)?;
        let mut orders = self.orders.write().unwrap_or_else(PoisonError::into_inner);
        let order = Order {
            id: orders.len() as u64 + 1,
            version: 1,
            customer: request.customer,
            lines: request.lines.into(),
            total,
        };
        orders.push(order.clone());
        Ok(order)
    }

    /// Puts a request in the place of an order. A bad request is complained about before an unknown id.
    pub fn replace(&self, id: i64, request: OrderRequest) -> Result<Order, OrderError> {
        let total = self.total(&request)?;
        let mut orders = self.orders.write().unwrap_or_else(PoisonError::into_inner);
        let order =
            place(id).and_then(|place| orders.get_mut(place)).ok_or(OrderError::NoSuchOrder)?;
        order.version += 1;
        order.customer = request.customer;
        order.lines = request.lines.into();
        order.total = total;
        Ok(order.clone())
    }

    /// Finds an order.
    pub fn get(&self, id: i64) -> Result<Order, OrderError> {
        let orders = self.orders.read().unwrap_or_else(PoisonError::into_inner);
        place(id).and_then(|place| orders.get(place)).cloned().ok_or(OrderError::NoSuchOrder)
    }

    /// Up to `limit` orders whose ids are above `after`, in order of id.
    pub fn list(&self, after: u64, limit: u64) -> OrderPage {
        let orders = self.orders.read().unwrap_or_else(PoisonError::into_inner);
        let count = orders.len() as u64;
        let from = after.min(count);
        let to = (from + limit).min(count);
        OrderPage {
            orders: orders[from as usize..to as usize].to_vec(),
            next: (to < count).then_some(to),
        }
    }

    /// Validates a request and adds it up.
    fn total(&self, request: &OrderRequest) -> Result<i64, OrderError> {
        if !(1..=CUSTOMER_MAX).contains(&request.customer) {
            return Err(OrderError::Customer);
        }
        if !(1..=LINES_MAX).contains(&request.lines.len()) {
            return Err(OrderError::Lines);
        }
        request.lines.iter().try_fold(0, |total, line| {
            let item =
                place(line.item).and_then(|place| self.items.get(place)).ok_or(OrderError::Item)?;
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                return Err(OrderError::Quantity);
            }
            Ok(total + item.price * line.quantity)
        })
    }
}

/// Where in a list the thing with this id stands.
fn place(id: i64) -> Option<usize> {
    usize::try_from(id).ok()?.checked_sub(1)
}
