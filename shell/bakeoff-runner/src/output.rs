//! Takes what a candidate prints: never makes it wait, never keeps much, never trusts it.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::pipe::{SpliceFlags, fcntl_setpipe_size, splice};

/// Bytes of the end of a stream that are kept.
const KEPT_BYTES: usize = 64 * 1024;

/// Bytes a second that are looked at; the kernel throws the rest away without copying it.
const LOOKED_AT_PER_SECOND: usize = 1024 * 1024;

/// Pipe size asked for: the bigger, the less often we are woken.
const PIPE_BYTES: usize = 1024 * 1024;

/// Lines shown of a stream's end.
const TAIL_LINES: usize = 20;

/// Longest line shown, in characters.
const LINE_CHARS: usize = 400;

/// The two streams of a candidate, being read.
#[derive(Debug)]
pub struct Output {
    stdout: Stream,
    stderr: Stream,
}

impl Output {
    /// Reads both from now on, on two threads that run where this thread may run.
    ///
    /// # Errors
    ///
    /// If threads or event descriptors cannot be had.
    pub fn drain(stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            stdout: Stream::start("stdout", stdout)?,
            stderr: Stream::start("stderr", stderr)?,
        })
    }

    /// The last lines of standard error, or of standard output if there are none; escaped.
    pub fn tail(&self) -> String {
        let error = self.stderr.tail();
        if error.is_empty() { self.stdout.tail() } else { error }
    }

    /// Bytes printed so far, of both.
    pub fn bytes(&self) -> u64 {
        self.stdout.total() + self.stderr.total()
    }

    /// Reads what is there already, then stops reading, whoever still holds the other end.
    pub fn finish(&mut self) {
        self.stdout.finish();
        self.stderr.finish();
    }
}

#[derive(Debug)]
struct Stream {
    shared: Arc<Mutex<Kept>>,
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Kept {
    last: VecDeque<u8>,
    total: u64,
    /// Bytes thrown away unread, for being too many.
    skipped: u64,
}

impl Stream {
    fn start(name: &str, pipe: OwnedFd) -> io::Result<Self> {
        // An unprivileged user may not have that much: then it stays as it is.
        let _ = fcntl_setpipe_size(&pipe, PIPE_BYTES);
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
        let shared = Arc::new(Mutex::new(Kept::default()));
        let (kept, halt) = (Arc::clone(&shared), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name(format!("candidate-{name}"))
            .spawn(move || read_all(pipe, &halt, &kept))?;
        Ok(Self { shared, stop, thread: Some(thread) })
    }

    fn total(&self) -> u64 {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    fn tail(&self) -> String {
        let mut kept = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        tail(kept.last.make_contiguous())
    }

    fn finish(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
            let _ = thread.join();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.finish();
    }
}

fn read_all(pipe: OwnedFd, stop: &OwnedFd, shared: &Mutex<Kept>) {
    let nowhere = OpenOptions::new().write(true).open("/dev/null");
    let mut pipe = File::from(pipe);
    let mut buffer = vec![0; 64 * 1024];
    let mut budget = Budget { second: Instant::now(), left: LOOKED_AT_PER_SECOND };
    loop {
        let mut ready = [PollFd::new(&pipe, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        if poll(&mut ready, None).is_err_and(|error| error != rustix::io::Errno::INTR) {
            return;
        }
        let (readable, stopped) = (!ready[0].revents().is_empty(), !ready[1].revents().is_empty());
        if !readable {
            if stopped {
                return;
            }
            continue;
        }
        // Once we are to stop, what is in the pipe is read and no more: someone may write for ever.
        if stopped {
            budget = Budget { second: Instant::now(), left: PIPE_BYTES };
        }
        let done = if budget.allows() {
            match pipe.read(&mut buffer) {
                Ok(0) => true,
                Ok(count) => {
                    budget.left = budget.left.saturating_sub(count);
                    keep(shared, &buffer[..count]);
                    false
                }
                Err(error) => error.kind() != io::ErrorKind::Interrupted,
            }
        } else if stopped {
            true
        } else {
            skip(&pipe, nowhere.as_ref().ok(), shared)
        };
        if done {
            return;
        }
        if stopped {
            drain_rest(&mut pipe, &mut buffer, shared);
            return;
        }
    }
}

/// Bytes that may be looked at in this second.
struct Budget {
    second: Instant,
    left: usize,
}

impl Budget {
    fn allows(&mut self) -> bool {
        if Duration::from_secs(1) <= self.second.elapsed() {
            *self = Self { second: Instant::now(), left: LOOKED_AT_PER_SECOND };
        }
        0 < self.left
    }
}

/// Keeps what the pipe still holds, but never more than a pipe holds.
fn drain_rest(pipe: &mut File, buffer: &mut [u8], shared: &Mutex<Kept>) {
    let mut left = PIPE_BYTES;
    while 0 < left {
        let mut ready = [PollFd::new(pipe, PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut ready, Some(&now)).unwrap_or(0) == 0 {
            return;
        }
        match pipe.read(buffer) {
            Ok(count) if 0 < count => {
                keep(shared, &buffer[..count]);
                left = left.saturating_sub(count);
            }
            Ok(_) | Err(_) => return,
        }
    }
}

fn keep(shared: &Mutex<Kept>, bytes: &[u8]) {
    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
    kept.total += bytes.len() as u64;
    kept.last.extend(bytes);
    let excess = kept.last.len().saturating_sub(KEPT_BYTES);
    kept.last.drain(..excess);
}

/// Moves a pipe's worth to nowhere within the kernel; whether that was the end.
fn skip(pipe: &File, nowhere: Option<&File>, shared: &Mutex<Kept>) -> bool {
    let Some(nowhere) = nowhere else { return true };
    match splice(pipe.as_fd(), None, nowhere.as_fd(), None, PIPE_BYTES, SpliceFlags::MOVE) {
        Ok(0) => true,
        Ok(count) => {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            kept.total += count as u64;
            kept.skipped += count as u64;
            false
        }
        Err(error) => error != rustix::io::Errno::INTR,
    }
}

/// The last lines of `bytes` as text that no terminal and no page obeys.
pub fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = lines[lines.len().saturating_sub(TAIL_LINES)..].iter().map(|line| {
        let escaped = line
            .chars()
            .take(LINE_CHARS)
            .flat_map(|char| {
                if char.is_control() {
                    Escape::Hex(char.escape_default())
                } else {
                    Escape::As(Some(char))
                }
            })
            .collect::<String>();
        if line.chars().nth(LINE_CHARS).is_some() { format!("{escaped}…") } else { escaped }
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// A character as it is shown.
enum Escape {
    Hex(std::char::EscapeDefault),
    As(Option<char>),
}

impl Iterator for Escape {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Hex(escaped) => escaped.next(),
            Self::As(char) => char.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A stream being read, and the end to write to.
    fn stream() -> (Stream, File) {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        (Stream::start("stdout", reader).unwrap(), File::from(writer))
    }

    #[test]
    fn a_flood_makes_nobody_wait_and_its_end_is_bounded() {
        let (mut stream, mut writer) = stream();
        let block = vec![b'x'; 1024 * 1024];
        for _ in 0..256 {
            writer.write_all(&block).unwrap();
        }
        drop(writer);
        stream.finish();
        let kept = stream.shared.lock().unwrap();
        assert!(kept.last.len() <= KEPT_BYTES, "{}", kept.last.len());
        assert!(0 < kept.skipped);
    }

    #[test]
    fn the_end_is_kept_though_someone_holds_the_pipe() {
        let (mut stream, mut writer) = stream();
        writeln!(writer, "address already in use").unwrap();
        stream.finish();
        assert_eq!(stream.tail(), "address already in use");
    }

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        assert_eq!(tail(b"\x1b[2Jgone\r\n\xff\n"), "\\u{1b}[2Jgone\n\u{fffd}");
        assert_eq!(tail("x".repeat(10_000).as_bytes()).chars().count(), LINE_CHARS + 1);
        assert_eq!(tail("a\n".repeat(100).as_bytes()).lines().count(), TAIL_LINES);
    }
}
