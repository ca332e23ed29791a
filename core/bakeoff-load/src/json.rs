//! One value out of a JSON text by its pointer (RFC 6901), without building the tree.

/// The raw text of the value at `pointer` (`""` is the whole, `/a/0` goes down), if `text` has it.
/// Checks only as much of the grammar as it must walk over.
pub(crate) fn at<'a>(text: &'a [u8], pointer: &str) -> Option<&'a [u8]> {
    let mut rest = space(text);
    if !pointer.is_empty() {
        for token in pointer.strip_prefix('/')?.split('/') {
            rest = match rest.first()? {
                b'{' => member(rest, token)?,
                b'[' => element(rest, token)?,
                _ => return None,
            };
        }
    }
    let after = skip(rest)?;
    Some(&rest[..rest.len() - after.len()])
}

fn space(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// The text from the value of member `token` on.
fn member<'a>(object: &'a [u8], token: &str) -> Option<&'a [u8]> {
    let mut rest = space(&object[1..]);
    loop {
        let after_name = skip_string(rest)?;
        let name = &rest[1..rest.len() - after_name.len() - 1];
        let value = space(space(after_name).strip_prefix(b":")?);
        if is_name(name, token) {
            return Some(value);
        }
        rest = space(space(skip(value)?).strip_prefix(b",")?);
    }
}

/// Whether a raw member name is the token. Names with escapes match only if written alike.
fn is_name(name: &[u8], token: &str) -> bool {
    let mut unescaped = token.as_bytes();
    for &byte in name {
        let (first, length) = match unescaped {
            [b'~', b'0', ..] => (b'~', 2),
            [b'~', b'1', ..] => (b'/', 2),
            [first, ..] => (*first, 1),
            [] => return false,
        };
        if first != byte {
            return false;
        }
        unescaped = &unescaped[length..];
    }
    unescaped.is_empty()
}

/// The text from element `token` on.
fn element<'a>(array: &'a [u8], token: &str) -> Option<&'a [u8]> {
    let index: usize = token.parse().ok()?;
    let mut rest = space(&array[1..]);
    if rest.first() == Some(&b']') {
        return None;
    }
    for _ in 0..index {
        rest = space(space(skip(rest)?).strip_prefix(b",")?);
    }
    Some(rest)
}

/// The text after one value. Nesting is counted, not recursed into: depth costs nothing.
fn skip(value: &[u8]) -> Option<&[u8]> {
    let mut rest = value;
    let mut depth = 0_usize;
    loop {
        rest = space(rest);
        rest = match rest.first()? {
            b'"' => skip_string(rest)?,
            b'{' | b'[' => {
                depth += 1;
                &rest[1..]
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                &rest[1..]
            }
            b',' | b':' if 0 < depth => &rest[1..],
            _ => {
                let is_end = |byte: &u8| b",:]}[{\"".contains(byte) || byte.is_ascii_whitespace();
                let length = rest.iter().position(is_end).unwrap_or(rest.len());
                if length == 0 {
                    return None;
                }
                &rest[length..]
            }
        };
        if depth == 0 {
            return Some(rest);
        }
    }
}

fn skip_string(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        let at = rest.iter().position(|byte| b"\"\\".contains(byte))?;
        let special = rest[at];
        rest = &rest[at + 1..];
        if special == b'"' {
            return Some(rest);
        }
        rest = rest.get(1..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_what_the_pointer_names() {
        let text = br#" {"a": [1, {"b": "x\"y"}, [ ]], "c/d": -2.5e3 , "e": null} "#;
        let found =
            |pointer| at(text, pointer).map(|raw| String::from_utf8_lossy(raw).into_owned());
        assert_eq!(found("/a/0").as_deref(), Some("1"));
        assert_eq!(found("/a/1/b").as_deref(), Some(r#""x\"y""#));
        assert_eq!(found("/a/2").as_deref(), Some("[ ]"));
        assert_eq!(found("/c~1d").as_deref(), Some("-2.5e3"));
        assert_eq!(found("/e").as_deref(), Some("null"));
        for missing in ["/b", "/a/3", "/a/x", "/e/0", "a"] {
            assert_eq!(found(missing), None, "{missing}");
        }
        assert_eq!(at(b"[7]", ""), Some(&b"[7]"[..]));
    }

    proptest! {
        #[test]
        fn any_text_is_walked_without_harm(text in "[\\[\\]{}\",:a0\\\\ ]{0,80}", pointer in "(/[a0]){0,3}") {
            if let Some(found) = at(text.as_bytes(), &pointer) {
                prop_assert!(text.as_bytes().windows(found.len().max(1)).any(|part| part == found));
            }
        }
    }
}
