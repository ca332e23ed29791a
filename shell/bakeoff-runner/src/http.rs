//! One HTTP/1.1 request and its answer, for readiness, contract and learning answers; never for load.
//!
//! A connection each, every part bounded: the candidate may be hostile (FAILURES.md, 33 cases).

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bakeoff_experiment::answer::Answer;
use bakeoff_experiment::draw::DrawnRequest;

/// Longest head accepted, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Longest body accepted, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most answers of class 1xx before the final one.
const INFORMATIONAL_MAX: u32 = 16;

/// Most header fields.
const FIELDS_MAX: usize = 128;

/// `GET path`.
pub fn get(path: &str) -> DrawnRequest {
    DrawnRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

/// The request as it is sent; `Host`, `Content-Length` and `Connection` are added.
fn spell(request: &DrawnRequest, address: SocketAddr, close: bool) -> Vec<u8> {
    let DrawnRequest { method, path, headers, body } = request;
    let mut bytes = Vec::with_capacity(256 + body.len());
    let mut line = |text: String| {
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    };
    line(format!("{method} {path} HTTP/1.1"));
    line(format!("Host: {address}"));
    for (name, value) in headers {
        line(format!("{name}: {value}"));
    }
    if !body.is_empty() || matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
        line(format!("Content-Length: {}", body.len()));
    }
    if close {
        line("Connection: close".to_owned());
    }
    line(String::new());
    bytes.extend_from_slice(body);
    bytes
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody takes the connection.
    #[error("no connection to {address}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The connection failed in the middle.
    #[error("connection lost")]
    Io(#[from] io::Error),
    /// No whole answer in time.
    #[error("no whole answer within {seconds} s, only {got} bytes")]
    Timeout {
        /// The time given, in seconds.
        seconds: f64,
        /// Bytes that came.
        got: usize,
    },
    /// The answer breaks the protocol.
    #[error("not a proper HTTP/1.1 answer: {what}: `{excerpt}`")]
    Protocol {
        /// What is wrong.
        what: &'static str,
        /// The bytes, escaped.
        excerpt: String,
    },
}

/// Sends `request` to `address` on a connection of its own and reads the whole answer.
///
/// # Errors
///
/// [`FetchError`]; `within` bounds everything together.
pub fn fetch(
    address: SocketAddr,
    request: &DrawnRequest,
    within: Duration,
) -> Result<Answer, FetchError> {
    Connection::open(address, within)?.exchange(request, within, true)
}

/// A connection on which one request after the other is answered.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
}

impl Connection {
    /// Connects to `address`.
    ///
    /// # Errors
    ///
    /// [`FetchError::Connect`] if nobody takes the connection in time.
    pub fn open(address: SocketAddr, within: Duration) -> Result<Self, FetchError> {
        let stream = TcpStream::connect_timeout(&address, within)
            .map_err(|source| FetchError::Connect { address, source })?;
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, address })
    }

    /// Sends `request` and reads the whole answer; the connection stays open.
    ///
    /// # Errors
    ///
    /// [`FetchError`]; the connection is of no use afterwards.
    pub fn ask(&mut self, request: &DrawnRequest, within: Duration) -> Result<Answer, FetchError> {
        self.exchange(request, within, false)
    }

    fn exchange(
        &mut self,
        request: &DrawnRequest,
        within: Duration,
        close: bool,
    ) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + within;
        self.stream.set_write_timeout(Some(within))?;
        // A candidate may answer before it has read everything (413): the answer counts.
        let sent = self.stream.write_all(&spell(request, self.address, close));
        let mut received = Vec::new();
        let mut reader = Reader { head_request: request.method == "HEAD", informational: 0 };
        let mut chunk = vec![0; 64 * 1024];
        loop {
            if let Some(response) = reader.parse(&mut received, false)? {
                return Ok(response);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout =
                || FetchError::Timeout { seconds: within.as_secs_f64(), got: received.len() };
            if left.is_zero() {
                return Err(timeout());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    sent?;
                    return reader
                        .parse(&mut received, true)?
                        .ok_or_else(|| protocol("closed before the answer was whole", &received));
                }
                Ok(count) => received.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) =>
                {
                    return Err(timeout());
                }
                Err(error) => return Err(sent.err().unwrap_or(error).into()),
            }
        }
    }
}

fn protocol(what: &'static str, bytes: &[u8]) -> FetchError {
    FetchError::Protocol { what, excerpt: escape(bytes) }
}

/// At most 512 bytes, as text that no terminal obeys.
fn escape(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(512)].escape_ascii().to_string()
}

#[derive(Debug)]
struct Reader {
    head_request: bool,
    informational: u32,
}

impl Reader {
    /// The answer, if `received` holds all of it; `closed` says that nothing more will come.
    fn parse(
        &mut self,
        received: &mut Vec<u8>,
        closed: bool,
    ) -> Result<Option<Answer>, FetchError> {
        loop {
            let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
            let mut head = httparse::Response::new(&mut fields);
            let length = match head.parse(received) {
                Ok(httparse::Status::Complete(length)) if length <= HEAD_BYTES_MAX => length,
                Ok(httparse::Status::Partial) if received.len() <= HEAD_BYTES_MAX => {
                    return Ok(None);
                }
                Ok(_) => return Err(protocol("head over 64 KiB", received)),
                Err(_) => return Err(protocol("malformed head", received)),
            };
            let status = head.code.unwrap_or(0);
            if (100..200).contains(&status) {
                self.informational += 1;
                if status == 101 || INFORMATIONAL_MAX <= self.informational {
                    return Err(protocol("unasked or endless 1xx", received));
                }
                received.drain(..length);
                continue;
            }
            if !(200..600).contains(&status) {
                return Err(protocol("status out of range", received));
            }
            let headers: Vec<(String, String)> = head
                .headers
                .iter()
                .map(|field| {
                    let value = String::from_utf8_lossy(field.value).trim().to_owned();
                    (field.name.to_ascii_lowercase(), value)
                })
                .collect();
            let response = Answer { status, headers, body: Vec::new() };
            return self.body(response, &received[length..], closed);
        }
    }

    fn body(
        &self,
        mut response: Answer,
        rest: &[u8],
        closed: bool,
    ) -> Result<Option<Answer>, FetchError> {
        if self.head_request || matches!(response.status, 204 | 304) {
            return Ok(Some(response));
        }
        let mut lengths = response.headers.iter().filter(|(name, _)| name == "content-length");
        let length = lengths.next().map(|(_, value)| value.clone());
        if lengths.any(|(_, value)| Some(value) != length.as_ref()) {
            return Err(protocol("two different Content-Lengths", rest));
        }
        let coding = response.header("transfer-encoding").map(str::to_ascii_lowercase);
        match (coding.as_deref(), length) {
            (Some(_), Some(_)) => {
                Err(protocol("Content-Length and Transfer-Encoding (RFC 9112 6.3)", rest))
            }
            (Some("chunked"), None) => Ok(dechunk(rest)?.map(|body| {
                response.body = body;
                response
            })),
            (Some(_), None) => Err(protocol("unknown transfer coding", rest)),
            (None, Some(length)) => {
                let digits = length.bytes().all(|byte| byte.is_ascii_digit());
                match length.parse::<usize>() {
                    Ok(length) if digits && length <= BODY_BYTES_MAX => Ok((length <= rest.len())
                        .then(|| {
                            response.body = rest[..length].to_vec();
                            response
                        })),
                    Ok(_) | Err(_) => Err(protocol("impossible Content-Length", length.as_bytes())),
                }
            }
            (None, None) if BODY_BYTES_MAX < rest.len() => {
                Err(protocol("body over 64 MiB", &rest[..512]))
            }
            (None, None) => Ok(closed.then(|| {
                response.body = rest.to_vec();
                response
            })),
        }
    }
}

/// The joined chunks, or `None` if more must come.
fn dechunk(mut rest: &[u8]) -> Result<Option<Vec<u8>>, FetchError> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) if rest.len() <= HEAD_BYTES_MAX => return Ok(None),
            Ok(httparse::Status::Partial) | Err(_) => {
                return Err(protocol("malformed chunk size", rest));
            }
        };
        rest = &rest[start..];
        if size == 0 {
            return Ok(trailers_end(rest)?.then_some(body));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if BODY_BYTES_MAX < body.len().saturating_add(size) {
            return Err(protocol("body over 64 MiB", rest));
        }
        if rest.len() < size + 2 {
            return Ok(None);
        }
        if &rest[size..size + 2] != b"\r\n" {
            return Err(protocol("chunk without its end", rest));
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

/// Whether the trailer section is whole.
fn trailers_end(rest: &[u8]) -> Result<bool, FetchError> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    match httparse::parse_headers(rest, &mut fields) {
        Ok(httparse::Status::Complete(_)) => Ok(true),
        Ok(httparse::Status::Partial) if rest.len() <= HEAD_BYTES_MAX => Ok(false),
        Ok(httparse::Status::Partial) | Err(_) => Err(protocol("malformed trailers", rest)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Serves `answer` once, in pieces of `piece` bytes, and renders what the client made of it.
    fn client(answer: &[u8], piece: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.to_vec();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            for part in answer.chunks(piece) {
                if stream.write_all(part).is_err() {
                    break;
                }
            }
        });
        let result = fetch(address, &get("/"), Duration::from_secs(5));
        server.join().unwrap();
        match result {
            Ok(response) => {
                format!("{} {}", response.status, response.body.escape_ascii())
            }
            Err(FetchError::Protocol { what, .. }) => what.to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn any_framing_reads_the_same_whole_or_in_pieces() {
        let cases: &[(&[u8], &str)] = &[
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 hi"),
            (b"HTTP/1.1 200 OK\r\n\r\nto the end", "200 to the end"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n yo\r\n0\r\nT: 1\r\n\r\n",
                "200 hi yo",
            ),
            (b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "204 "),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
                "closed before the answer was whole",
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
                "two different Content-Lengths",
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi",
                "Content-Length and Transfer-Encoding (RFC 9112 6.3)",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi", "impossible Content-Length"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhi",
                "impossible Content-Length",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
                "malformed chunk size",
            ),
            (b"SSH-2.0-OpenSSH\r\n", "malformed head"),
        ];
        for (answer, expected) in cases {
            for piece in [1, 7, 100_000] {
                assert_eq!(client(answer, piece), *expected, "{}", answer.escape_ascii());
            }
        }
    }
}
