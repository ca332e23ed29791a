//! What a reference server does.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{PeerAnswer, Service, Stall};

use crate::tls::TlsVersions;

/// What a reference server does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Program {
    /// How long each answer takes, whatever else goes on.
    pub service: Service,
    /// When no answer leaves.
    pub stall: Option<Stall>,
    /// The answer's body.
    pub body: Vec<u8>,
    /// One answer in this many is a 500.
    pub errors_one_in: Option<NonZeroU32>,
    /// One answer in this many has a body of the right length and wrong content.
    pub wrong_one_in: Option<NonZeroU32>,
    /// Connections are closed after this many answers.
    pub close_after: Option<NonZeroU32>,
    /// Let requests for `/delay/{ms}` say how long their answers take; other delays than 0 to 10000
    /// fail, as `errors_one_in` makes answers fail, and all else is answered at once. HTTP/1 only.
    pub delays: bool,
    /// Instead of all this, say exactly that.
    pub script: Option<Script>,
    /// The script is for one connection in this many only, the last of them each time.
    pub script_one_in: Option<NonZeroU32>,
    /// Spin for the last stretch before an answer is due: needs a CPU of its own.
    pub spin: bool,
    /// Count from the arrival of a request in the kernel, by its stamp, not from reading it: then
    /// the server's waking up is its own time, and not taken for the client's.
    pub stamps: bool,
    /// Speak HTTP/2 to clients that begin with it, too.
    pub http2: bool,
    /// What random service times follow from.
    pub seed: u64,
    /// Speak TLS, with a certificate that vouches for itself.
    pub tls: Option<ServerTls>,
}

/// How a reference server speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    /// Versions it accepts.
    pub versions: TlsVersions,
    /// Whether it lets clients take up earlier sessions.
    pub resumption: bool,
    /// Protocols it agrees to (ALPN), the best first; empty to ignore what clients offer.
    pub protocols: Vec<Vec<u8>>,
}

impl Default for ServerTls {
    fn default() -> Self {
        let protocols = vec![b"http/1.1".to_vec()];
        Self { versions: TlsVersions::All, resumption: true, protocols }
    }
}

/// Bytes to be said word for word to every request, right or hostile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What is sent, piece by piece.
    pub pieces: Vec<Piece>,
    /// What then becomes of the connection.
    pub ending: Ending,
}

/// Bytes and the pause before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The pause.
    pub after: Duration,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What becomes of a connection after a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It waits for the next request.
    #[default]
    Keep,
    /// It is closed in order.
    Close,
    /// It is closed without the word that TLS wants said before; without TLS the same as closed.
    Cut,
    /// It is reset.
    Reset,
}

/// Which of [`Program::answers`] is the one that failed.
pub(crate) const FAILED: usize = 1;

impl Default for Program {
    /// Answers at once, rightly, with two bytes.
    fn default() -> Self {
        Self {
            service: Service::Fixed(Duration::ZERO),
            stall: None,
            body: b"ok".to_vec(),
            errors_one_in: None,
            wrong_one_in: None,
            close_after: None,
            delays: false,
            script: None,
            script_one_in: None,
            spin: false,
            stamps: false,
            http2: false,
            seed: 1,
            tls: None,
        }
    }
}

impl Program {
    /// Says `script` to every request.
    pub fn scripted(script: Script) -> Self {
        Self { script: Some(script), ..Self::default() }
    }

    /// The answers a program can give, status and body: right, failed, wrong.
    fn contents(&self) -> [(&'static str, Vec<u8>); 3] {
        let wrong = self.body.iter().map(|byte| byte ^ 1).collect();
        [
            ("200 OK", self.body.clone()),
            ("500 Internal Server Error", b"programmed".to_vec()),
            ("200 OK", wrong),
        ]
    }

    /// The answers a program can give over HTTP/1.1, rendered with these fields more.
    pub(crate) fn answers(&self, fields: &str) -> [Vec<u8>; 3] {
        self.contents().map(|(status, body)| {
            let mut answer = format!(
                "HTTP/1.1 {status}\r\n{fields}Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            answer.extend_from_slice(&body);
            answer
        })
    }

    /// The same over HTTP/2.
    pub(crate) fn answers_http2(&self) -> [PeerAnswer; 3] {
        self.contents().map(|(status, body)| {
            let length = body.len().to_string();
            let fields = [("content-type", "text/plain"), ("content-length", length.as_str())];
            PeerAnswer::new(&status[..3], &fields, body)
        })
    }

    /// The script for connection `number` (from 0), if it gets one.
    pub(crate) fn script_of(&self, number: u64) -> Option<&Script> {
        let every = self.script_one_in.map_or(1, |one_in| u64::from(one_in.get()));
        self.script.as_ref().filter(|_| (number + 1).is_multiple_of(every))
    }

    /// Which answer request `number` gets, an index into [`Program::answers`].
    pub(crate) fn choose(&self, number: u64) -> usize {
        let is_nth = |one_in: Option<NonZeroU32>| {
            one_in.is_some_and(|one_in| (number + 1).is_multiple_of(u64::from(one_in.get())))
        };
        if is_nth(self.errors_one_in) {
            FAILED
        } else if is_nth(self.wrong_one_in) {
            2
        } else {
            0
        }
    }
}
