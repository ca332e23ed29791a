//! Frames of HTTP/2 (RFC 9113 §4, §6): heads, kinds, flags, settings and error codes.

/// What a client says first (RFC 9113 §3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Length of a frame's head, in bytes.
pub(crate) const HEAD_BYTES: usize = 9;
/// Length of GOAWAY without words, in bytes.
pub(crate) const GO_AWAY_BYTES: usize = HEAD_BYTES + 8;
/// Longest payload that each side takes unless it says otherwise (RFC 9113 §6.5.2); we never do.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 16_384;
/// Largest flow-control window (RFC 9113 §6.9.1).
pub(crate) const WINDOW_MAX: i64 = 0x7fff_ffff;
/// Windows before anybody says otherwise (RFC 9113 §6.9.2).
pub(crate) const WINDOW_DEFAULT: i64 = 65_535;

/// The stream or headers end with this frame.
pub(crate) const END_STREAM: u8 = 0x1;
/// Of SETTINGS and PING.
pub(crate) const ACK: u8 = 0x1;
/// The header block ends with this frame.
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const PRIORITY: u8 = 0x20;

/// Numbers of settings (RFC 9113 §6.5.2).
pub(crate) mod setting {
    pub(crate) const ENABLE_PUSH: u16 = 0x2;
    pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 0x3;
    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 0x4;
    pub(crate) const MAX_FRAME_SIZE: u16 = 0x5;
    pub(crate) const MAX_HEADER_LIST_SIZE: u16 = 0x6;
}

/// Error codes (RFC 9113 §7).
pub(crate) mod code {
    use crate::problem::Problem;

    pub(crate) const NO_ERROR: u32 = 0x0;
    pub(crate) const CANCEL: u32 = 0x8;

    /// What is said of a problem that ends a connection; none if it ends otherwise, or if whoever
    /// is there does not speak HTTP/2 (RFC 9113 §3.4).
    pub(crate) const fn of(problem: Problem) -> Option<u32> {
        match problem {
            Problem::Http2Protocol => Some(0x1),
            Problem::FlowControl => Some(0x3),
            // Frames of a stream that is over (RFC 9113 §5.1).
            Problem::Desync => Some(0x5),
            Problem::HeaderCompression => Some(0x9),
            // More than is good for us.
            Problem::HeadTooLarge | Problem::Http2Flood => Some(0xb),
            Problem::ConnectRefused
            | Problem::ConnectTimeout
            | Problem::ConnectUnreachable
            | Problem::ConnectFailed
            | Problem::PortsExhausted
            | Problem::DescriptorsExhausted
            | Problem::TlsTimeout
            | Problem::TlsCertificate
            | Problem::TlsRefused
            | Problem::TlsClosed
            | Problem::TlsFailed
            | Problem::NoCommonProtocol
            | Problem::Reset
            | Problem::Closed
            | Problem::Incomplete
            | Problem::FirstByteTimeout
            | Problem::IdleTimeout
            | Problem::TotalTimeout
            | Problem::NotHttp
            | Problem::MalformedHead
            | Problem::TooManyFields
            | Problem::InvalidLength
            | Problem::ConflictingLengths
            | Problem::LengthAndChunked
            | Problem::UnsupportedCoding
            | Problem::InvalidChunk
            | Problem::ChunkOverflow
            | Problem::ChunkExtensionTooLarge
            | Problem::TrailersTooLarge
            | Problem::BodyTooLarge
            | Problem::TooManyInformational
            | Problem::UnaskedUpgrade
            | Problem::NotHttp2
            | Problem::StreamReset
            | Problem::GoAway
            | Problem::WrongStatus
            | Problem::WrongLength
            | Problem::WrongHeader
            | Problem::WrongBody
            | Problem::WrongJson => None,
        }
    }

    /// Its name, for people.
    pub(crate) const fn name(code: u32) -> &'static str {
        const NAMES: [&str; 14] = [
            "NO_ERROR",
            "PROTOCOL_ERROR",
            "INTERNAL_ERROR",
            "FLOW_CONTROL_ERROR",
            "SETTINGS_TIMEOUT",
            "STREAM_CLOSED",
            "FRAME_SIZE_ERROR",
            "REFUSED_STREAM",
            "CANCEL",
            "COMPRESSION_ERROR",
            "CONNECT_ERROR",
            "ENHANCE_YOUR_CALM",
            "INADEQUATE_SECURITY",
            "HTTP_1_1_REQUIRED",
        ];
        if code < NAMES.len() as u32 { NAMES[code as usize] } else { "an unknown code" }
    }
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Data,
    Headers,
    Priority,
    Reset,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    /// To be ignored (RFC 9113 §4.1).
    Unknown(u8),
}

impl Kind {
    pub(crate) const fn of(number: u8) -> Self {
        match number {
            0 => Self::Data,
            1 => Self::Headers,
            2 => Self::Priority,
            3 => Self::Reset,
            4 => Self::Settings,
            5 => Self::PushPromise,
            6 => Self::Ping,
            7 => Self::GoAway,
            8 => Self::WindowUpdate,
            9 => Self::Continuation,
            other => Self::Unknown(other),
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Data => 0,
            Self::Headers => 1,
            Self::Priority => 2,
            Self::Reset => 3,
            Self::Settings => 4,
            Self::PushPromise => 5,
            Self::Ping => 6,
            Self::GoAway => 7,
            Self::WindowUpdate => 8,
            Self::Continuation => 9,
            Self::Unknown(number) => number,
        }
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    /// Of the payload, in bytes.
    pub(crate) length: u32,
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
    /// 0 is the connection.
    pub(crate) stream: u32,
}

impl FrameHead {
    #[inline]
    pub(crate) const fn parse(bytes: &[u8; HEAD_BYTES]) -> Self {
        Self {
            length: u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]),
            kind: Kind::of(bytes[3]),
            flags: bytes[4],
            stream: u32::from_be_bytes([bytes[5], bytes[6], bytes[7], bytes[8]]) & 0x7fff_ffff,
        }
    }

    pub(crate) const fn bytes(&self) -> [u8; HEAD_BYTES] {
        let [_, l1, l2, l3] = self.length.to_be_bytes();
        let [s1, s2, s3, s4] = self.stream.to_be_bytes();
        [l1, l2, l3, self.kind.number(), self.flags, s1, s2, s3, s4]
    }

    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Appends a whole frame, whose payload fits one.
pub(crate) fn write(out: &mut Vec<u8>, kind: Kind, flags: u8, stream: u32, payload: &[u8]) {
    let length = payload.len() as u32;
    out.extend_from_slice(&FrameHead { length, kind, flags, stream }.bytes());
    out.extend_from_slice(payload);
}

/// Appends SETTINGS with these values.
pub(crate) fn write_settings(out: &mut Vec<u8>, settings: &[(u16, u32)]) {
    let length = 6 * settings.len() as u32;
    out.extend_from_slice(&FrameHead { length, kind: Kind::Settings, flags: 0, stream: 0 }.bytes());
    for (number, value) in settings {
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// Appends a frame whose payload is one number.
pub(crate) fn write_number(out: &mut Vec<u8>, kind: Kind, stream: u32, number: u32) {
    write(out, kind, 0, stream, &number.to_be_bytes());
}

/// GOAWAY without words (RFC 9113 §6.8): `last` is the largest stream of the peer's that was worked on.
pub(crate) const fn go_away(last: u32, code: u32) -> [u8; GO_AWAY_BYTES] {
    let head = FrameHead { length: 8, kind: Kind::GoAway, flags: 0, stream: 0 }.bytes();
    let mut frame = [0; GO_AWAY_BYTES];
    let (start, payload) = frame.split_at_mut(HEAD_BYTES);
    start.copy_from_slice(&head);
    let (first, second) = payload.split_at_mut(4);
    first.copy_from_slice(&last.to_be_bytes());
    second.copy_from_slice(&code.to_be_bytes());
    frame
}

/// Appends it.
pub(crate) fn write_go_away(out: &mut Vec<u8>, last: u32, code: u32) {
    out.extend_from_slice(&go_away(last, code));
}

/// Appends a header block as HEADERS and as many CONTINUATIONs as it takes.
pub(crate) fn write_headers(out: &mut Vec<u8>, stream: u32, end_stream: bool, block: &[u8]) {
    let (mut kind, mut flags) = (Kind::Headers, if end_stream { END_STREAM } else { 0 });
    let mut rest = block;
    while PAYLOAD_BYTES_MAX < rest.len() {
        let (part, after) = rest.split_at(PAYLOAD_BYTES_MAX);
        write(out, kind, flags, stream, part);
        (kind, flags, rest) = (Kind::Continuation, 0, after);
    }
    write(out, kind, flags | END_HEADERS, stream, rest);
}

/// The number in the first four bytes.
pub(crate) fn number(payload: &[u8]) -> Option<u32> {
    payload.first_chunk().map(|four| u32::from_be_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_head_is_what_it_was_written_from(
            length in 0_u32..1 << 24, kind: u8, flags: u8, stream in 0_u32..1 << 31,
        ) {
            let head = FrameHead { length, kind: Kind::of(kind), flags, stream };
            prop_assert_eq!(FrameHead::parse(&head.bytes()), head);
        }

        #[test]
        fn a_long_block_is_cut_into_frames_that_fit(length in 0_usize..70_000, end: bool) {
            let mut out = Vec::new();
            write_headers(&mut out, 5, end, &vec![7; length]);
            let (mut rest, mut whole, mut frames) = (&out[..], 0, 0);
            while let Some((head, after)) = rest.split_first_chunk() {
                let head = FrameHead::parse(head);
                prop_assert!(head.length as usize <= PAYLOAD_BYTES_MAX && head.stream == 5);
                prop_assert_eq!(head.kind == Kind::Headers, frames == 0);
                prop_assert_eq!(head.kind == Kind::Headers && head.has(END_STREAM), frames == 0 && end);
                (whole, frames) = (whole + head.length as usize, frames + 1);
                rest = &after[head.length as usize..];
                prop_assert_eq!(head.has(END_HEADERS), rest.is_empty());
            }
            prop_assert_eq!(whole, length);
        }
    }
}
