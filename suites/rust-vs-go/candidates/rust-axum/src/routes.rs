//! The contract's routes, and how their parameters are read.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use crate::compute::{self, Primes};
use crate::error::ApiError;
use crate::items::{self, Item};

const MULTIPLIER_MAX: i64 = 1_000;
const DELAY_MS_MAX: i64 = 10_000;
const COMPUTE_N_MAX: i64 = 1_000_000;

type Items = Arc<Vec<Item>>;

pub fn router() -> Router {
    Router::new()
        .route("/health", get(async || "ok"))
        .route("/plaintext", get(async || "Hello, World!"))
        .route("/json/{count}", get(json))
        .route("/delay/{ms}", get(delay))
        .route("/compute/{n}", get(compute))
        .route("/echo", post(echo))
        .with_state(Arc::new(items::load()))
}

#[derive(Debug, Deserialize)]
struct JsonParams {
    m: Option<i64>,
}

async fn json(
    State(items): State<Items>,
    count: Result<Path<i64>, PathRejection>,
    params: Result<Query<JsonParams>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Path(count) = count.map_err(|_| ApiError::bad_request("count must be an integer"))?;
    let multiplier = params
        .map(|Query(params)| params.m.unwrap_or(1))
        .ok()
        .filter(|m| (1..=MULTIPLIER_MAX).contains(m))
        .ok_or(ApiError::bad_request("m must be an integer from 1 to 1000"))?;

    let count = usize::try_from(count.max(0)).map_or(items.len(), |count| count.min(items.len()));
    Ok(Json(items::priced(&items[..count], multiplier)).into_response())
}

async fn delay(ms: Result<Path<i64>, PathRejection>) -> Result<String, ApiError> {
    let ms = in_range(ms, DELAY_MS_MAX)
        .ok_or(ApiError::bad_request("ms must be an integer from 0 to 10000"))?;
    tokio::time::sleep(Duration::from_millis(ms as u64)).await;
    Ok(ms.to_string())
}

async fn compute(n: Result<Path<i64>, PathRejection>) -> Result<Json<Primes>, ApiError> {
    let n = in_range(n, COMPUTE_N_MAX)
        .ok_or(ApiError::bad_request("n must be an integer from 0 to 1000000"))?;
    Ok(Json(compute::primes_below(n)))
}

/// Streams the body back: what has arrived is sent on, nothing is gathered.
async fn echo(headers: HeaderMap, body: Body) -> Response {
    let content_type = headers
        .get(CONTENT_TYPE)
        .cloned()
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

/// A path segment that must be an integer from 0 to `max`.
fn in_range(value: Result<Path<i64>, PathRejection>, max: i64) -> Option<usize> {
    let Path(value) = value.ok()?;
    usize::try_from(value).ok().filter(|_| value <= max)
}
