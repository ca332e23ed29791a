//! What a reference server does.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{Service, Stall};

use crate::tls::TlsVersions;

/// What a reference server does.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// fail, as `errors_one_in` makes answers fail, and all else is answered at once.
    pub delays: bool,
    /// Instead of all this, say exactly that.
    pub script: Option<Script>,
    /// Spin for the last stretch before an answer is due: needs a CPU of its own.
    pub spin: bool,
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
            spin: false,
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

    /// The answers a program can give, rendered with these fields more: right, failed, wrong.
    pub(crate) fn answers(&self, fields: &str) -> [Vec<u8>; 3] {
        let render = |status: &str, body: &[u8]| {
            let mut answer = format!(
                "HTTP/1.1 {status}\r\n{fields}Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            answer.extend_from_slice(body);
            answer
        };
        let wrong: Vec<u8> = self.body.iter().map(|byte| byte ^ 1).collect();
        [
            render("200 OK", &self.body),
            render("500 Internal Server Error", b"programmed"),
            render("200 OK", &wrong),
        ]
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
