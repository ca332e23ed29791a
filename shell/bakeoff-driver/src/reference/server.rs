//! The reference server's loop.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use bakeoff_load::{PeerAnswer, Times};
use bakeoff_units::Timestamp;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with, sockopt};
use rustix::thread::{CpuSet, sched_setaffinity, set_current_timer_slack};
use rustix::time::Timespec;
use rustls::ServerConfig;

use crate::clock::Clock;
use crate::reference::arrival::{Ear, Heard, ask_for_stamps};
use crate::reference::conversation::{Conversation, Manner, NO_STREAM};
use crate::reference::delays::Asked;
use crate::reference::identity;
use crate::reference::program::{Ending, FAILED, Program, Script};

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
    /// Of the requests, those on connections that the script is for.
    pub scripted: u64,
    /// Requests whose arrival the kernel stamped.
    pub stamped: u64,
    /// From the arrival of a request ([`Program::stamps`]; else from reading it) until its answer is
    /// handed to the kernel, the handing over itself not counted: what any client must at least
    /// report. The way through the kernel, both ways, is left out.
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
        // Clients may connect before the thread gets to it.
        let _ = program.stamps && ask_for_stamps(&listener);
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

/// Something to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_ns: u64,
    conversation: u64,
    /// Whose answer it is, over HTTP/2; else [`NO_STREAM`].
    stream: u32,
    /// When it was asked for.
    asked_ns: u64,
}

struct Server<'p> {
    program: &'p Program,
    answers: [Vec<u8>; 3],
    /// The same for clients that have to be told that the connection stays.
    answers_staying: [Vec<u8>; 3],
    answers_http2: [PeerAnswer; 3],
    tls: Option<Arc<ServerConfig>>,
    listener: OwnedFd,
    epoll: OwnedFd,
    clock: Clock,
    ear: Ear,
    started: Timestamp,
    conversations: BTreeMap<u64, Conversation>,
    next_id: u64,
    /// When which conversation has something to say.
    due: BinaryHeap<Reverse<Due>>,
    /// Answers begun with.
    begun: u64,
    /// Streams that asked in the last read.
    asked: Vec<u32>,
    /// Conversations whose answers (HTTP/2) are not written yet.
    spoken: Vec<u64>,
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
            answers_http2: program.answers_http2(),
            tls: program.tls.as_ref().map(identity::server_config).transpose()?,
            ear: Ear::new(clock, &listener, program.stamps),
            listener,
            epoll,
            clock,
            started: clock.now(),
            conversations: BTreeMap::new(),
            next_id: 0,
            due: BinaryHeap::new(),
            begun: 0,
            asked: Vec::new(),
            spoken: Vec::new(),
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
                let (http2, delays) = (self.program.http2, self.program.delays);
                let mut conversation = Conversation::new(socket, self.tls.as_ref(), http2, delays);
                conversation.scripted = self.program.script_of(id).is_some();
                self.conversations.insert(id, conversation);
            }
        }
    }

    fn listen(&mut self, id: u64, flags: EventFlags) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let mut alive = conversation.flush().is_ok();
        while alive && flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP) {
            let Some(conversation) = self.conversations.get_mut(&id) else { return };
            match self.ear.read(&conversation.socket, &mut self.buffer) {
                Ok(heard) if heard.bytes == 0 => alive = false,
                Ok(heard) => {
                    self.asked.clear();
                    let bytes = &self.buffer[..heard.bytes];
                    alive = conversation.hear(bytes, &mut self.asked).is_ok();
                    self.note(id, heard);
                }
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

    /// Requests arrived: over HTTP/2 each is answered by itself, else after those before it.
    fn note(&mut self, id: u64, heard: Heard) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let (asked, asked_ns) = (self.asked.len() as u64, heard.arrived_ns);
        self.served.requests += asked;
        self.served.scripted += if conversation.scripted { asked } else { 0 };
        self.served.stamped += if heard.stamped { asked } else { 0 };
        let in_order = conversation.scripted;
        for index in 0..self.asked.len() {
            let stream = self.asked[index];
            if in_order || stream == NO_STREAM {
                let Some(conversation) = self.conversations.get_mut(&id) else { return };
                conversation.waiting.push_back(asked_ns);
            } else {
                let at_ns = self.out_ns(asked_ns, None);
                self.due.push(Reverse(Due { at_ns, conversation: id, stream, asked_ns }));
            }
        }
    }

    /// When the next answer is to leave, to a request that arrived at `asked_ns`, and may itself say
    /// how long that takes.
    fn out_ns(&mut self, asked_ns: u64, wish: Option<Asked>) -> u64 {
        let program = self.program;
        self.begun += 1;
        let started_ns = self.started.as_nanos();
        let service_ns = match wish {
            Some(Asked::After(time)) => time.as_nanos() as u64,
            Some(Asked::Refused) => 0,
            None => program.service.ns(program.seed, self.begun),
        };
        let ready_ns = asked_ns.saturating_sub(started_ns) + service_ns;
        program.stall.map_or(ready_ns, |stall| stall.release_ns(ready_ns)) + started_ns
    }

    /// The script for a conversation, if it gets one.
    fn script(&self, id: u64) -> Option<&'p Script> {
        self.program.script_of(id)
    }

    /// Begins with the next answer of a conversation, if one is due and none is being given.
    fn begin(&mut self, id: u64) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        if conversation.answering {
            return;
        }
        let Some(asked_ns) = conversation.waiting.pop_front() else { return };
        conversation.answering = true;
        conversation.piece = 0;
        let wish = conversation.wishes.as_mut().and_then(VecDeque::pop_front);
        conversation.refused = wish == Some(Asked::Refused);
        let now_ns = self.clock.now().as_nanos();
        let at_ns = match self.script(id) {
            Some(script) => {
                now_ns + script.pieces.first().map_or(0, |piece| piece.after.as_nanos() as u64)
            }
            None => self.out_ns(asked_ns, wish),
        };
        let due = Due { at_ns, conversation: id, stream: NO_STREAM, asked_ns };
        if at_ns <= now_ns {
            self.say(due);
        } else {
            self.due.push(Reverse(due));
        }
    }

    /// Says all that is due; gives how long nothing more is, in nanoseconds.
    fn speak(&mut self) -> u64 {
        let wait_ns = loop {
            let Some(&Reverse(due)) = self.due.peek() else { break LOOK_EVERY_NS };
            let left_ns = due.at_ns.saturating_sub(self.clock.now().as_nanos());
            if left_ns == 0 {
                self.due.pop();
                if due.stream == NO_STREAM {
                    self.say(due);
                } else {
                    self.say_on_stream(due);
                }
            } else {
                let spin_ns = if self.program.spin { SPIN_NS } else { 0 };
                break left_ns.saturating_sub(spin_ns).min(LOOK_EVERY_NS);
            }
        };
        // What became due at the same time goes out in one write.
        while let Some(id) = self.spoken.pop() {
            let Some(conversation) = self.conversations.get_mut(&id) else { continue };
            if !conversation.flush_peer() {
                conversation.farewell();
                self.conversations.remove(&id);
            }
        }
        wait_ns
    }

    /// Says the answer of a stream.
    fn say_on_stream(&mut self, due: Due) {
        let Some(conversation) = self.conversations.get_mut(&due.conversation) else { return };
        let Some(peer) = conversation.peer() else { return };
        let answer = &self.answers_http2[self.program.choose(self.served.answers)];
        let now_ns = self.clock.now().as_nanos();
        // Whoever has reset the stream wants no answer.
        if !peer.give(due.stream, answer) {
            return;
        }
        let answers = conversation.answers + 1;
        if self.program.close_after.is_some_and(|after| after.get() <= answers)
            && let Some(peer) = conversation.peer()
        {
            peer.go_away();
        }
        conversation.answers = answers;
        self.served.answers += 1;
        self.served.service.record(now_ns.saturating_sub(due.asked_ns));
        if self.spoken.last() != Some(&due.conversation) {
            self.spoken.push(due.conversation);
        }
    }

    /// Says the answer, or the next piece of the script.
    fn say(&mut self, due: Due) {
        let id = due.conversation;
        let program = self.program;
        let script = self.script(id);
        let now_ns = self.clock.now().as_nanos();
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let mut ending = Ending::Keep;
        let said = match script {
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
                    self.due.push(Reverse(Due { at_ns, ..due }));
                    return;
                }
                ending = script.ending;
                said
            }
        };
        conversation.answering = false;
        conversation.answers += 1;
        self.served.answers += 1;
        self.served.service.record(now_ns.saturating_sub(due.asked_ns));
        let worn = program.close_after.is_some_and(|after| after.get() <= conversation.answers);
        let wanted = conversation.manner == Manner::Close && conversation.waiting.is_empty();
        if worn || wanted && script.is_none() {
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
