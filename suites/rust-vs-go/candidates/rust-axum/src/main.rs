//! The pilot in Rust: axum on Tokio, as axum's documentation and examples teach it.

mod domain;
mod error;
mod params;
mod routes;

use std::error::Error;
use std::io;
use std::num::NonZeroUsize;

use axum::serve::ListenerExt;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::domain::fanout::Fanout;
use crate::domain::items;
use crate::domain::orders::Orders;
use crate::domain::states::ReadStates;
use crate::routes::Service;

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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let items = items::load();
    let service = Service {
        orders: Orders::new(items.clone()),
        states: ReadStates::new(args.read_states),
        fanout: Fanout::new(args.upstream.unwrap_or(format!("http://{}", args.listen)))?,
        items,
    };
    // As Go does unasked; without it the tail of a streamed answer waits 40 ms for an acknowledgement.
    let listener = TcpListener::bind(&args.listen).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes::router(service)).with_graceful_shutdown(asked_to_stop()?).await?;
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
