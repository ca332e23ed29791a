//! Engine and HTTP/2 servers in virtual time, with a wire between them that cuts as it likes.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::time::Duration;

use bakeoff_load::{
    Action, Engine, GeneratorFacts, LoadOutcome, LoadPlan, Peer, PeerOptions, PeerRequest, Phase,
    Prepared, Problem,
};
use bakeoff_units::Timestamp;

/// What a server does with what it was asked.
pub enum Does {
    /// Answers with this status and body.
    Answers(&'static str, Vec<u8>),
    /// Says bytes as they are.
    Says(Vec<u8>),
    /// Says bytes and closes.
    SaysAndCloses(Vec<u8>),
    /// Nothing.
    Ignores,
}

/// A server and its connections.
pub struct Wire<'p> {
    pub engine: Engine<'p>,
    pub peers: Vec<Peer>,
    options: PeerOptions,
    /// Bytes in one read at most.
    cut: usize,
    /// What is said instead of settings.
    greeting: Option<Vec<u8>>,
    /// What the engine said last on connections that it closed, if anything, in order.
    pub partings: Vec<Option<Vec<u8>>>,
    pub now: Timestamp,
}

impl<'p> Wire<'p> {
    pub fn new(prepared: &'p Prepared, options: PeerOptions, cut: usize) -> Self {
        let engine = Engine::new(prepared, 0, 1).unwrap();
        let peers = (0..engine.connections()).map(|_| Peer::new(options)).collect();
        Self {
            engine,
            peers,
            options,
            cut,
            greeting: None,
            partings: Vec::new(),
            now: Timestamp::from_nanos(1),
        }
    }

    pub fn greet_with(mut self, greeting: Option<Vec<u8>>) -> Self {
        self.greeting = greeting;
        self
    }

    /// Does what the engine wants; tells whether it wanted anything.
    fn act(&mut self) -> bool {
        let mut acted = false;
        while let Some(action) = self.engine.poll(self.now) {
            acted = true;
            match action {
                Action::Connect(connection) => {
                    let mut peer = Peer::new(self.options);
                    if let Some(greeting) = &self.greeting {
                        peer.outgoing();
                        peer.say(greeting);
                    }
                    self.peers[connection as usize] = peer;
                    self.engine.handle_connecting(connection, self.now);
                    self.engine.handle_connected(connection, self.now);
                }
                Action::Send(connection) => loop {
                    let bytes = self.engine.outgoing(connection).to_vec();
                    // One that says something else hears nothing either.
                    if self.greeting.is_none() {
                        self.peers[connection as usize].take(&bytes).unwrap();
                    }
                    if bytes.is_empty() || !self.engine.handle_sent(connection, bytes.len()) {
                        break;
                    }
                },
                Action::Close(connection) => {
                    let word = self.engine.parting(connection);
                    self.partings.push(word.map(|word| word.to_vec()));
                }
            }
        }
        acted
    }

    /// Lets the servers speak; tells whether any did.
    fn speak(&mut self, server: &mut impl FnMut(&PeerRequest) -> Does) -> bool {
        let mut spoke = false;
        for index in 0..self.peers.len() {
            let mut closes = false;
            let peer = &mut self.peers[index];
            let mut asked = Vec::new();
            while let Some(request) = peer.next_request() {
                asked.push(request);
            }
            // Not in the order in which they came.
            for request in asked.into_iter().rev() {
                match server(&request) {
                    Does::Answers(status, body) => peer.answer(request.stream, status, &[], &body),
                    Does::Says(bytes) => peer.say(&bytes),
                    Does::SaysAndCloses(bytes) => {
                        peer.say(&bytes);
                        closes = true;
                    }
                    Does::Ignores => {}
                }
            }
            let said = peer.outgoing();
            for piece in said.chunks(self.cut) {
                spoke = true;
                self.engine.handle_received(index as u32, piece, self.now, self.now);
            }
            if closes {
                self.engine.handle_ended(index as u32, None, self.now);
            }
        }
        spoke
    }

    /// One round of either side; time goes on if nobody has anything to say.
    pub fn round(&mut self, server: &mut impl FnMut(&PeerRequest) -> Does) {
        let acted = self.act();
        let spoke = self.speak(server);
        let wake = self.engine.poll_timeout(self.now);
        let next = wake.arrival.map_or(wake.other, |arrival| arrival.min(wake.other));
        let soon = self.now + Duration::from_micros(1);
        self.now = if acted || spoke { soon } else { next.max(soon) };
    }

    /// To the end of the plan.
    pub fn run(
        mut self,
        prepared: &Prepared,
        mut server: impl FnMut(&PeerRequest) -> Does,
    ) -> (LoadOutcome, Vec<Peer>) {
        self.run_through(&mut server);
        let outcome = self.engine.finish(self.now);
        let facts = GeneratorFacts::default();
        (LoadOutcome::new(prepared.plan(), vec![outcome], facts), self.peers)
    }

    /// The same without giving what came of it.
    pub fn run_through(&mut self, server: &mut impl FnMut(&PeerRequest) -> Does) {
        loop {
            match self.engine.phase(self.now) {
                Phase::Connecting if self.engine.is_settled() => self.engine.start(self.now),
                Phase::Done => break,
                Phase::Connecting | Phase::WarmUp | Phase::Measure | Phase::Drain => {}
            }
            self.round(server);
        }
        // What it wants at the end is closing.
        self.act();
    }
}

/// Follows a plan against servers of these options.
pub fn follow(
    plan: LoadPlan,
    options: PeerOptions,
    server: impl FnMut(&PeerRequest) -> Does,
) -> (LoadOutcome, Vec<Peer>) {
    let prepared = Prepared::new(plan).unwrap();
    Wire::new(&prepared, options, 64 * 1024).run(&prepared, server)
}

/// The outcome in words: `answered N`, then what went wrong.
pub fn words(outcome: &LoadOutcome) -> String {
    let mut words = vec![format!("answered {}", outcome.counters.answered)];
    for problems in [&outcome.problems, &outcome.other_problems] {
        words.extend(problems.occurred().map(|(problem, ..)| problem.name().to_owned()));
    }
    words.join(", ")
}

/// The first evidence of a problem.
pub fn evidence(outcome: &LoadOutcome, problem: Problem) -> String {
    let problems = [&outcome.problems, &outcome.other_problems];
    let mut found = problems.iter().flat_map(|all| all.occurred());
    found.find(|(kind, ..)| *kind == problem).map_or_else(String::new, |(.., example)| example)
}
