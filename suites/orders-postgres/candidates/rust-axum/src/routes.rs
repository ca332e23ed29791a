//! The contract's routes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

use crate::error::ApiError;
use crate::orders::{Order, OrderPage, OrderRequest, Orders};
use crate::params::{integer, optional_integer_in};

const PAGE_MAX: i64 = 100;
/// What every language's numbers hold exactly.
const ID_MAX: i64 = (1 << 53) - 1;

pub fn router(orders: Orders) -> Router {
    Router::new()
        .route("/health", get(async || "ok"))
        .route("/orders", get(list).post(create))
        .route("/orders/{id}", get(read).put(replace))
        .with_state(Arc::new(orders))
}

async fn create(
    State(orders): State<Arc<Orders>>,
    request: Result<Json<OrderRequest>, JsonRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(request) = request?;
    let order = orders.create(request).await?;
    let location = format!("/orders/{}", order.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(order)))
}

async fn replace(
    State(orders): State<Arc<Orders>>,
    Path(id): Path<String>,
    request: Result<Json<OrderRequest>, JsonRejection>,
) -> Result<Json<Order>, ApiError> {
    let id = integer("id", &id)?;
    let Json(request) = request?;
    Ok(Json(orders.replace(id, request).await?))
}

async fn read(
    State(orders): State<Arc<Orders>>,
    Path(id): Path<String>,
) -> Result<Json<Order>, ApiError> {
    let id = integer("id", &id)?;
    Ok(Json(orders.get(id).await?))
}

async fn list(
    State(orders): State<Arc<Orders>>,
    Query(params): Query<HashMap<String, String>>,
) -> Result<Json<OrderPage>, ApiError> {
    let after = optional_integer_in("after", params.get("after"), 0, 0..=ID_MAX)?;
    let limit = optional_integer_in("limit", params.get("limit"), 20, 1..=PAGE_MAX)?;
    Ok(Json(orders.list(after, limit).await?))
}
