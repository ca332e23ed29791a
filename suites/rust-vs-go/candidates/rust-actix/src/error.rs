//! What a client is told when a request cannot be answered.

use std::fmt;

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::orders::OrderError;

/// An error answer: a status and `{"error": message}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
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

impl From<&JsonPayloadError> for ApiError {
    fn from(error: &JsonPayloadError) -> Self {
        let (status, message) = match error {
            JsonPayloadError::ContentType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type must be application/json")
            }
            JsonPayloadError::Deserialize(error) if error.is_data() => {
                (StatusCode::UNPROCESSABLE_ENTITY, "body must be an order")
            }
            _ => (StatusCode::BAD_REQUEST, "body must be JSON"),
        };
        Self { status, message: message.to_owned() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(Body { error: &self.message })
    }
}
