//! The orders, kept in PostgreSQL: one statement for each thing a client can ask.

use deadpool_postgres::{Client, Pool, PoolError};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

const CUSTOMER_MAX: i64 = 1_000_000;
const LINES_MAX: usize = 20;
const QUANTITY_MAX: i64 = 100;

const GET: &str = "SELECT id, version, customer, lines, total FROM orders WHERE id = $1";
const LIST: &str = "SELECT id, version, customer, lines, total FROM orders \
                    WHERE id > $1 ORDER BY id LIMIT $2";
const CREATE: &str = "INSERT INTO orders (customer, lines, total) VALUES ($1, $2, $3) \
                      RETURNING id, version";
const REPLACE: &str = "UPDATE orders SET version = version + 1, customer = $2, lines = $3, \
                       total = $4 WHERE id = $1 RETURNING id, version";

/// An order as kept and served.
#[derive(Debug, Serialize)]
pub struct Order {
    pub id: i64,
    version: i64,
    customer: i64,
    lines: Vec<Line>,
    total: i64,
}

/// One item of an order, so many times.
#[derive(Debug, Default, Deserialize, Serialize)]
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
    next: Option<i64>,
}

/// Why an order is not taken or given.
#[derive(Debug)]
pub enum OrderError {
    NoSuchOrder,
    Customer,
    Lines,
    Item,
    Quantity,
    Database(String),
}

impl From<PoolError> for OrderError {
    fn from(error: PoolError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<tokio_postgres::Error> for OrderError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// All orders.
#[derive(Debug)]
pub struct Orders {
    prices: Vec<i64>,
    pool: Pool,
}

impl Orders {
    /// Of items at these prices, behind this pool of connections.
    pub fn new(prices: Vec<i64>, pool: Pool) -> Self {
        Self { prices, pool }
    }

    /// Takes a new order.
    pub async fn create(&self, request: OrderRequest) -> Result<Order, OrderError> {
        let total = self.total(&request)?;
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(CREATE).await?;
        let OrderRequest { customer, lines } = request;
        let lines = Json(lines);
        let row = client.query_one(&statement, &[&customer, &lines, &total]).await?;
        Ok(Order { id: row.get(0), version: row.get(1), customer, lines: lines.0, total })
    }

    /// Puts a request in the place of an order. A bad request is complained about before an unknown id.
    pub async fn replace(&self, id: i64, request: OrderRequest) -> Result<Order, OrderError> {
        let total = self.total(&request)?;
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(REPLACE).await?;
        let OrderRequest { customer, lines } = request;
        let lines = Json(lines);
        let row = client.query_opt(&statement, &[&id, &customer, &lines, &total]).await?;
        let row = row.ok_or(OrderError::NoSuchOrder)?;
        Ok(Order { id: row.get(0), version: row.get(1), customer, lines: lines.0, total })
    }

    /// Finds an order.
    pub async fn get(&self, id: i64) -> Result<Order, OrderError> {
        let client: Client = self.pool.get().await?;
        let statement = client.prepare_cached(GET).await?;
        let row = client.query_opt(&statement, &[&id]).await?;
        row.as_ref().map(order).ok_or(OrderError::NoSuchOrder)
    }

    /// Up to `limit` orders whose ids are above `after`, in order of id.
    pub async fn list(&self, after: i64, limit: i64) -> Result<OrderPage, OrderError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(LIST).await?;
        // One more than asked for tells whether more follow.
        let rows = client.query(&statement, &[&after, &(limit + 1)]).await?;
        let mut orders: Vec<Order> = rows.iter().map(order).collect();
        let more = orders.len() as i64 > limit;
        orders.truncate(limit as usize);
        let next = orders.last().filter(|_| more).map(|order| order.id);
        Ok(OrderPage { orders, next })
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
            let place = usize::try_from(line.item).ok().and_then(|id| id.checked_sub(1));
            let price = place.and_then(|place| self.prices.get(place)).ok_or(OrderError::Item)?;
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                return Err(OrderError::Quantity);
            }
            Ok(total + price * line.quantity)
        })
    }
}

fn order(row: &Row) -> Order {
    let Json(lines) = row.get(3);
    Order { id: row.get(0), version: row.get(1), customer: row.get(2), lines, total: row.get(4) }
}
