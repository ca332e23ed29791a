//! HTTP/2 (RFC 9113) and HPACK (RFC 7541) in our own framing, sans-IO: what a load costs is mostly
//! what framing costs, and requests made in advance need only their stream's number.

mod answer_head;
pub(crate) mod block;
mod deframer;
pub(crate) mod frame;
mod hpack;
mod huffman;
pub(crate) mod link;
mod memo;
pub(crate) mod peer;
pub(crate) mod receiving;
pub(crate) mod request;
mod stream;
mod table;
