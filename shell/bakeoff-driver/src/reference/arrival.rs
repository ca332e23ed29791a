//! When a request arrived, by the kernel's own stamp: what comes after is the server's time, its
//! waking up included.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};

use crate::clock::Clock;

/// Older than that nothing is when it is read: the wall clock was set in between.
const AGE_NS_MAX: i64 = 10_000_000_000;

/// Reads, and says when what it read had arrived.
#[derive(Debug)]
pub(crate) struct Ear {
    clock: Clock,
    /// Room for a stamp; none if none is asked for.
    control: Option<Vec<u8>>,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// 0 at the end.
    pub(crate) bytes: usize,
    /// When the last of it arrived, in nanoseconds of the clock.
    pub(crate) arrived_ns: u64,
    /// The kernel says so; else it is when it was read.
    pub(crate) stamped: bool,
}

/// Asks for stamps on the connections of a listening socket, which take its options over when they
/// are made: before anybody can connect. Tells whether the kernel gives them.
pub(crate) fn ask_for_stamps(listener: &impl AsFd) -> bool {
    setsockopt(listener, sockopt::ReceiveTimestampns, &true).is_ok()
}

impl Ear {
    /// For the connections of `listener`, which take its options over.
    pub(crate) fn new(clock: Clock, listener: &OwnedFd, stamps: bool) -> Self {
        // A kernel that gives no stamps leaves the time of reading.
        let stamps = stamps && ask_for_stamps(listener);
        Self { clock, control: stamps.then(|| nix::cmsg_space!(TimeSpec)) }
    }

    /// Reads what there is.
    ///
    /// # Errors
    ///
    /// What the kernel said.
    pub(crate) fn read(&mut self, socket: &OwnedFd, buffer: &mut [u8]) -> Result<Heard, Errno> {
        let Some(control) = &mut self.control else {
            let bytes = rustix::io::read(socket, buffer)?;
            return Ok(Heard { bytes, arrived_ns: self.now_ns(), stamped: false });
        };
        let mut parts = [IoSliceMut::new(buffer)];
        let message =
            recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(control), MsgFlags::empty())
                .map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
        let stamp_ns = message.cmsgs().ok().into_iter().flatten().find_map(|said| match said {
            ControlMessageOwned::ScmTimestampns(at) => {
                Some(at.tv_sec() * 1_000_000_000 + at.tv_nsec())
            }
            _ => None,
        });
        let bytes = message.bytes;
        // Stamps are of the wall clock. That is read first: what comes between the two readings
        // makes a request younger, and the truth shorter, never longer.
        let wall = clock_gettime(ClockId::Realtime);
        let now_ns = self.now_ns();
        let wall_ns = wall.tv_sec * 1_000_000_000 + wall.tv_nsec;
        let age_ns = stamp_ns.map(|stamp_ns| wall_ns - stamp_ns);
        let age_ns = age_ns.filter(|age_ns| (0..AGE_NS_MAX).contains(age_ns));
        let arrived_ns = now_ns.saturating_sub(age_ns.unwrap_or(0) as u64);
        Ok(Heard { bytes, arrived_ns, stamped: age_ns.is_some() })
    }

    fn now_ns(&self) -> u64 {
        self.clock.now().as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// Writes and reads until a stamp comes with it: the kernel begins with stamps a little after
    /// the first socket asks for them.
    fn hear_stamped(ear: &mut Ear, client: &mut TcpStream, server: &OwnedFd) -> (u64, Heard, u64) {
        let mut buffer = [0; 16];
        loop {
            let before_ns = ear.now_ns();
            client.write_all(b"asked").unwrap();
            let mut heard = Err(Errno::AGAIN);
            while matches!(heard, Err(Errno::AGAIN | Errno::INTR)) {
                heard = ear.read(server, &mut buffer);
            }
            let heard = heard.unwrap();
            assert_eq!(&buffer[..heard.bytes], b"asked");
            if heard.stamped {
                return (before_ns, heard, ear.now_ns());
            }
        }
    }

    #[test]
    fn a_stamp_lies_between_writing_and_reading() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = OwnedFd::from(listener);
        let mut ear = Ear::new(Clock::start(), &listener, true);
        let mut client = TcpStream::connect(address).unwrap();
        let server = OwnedFd::from(TcpListener::from(listener).accept().unwrap().0);
        for _ in 0..100 {
            let (before_ns, heard, after_ns) = hear_stamped(&mut ear, &mut client, &server);
            assert!((before_ns..=after_ns).contains(&heard.arrived_ns), "{heard:?}");
        }
    }

    #[test]
    fn without_being_asked_for_it_is_the_time_of_reading() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = OwnedFd::from(listener.accept().unwrap().0);
        let mut ear = Ear::new(Clock::start(), &OwnedFd::from(listener), false);
        client.write_all(b"asked").unwrap();
        let before_ns = ear.now_ns();
        let heard = ear.read(&server, &mut [0; 16]).unwrap();
        assert!(before_ns <= heard.arrived_ns && !heard.stamped);
        assert_eq!(heard.bytes, 5);
    }
}
