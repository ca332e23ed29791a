//! The orders in Rust: axum on Tokio, tokio-postgres with deadpool, as their documentation teaches it.

mod error;
mod items;
mod orders;
mod params;
mod routes;

use std::error::Error;
use std::io;

use axum::serve::ListenerExt;
use clap::Parser;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_postgres::NoTls;

use crate::orders::Orders;

#[derive(Debug, Parser)]
struct Args {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// URL of the database
    #[arg(long)]
    database: tokio_postgres::Config,
    /// Connections to the database
    #[arg(long)]
    pool: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(args.database, NoTls, config);
    let pool = Pool::builder(manager).max_size(args.pool).build()?;
    // Without a database there is nothing to serve: find out now.
    drop(pool.get().await?);
    // As Go does unasked.
    let listener = TcpListener::bind(&args.listen).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let router = routes::router(Orders::new(items::prices(), pool));
    axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()?).await?;
    Ok(())
}

/// Ends when the process is told to terminate or interrupted.
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
