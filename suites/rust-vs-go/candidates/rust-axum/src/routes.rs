//! The contract's routes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::domain::compute::{self, Primes};
use crate::domain::fanout::{Fanout, FanoutRequest, FanoutResult};
use crate::domain::items::{self, Item};
use crate::domain::orders::{Order, OrderPage, OrderRequest, Orders};
use crate::domain::states::{ReadState, ReadStates};
use crate::domain::tree::{self, Tree};
use crate::error::ApiError;
use crate::params::{integer, integer_in, optional_integer_in};

const MULTIPLIER_MAX: i64 = 1_000;
const DELAY_MS_MAX: i64 = 10_000;
const COMPUTE_N_MAX: i64 = 1_000_000;
const ALLOCATE_N_MAX: i64 = 1_000_000;
const PAGE_MAX: i64 = 100;
/// What every language's numbers hold exactly.
const ID_MAX: i64 = (1 << 53) - 1;

type Params = Query<HashMap<String, String>>;

/// What the handlers share.
#[derive(Debug)]
pub struct Service {
    pub items: Arc<[Item]>,
    pub orders: Orders,
    pub states: ReadStates,
    pub fanout: Fanout,
}

pub fn router(service: Service) -> Router {
    Router::new()
        .route("/health", get(async || "ok"))
        .route("/plaintext", get(async || "Hello, World!"))
        .route("/json/{count}", get(json))
        .route("/delay/{ms}", get(delay))
        .route("/compute/{n}", get(compute))
        .route("/allocate/{n}", get(allocate))
        .route("/echo", post(echo))
        .route("/fanout", get(fanout))
        .route("/orders", get(list_orders).post(create_order))
        .route("/orders/{id}", get(get_order).put(replace_order))
        .route("/read-states/{user}/{channel}", get(get_read_state).post(update_read_state))
        .with_state(Arc::new(service))
}

async fn json(
    State(service): State<Arc<Service>>,
    Path(count): Path<String>,
    Query(params): Params,
) -> Result<Response, ApiError> {
    let count = integer("count", &count)?;
    let multiplier = optional_integer_in("m", params.get("m"), 1, 1..=MULTIPLIER_MAX)?;
    Ok(Json(items::priced(&service.items, count, multiplier)).into_response())
}

async fn delay(Path(ms): Path<String>) -> Result<String, ApiError> {
    let ms = integer_in("ms", &ms, 0..=DELAY_MS_MAX)?;
    tokio::time::sleep(Duration::from_millis(ms as u64)).await;
    Ok(ms.to_string())
}

async fn compute(Path(n): Path<String>) -> Result<Json<Primes>, ApiError> {
    let n = integer_in("n", &n, 0..=COMPUTE_N_MAX)?;
    Ok(Json(compute::primes_below(n as usize)))
}

async fn allocate(Path(n): Path<String>) -> Result<Json<Tree>, ApiError> {
    let n = integer_in("n", &n, 0..=ALLOCATE_N_MAX)?;
    Ok(Json(tree::allocate(n as u64)))
}

/// Streams the body back: what has arrived is sent on, nothing is gathered.
async fn echo(headers: HeaderMap, body: Body) -> Response {
    let content_type = headers
        .get(CONTENT_TYPE)
        .cloned()
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

async fn fanout(
    State(service): State<Arc<Service>>,
    Query(params): Params,
) -> Result<Json<FanoutResult>, ApiError> {
    let request = FanoutRequest {
        n: optional_integer_in("n", params.get("n"), 8, 1..=64)?,
        delay_ms: optional_integer_in("delay", params.get("delay"), 10, 0..=1_000)?,
        failing: optional_integer_in("failing", params.get("failing"), 0, 0..=64)?,
        slow: optional_integer_in("slow", params.get("slow"), 0, 0..=64)?,
        deadline_ms: optional_integer_in("deadline", params.get("deadline"), 2_000, 1..=5_000)?,
    };
    Ok(Json(service.fanout.ask(request).await))
}

async fn create_order(
    State(service): State<Arc<Service>>,
    request: Result<Json<OrderRequest>, JsonRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(request) = request?;
    let order = service.orders.create(request)?;
    let location = format!("/orders/{}", order.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(order)))
}

async fn replace_order(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    request: Result<Json<OrderRequest>, JsonRejection>,
) -> Result<Json<Order>, ApiError> {
    let id = integer("id", &id)?;
    let Json(request) = request?;
    Ok(Json(service.orders.replace(id, request)?))
}

async fn get_order(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Json<Order>, ApiError> {
    let id = integer("id", &id)?;
    Ok(Json(service.orders.get(id)?))
}

async fn list_orders(
    State(service): State<Arc<Service>>,
    Query(params): Params,
) -> Result<Json<OrderPage>, ApiError> {
    let after = optional_integer_in("after", params.get("after"), 0, 0..=ID_MAX)?;
    let limit = optional_integer_in("limit", params.get("limit"), 20, 1..=PAGE_MAX)?;
    Ok(Json(service.orders.list(after as u64, limit as u64)))
}

async fn get_read_state(
    State(service): State<Arc<Service>>,
    Path((user, channel)): Path<(String, String)>,
) -> Result<Json<ReadState>, ApiError> {
    let user = integer_in("user", &user, 0..=ID_MAX)?;
    let channel = integer_in("channel", &channel, 0..=ID_MAX)?;
    Ok(Json(service.states.read(user as u64, channel as u64)))
}

async fn update_read_state(
    State(service): State<Arc<Service>>,
    Path((user, channel)): Path<(String, String)>,
    Query(params): Params,
) -> Result<Json<ReadState>, ApiError> {
    let user = integer_in("user", &user, 0..=ID_MAX)?;
    let channel = integer_in("channel", &channel, 0..=ID_MAX)?;
    let message = optional_integer_in("message", params.get("message"), 0, 0..=ID_MAX)?;
    Ok(Json(service.states.update(user as u64, channel as u64, message as u64)))
}
