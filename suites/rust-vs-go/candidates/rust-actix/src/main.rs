//! The pilot in Rust: actix-web, as its documentation and examples teach it.

mod domain;
mod error;
mod params;
mod routes;

use std::error::Error;
use std::num::NonZeroUsize;

use actix_web::web::Data;
use actix_web::{App, HttpServer};
use clap::Parser;

use crate::domain::fanout::Fanout;
use crate::domain::items;
use crate::domain::orders::Orders;
use crate::domain::states::ReadStates;
use crate::routes::Service;

/// Bounds how long requests in flight may take to finish, in seconds.
const SHUTDOWN_TIMEOUT_S: u64 = 10;

#[derive(Debug, Parser)]
struct Args {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Base URL that /fanout asks; this program itself unless given
    #[arg(long)]
    upstream: Option<String>,
    /// Read states kept
    #[arg(long, default_value = "500000")]
    read_states: NonZeroUsize,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let items = items::load();
    let service = Data::new(Service {
        orders: Orders::new(items.clone()),
        states: ReadStates::new(args.read_states),
        fanout: Fanout::new(args.upstream.unwrap_or(format!("http://{}", args.listen)))?,
        items,
    });
    HttpServer::new(move || App::new().app_data(service.clone()).configure(routes::configure))
        .shutdown_timeout(SHUTDOWN_TIMEOUT_S)
        .bind(&args.listen)?
        .run()
        .await?;
    Ok(())
}
