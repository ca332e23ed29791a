//! Standard input that ends when a signal asks the program to: what was answered before it is not lost.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use bakeoff_runner::control::Signals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// How long a signal waits to be heard while nobody types.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Standard input, at its end once a signal came.
pub(crate) struct Listening<'s> {
    input: File,
    signals: &'s Signals,
}

impl<'s> Listening<'s> {
    /// # Errors
    ///
    /// If there is no standard input.
    pub(crate) fn new(signals: &'s Signals) -> io::Result<Self> {
        // A descriptor of our own: the library's buffer would hide what has arrived already.
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self { input: File::from(input), signals })
    }
}

impl Read for Listening<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.signals.ending().is_some() {
                return Ok(0);
            }
            let mut waited = [PollFd::new(&self.input, PollFlags::IN)];
            match poll(&mut waited, Some(&PATIENCE)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return self.input.read(out),
                Err(why) => return Err(why.into()),
            }
        }
    }
}
