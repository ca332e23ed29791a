//! What can go wrong with a request, whose fault it is, and how it is shown.

/// What went wrong with a request or a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Nobody listens.
    ConnectRefused,
    /// The connection was not made within its deadline.
    ConnectTimeout,
    /// No way to the address.
    ConnectUnreachable,
    /// Another failure to connect.
    ConnectFailed,
    /// No local port left.
    PortsExhausted,
    /// No file descriptor left.
    DescriptorsExhausted,
    /// The TLS handshake was not done within its deadline.
    TlsTimeout,
    /// The certificate of the peer is not to be trusted, or not for this name.
    TlsCertificate,
    /// The peer ended the TLS handshake, or the session, with an alert.
    TlsRefused,
    /// The connection was closed in the middle of the TLS handshake.
    TlsClosed,
    /// What the peer said is not TLS, or none that can be agreed upon.
    TlsFailed,
    /// The peer does not agree to the protocol asked for (ALPN, RFC 7301).
    NoCommonProtocol,
    /// The connection was reset.
    Reset,
    /// The connection was closed before any byte of the answer.
    Closed,
    /// The connection was closed in the middle of an answer.
    Incomplete,
    /// No byte of the answer within its deadline.
    FirstByteTimeout,
    /// A pause within an answer longer than its deadline.
    IdleTimeout,
    /// The whole answer took longer than its deadline.
    TotalTimeout,
    /// The answer is not HTTP/1.
    NotHttp,
    /// The answer's head does not parse.
    MalformedHead,
    /// The answer's head is longer than the limit.
    HeadTooLarge,
    /// The answer's head has more fields than the limit.
    TooManyFields,
    /// `Content-Length` is not a number that can be.
    InvalidLength,
    /// `Content-Length` twice, with different values.
    ConflictingLengths,
    /// `Content-Length` and `Transfer-Encoding` together: request smuggling (RFC 9112 §6.3).
    LengthAndChunked,
    /// A transfer coding that was not asked for.
    UnsupportedCoding,
    /// A chunk's size line does not parse.
    InvalidChunk,
    /// A chunk's size does not fit 64 bits.
    ChunkOverflow,
    /// A chunk's extension is longer than the limit.
    ChunkExtensionTooLarge,
    /// Trailer fields beyond the limit.
    TrailersTooLarge,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// Too many 1xx answers before the final one.
    TooManyInformational,
    /// 101 that nobody asked for.
    UnaskedUpgrade,
    /// Bytes that belong to no request.
    Desync,
    /// The peer does not speak HTTP/2.
    NotHttp2,
    /// A frame that RFC 9113 forbids.
    Http2Protocol,
    /// More data than the flow-control window allows, or a window beyond its limit.
    FlowControl,
    /// A header block that does not decode.
    HeaderCompression,
    /// Frames that bring nothing, beyond the limit.
    Http2Flood,
    /// The stream was reset by the peer.
    StreamReset,
    /// The peer went away without having answered.
    GoAway,
    /// The status is not the expected one.
    WrongStatus,
    /// The length is not the expected one.
    WrongLength,
    /// A header field is not as expected.
    WrongHeader,
    /// The body is not the expected one.
    WrongBody,
    /// A JSON value is not the expected one.
    WrongJson,
}

/// Whose fault something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The implementation under test.
    Candidate,
    /// The load generator.
    Generator,
    /// The machine.
    Host,
}

impl Problem {
    /// All of them, in order.
    pub const ALL: [Self; 46] = [
        Self::ConnectRefused,
        Self::ConnectTimeout,
        Self::ConnectUnreachable,
        Self::ConnectFailed,
        Self::PortsExhausted,
        Self::DescriptorsExhausted,
        Self::TlsTimeout,
        Self::TlsCertificate,
        Self::TlsRefused,
        Self::TlsClosed,
        Self::TlsFailed,
        Self::NoCommonProtocol,
        Self::Reset,
        Self::Closed,
        Self::Incomplete,
        Self::FirstByteTimeout,
        Self::IdleTimeout,
        Self::TotalTimeout,
        Self::NotHttp,
        Self::MalformedHead,
        Self::HeadTooLarge,
        Self::TooManyFields,
        Self::InvalidLength,
        Self::ConflictingLengths,
        Self::LengthAndChunked,
        Self::UnsupportedCoding,
        Self::InvalidChunk,
        Self::ChunkOverflow,
        Self::ChunkExtensionTooLarge,
        Self::TrailersTooLarge,
        Self::BodyTooLarge,
        Self::TooManyInformational,
        Self::UnaskedUpgrade,
        Self::Desync,
        Self::NotHttp2,
        Self::Http2Protocol,
        Self::FlowControl,
        Self::HeaderCompression,
        Self::Http2Flood,
        Self::StreamReset,
        Self::GoAway,
        Self::WrongStatus,
        Self::WrongLength,
        Self::WrongHeader,
        Self::WrongBody,
        Self::WrongJson,
    ];

    /// Its name in records and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectRefused => "connect-refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::ConnectUnreachable => "connect-unreachable",
            Self::ConnectFailed => "connect-failed",
            Self::PortsExhausted => "ports-exhausted",
            Self::DescriptorsExhausted => "descriptors-exhausted",
            Self::TlsTimeout => "tls-timeout",
            Self::TlsCertificate => "tls-certificate",
            Self::TlsRefused => "tls-refused",
            Self::TlsClosed => "tls-closed",
            Self::TlsFailed => "tls-failed",
            Self::NoCommonProtocol => "no-common-protocol",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Incomplete => "incomplete",
            Self::FirstByteTimeout => "first-byte-timeout",
            Self::IdleTimeout => "idle-timeout",
            Self::TotalTimeout => "total-timeout",
            Self::NotHttp => "not-http",
            Self::MalformedHead => "malformed-head",
            Self::HeadTooLarge => "head-too-large",
            Self::TooManyFields => "too-many-fields",
            Self::InvalidLength => "invalid-length",
            Self::ConflictingLengths => "conflicting-lengths",
            Self::LengthAndChunked => "length-and-chunked",
            Self::UnsupportedCoding => "unsupported-coding",
            Self::InvalidChunk => "invalid-chunk",
            Self::ChunkOverflow => "chunk-overflow",
            Self::ChunkExtensionTooLarge => "chunk-extension-too-large",
            Self::TrailersTooLarge => "trailers-too-large",
            Self::BodyTooLarge => "body-too-large",
            Self::TooManyInformational => "too-many-informational",
            Self::UnaskedUpgrade => "unasked-upgrade",
            Self::Desync => "desync",
            Self::NotHttp2 => "not-http2",
            Self::Http2Protocol => "http2-protocol",
            Self::FlowControl => "flow-control",
            Self::HeaderCompression => "header-compression",
            Self::Http2Flood => "http2-flood",
            Self::StreamReset => "stream-reset",
            Self::GoAway => "goaway",
            Self::WrongStatus => "wrong-status",
            Self::WrongLength => "wrong-length",
            Self::WrongHeader => "wrong-header",
            Self::WrongBody => "wrong-body",
            Self::WrongJson => "wrong-json",
        }
    }

    /// Whose fault it is.
    pub const fn blame(self) -> Blame {
        match self {
            Self::PortsExhausted | Self::DescriptorsExhausted => Blame::Generator,
            Self::ConnectUnreachable | Self::ConnectFailed => Blame::Host,
            Self::ConnectRefused
            | Self::ConnectTimeout
            | Self::TlsTimeout
            | Self::TlsCertificate
            | Self::TlsRefused
            | Self::TlsClosed
            | Self::TlsFailed
            | Self::NoCommonProtocol
            | Self::Reset
            | Self::Closed
            | Self::Incomplete
            | Self::FirstByteTimeout
            | Self::IdleTimeout
            | Self::TotalTimeout
            | Self::NotHttp
            | Self::MalformedHead
            | Self::HeadTooLarge
            | Self::TooManyFields
            | Self::InvalidLength
            | Self::ConflictingLengths
            | Self::LengthAndChunked
            | Self::UnsupportedCoding
            | Self::InvalidChunk
            | Self::ChunkOverflow
            | Self::ChunkExtensionTooLarge
            | Self::TrailersTooLarge
            | Self::BodyTooLarge
            | Self::TooManyInformational
            | Self::UnaskedUpgrade
            | Self::Desync
            | Self::NotHttp2
            | Self::Http2Protocol
            | Self::FlowControl
            | Self::HeaderCompression
            | Self::Http2Flood
            | Self::StreamReset
            | Self::GoAway
            | Self::WrongStatus
            | Self::WrongLength
            | Self::WrongHeader
            | Self::WrongBody
            | Self::WrongJson => Blame::Candidate,
        }
    }

    /// Whether a candidate asked for more than it can do may answer like this, or not at all: it
    /// sheds load, which is not wrong.
    pub const fn may_be_shedding(self) -> bool {
        matches!(
            self,
            Self::ConnectRefused
                | Self::ConnectTimeout
                | Self::Reset
                | Self::Closed
                | Self::FirstByteTimeout
                | Self::IdleTimeout
                | Self::TotalTimeout
                | Self::WrongStatus
        )
    }

    /// Whether the answer was read whole and only its content was wrong, so that the connection
    /// can go on.
    pub const fn is_check(self) -> bool {
        self as usize >= Self::WrongStatus as usize
    }
}

impl Blame {
    /// Its name in records and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Generator => "generator",
            Self::Host => "host",
        }
    }
}

/// Most evidence kept of one problem, in bytes as shown.
pub const EVIDENCE_BYTES_MAX: usize = 512;

/// How often each problem occurred, with the first evidence of each. Counting allocates nothing.
#[derive(Clone, Debug)]
pub struct Problems {
    counts: [u64; Problem::ALL.len()],
    evidence: Vec<Vec<u8>>,
}

impl Default for Problems {
    fn default() -> Self {
        let evidence = Problem::ALL.iter().map(|_| Vec::with_capacity(EVIDENCE_BYTES_MAX));
        Self { counts: [0; Problem::ALL.len()], evidence: evidence.collect() }
    }
}

impl Problems {
    /// Counts one, keeping the bytes at which it showed if it is the first.
    pub(crate) fn count(&mut self, problem: Problem, evidence: &[u8]) {
        self.show(problem, evidence);
        self.counts[problem as usize] += 1;
    }

    /// Keeps the bytes at which a problem showed, if it is the first, before it is counted.
    pub(crate) fn show(&mut self, problem: Problem, evidence: &[u8]) {
        let kept = &mut self.evidence[problem as usize];
        if kept.is_empty() {
            kept.extend_from_slice(&evidence[..evidence.len().min(EVIDENCE_BYTES_MAX)]);
        }
    }

    /// How often it occurred.
    pub fn of(&self, problem: Problem) -> u64 {
        self.counts[problem as usize]
    }

    /// How often any occurred.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Those that occurred, with count and escaped evidence (empty if there are no bytes to show).
    pub fn occurred(&self) -> impl Iterator<Item = (Problem, u64, String)> + '_ {
        Problem::ALL
            .into_iter()
            .filter(|&problem| 0 < self.of(problem))
            .map(|problem| (problem, self.of(problem), escape(&self.evidence[problem as usize])))
    }

    /// Adds what another shard counted.
    pub fn merge(&mut self, other: &Self) {
        for problem in Problem::ALL {
            let index = problem as usize;
            self.counts[index] += other.counts[index];
            if self.evidence[index].is_empty() {
                self.evidence[index].extend_from_slice(&other.evidence[index]);
            }
        }
    }
}

/// The bytes as text that no terminal obeys, at most [`EVIDENCE_BYTES_MAX`] of it.
pub fn escape(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for part in bytes.iter().map(|byte| byte.escape_ascii()) {
        if EVIDENCE_BYTES_MAX < shown.len() + part.len() {
            break;
        }
        shown.extend(part.map(char::from));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_place_and_a_name_of_its_own() {
        let mut names: Vec<&str> = Problem::ALL.iter().map(|problem| problem.name()).collect();
        for (index, problem) in Problem::ALL.into_iter().enumerate() {
            assert_eq!(problem as usize, index);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Problem::ALL.len());
    }

    #[test]
    fn evidence_is_harmless_and_short() {
        assert_eq!(escape(b"\x1b[2J\r\n"), r"\x1b[2J\r\n");
        assert!(escape(&[0; 4096]).len() <= EVIDENCE_BYTES_MAX);
    }
}
