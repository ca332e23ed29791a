//! A server whose behaviour is programmed and therefore known: the truth to hold the engine against.
//!
//! One thread, one epoll; each answer leaves at the time the [`Program`] says, whatever the others
//! do: HTTP/1.1, and if told so HTTP/2, in the clear or through TLS. [`serve`] runs it on the calling thread, [`Running::start`] on a thread of its own.

mod arrival;
mod conversation;
mod delays;
mod identity;
mod program;
mod server;

pub use identity::certificate;
#[cfg(test)]
pub(crate) use identity::server_config;
pub use program::{Ending, Piece, Program, Script, ServerTls};
pub use server::{Running, Served, serve};
