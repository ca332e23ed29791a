//! What a client is told when a request cannot be answered.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::orders::OrderError;

/// An error answer: a status and `{"error": message}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
}

#[derive(Serialize)]
struct Body {
    error: String,
}

impl ApiError {
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }
}

impl From<OrderError> for ApiError {
    fn from(error: OrderError) -> Self {
        let invalid = StatusCode::UNPROCESSABLE_ENTITY;
        let (status, message) = match error {
            OrderError::NoSuchOrder => (StatusCode::NOT_FOUND, "no such order"),
            OrderError::Customer => (invalid, "customer must be an integer from 1 to 1000000"),
            OrderError::Lines => (invalid, "an order must have 1 to 20 lines"),
            OrderError::Item => (invalid, "item must be an integer from 1 to 50"),
            OrderError::Quantity => (invalid, "quantity must be an integer from 1 to 100"),
            OrderError::Database(why) => {
                eprintln!("database: {why}");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        };
        Self { status, message: message.to_owned() }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let message = match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "content-type must be application/json",
            StatusCode::UNPROCESSABLE_ENTITY => "body must be an order",
            _ => "body must be JSON",
        };
        Self { status: rejection.status(), message: message.to_owned() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(Body { error: self.message })).into_response()
    }
}
