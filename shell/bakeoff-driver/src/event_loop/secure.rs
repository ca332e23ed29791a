//! The event loop's way through TLS: what `read` and `flush` are without it.

use bakeoff_load::Problem;
use bakeoff_units::Timestamp;
use rustix::io::{self, Errno};

use super::{EventLoop, READ_BYTES};
use crate::socket::transfer_problem;
use crate::tls::{Fed, RECORD_BYTES, Sessions, explain};

/// What a thread that speaks TLS has besides.
pub(super) struct Secure {
    sessions: Sessions,
    /// Plaintext of the last read.
    plain: Vec<u8>,
    /// Ciphertext of the next write.
    cipher: Vec<u8>,
}

impl Secure {
    pub(super) fn new(sessions: Sessions) -> Self {
        let plain = Vec::with_capacity(READ_BYTES);
        Self { sessions, plain, cipher: Vec::with_capacity(2 * RECORD_BYTES) }
    }
}

impl EventLoop<'_> {
    /// A connection is made: it can carry requests, or first its TLS handshake.
    pub(super) fn opened(&mut self, connection: u32, now: Timestamp) {
        let Some(secure) = &self.tls else {
            self.engine.handle_connected(connection, now);
            return;
        };
        self.engine.handle_securing(connection, now);
        match secure.sessions.open() {
            Ok(session) => {
                self.sockets[connection as usize].session = Some(Box::new(session));
                // Nothing came in: it says its first words.
                self.take(connection, 0, now, now);
            }
            Err(error) => self.fail_secure(connection, &error, now),
        }
    }

    /// Whether anything is left to be written on a connection.
    pub(super) fn is_writing(&self, connection: u32) -> bool {
        let session = self.sockets[connection as usize].session.as_ref();
        self.engine.is_writing(connection) || session.is_some_and(|session| session.is_sending())
    }

    /// Writes what the engine has for a connection, a record at a time, as far as the socket takes
    /// it.
    pub(super) fn flush_secure(&mut self, connection: u32) {
        let Some(secure) = &mut self.tls else { return };
        let socket = &mut self.sockets[connection as usize];
        let (Some(fd), Some(session)) = (&socket.fd, &mut socket.session) else { return };
        let mut more = session.send(fd) && session.is_ready();
        while more {
            let bytes = self.engine.outgoing(connection);
            if bytes.is_empty() {
                return;
            }
            let length = bytes.len().min(RECORD_BYTES);
            secure.cipher.clear();
            if let Err(error) = session.encrypt(&bytes[..length], &mut secure.cipher) {
                let now = self.thread.clock.now();
                self.engine.handle_ended(connection, Some(explain(&error).0), now);
                return;
            }
            more = self.engine.handle_sent(connection, length);
            more &= session.send_more(fd, &secure.cipher);
        }
    }

    /// Reads until there is no more, and sends what becomes due.
    pub(super) fn read_secure(&mut self, connection: u32, gone: bool, ready: Timestamp) {
        let generation = self.sockets[connection as usize].generation;
        loop {
            let socket = &self.sockets[connection as usize];
            let (Some(fd), Some(_)) = (&socket.fd, &socket.session) else { return };
            if socket.generation != generation {
                return;
            }
            let outcome = io::read(fd, &mut *self.buffer);
            let now = self.thread.clock.now();
            let mut more = gone;
            match outcome {
                Ok(0) => {
                    self.end_secure(connection, None, now);
                    more = false;
                }
                Ok(length) => {
                    self.take(connection, length, now, ready);
                    more |= length == READ_BYTES;
                }
                Err(Errno::INTR) => more = true,
                Err(Errno::AGAIN) => return,
                Err(errno) => {
                    self.end_secure(connection, Some(transfer_problem(errno)), now);
                    more = false;
                }
            }
            self.act(now);
            if !more {
                return;
            }
        }
    }

    /// Takes the first `length` bytes of the buffer as ciphertext.
    fn take(&mut self, connection: u32, length: usize, now: Timestamp, ready: Timestamp) {
        let Some(secure) = &mut self.tls else { return };
        let socket = &mut self.sockets[connection as usize];
        let (Some(fd), Some(session)) = (&socket.fd, &mut socket.session) else { return };
        secure.plain.clear();
        let fed = session.feed(&mut self.buffer[..length], &mut secure.plain);
        session.send(fd);
        if fed.as_ref().is_ok_and(|fed| fed.established) && !self.establish(connection, now) {
            return;
        }
        let Some(secure) = &self.tls else { return };
        if !secure.plain.is_empty() {
            self.engine.handle_received(connection, &secure.plain, now, ready);
        }
        match fed {
            Ok(Fed { closed: false, .. }) => {}
            Ok(Fed { closed: true, .. }) => self.engine.handle_ended(connection, None, now),
            Err(error) => self.fail_secure(connection, &error, now),
        }
    }

    /// The handshake is done; tells whether the connection can carry requests.
    fn establish(&mut self, connection: u32, now: Timestamp) -> bool {
        let Some(secure) = &self.tls else { return false };
        let socket = &mut self.sockets[connection as usize];
        let Some(session) = &socket.session else { return false };
        if !secure.sessions.accepts(session) {
            let example = "the peer does not say (ALPN) that it speaks what was asked for";
            let problem = Problem::NoCommonProtocol;
            socket.end();
            self.engine.handle_securing_failed(connection, problem, example, now);
            return false;
        }
        if session.is_resumed() {
            self.engine.handle_resumed();
        }
        self.engine.handle_connected(connection, now);
        true
    }

    /// The peer closed or reset the connection without the word that TLS wants said.
    fn end_secure(&mut self, connection: u32, problem: Option<Problem>, now: Timestamp) {
        let socket = &mut self.sockets[connection as usize];
        if socket.session.as_ref().is_some_and(|session| session.is_ready()) {
            self.engine.handle_ended(connection, problem.or(Some(Problem::Incomplete)), now);
        } else {
            socket.close();
            let problem = problem.unwrap_or(Problem::TlsClosed);
            let example = "in the middle of the TLS handshake: does this port speak TLS?";
            self.engine.handle_securing_failed(connection, problem, example, now);
        }
    }

    /// What the peer says is no TLS, or none that is accepted.
    fn fail_secure(&mut self, connection: u32, error: &rustls::Error, now: Timestamp) {
        let (problem, example) = explain(error);
        let socket = &mut self.sockets[connection as usize];
        if socket.session.as_ref().is_some_and(|session| session.is_ready()) {
            self.engine.handle_ended(connection, Some(problem), now);
        } else {
            socket.close();
            self.engine.handle_securing_failed(connection, problem, &example, now);
        }
    }
}
