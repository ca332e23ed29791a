//! Slow clients beside a load: they send a request and read its answer in small pieces, far apart.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bakeoff_load::{RequestShape, WeightedRequest};

/// Pause between two pieces.
const EVERY: Duration = Duration::from_millis(100);

/// Bytes of a request sent in a piece.
const SENT_BYTES: usize = 16;

/// Bytes of an answer read in a piece.
const READ_BYTES: usize = 256;

/// How long a slow client waits for its connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// Slow clients at work, until stopped or dropped.
#[derive(Debug)]
pub(crate) struct Slow {
    work: Option<(Sender<()>, JoinHandle<u64>)>,
}

/// One of them; each request has a connection of its own, which the answer's end closes.
struct Client {
    stream: TcpStream,
    sent: usize,
    read: usize,
}

impl Slow {
    /// `count` clients that ask `address` for the first of `requests` again and again. They run
    /// where the caller's thread may run.
    pub(crate) fn start(address: SocketAddr, count: u32, requests: &[WeightedRequest]) -> Self {
        let Some(request) = request(address, requests).filter(|_| 0 < count) else {
            return Self { work: None };
        };
        let (stop, stopped) = channel::<()>();
        let work = std::thread::Builder::new().name("slow".to_owned()).spawn(move || {
            let mut clients: Vec<Option<Client>> = (0..count).map(|_| None).collect();
            let mut cut_off = 0;
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                for client in &mut clients {
                    cut_off += u64::from(go_on(client, address, &request));
                }
            }
            cut_off
        });
        Self { work: work.ok().map(|thread| (stop, thread)) }
    }

    /// Stops them; how often one was refused, or its connection ended before any of its answer.
    pub(crate) fn stop(mut self) -> u64 {
        self.end()
    }

    fn end(&mut self) -> u64 {
        let Some((stop, thread)) = self.work.take() else { return 0 };
        drop(stop);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.end();
    }
}

/// One piece further; whether it was cut off.
fn go_on(slot: &mut Option<Client>, address: SocketAddr, request: &[u8]) -> bool {
    let Some(client) = slot else {
        *slot = connect(address).ok();
        return slot.is_none();
    };
    let outcome = if client.sent < request.len() {
        let piece = &request[client.sent..request.len().min(client.sent + SENT_BYTES)];
        client.stream.write(piece).map(|bytes| {
            client.sent += bytes;
            true
        })
    } else {
        client.stream.read(&mut [0; READ_BYTES]).map(|bytes| {
            client.read += bytes;
            0 < bytes
        })
    };
    let (goes_on, answered) = match outcome {
        Ok(goes_on) => (goes_on, 0 < client.read),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => (true, false),
        Err(_) => (false, 0 < client.read),
    };
    if !goes_on {
        *slot = None;
    }
    !goes_on && !answered
}

fn connect(address: SocketAddr) -> io::Result<Client> {
    let stream = TcpStream::connect_timeout(&address, CONNECT_WITHIN)?;
    stream.set_nonblocking(true)?;
    Ok(Client { stream, sent: 0, read: 0 })
}

/// The first request, as it goes over the wire.
fn request(address: SocketAddr, requests: &[WeightedRequest]) -> Option<Vec<u8>> {
    let RequestShape::Variants(variants) = &requests.first()?.shape else { return None };
    let first = variants.first()?;
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", first.method, first.path);
    for (name, value) in &first.headers {
        head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
    }
    if !first.body.is_empty() {
        head.extend(["Content-Length: ", &first.body.len().to_string(), "\r\n"]);
    }
    head.push_str("Connection: close\r\n\r\n");
    Some([head.as_bytes(), &first.body].concat())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use bakeoff_load::{Expected, Variant};

    #[test]
    fn a_request_arrives_whole_though_in_pieces() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = [WeightedRequest {
            name: String::new(),
            weight: 1,
            shape: RequestShape::Variants(vec![Variant {
                method: "GET".to_owned(),
                path: "/json/5".to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                expected: Expected::Any,
            }]),
            checks: Vec::new(),
        }];
        let slow = Slow::start(address, 1, &requests);
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut pieces = 0;
        while !seen.ends_with(b"\r\n\r\n") {
            let mut piece = [0; 4096];
            let bytes = stream.read(&mut piece).unwrap();
            assert!(0 < bytes, "it gave up");
            seen.extend_from_slice(&piece[..bytes]);
            pieces += 1;
        }
        assert_eq!(seen, request(address, &requests).unwrap());
        assert!(1 < pieces);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        drop(stream);
        // The next request comes on a connection of its own once the answer was read.
        let (second, _) = listener.accept().unwrap();
        drop(second);
        slow.stop();
    }
}
