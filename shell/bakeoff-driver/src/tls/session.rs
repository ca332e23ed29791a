//! One TLS session between a socket and the engine: ciphertext in, plaintext out, and back.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use bakeoff_load::Problem;
use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use rustls::{CertificateError, ClientConfig, Error, HandshakeKind};

/// Most plaintext of one record, in bytes (RFC 8446 §5.1).
pub(crate) const RECORD_BYTES: usize = 16 * 1024;
/// What a record adds to it at most, in bytes (RFC 8446 §5.2, with its head).
const RECORD_EXTRA_BYTES: usize = 5 + 256;

/// One TLS session. It keeps no buffer while nothing is under way.
pub(crate) struct Session {
    connection: UnbufferedClientConnection,
    /// Beginning of a record that was cut.
    held: Vec<u8>,
    /// Ciphertext that the socket has not taken.
    unsent: Vec<u8>,
    ready: bool,
}

/// What came of ciphertext.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fed {
    /// The handshake is done now.
    pub(crate) established: bool,
    /// The peer has said that nothing more comes.
    pub(crate) closed: bool,
}

impl Session {
    /// A session that has said nothing yet: feed it nothing, and it has something to send.
    pub(super) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        let connection = UnbufferedClientConnection::new(config, name)?;
        Ok(Self { connection, held: Vec::new(), unsent: Vec::new(), ready: false })
    }

    /// Whether the handshake is done.
    pub(crate) const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether the handshake took up an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The protocol agreed upon (ALPN), if the peer spoke of one.
    pub(crate) fn agreed(&self) -> Option<&[u8]> {
        self.connection.alpn_protocol()
    }

    /// Takes ciphertext, which it overwrites, and puts what it says at the end of `plain`. What is
    /// to be sent because of it is kept for [`Session::send`].
    pub(crate) fn feed(&mut self, input: &mut [u8], plain: &mut Vec<u8>) -> Result<Fed, Error> {
        let was_ready = self.ready;
        let mut fed = Fed::default();
        if self.held.is_empty() {
            let used = self.process(input, plain, &mut fed)?;
            self.held.extend_from_slice(&input[used..]);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(input);
            let used = self.process(&mut held, plain, &mut fed)?;
            held.drain(..used);
            self.held = held;
        }
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        fed.established = self.ready && !was_ready;
        Ok(fed)
    }

    /// Gives how many bytes of `input` are done with.
    fn process(
        &mut self,
        input: &mut [u8],
        plain: &mut Vec<u8>,
        fed: &mut Fed,
    ) -> Result<usize, Error> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } =
                self.connection.process_tls_records(&mut input[used..]);
            let mut done = false;
            match state? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        plain.extend_from_slice(record.payload);
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    append(&mut self.unsent, RECORD_EXTRA_BYTES, |room| match data.encode(room) {
                        Ok(written) => Ok(written),
                        Err(EncodeError::InsufficientSize(size)) => Err(Some(size.required_size)),
                        Err(EncodeError::AlreadyEncoded) => Err(None),
                    })?;
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => fed.closed = true,
                ConnectionState::WriteTraffic(_) => {
                    self.ready = true;
                    done = true;
                }
                // Blocked, closed, or a state that only servers know.
                _ => done = true,
            }
            used += discard;
            if done {
                return Ok(used);
            }
        }
    }

    /// Turns at most [`RECORD_BYTES`] of plaintext into ciphertext at the end of `cipher`.
    pub(crate) fn encrypt(&mut self, plain: &[u8], cipher: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            // What was held is the beginning of a record: nothing more comes out of it.
            let UnbufferedStatus { discard, state } =
                self.connection.process_tls_records(&mut self.held);
            let done = match state? {
                ConnectionState::WriteTraffic(mut traffic) => {
                    append(cipher, plain.len() + RECORD_EXTRA_BYTES, |room| {
                        match traffic.encrypt(plain, room) {
                            Ok(written) => Ok(written),
                            Err(EncryptError::InsufficientSize(size)) => {
                                Err(Some(size.required_size))
                            }
                            Err(EncryptError::EncryptExhausted) => Err(None),
                        }
                    })?;
                    true
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    append(cipher, RECORD_EXTRA_BYTES, |room| match data.encode(room) {
                        Ok(written) => Ok(written),
                        Err(EncodeError::InsufficientSize(size)) => Err(Some(size.required_size)),
                        Err(EncodeError::AlreadyEncoded) => Err(None),
                    })?;
                    false
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    false
                }
                _ => return Err(Error::General("the session is over".to_owned())),
            };
            self.held.drain(..discard);
            if done {
                return Ok(());
            }
        }
    }

    /// Says something before the end, if the socket takes it at once; tells whether it does.
    pub(crate) fn say(&mut self, fd: &OwnedFd, plain: &[u8]) -> bool {
        let mut cipher = Vec::new();
        self.ready
            && self.unsent.is_empty()
            && self.encrypt(plain, &mut cipher).is_ok()
            && self.send_more(fd, &cipher)
    }

    /// Says that nothing more comes, as far as the socket takes it at once.
    pub(crate) fn farewell(&mut self, fd: &OwnedFd) {
        if !self.ready || !self.unsent.is_empty() {
            return;
        }
        let mut room = [0; 64];
        let UnbufferedStatus { state, .. } = self.connection.process_tls_records(&mut self.held);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state
            && let Ok(written) = traffic.queue_close_notify(&mut room)
        {
            // A peer that is gone does not hear it.
            let _ = send(fd, &room[..written], SendFlags::NOSIGNAL);
        }
    }

    /// Whether ciphertext waits for the socket.
    pub(crate) const fn is_sending(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Sends what waits; tells whether all is out.
    pub(crate) fn send(&mut self, fd: &OwnedFd) -> bool {
        let unsent = std::mem::take(&mut self.unsent);
        self.send_more(fd, &unsent)
    }

    /// Sends ciphertext and keeps what the socket does not take; tells whether all is out.
    pub(crate) fn send_more(&mut self, fd: &OwnedFd, cipher: &[u8]) -> bool {
        let mut rest = cipher;
        while self.unsent.is_empty() && !rest.is_empty() {
            match send(fd, rest, SendFlags::NOSIGNAL) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::INTR) => {}
                // What is left goes out when the socket takes more; a reset shows when reading.
                Err(_) => break,
            }
        }
        self.unsent.extend_from_slice(rest);
        self.unsent.is_empty()
    }
}

/// Lets `write` write to the end of `out`, with `room` bytes, or as many as it says it needs.
fn append(
    out: &mut Vec<u8>,
    mut room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> Result<(), Error> {
    let before = out.len();
    loop {
        out.resize(before + room, 0);
        match write(&mut out[before..]) {
            Ok(written) => {
                out.truncate(before + written);
                return Ok(());
            }
            Err(Some(needed)) if room < needed => room = needed,
            Err(_) => {
                out.truncate(before);
                return Err(Error::EncryptError);
            }
        }
    }
}

/// What an error of TLS means, and what helps.
pub(crate) fn explain(error: &Error) -> (Problem, String) {
    match error {
        Error::InvalidCertificate(reason) => (
            Problem::TlsCertificate,
            format!(
                "{}; if the server is yours, pass --insecure, or with --ca the certificate that \
                 vouches for it",
                refusal(reason)
            ),
        ),
        Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)
        | Error::NoApplicationProtocol => {
            let help = "it speaks another HTTP than was asked for; try with or without --http2";
            (Problem::NoCommonProtocol, format!("{error}: {help}"))
        }
        Error::AlertReceived(_) => (Problem::TlsRefused, error.to_string()),
        Error::InvalidMessage(_) => {
            (Problem::TlsFailed, format!("{error}: does this port speak TLS? If not, use http://"))
        }
        _ => (Problem::TlsFailed, error.to_string()),
    }
}

/// Why a certificate is refused, in words.
fn refusal(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => "nobody whom we trust vouches for it".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out to another name".to_owned()
        }
        CertificateError::Other(other) => other.to_string(),
        // The library may know more reasons than we do; their names say enough.
        _ => {
            let told = format!("{reason:?}");
            told.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::io::{Read as _, Write as _};
    use std::num::NonZeroU16;

    use bakeoff_load::{Arrivals, LoadPlan, Protocol, WeightedRequest};
    use rustls::ServerConnection;
    use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

    use super::*;
    use crate::reference::{ServerTls, server_config};
    use crate::tls::{Client, Tls, Trust};

    #[global_allocator]
    static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

    /// A session and its server, both through with the handshake.
    fn pair() -> (Session, ServerConnection) {
        let tls = Tls { trust: Trust::Anything, ..Tls::new("localhost") };
        let mut plan = LoadPlan::new("a", vec![WeightedRequest::get("/")], Arrivals::closed());
        plan.protocol = Protocol::Http1 { pipeline: NonZeroU16::MIN };
        let mut session = Client::new(&tls, &plan).unwrap().sessions().open().unwrap();
        let config = server_config(&ServerTls::default()).unwrap();
        let mut server = ServerConnection::new(config).unwrap();
        let mut plain = Vec::new();
        session.feed(&mut [], &mut plain).unwrap();
        while server.is_handshaking() || server.wants_write() {
            let said = std::mem::take(&mut session.unsent);
            if !said.is_empty() {
                server.read_tls(&mut &said[..]).unwrap();
                server.process_new_packets().unwrap();
            }
            let mut answer = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut answer).unwrap();
            }
            session.feed(&mut answer, &mut plain).unwrap();
        }
        assert!(session.is_ready() && plain.is_empty());
        (session, server)
    }

    fn say(server: &mut ServerConnection, plain: &[u8]) -> Vec<u8> {
        let mut cipher = Vec::new();
        server.writer().write_all(plain).unwrap();
        while server.wants_write() {
            server.write_tls(&mut cipher).unwrap();
        }
        cipher
    }

    #[test]
    fn ciphertext_cut_anywhere_says_the_same() {
        let (mut session, mut server) = pair();
        let body = vec![b'x'; 40_000];
        for size in [1, 2, 7, 100, 100_000] {
            let mut plain = Vec::new();
            for piece in say(&mut server, &body).chunks_mut(size) {
                session.feed(piece, &mut plain).unwrap();
            }
            assert_eq!(plain, body, "in pieces of {size}");
            assert!(session.held.is_empty());
        }
    }

    #[test]
    fn a_record_costs_the_library_one_allocation_and_us_none() {
        let (mut session, mut server) = pair();
        let (mut plain, mut cipher) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
        // Others allocate beside us: the least of many tries is our own.
        let least = |counts: &[usize]| *counts.iter().min().unwrap();
        let (mut reading, mut writing) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let mut answer = say(&mut server, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            plain.clear();
            let region = Region::new(GLOBAL);
            session.feed(&mut answer, &mut plain).unwrap();
            reading.push(region.change().allocations);
            assert!(plain.ends_with(b"ok"));
            cipher.clear();
            let region = Region::new(GLOBAL);
            session.encrypt(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &mut cipher).unwrap();
            writing.push(region.change().allocations);
            server.read_tls(&mut &cipher[..]).unwrap();
            server.process_new_packets().unwrap();
            let mut heard = [0; 64];
            assert!(server.reader().read(&mut heard).is_ok_and(|length| 0 < length));
        }
        // rustls takes a buffer for the plaintext it gives and one for each record it makes.
        assert_eq!((least(&reading), least(&writing)), (1, 1));
    }
}
