//! What a virtual user remembers from one answer to its next request: captured values and cookies.

use crate::head;
use crate::json;
use crate::problem::Problem;
use crate::request::CaptureFrom;

/// Longest value that is captured, in bytes.
pub const CAPTURE_BYTES_MAX: usize = 512;
/// Longest `Cookie` field that is kept, in bytes.
pub const COOKIE_BYTES_MAX: usize = 4096;

/// What a virtual user remembers. Remembering allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Notes {
    captured: Vec<Vec<u8>>,
    /// Value of the `Cookie` field; none if cookies are not asked for.
    cookies: Option<Vec<u8>>,
}

impl Notes {
    /// Nobody's: nothing captured, no cookies.
    pub(crate) const NONE: &'static Self = &Self { captured: Vec::new(), cookies: None };

    /// Room for `captures` values, and for cookies if they are asked for.
    pub(crate) fn new(captures: usize, cookies: bool) -> Self {
        Self {
            captured: (0..captures).map(|_| Vec::with_capacity(CAPTURE_BYTES_MAX)).collect(),
            cookies: cookies.then(|| Vec::with_capacity(COOKIE_BYTES_MAX)),
        }
    }

    /// A new user: forgets everything.
    pub(crate) fn clear(&mut self) {
        self.captured.iter_mut().for_each(Vec::clear);
        if let Some(cookies) = &mut self.cookies {
            cookies.clear();
        }
    }

    /// The value captured last in a slot.
    pub(crate) fn captured(&self, slot: usize) -> &[u8] {
        self.captured.get(slot).map_or(&[], Vec::as_slice)
    }

    /// The value of the `Cookie` field; empty if there is none to send.
    pub(crate) fn cookies(&self) -> &[u8] {
        self.cookies.as_deref().unwrap_or(&[])
    }

    /// Takes what is wanted from a head; says if a value is missing.
    pub(crate) fn take_head(
        &mut self,
        raw: &[u8],
        captures: &[Option<CaptureFrom>],
    ) -> Option<Problem> {
        let mut missing = None;
        for (capture, kept) in captures.iter().zip(&mut self.captured) {
            if let Some(CaptureFrom::Header { name }) = capture
                && !keep(kept, head::fields(raw, name).next())
            {
                missing = Some(Problem::WrongHeader);
            }
        }
        if let Some(cookies) = &mut self.cookies {
            for field in head::fields(raw, "set-cookie") {
                set_cookie(cookies, field);
            }
        }
        missing
    }

    /// Takes what is wanted from a JSON body; says if a value is missing.
    pub(crate) fn take_body(
        &mut self,
        body: &[u8],
        captures: &[Option<CaptureFrom>],
    ) -> Option<Problem> {
        let mut missing = None;
        for (capture, kept) in captures.iter().zip(&mut self.captured) {
            if let Some(CaptureFrom::Json { pointer }) = capture {
                // A string without its quotes: it is going into a path or another text.
                let value = json::at(body, pointer).map(|raw| {
                    raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")).unwrap_or(raw)
                });
                if !keep(kept, value) {
                    missing = Some(Problem::WrongJson);
                }
            }
        }
        missing
    }
}

/// Keeps a value that can be sent on: there, not too long, no control characters.
fn keep(kept: &mut Vec<u8>, value: Option<&[u8]>) -> bool {
    let sendable =
        |value: &&[u8]| value.len() <= CAPTURE_BYTES_MAX && !value.iter().any(u8::is_ascii_control);
    let Some(value) = value.filter(sendable) else { return false };
    kept.clear();
    kept.extend_from_slice(value);
    true
}

/// Puts a cookie into a `Cookie` field's value, in the place of one of the same name. Domain and
/// path do not matter to a user of one host; an age of zero removes (RFC 6265 §5.2, §5.3).
fn set_cookie(cookies: &mut Vec<u8>, field: &[u8]) {
    let mut parts = field.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let Some(pair) = parts.next().filter(|pair| !pair.iter().any(u8::is_ascii_control)) else {
        return;
    };
    let Some(equals) = pair.iter().position(|&byte| byte == b'=').filter(|&at| 0 < at) else {
        return;
    };
    let gone = parts.any(|part| {
        part.split_at_checked(8).is_some_and(|(name, age)| {
            name.eq_ignore_ascii_case(b"max-age=") && (age == b"0" || age.starts_with(b"-"))
        })
    });
    let name = &pair[..=equals];
    if let Some(at) = find(cookies, name) {
        let end =
            cookies[at..].iter().position(|&byte| byte == b';').map_or(cookies.len(), |length| {
                // With the separator after it.
                (at + length + 2).min(cookies.len())
            });
        cookies.drain(at..end);
        while cookies.ends_with(b" ") || cookies.ends_with(b";") {
            cookies.pop();
        }
    }
    if !gone && cookies.len() + 2 + pair.len() <= COOKIE_BYTES_MAX {
        if !cookies.is_empty() {
            cookies.extend_from_slice(b"; ");
        }
        cookies.extend_from_slice(pair);
    }
}

/// Where the cookie whose name and `=` are given begins.
fn find(cookies: &[u8], name: &[u8]) -> Option<usize> {
    let mut at = 0;
    for cookie in cookies.split(|&byte| byte == b';') {
        let padding = cookie.len() - cookie.trim_ascii_start().len();
        if cookie[padding..].starts_with(name) {
            return Some(at + padding);
        }
        at += cookie.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(fields: &[&str]) -> String {
        let mut cookies = Vec::new();
        for field in fields {
            set_cookie(&mut cookies, field.as_bytes());
        }
        String::from_utf8(cookies).unwrap()
    }

    #[test]
    fn cookies_are_kept_replaced_and_removed_by_name() {
        assert_eq!(jar(&["a=1; Path=/", "b=2; HttpOnly"]), "a=1; b=2");
        assert_eq!(jar(&["a=1", "b=2", "a=3"]), "b=2; a=3");
        assert_eq!(jar(&["a=1", "ab=2", "a=0; Max-Age=0"]), "ab=2");
        assert_eq!(jar(&["a=1", "b=2", "b=; max-age=-1"]), "a=1");
        assert_eq!(jar(&["", "=x", "novalue", "a=\u{1}"]), "");
        let long = format!("a={}", "x".repeat(COOKIE_BYTES_MAX));
        assert_eq!(jar(&["b=1", &long]), "b=1");
    }
}
