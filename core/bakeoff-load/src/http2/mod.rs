//! HTTP/2 (RFC 9113) and HPACK (RFC 7541) in our own framing, sans-IO: what a load costs is mostly
//! what framing costs, and requests made in advance need only their stream's number.

pub(crate) mod block;
pub(crate) mod deframer;
pub(crate) mod frame;
pub(crate) mod hpack;
mod huffman;
mod table;
