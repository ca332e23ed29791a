//! The reference server towards clients of other makes: what it does with their connections.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bakeoff_driver::reference::{Program, Running};

/// What comes back for `requests`, said one after the other on one connection; with `closes` also
/// that the server then closes it.
fn talk(requests: &[&str], closes: bool) -> String {
    let server = Running::start(Program::default(), None).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    for (index, request) in requests.iter().enumerate() {
        stream.write_all(request.as_bytes()).unwrap();
        while count(&heard) <= index {
            match stream.read(&mut piece).unwrap() {
                0 => break,
                length => heard.extend_from_slice(&piece[..length]),
            }
        }
    }
    if closes {
        // Closed by the server, or this would wait for ever.
        let more = stream.read(&mut piece).unwrap();
        assert_eq!(more, 0);
        heard.extend_from_slice(b"(closed)");
    }
    drop(stream);
    server.stop().unwrap();
    String::from_utf8(heard).unwrap().replace("\r\n", "|")
}

fn count(heard: &[u8]) -> usize {
    heard.windows(6).filter(|six| *six == b"\r\n\r\nok").count()
}

const ANSWER: &str = "HTTP/1.1 200 OK|Content-Type: text/plain|Content-Length: 2||ok";
const STAYING: &str =
    "HTTP/1.1 200 OK|Connection: keep-alive|Content-Type: text/plain|Content-Length: 2||ok";

#[test]
fn http_1_1_stays_without_a_word() {
    assert_eq!(talk(&["GET / HTTP/1.1\r\nHost: a\r\n\r\n"; 2], false), ANSWER.repeat(2));
}

#[test]
fn http_1_0_stays_if_asked_and_says_so() {
    let asked = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: a\r\n\r\n";
    assert_eq!(talk(&[asked; 3], false), STAYING.repeat(3));
}

#[test]
fn http_1_0_is_closed_otherwise() {
    let asked = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";
    assert_eq!(talk(&[asked], true), format!("{ANSWER}(closed)"));
}
