//! One client of the reference server: requests in, pieces of answers out.

use std::collections::VecDeque;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_load::{Peer, PeerOptions};
use rustix::io::Errno;
use rustix::net::{SendFlags, send, sockopt};
use rustls::{ServerConfig, ServerConnection};

use crate::reference::delays::Asked;

/// One client of the reference server.
pub(crate) struct Conversation {
    pub(crate) socket: OwnedFd,
    /// None without TLS.
    secure: Option<Box<ServerConnection>>,
    speech: Speech,
    /// Beginning of a request that was cut.
    held: Vec<u8>,
    /// Body bytes of the current request still to come.
    body_left: usize,
    /// What the socket did not take yet.
    unsent: Vec<u8>,
    /// When the requests arrived that wait for the answers before theirs, in nanoseconds.
    pub(crate) waiting: VecDeque<u64>,
    /// The script is for this one.
    pub(crate) scripted: bool,
    /// An answer is being given.
    pub(crate) answering: bool,
    /// Next piece of the script.
    pub(crate) piece: usize,
    pub(crate) answers: u32,
    /// What the client's last request wants of the connection.
    pub(crate) manner: Manner,
    /// What the requests that wait ask of their answers (HTTP/1); none where they have no say.
    pub(crate) wishes: Option<VecDeque<Asked>>,
    /// Whether the request being answered is refused.
    pub(crate) refused: bool,
}

/// What a client speaks.
enum Speech {
    /// It has not said enough to tell.
    Unknown,
    Http1,
    /// By prior knowledge, or as TLS agreed (RFC 9113 §3).
    Http2(Box<Peer>),
}

/// What a client of HTTP/2 says first, as far as it takes to know it from a request.
const PREFACE_BEGINS: &[u8] = b"PRI ";
/// The stream of requests that have none.
pub(crate) const NO_STREAM: u32 = 0;

/// What becomes of a connection after an answer, by what its request says (RFC 9112 §9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// HTTP/1.1: it stays open.
    #[default]
    Stay,
    /// HTTP/1.0 that asked for it: it stays open, and the answer has to say so.
    StayAndSay,
    /// HTTP/1.0: it is closed.
    Close,
}

impl Conversation {
    /// A conversation over `socket`: `http2` if it may speak that; with `delays`, requests say how
    /// long their answers take.
    pub(crate) fn new(
        socket: OwnedFd,
        tls: Option<&Arc<ServerConfig>>,
        http2: bool,
        delays: bool,
    ) -> Self {
        let secure = tls.and_then(|config| ServerConnection::new(Arc::clone(config)).ok());
        Self {
            socket,
            secure: secure.map(Box::new),
            speech: if http2 { Speech::Unknown } else { Speech::Http1 },
            held: Vec::new(),
            body_left: 0,
            unsent: Vec::new(),
            waiting: VecDeque::new(),
            scripted: false,
            answering: false,
            piece: 0,
            answers: 0,
            manner: Manner::Stay,
            wishes: delays.then(VecDeque::new),
            refused: false,
        }
    }

    /// Takes what came in from the socket, and adds the streams of the requests that are now whole.
    pub(crate) fn hear(&mut self, input: &[u8], asked: &mut Vec<u32>) -> Result<(), Errno> {
        let Some(secure) = &mut self.secure else { return self.take(input, asked) };
        let mut plain = Vec::new();
        let mut rest = input;
        let mut heard = Ok(());
        while !rest.is_empty() && heard.is_ok() {
            let read = secure.read_tls(&mut rest);
            heard =
                read.map_err(|_| ()).and(secure.process_new_packets().map_err(|_| ()).map(drop));
            // Reading to the end of what there is says that more may come: no error to heed.
            let _ = secure.reader().read_to_end(&mut plain);
        }
        // An alert, if something was wrong, goes out too.
        self.say(&[])?;
        heard.map_err(|()| Errno::PROTO)?;
        self.take(&plain, asked)
    }

    fn take(&mut self, input: &[u8], asked: &mut Vec<u32>) -> Result<(), Errno> {
        match self.speech {
            Speech::Unknown => {
                self.held.extend_from_slice(input);
                let begin = &self.held[..self.held.len().min(PREFACE_BEGINS.len())];
                if !PREFACE_BEGINS.starts_with(begin) {
                    self.speech = Speech::Http1;
                } else if begin.len() == PREFACE_BEGINS.len() {
                    self.speech = Speech::Http2(Box::new(Peer::new(PeerOptions::default())));
                } else {
                    return Ok(());
                }
                let held = std::mem::take(&mut self.held);
                self.take(&held, asked)
            }
            Speech::Http1 => {
                let whole = self.take_requests(input);
                asked.extend((0..whole).map(|_| NO_STREAM));
                Ok(())
            }
            Speech::Http2(ref mut peer) => {
                let taken = peer.take(input);
                while let Some(request) = peer.next_request() {
                    asked.push(request.stream);
                }
                let said = peer.outgoing();
                self.say(&said)?;
                taken.map_err(|_| Errno::PROTO)
            }
        }
    }

    /// The other side of a connection that speaks HTTP/2.
    pub(crate) fn peer(&mut self) -> Option<&mut Peer> {
        match &mut self.speech {
            Speech::Http2(peer) => Some(peer),
            Speech::Unknown | Speech::Http1 => None,
        }
    }

    /// Writes what the answers of HTTP/2 came to; gives whether the connection goes on.
    pub(crate) fn flush_peer(&mut self) -> bool {
        let Speech::Http2(peer) = &mut self.speech else { return true };
        let said = peer.outgoing();
        let gone = peer.is_gone();
        self.say(&said).is_ok() && !gone
    }

    /// Takes what came in and counts the requests that are now whole (HTTP/1).
    fn take_requests(&mut self, input: &[u8]) -> u32 {
        if self.held.is_empty() && self.body_left == 0 && is_bare(input) {
            self.manner = manner(input);
            if let Some(wishes) = &mut self.wishes {
                wishes.push_back(Asked::of(input));
            }
            return 1;
        }
        self.held.extend_from_slice(input);
        let mut whole = 0;
        loop {
            if 0 < self.body_left {
                let taken = self.body_left.min(self.held.len());
                self.held.drain(..taken);
                self.body_left -= taken;
                if 0 < self.body_left {
                    return whole;
                }
                whole += 1;
            }
            let Some(end) = self.held.windows(4).position(|four| four == b"\r\n\r\n") else {
                return whole;
            };
            self.manner = manner(&self.held[..end]);
            self.body_left = content_length(&self.held[..end]);
            if let Some(wishes) = &mut self.wishes {
                wishes.push_back(Asked::of(&self.held[..end]));
            }
            self.held.drain(..end + 4);
            whole += u32::from(self.body_left == 0);
        }
    }

    /// Writes, keeping what the socket does not take.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let Some(secure) = &mut self.secure else { return self.write(bytes) };
        secure.set_buffer_limit(None);
        let mut cipher = Vec::new();
        let written = std::io::Write::write_all(&mut secure.writer(), bytes);
        while written.is_ok() && secure.wants_write() && secure.write_tls(&mut cipher).is_ok() {}
        self.write(&cipher)
    }

    /// Says that nothing more comes, as TLS wants it.
    pub(crate) fn farewell(&mut self) {
        if let Some(secure) = &mut self.secure {
            secure.send_close_notify();
            // A client that is gone does not hear it.
            let _ = self.say(&[]);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while self.unsent.is_empty() && !rest.is_empty() {
            match send(&self.socket, rest, SendFlags::NOSIGNAL) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        self.unsent.extend_from_slice(rest);
        Ok(())
    }

    /// The socket takes more.
    pub(crate) fn flush(&mut self) -> Result<(), Errno> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let unsent = std::mem::take(&mut self.unsent);
        self.write(&unsent)
    }

    /// Makes closing send a reset.
    pub(crate) fn reset(&self) {
        // Where it fails the connection is closed in order, which the client tells apart.
        let _ = sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO));
    }
}

/// Exactly one request without a body, the common case.
fn is_bare(input: &[u8]) -> bool {
    input.starts_with(b"GET ")
        && input.ends_with(b"\r\n\r\n")
        && input[..input.len() - 4].windows(4).all(|four| four != b"\r\n\r\n")
}

/// What a request wants of its connection.
fn manner(head: &[u8]) -> Manner {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or(head);
    if !line.ends_with(b"HTTP/1.0") {
        return Manner::Stay;
    }
    let stays = head
        .split(|&byte| byte == b'\n')
        .any(|line| line.trim_ascii().eq_ignore_ascii_case(b"connection: keep-alive"));
    if stays { Manner::StayAndSay } else { Manner::Close }
}

fn content_length(head: &[u8]) -> usize {
    let lines = head.split(|&byte| byte == b'\n');
    let mut values = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(b"content-length:".len())?;
        name.eq_ignore_ascii_case(b"content-length:").then_some(value)
    });
    let text =
        values.next().map(<[u8]>::trim_ascii).and_then(|text| std::str::from_utf8(text).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
