//! Requests that say themselves how long their answers take: `/delay/{ms}`.

use std::time::Duration;

/// The longest time that can be asked for, in milliseconds.
const MS_MAX: u64 = 10_000;

/// What a request asks of the answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To come after this time, whatever else goes on.
    After(Duration),
    /// What there is not: it fails, at once.
    Refused,
}

impl Asked {
    /// What the request that begins with `head` asks for. Only `/delay/{ms}` asks for anything:
    /// a whole number of milliseconds up to [`MS_MAX`], or it is refused.
    pub(crate) fn of(head: &[u8]) -> Self {
        let path = head.split(|&byte| byte == b' ').nth(1).unwrap_or_default();
        let path = path.split(|&byte| byte == b'?').next().unwrap_or_default();
        let Some(ms) = path.strip_prefix(b"/delay/") else { return Self::After(Duration::ZERO) };
        let ms = std::str::from_utf8(ms).ok().and_then(|text| text.parse::<u64>().ok());
        ms.filter(|ms| *ms <= MS_MAX)
            .map_or(Self::Refused, |ms| Self::After(Duration::from_millis(ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_how_long_its_answer_takes_or_is_refused() {
        let after = |ms| Asked::After(Duration::from_millis(ms));
        for (line, asked) in [
            ("GET /delay/10 HTTP/1.1\r\n\r\n", after(10)),
            ("GET /delay/0?x=1 HTTP/1.1\r\n\r\n", after(0)),
            ("GET /delay/10000 HTTP/1.1\r\n\r\n", after(10_000)),
            ("GET /delay/10001 HTTP/1.1\r\n\r\n", Asked::Refused),
            ("GET /delay/-1 HTTP/1.1\r\n\r\n", Asked::Refused),
            ("GET /delay/ HTTP/1.1\r\n\r\n", Asked::Refused),
            ("GET /health HTTP/1.1\r\n\r\n", after(0)),
            ("", after(0)),
        ] {
            assert_eq!(Asked::of(line.as_bytes()), asked, "{line}");
        }
    }
}
