//! The pilot in Rust: axum on Tokio, as axum's documentation and examples teach it.

mod compute;
mod error;
mod items;
mod routes;

use std::io;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = listen_address()?;
    let listener = TcpListener::bind(&address).await?;
    axum::serve(listener, routes::router()).with_graceful_shutdown(asked_to_stop()?).await?;
    Ok(())
}

/// The value of `--listen`, the only argument.
fn listen_address() -> Result<String, &'static str> {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next(), args.next()) {
        (Some("--listen"), Some(address), None) => Ok(address),
        _ => Err("usage: rust-axum --listen ADDRESS:PORT"),
    }
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
