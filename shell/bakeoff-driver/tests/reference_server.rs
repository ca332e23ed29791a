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

/// The next answer on a connection, its status alone.
fn status(stream: &mut TcpStream) -> String {
    let mut piece = [0; 4096];
    let length = stream.read(&mut piece).unwrap();
    let text = String::from_utf8_lossy(&piece[..length]);
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn where_requests_say_how_long_they_take_one_is_slow_one_fails_and_neither_holds_up_the_others() {
    let server = Running::start(Program { delays: true, ..Program::default() }, None).unwrap();
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).unwrap();
        stream
    };
    // Past any time that this test may take: whoever waited for it would be seen to.
    let given_up = ask("/delay/10000");
    let began = std::time::Instant::now();
    let mut slow = ask("/delay/80");
    assert_eq!(status(&mut ask("/delay/-1")), "500");
    assert_eq!(status(&mut ask("/health")), "200");
    let mut kept = ask("/delay/1");
    assert_eq!(status(&mut kept), "200");
    kept.write_all(b"GET /delay/x HTTP/1.1\r\n\r\nGET /delay/2 HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(status(&mut kept), "500", "in the order they were asked for");
    assert_eq!(status(&mut slow), "200");
    assert!(80 <= began.elapsed().as_millis(), "never early");
    drop(given_up);
    assert_eq!(server.stop().unwrap().answers, 6);
}
