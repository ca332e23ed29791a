//! What the head of an HTTP/1.1 answer means: status, and where its body ends (RFC 9112 §6.3).

use std::mem::MaybeUninit;

use crate::problem::Problem;

/// Most header fields an answer may have.
pub const HEAD_FIELDS_MAX: usize = 100;

/// A parsed head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    /// The connection ends with this answer.
    pub(crate) close: bool,
    /// Lines end with LF alone.
    pub(crate) bare_lf: bool,
    /// `Content-Length` stands there twice, with the same value.
    pub(crate) repeated_length: bool,
    /// Length of the head, blank line included.
    pub(crate) bytes: u32,
}

/// Where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// Outcome of trying to read a head from the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Complete(Head),
    Partial,
}

/// Reads a head from the start of `bytes`; `to_head` says that the request was a HEAD.
pub(crate) fn parse(bytes: &[u8], to_head: bool) -> Result<Parsed, Problem> {
    let prefix = b"HTTP/1.";
    let seen = bytes.len().min(prefix.len());
    if bytes[..seen] != prefix[..seen] {
        return Err(Problem::NotHttp);
    }
    let mut fields = [const { MaybeUninit::uninit() }; HEAD_FIELDS_MAX];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let status = config
        .parse_response_with_uninit_headers(&mut response, bytes, &mut fields)
        .map_err(|error| match error {
            httparse::Error::TooManyHeaders => Problem::TooManyFields,
            httparse::Error::Version => Problem::NotHttp,
            httparse::Error::HeaderName
            | httparse::Error::HeaderValue
            | httparse::Error::NewLine
            | httparse::Error::Status
            | httparse::Error::Token => Problem::MalformedHead,
        })?;
    let httparse::Status::Complete(length) = status else { return Ok(Parsed::Partial) };
    let mut head = meaning(&response, to_head)?;
    head.bytes = length as u32;
    head.bare_lf = has_bare_lf(&bytes[..length]);
    Ok(Parsed::Complete(head))
}

fn meaning(response: &httparse::Response<'_, '_>, to_head: bool) -> Result<Head, Problem> {
    let status = response.code.unwrap_or(0);
    let mut close = response.version == Some(0);
    let mut length = None;
    let mut repeated_length = false;
    let mut chunked = false;
    for field in response.headers.iter() {
        if field.name.eq_ignore_ascii_case("content-length") {
            for part in field.value.split(|&byte| byte == b',') {
                let value = number(part.trim_ascii())?;
                repeated_length |= length.is_some();
                if length.is_some_and(|known| known != value) {
                    return Err(Problem::ConflictingLengths);
                }
                length = Some(value);
            }
        } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
            if !field.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err(Problem::UnsupportedCoding);
            }
            chunked = true;
        } else if field.name.eq_ignore_ascii_case("connection") {
            for part in field.value.split(|&byte| byte == b',') {
                let part = part.trim_ascii();
                close |= part.eq_ignore_ascii_case(b"close");
                close &= !part.eq_ignore_ascii_case(b"keep-alive");
            }
        }
    }
    if chunked && length.is_some() {
        return Err(Problem::LengthAndChunked);
    }
    if status == 101 {
        return Err(Problem::UnaskedUpgrade);
    }
    let bodiless = to_head || status < 200 || status == 204 || status == 304;
    if status == 204 && length.is_some_and(|length| 0 < length) {
        return Err(Problem::Desync);
    }
    let framing = match (length, chunked) {
        _ if bodiless => Framing::Length(0),
        (Some(length), _) => Framing::Length(length),
        (None, true) => Framing::Chunked,
        (None, false) => Framing::UntilClose,
    };
    close |= framing == Framing::UntilClose;
    Ok(Head { status, framing, close, bare_lf: false, repeated_length, bytes: 0 })
}

/// A decimal number that fits; neither sign nor space.
pub(crate) fn number(digits: &[u8]) -> Result<u64, Problem> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Problem::InvalidLength);
    }
    let mut value = 0_u64;
    for digit in digits {
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(digit - b'0')))
            .ok_or(Problem::InvalidLength)?;
    }
    Ok(value)
}

fn has_bare_lf(head: &[u8]) -> bool {
    let mut before = 0;
    head.iter().any(|&byte| {
        let bare = byte == b'\n' && before != b'\r';
        before = byte;
        bare
    })
}

/// The values of the header fields of a name, in the raw bytes of a head that was parsed before.
pub(crate) fn fields<'a>(head: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
    head.split(|&byte| byte == b'\n').skip(1).filter_map(move |line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        line[..colon].eq_ignore_ascii_case(name.as_bytes()).then(|| line[colon + 1..].trim_ascii())
    })
}

/// Whether a head, of which `bytes` is the beginning, ends within `bytes[from..]` (a little before
/// it is looked at too). Keeps reading a head byte by byte linear.
pub(crate) fn ends_within(bytes: &[u8], from: usize) -> bool {
    let tail = &bytes[from.saturating_sub(2)..];
    tail.windows(2).any(|pair| pair == b"\n\n") || tail.windows(3).any(|three| three == b"\n\r\n")
}
