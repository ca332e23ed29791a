//! The reference server's loop.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use bakeoff_load::Times;
use bakeoff_units::Timestamp;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with, sockopt};
use rustix::thread::{CpuSet, sched_setaffinity, set_current_timer_slack};
use rustix::time::Timespec;
use rustls::ServerConfig;

use crate::clock::Clock;
use crate::reference::conversation::{Conversation, Manner};
use crate::reference::delays::Asked;
use crate::reference::identity;
use crate::reference::program::{Ending, FAILED, Program};

const LISTENER: u64 = u64::MAX;
const LOOK_EVERY_NS: u64 = 20_000_000;
const SPIN_NS: u64 = 60_000;

/// What a reference server did.
#[derive(Clone, Debug, Default)]
pub struct Served {
    /// Requests read whole.
    pub requests: u64,
    /// Answers given whole.
    pub answers: u64,
    /// Connections accepted.
    pub connections: u64,
    /// From reading a request to handing its answer to the kernel: what any client must at least
    /// report.
    pub service: Times,
}

/// A reference server on a thread of its own.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Served>>,
}

impl Running {
    /// Starts one on a free port of 127.0.0.1, pinned to `cpu` if one is given.
    ///
    /// # Errors
    ///
    /// What the kernel said to listening.
    pub fn start(program: Program, cpu: Option<usize>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("reference".to_owned()).spawn(move || {
            if let Some(cpu) = cpu {
                let mut cpus = CpuSet::new();
                cpus.set(cpu);
                sched_setaffinity(None, &cpus)?;
            }
            serve(listener.into(), &program, &stopped)
        })?;
        Ok(Self { address, stop, thread })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it and tells what it did.
    ///
    /// # Errors
    ///
    /// What made it end before.
    ///
    /// # Panics
    ///
    /// If its thread panicked.
    pub fn stop(self) -> io::Result<Served> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Serves `program` on a listening socket (TCP or UNIX) until `stop` is set. Blocks.
///
/// # Errors
///
/// What the kernel said to waiting for events.
pub fn serve(listener: OwnedFd, program: &Program, stop: &AtomicBool) -> io::Result<Served> {
    let mut server = Server::new(listener, program)?;
    let mut events = Vec::with_capacity(256);
    while !stop.load(Ordering::Relaxed) {
        let wait_ns = server.speak();
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait_ns as i64 };
        events.clear();
        let outcome =
            epoll::wait(&server.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout));
        if let Err(errno) = outcome
            && errno != Errno::INTR
        {
            return Err(errno.into());
        }
        for event in &events {
            match event.data.u64() {
                LISTENER => server.accept(),
                id => server.listen(id, event.flags),
            }
        }
    }
    Ok(server.served)
}

struct Server<'p> {
    program: &'p Program,
    answers: [Vec<u8>; 3],
    /// The same for clients that have to be told that the connection stays.
    answers_staying: [Vec<u8>; 3],
    tls: Option<Arc<ServerConfig>>,
    listener: OwnedFd,
    epoll: OwnedFd,
    clock: Clock,
    started: Timestamp,
    conversations: BTreeMap<u64, Conversation>,
    next_id: u64,
    /// When which conversation has something to say.
    due: BinaryHeap<Reverse<(u64, u64)>>,
    buffer: Box<[u8]>,
    served: Served,
}

impl<'p> Server<'p> {
    fn new(listener: OwnedFd, program: &'p Program) -> io::Result<Self> {
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&listener, true)?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        let clock = Clock::start();
        Ok(Self {
            program,
            answers: program.answers(""),
            answers_staying: program.answers("Connection: keep-alive\r\n"),
            tls: program.tls.as_ref().map(identity::server_config).transpose()?,
            listener,
            epoll,
            clock,
            started: clock.now(),
            conversations: BTreeMap::new(),
            next_id: 0,
            due: BinaryHeap::new(),
            buffer: vec![0; 64 * 1024].into(),
            served: Served::default(),
        })
    }

    fn accept(&mut self) {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        while let Ok(socket) = accept_with(&self.listener, flags) {
            // UNIX sockets have no such option and need none.
            let _ = sockopt::set_tcp_nodelay(&socket, true);
            let id = self.next_id;
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            if epoll::add(&self.epoll, &socket, EventData::new_u64(id), flags).is_ok() {
                self.next_id += 1;
                self.served.connections += 1;
                let delays = self.program.delays;
                let conversation = Conversation::new(socket, self.tls.as_ref(), delays);
                self.conversations.insert(id, conversation);
            }
        }
    }

    fn listen(&mut self, id: u64, flags: EventFlags) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let mut alive = conversation.flush().is_ok();
        while alive && flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP) {
            match rustix::io::read(&conversation.socket, &mut *self.buffer) {
                Ok(0) => alive = false,
                Ok(length) => match conversation.hear(&self.buffer[..length]) {
                    Ok(whole) => {
                        self.served.requests += u64::from(whole);
                        conversation.waiting += whole;
                    }
                    Err(_) => alive = false,
                },
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => alive = false,
            }
        }
        if alive {
            self.begin(id);
        } else {
            self.conversations.remove(&id);
        }
    }

    /// Begins with the next answer of a conversation, if one is due and none is being given.
    fn begin(&mut self, id: u64) {
        let now = self.clock.now();
        let program = self.program;
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        if conversation.answering || conversation.waiting == 0 {
            return;
        }
        conversation.waiting -= 1;
        conversation.answering = true;
        conversation.piece = 0;
        conversation.asked_ns = now.as_nanos();
        let asked = conversation.asked.as_mut().and_then(VecDeque::pop_front);
        conversation.refused = asked == Some(Asked::Refused);
        let number = self.served.requests;
        let delay_ns = match (&program.script, asked) {
            (Some(script), _) => {
                script.pieces.first().map_or(0, |piece| piece.after.as_nanos() as u64)
            }
            (None, Some(Asked::After(time))) => time.as_nanos() as u64,
            (None, Some(Asked::Refused)) => 0,
            (None, None) => program.service.ns(program.seed, number),
        };
        let ready_ns = now.nanos_since(self.started) + delay_ns;
        let out_ns = program.stall.map_or(ready_ns, |stall| stall.release_ns(ready_ns))
            + self.started.as_nanos();
        if out_ns <= now.as_nanos() {
            self.say(id);
        } else {
            self.due.push(Reverse((out_ns, id)));
        }
    }

    /// Says all that is due; gives how long nothing more is, in nanoseconds.
    fn speak(&mut self) -> u64 {
        loop {
            let Some(&Reverse((due_ns, id))) = self.due.peek() else { return LOOK_EVERY_NS };
            let left_ns = due_ns.saturating_sub(self.clock.now().as_nanos());
            if left_ns == 0 {
                self.due.pop();
                self.say(id);
            } else {
                let spin_ns = if self.program.spin { SPIN_NS } else { 0 };
                return left_ns.saturating_sub(spin_ns).min(LOOK_EVERY_NS);
            }
        }
    }

    /// Says the answer, or the next piece of the script.
    fn say(&mut self, id: u64) {
        let program = self.program;
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let mut ending = Ending::Keep;
        let said = match &program.script {
            None => {
                let number = self.served.answers;
                let answers = match conversation.manner {
                    Manner::Stay | Manner::Close => &self.answers,
                    Manner::StayAndSay => &self.answers_staying,
                };
                let which = if conversation.refused { FAILED } else { program.choose(number) };
                conversation.say(&answers[which])
            }
            Some(script) => {
                let piece = script.pieces.get(conversation.piece);
                let said = piece.map_or(Ok(()), |piece| conversation.say(&piece.bytes));
                conversation.piece += 1;
                if let Some(next) = script.pieces.get(conversation.piece)
                    && said.is_ok()
                {
                    let at_ns = self.clock.now().as_nanos() + next.after.as_nanos() as u64;
                    self.due.push(Reverse((at_ns, id)));
                    return;
                }
                ending = script.ending;
                said
            }
        };
        conversation.answering = false;
        conversation.answers += 1;
        self.served.answers += 1;
        let now_ns = self.clock.now().as_nanos();
        self.served.service.record(now_ns - conversation.asked_ns);
        let worn = program.close_after.is_some_and(|after| after.get() <= conversation.answers);
        let wanted = conversation.manner == Manner::Close && conversation.waiting == 0;
        if worn || wanted && program.script.is_none() {
            ending = Ending::Close;
        }
        match ending {
            Ending::Keep if said.is_ok() => self.begin(id),
            Ending::Reset => {
                conversation.reset();
                self.conversations.remove(&id);
            }
            Ending::Cut => drop(self.conversations.remove(&id)),
            Ending::Keep | Ending::Close => {
                conversation.farewell();
                self.conversations.remove(&id);
            }
        }
    }
}
