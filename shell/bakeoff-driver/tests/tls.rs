//! TLS end to end against the reference server: handshakes, trust, versions, resumption, and peers
//! that break off or never spoke TLS.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_driver::reference::{Program, Running, ServerTls, certificate};
use bakeoff_driver::{
    Control, DriveError, DriverOptions, Reach, Target, Tls, TlsVersions, Trust, run,
};
use bakeoff_load::{
    Arrivals, Deadlines, Expected, LoadOutcome, LoadPlan, Payload, Problem, RequestShape,
    RequestTemplate, Variant, WeightedRequest,
};

fn plan(requests_max: u64) -> LoadPlan {
    let shape = RequestShape::Variants(vec![Variant::get("/", Expected::Exact(b"ok".to_vec()))]);
    let requests = vec![WeightedRequest { shape, ..WeightedRequest::get("/") }];
    let mut plan = LoadPlan::new("reference", requests, Arrivals::closed());
    plan.connections = NonZeroU32::new(4).unwrap();
    plan.measure = Duration::from_mins(1);
    plan.requests_max = Some(requests_max);
    plan
}

fn insecure() -> Tls {
    Tls { trust: Trust::Anything, ..Tls::new("127.0.0.1") }
}

fn load(address: SocketAddr, tls: Tls, plan: &LoadPlan) -> Result<LoadOutcome, DriveError> {
    let target = Target::tcp(address, &Reach::Loopback).unwrap().with_tls(tls);
    run(plan, &target, &DriverOptions::default(), &Control::new())
}

fn against(program: Program, server: ServerTls, tls: Tls, plan: &LoadPlan) -> LoadOutcome {
    let program = Program { tls: Some(server), ..program };
    let server = Running::start(program, None).unwrap();
    let outcome = load(server.address(), tls, plan).unwrap();
    server.stop().unwrap();
    outcome
}

/// What a refusal to begin says.
fn refusal(address: SocketAddr, tls: Tls, plan: &LoadPlan) -> (Problem, String) {
    let error = load(address, tls, plan).unwrap_err();
    let text = error.to_string();
    let DriveError::NoConnection { problem, .. } = error else { panic!("{text}") };
    (problem, text)
}

#[test]
fn every_version_carries_every_request_and_handshakes_are_timed_apart() {
    for versions in [TlsVersions::All, TlsVersions::Only12, TlsVersions::Only13] {
        let server = ServerTls { versions, ..ServerTls::default() };
        let outcome = against(Program::default(), server, insecure(), &plan(200));
        assert_eq!(outcome.counters.answered, 200, "{versions:?}");
        assert_eq!((outcome.connect.count(), outcome.tls.count()), (4, 4), "{versions:?}");
        assert!(outcome.littles_law().unwrap().holds);
        let report = outcome.report();
        assert_eq!((report.tls.count, report.connections_made), (4, 4));
        assert!(Some(0.0) < report.tls.min);
    }
}

#[test]
fn bodies_of_many_records_go_both_ways() {
    let body: Vec<u8> = (0..300_000_u32).map(|index| (index % 251) as u8).collect();
    let mut plan = plan(20);
    plan.requests[0].shape = RequestShape::Template(RequestTemplate {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        body: Payload::Fixed(body.clone()),
        ..RequestTemplate::default()
    });
    plan.requests[0].checks = vec![bakeoff_load::Check::Length(body.len() as u64)];
    let program = Program { body, ..Program::default() };
    let outcome = against(program, ServerTls::default(), insecure(), &plan);
    assert_eq!(outcome.counters.answered, 20);
    assert!(20 * 300_000 < outcome.counters.bytes_sent);
}

#[test]
fn new_connections_take_up_the_session_unless_told_not_to() {
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        for resumption in [true, false] {
            let mut plan = plan(40);
            plan.connections = NonZeroU32::MIN;
            plan.churn = NonZeroU32::new(4);
            let server = ServerTls { versions, ..ServerTls::default() };
            let tls = Tls { resumption, ..insecure() };
            let outcome = against(Program::default(), server, tls, &plan);
            let counters = outcome.counters;
            assert_eq!(counters.answered, 40);
            assert!(10 <= counters.connected && counters.connected == outcome.tls.count());
            let resumed = if resumption { counters.connected - 1 } else { 0 };
            assert_eq!(counters.tls_resumed, resumed, "{versions:?}");
        }
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_with_what_helps() {
    let program = Program { tls: Some(ServerTls::default()), ..Program::default() };
    let server = Running::start(program, None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, certificate().unwrap()).unwrap();

    let vouched = Tls { trust: Trust::File(file.clone()), ..Tls::new("127.0.0.1") };
    assert_eq!(load(server.address(), vouched, &plan(8)).unwrap().counters.answered, 8);

    let other_name = Tls { trust: Trust::File(file), ..Tls::new("elsewhere.test") };
    let (problem, text) = refusal(server.address(), other_name, &plan(8));
    assert_eq!(problem, Problem::TlsCertificate);
    assert!(text.contains("made out to another name"), "{text}");

    let stranger = rcgen::generate_simple_self_signed(["stranger.test".to_owned()]).unwrap();
    let file = folder.path().join("stranger.pem");
    std::fs::write(&file, stranger.cert.pem()).unwrap();
    let (problem, text) = refusal(
        server.address(),
        Tls { trust: Trust::File(file), ..Tls::new("127.0.0.1") },
        &plan(8),
    );
    assert_eq!(problem, Problem::TlsCertificate);
    assert!(text.contains("--insecure") && text.contains("--ca"), "{text}");
    server.stop().unwrap();
}

#[test]
fn files_and_names_that_cannot_be_are_said_before_anything_is_sent() {
    let address: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (tls, said) in [
        (Tls { trust: Trust::File(empty), ..insecure() }, "no certificate in"),
        (Tls { trust: Trust::File(folder.path().join("none")), ..insecure() }, "cannot read"),
        (Tls { server_name: "a b".to_owned(), ..insecure() }, "cannot stand in a certificate"),
    ] {
        let DriveError::Tls(error) = load(address, tls, &plan(1)).unwrap_err() else {
            panic!("another error")
        };
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn no_version_or_protocol_in_common_is_said_by_kind() {
    let program = |tls| Program { tls: Some(tls), ..Program::default() };
    let only13 = ServerTls { versions: TlsVersions::Only13, ..ServerTls::default() };
    let server = Running::start(program(only13), None).unwrap();
    let tls = Tls { versions: TlsVersions::Only12, ..insecure() };
    assert_eq!(refusal(server.address(), tls, &plan(1)).0, Problem::TlsRefused);
    server.stop().unwrap();

    let other = ServerTls { protocols: vec![b"smtp".to_vec()], ..ServerTls::default() };
    let server = Running::start(program(other), None).unwrap();
    assert_eq!(refusal(server.address(), insecure(), &plan(1)).0, Problem::NoCommonProtocol);
    server.stop().unwrap();

    let silent = ServerTls { protocols: Vec::new(), ..ServerTls::default() };
    let outcome = against(Program::default(), silent, insecure(), &plan(8));
    assert_eq!(outcome.counters.answered, 8);
}

/// A peer that does `act` with each of its connections after the first bytes came.
fn peer(act: fn(&mut TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut hello = [0; 64];
            let heard = stream.read(&mut hello);
            assert!(heard.is_ok_and(|length| 0 < length), "a handshake begins with the client");
            act(&mut stream);
            kept.push(stream);
        }
    });
    address
}

fn hang_up(stream: &mut TcpStream) {
    // What was not read would make it a reset.
    let mut rest = [0; 4096];
    let _ = stream.read(&mut rest);
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

#[test]
fn peers_that_break_off_babble_or_say_nothing_are_told_apart() {
    let mut impatient = plan(1);
    impatient.deadlines = Deadlines { tls: Duration::from_millis(300), ..impatient.deadlines };
    for (act, expected) in [
        (hang_up as fn(&mut TcpStream), Problem::TlsClosed),
        (
            |stream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 and so on\r\n")),
            Problem::TlsFailed,
        ),
        (|stream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")), Problem::TlsFailed),
        // The beginning of a ServerHello that never ends, and nothing at all.
        (|stream| drop(stream.write_all(&[22, 3, 3, 0, 80, 2, 0, 0, 76])), Problem::TlsTimeout),
        (|_| {}, Problem::TlsTimeout),
        // A fatal alert: handshake failure.
        (|stream| drop(stream.write_all(&[21, 3, 3, 0, 2, 2, 40])), Problem::TlsRefused),
    ] {
        let (problem, text) = refusal(peer(act), insecure(), &impatient);
        assert_eq!(problem, expected, "{text}");
    }
}

#[test]
fn an_answer_cut_off_without_the_closing_alert_is_incomplete() {
    use bakeoff_driver::reference::{Ending, Piece, Script};
    // The body ends with the connection: whole only if the peer vouches for its end.
    let said = b"HTTP/1.1 200 OK\r\n\r\nok".to_vec();
    for (ending, answered, problem) in [
        (Ending::Close, 12, Problem::Incomplete),
        (Ending::Cut, 0, Problem::Incomplete),
        (Ending::Reset, 0, Problem::Reset),
    ] {
        let pieces = vec![Piece { after: Duration::ZERO, bytes: said.clone() }];
        let program = Program::scripted(Script { pieces, ending });
        let outcome = against(program, ServerTls::default(), insecure(), &plan(12));
        assert_eq!(outcome.counters.answered, answered, "{ending:?}");
        assert_eq!(outcome.problems.of(problem), 12 - answered, "{ending:?}");
    }
}

/// A server of the library's own, to be broken by hand.
fn server() -> rustls::ServerConnection {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap()
}

/// Like [`peer`], but `act` sees the connection before anything was read from it.
fn fresh_peer(act: impl Fn(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            act(&mut stream);
        }
    });
    address
}

#[test]
fn a_handshake_cut_off_anywhere_is_told_as_that() {
    for cut in [0, 1, 5, 100, 400] {
        let address = fresh_peer(move |stream| {
            let mut server = server();
            server.read_tls(stream).unwrap();
            server.process_new_packets().unwrap();
            let mut flight = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut flight).unwrap();
            }
            assert!(cut < flight.len());
            // A client that is gone already has been cut off as well.
            let _ = stream.write_all(&flight[..cut]);
        });
        assert_eq!(refusal(address, insecure(), &plan(1)).0, Problem::TlsClosed, "after {cut}");
    }
}

#[test]
fn garbage_after_the_handshake_fails_the_request_and_its_connection() {
    let address = fresh_peer(|stream| {
        let mut server = server();
        if server.complete_io(stream).is_err() {
            return;
        }
        let mut request = [0; 1024];
        // The client may hang up first: its load is over.
        if matches!(rustls::Stream::new(&mut server, stream).read(&mut request), Ok(1..)) {
            let _ = stream.write_all(&[0xff; 64]);
            let _ = stream.read(&mut request);
        }
    });
    // It serves one after the other.
    let plan = LoadPlan { connections: NonZeroU32::MIN, ..plan(8) };
    let outcome = load(address, insecure(), &plan).unwrap();
    let counters = outcome.counters;
    assert_eq!((counters.answered, counters.failed), (0, 8));
    assert_eq!(outcome.problems.of(Problem::TlsFailed), 8);
}
