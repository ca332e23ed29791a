//! The contract's routes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use actix_web::web::{self, Data, Json, JsonConfig, Path, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};

use crate::domain::compute;
use crate::domain::fanout::{Fanout, FanoutRequest};
use crate::domain::items::{self, Item};
use crate::domain::orders::{OrderRequest, Orders};
use crate::domain::states::ReadStates;
use crate::domain::tree;
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

pub fn configure(config: &mut ServiceConfig) {
    let json_config = JsonConfig::default().error_handler(|error, _| ApiError::from(&error).into());
    config
        .app_data(json_config)
        .service(web::resource("/health").get(async || "ok"))
        .service(web::resource("/plaintext").get(async || "Hello, World!"))
        .service(web::resource("/json/{count}").get(json))
        .service(web::resource("/delay/{ms}").get(delay))
        .service(web::resource("/compute/{n}").get(compute))
        .service(web::resource("/allocate/{n}").get(allocate))
        .service(web::resource("/echo").post(echo))
        .service(web::resource("/fanout").get(fanout))
        .service(web::resource("/orders").get(list_orders).post(create_order))
        .service(web::resource("/orders/{id}").get(get_order).put(replace_order))
        .service(
            web::resource("/read-states/{user}/{channel}")
                .get(get_read_state)
                .post(update_read_state),
        );
}

async fn json(
    service: Data<Service>,
    count: Path<String>,
    params: Params,
) -> Result<impl Responder, ApiError> {
    let count = integer("count", &count)?;
    let multiplier = optional_integer_in("m", params.get("m"), 1, 1..=MULTIPLIER_MAX)?;
    Ok(HttpResponse::Ok().json(items::priced(&service.items, count, multiplier)))
}

async fn delay(ms: Path<String>) -> Result<String, ApiError> {
    let ms = integer_in("ms", &ms, 0..=DELAY_MS_MAX)?;
    actix_web::rt::time::sleep(Duration::from_millis(ms as u64)).await;
    Ok(ms.to_string())
}

async fn compute(n: Path<String>) -> Result<impl Responder, ApiError> {
    let n = integer_in("n", &n, 0..=COMPUTE_N_MAX)?;
    Ok(Json(compute::primes_below(n as usize)))
}

async fn allocate(n: Path<String>) -> Result<impl Responder, ApiError> {
    let n = integer_in("n", &n, 0..=ALLOCATE_N_MAX)?;
    Ok(Json(tree::allocate(n as u64)))
}

/// Streams the body back: what has arrived is sent on, nothing is gathered.
async fn echo(request: HttpRequest, body: Payload) -> HttpResponse {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .cloned()
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = HttpResponse::Ok();
    response.content_type(content_type);
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if let Some(length) = length.and_then(|length| length.parse().ok()) {
        response.no_chunking(length);
    }
    response.streaming(body)
}

async fn fanout(service: Data<Service>, params: Params) -> Result<impl Responder, ApiError> {
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
    service: Data<Service>,
    request: Json<OrderRequest>,
) -> Result<impl Responder, ApiError> {
    let order = service.orders.create(request.into_inner())?;
    let location = format!("/orders/{}", order.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(order))
}

async fn replace_order(
    service: Data<Service>,
    id: Path<String>,
    request: Result<Json<OrderRequest>, actix_web::Error>,
) -> Result<impl Responder, actix_web::Error> {
    let id = integer("id", &id)?;
    Ok(Json(service.orders.replace(id, request?.into_inner()).map_err(ApiError::from)?))
}

async fn get_order(service: Data<Service>, id: Path<String>) -> Result<impl Responder, ApiError> {
    let id = integer("id", &id)?;
    Ok(Json(service.orders.get(id)?))
}

async fn list_orders(service: Data<Service>, params: Params) -> Result<impl Responder, ApiError> {
    let after = optional_integer_in("after", params.get("after"), 0, 0..=ID_MAX)?;
    let limit = optional_integer_in("limit", params.get("limit"), 20, 1..=PAGE_MAX)?;
    Ok(Json(service.orders.list(after as u64, limit as u64)))
}

async fn get_read_state(
    service: Data<Service>,
    key: Path<(String, String)>,
) -> Result<impl Responder, ApiError> {
    let user = integer_in("user", &key.0, 0..=ID_MAX)?;
    let channel = integer_in("channel", &key.1, 0..=ID_MAX)?;
    Ok(Json(service.states.read(user as u64, channel as u64)))
}

async fn update_read_state(
    service: Data<Service>,
    key: Path<(String, String)>,
    params: Params,
) -> Result<impl Responder, ApiError> {
    let user = integer_in("user", &key.0, 0..=ID_MAX)?;
    let channel = integer_in("channel", &key.1, 0..=ID_MAX)?;
    let message = optional_integer_in("message", params.get("message"), 0, 0..=ID_MAX)?;
    Ok(Json(service.states.update(user as u64, channel as u64, message as u64)))
}
