//! The reference server towards clients of other makes: what it does with their connections.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bakeoff_driver::reference::{Program, Running};
use bakeoff_load::Service;

/// What comes back for `requests`, said one after the other on one connection; with `closes` also
/// that the server then closes it.
fn talk(requests: &[&str], closes: bool) -> String {
    let server = Running::start(Program { http2: true, ..Program::default() }, None).unwrap();
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

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// `GET /` on a stream.
fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, 5, stream, &[0x82, 0x86, 0x84])
}

/// Reads frames, as kind, stream and payload, until one of `last` comes or the connection ends.
fn frames(stream: &mut TcpStream, last: (u8, u32)) -> Vec<(u8, u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut head = [0; 9];
    while stream.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let number = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).unwrap();
        found.push((head[3], number, payload));
        if (head[3], number) == last {
            break;
        }
    }
    found
}

#[test]
fn http_2_is_known_by_its_beginning_however_it_is_cut_and_answered_stream_by_stream() {
    let (usual, rare) = (Duration::ZERO, Duration::from_millis(50));
    let service = Service::Mixed { usual, rare, one_in: 2 };
    // A seed with which the first of two requests takes long and the second does not.
    let seed = (0..100).find(|&seed| service.ns(seed, 2) < service.ns(seed, 1)).unwrap();
    for cut in [usize::MAX, 3, 1] {
        let program = Program { http2: true, service, seed, ..Program::default() };
        let server = Running::start(program, None).unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        let greeting = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        for piece in greeting.chunks(cut.min(greeting.len())) {
            stream.write_all(piece).unwrap();
        }
        stream.write_all(&[get(1), get(3)].concat()).unwrap();
        let told = frames(&mut stream, (DATA, 1));
        assert_eq!(told[0].0, SETTINGS);
        let answers: Vec<_> =
            told.iter().filter(|(kind, ..)| matches!(*kind, HEADERS | DATA)).collect();
        let order: Vec<_> = answers.iter().map(|(kind, stream, _)| (*kind, *stream)).collect();
        assert_eq!(order, [(HEADERS, 3), (DATA, 3), (HEADERS, 1), (DATA, 1)]);
        assert!(answers.iter().all(|(kind, _, said)| *kind == HEADERS || said == b"ok"));
        drop(stream);
        assert_eq!(server.stop().unwrap().answers, 2);
    }
}

#[test]
fn http_2_that_is_none_is_told_so_and_closed() {
    let server = Running::start(Program { http2: true, ..Program::default() }, None).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    // A push from a client.
    let said = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(5, 4, 1, &[0; 4])].concat();
    stream.write_all(&said).unwrap();
    let told = frames(&mut stream, (GOAWAY, 0));
    let (kind, _, payload) = told.last().unwrap();
    assert_eq!((*kind, &payload[4..]), (GOAWAY, &[0, 0, 0, 1][..]));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    server.stop().unwrap();
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
