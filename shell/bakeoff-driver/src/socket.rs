//! Non-blocking sockets, and what their errors mean.

use std::os::fd::OwnedFd;

use bakeoff_load::Problem;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, ipproto, sockopt};

use crate::target::{Address, Target};

/// A socket on its way.
pub(crate) struct Begun {
    pub(crate) socket: OwnedFd,
    /// It is connected already.
    pub(crate) connected: bool,
}

/// Begins to connect.
pub(crate) fn connect(target: &Target) -> Result<Begun, Problem> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let outcome = match &target.address {
        Address::Tcp(address) => {
            let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP)).and_then(
                |socket| {
                    sockopt::set_tcp_nodelay(&socket, true)?;
                    finish(net::connect(&socket, address), socket)
                },
            )
        }
        Address::Unix(path) => SocketAddrUnix::new(path.as_path()).and_then(|address| {
            let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
            finish(net::connect(&socket, &address), socket)
        }),
    };
    outcome.map_err(connect_problem)
}

fn finish(outcome: Result<(), Errno>, socket: OwnedFd) -> Result<Begun, Errno> {
    match outcome {
        Ok(()) => Ok(Begun { socket, connected: true }),
        Err(Errno::INPROGRESS) => Ok(Begun { socket, connected: false }),
        Err(errno) => Err(errno),
    }
}

/// What failing to connect means.
pub(crate) fn connect_problem(errno: Errno) -> Problem {
    match errno {
        Errno::CONNREFUSED | Errno::NOENT | Errno::AGAIN => Problem::ConnectRefused,
        Errno::TIMEDOUT => Problem::ConnectTimeout,
        Errno::CONNRESET => Problem::Reset,
        Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::NETDOWN => Problem::ConnectUnreachable,
        Errno::ADDRNOTAVAIL | Errno::ADDRINUSE => Problem::PortsExhausted,
        Errno::MFILE | Errno::NFILE => Problem::DescriptorsExhausted,
        _ => Problem::ConnectFailed,
    }
}

/// What failing to read or write means.
pub(crate) fn transfer_problem(errno: Errno) -> Problem {
    match errno {
        Errno::TIMEDOUT => Problem::IdleTimeout,
        // Everything else that ends an established connection is the peer's doing.
        _ => Problem::Reset,
    }
}
