//! What a client is told when a request cannot be answered.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::orders::OrderError;

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
        let status = match error {
            OrderError::NoSuchOrder => StatusCode::NOT_FOUND,
            OrderError::Customer | OrderError::Lines | OrderError::Item | OrderError::Quantity => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        Self { status, message: error.message().to_owned() }
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
