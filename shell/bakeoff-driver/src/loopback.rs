//! The way through the kernel, both ways: what the barest of clients measures beyond the truth of
//! the reference server. A generator cannot be nearer to the truth than that.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bakeoff_load::Times;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::clock::Clock;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: reference\r\n\r\n";
/// Between two requests, in nanoseconds: both sides have gone to sleep before, or spin, as they do
/// under a moderate rate.
const EVERY_NS: u64 = 500_000;

/// How the bare client waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Its CPU.
    pub(crate) cpu: Option<usize>,
    /// It looks at the socket until the answer is there, without sleeping.
    pub(crate) spin: bool,
}

/// Sends `requests` one after the other on one connection, on a thread of its own; gives the times
/// from before the call that sends to after the call that reads the last of the answer, which ends
/// with `last`.
///
/// # Errors
///
/// What the kernel said, or that the connection was closed.
pub(crate) fn ask(
    server: SocketAddr,
    last: &[u8],
    requests: u32,
    manner: Manner,
) -> io::Result<Times> {
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            if let Some(cpu) = manner.cpu {
                let mut cpus = CpuSet::new();
                cpus.set(cpu);
                sched_setaffinity(None, &cpus)?;
            }
            let mut stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(manner.spin)?;
            ask_on(&mut stream, last, requests, manner.spin)
        });
        asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn ask_on(stream: &mut TcpStream, last: &[u8], requests: u32, spin: bool) -> io::Result<Times> {
    let clock = Clock::start();
    let now_ns = || clock.now().as_nanos();
    let started_ns = now_ns();
    let mut times = Times::default();
    let mut answer = [0; 4096];
    for number in 0..requests {
        let due_ns = started_ns + u64::from(number) * EVERY_NS;
        if spin {
            while now_ns() < due_ns {}
        } else {
            std::thread::sleep(Duration::from_nanos(due_ns.saturating_sub(now_ns())));
        }
        let sent_ns = now_ns();
        stream.write_all(REQUEST)?;
        let mut bytes = 0;
        while !answer[..bytes].ends_with(last) {
            match stream.read(&mut answer[bytes..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(more) => bytes += more,
                Err(why)
                    if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(why) => return Err(why),
            }
        }
        times.record(now_ns() - sent_ns);
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Program, Running};

    #[test]
    fn no_time_of_a_client_is_shorter_than_the_servers_own() {
        for stamps in [false, true] {
            for spin in [false, true] {
                let program = Program { stamps, ..Program::default() };
                let server = Running::start(program, None).unwrap();
                let manner = Manner { cpu: None, spin };
                let times = ask(server.address(), b"ok", 50, manner).unwrap();
                let served = server.stop().unwrap();
                assert_eq!((times.count(), served.service.count()), (50, 50));
                // Each takes longer than the truth of its own, so the shortest than the shortest.
                assert!(served.service.min_ns() <= times.min_ns(), "{served:?}");
                assert!(stamps || served.stamped == 0);
            }
        }
    }
}
