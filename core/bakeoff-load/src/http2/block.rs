//! Header blocks as we write them: static indices and literals that no table remembers, so that the
//! same bytes mean the same on every connection and can be made in advance.

use crate::http2::table::STATIC;

/// A literal that is not to be remembered (RFC 7541 §6.2.2).
const LITERAL: u8 = 0x00;
/// An entry of a table (RFC 7541 §6.1).
const INDEXED: u8 = 0x80;

/// Appends a number whose first byte has `prefix` bits of it and `pattern` above (RFC 7541 §5.1).
fn write_integer(out: &mut Vec<u8>, pattern: u8, prefix: u32, number: usize) {
    let full = (1_usize << prefix) - 1;
    if number < full {
        out.push(pattern | number as u8);
        return;
    }
    out.push(pattern | full as u8);
    let mut rest = number - full;
    while 128 <= rest {
        out.push(rest as u8 | 128);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Appends a field.
pub(crate) fn write_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    let whole = |entry: &(&str, &str)| entry.0 == name && entry.1.as_bytes() == value;
    if let Some(place) = STATIC.iter().position(whole).filter(|_| !value.is_empty()) {
        write_integer(out, INDEXED, 7, place + 1);
        return;
    }
    write_name(out, name);
    write_integer(out, 0, 7, value.len());
    out.extend_from_slice(value);
}

/// Appends a literal field up to its value.
pub(crate) fn write_name(out: &mut Vec<u8>, name: &str) {
    if let Some(place) = STATIC.iter().position(|entry| entry.0 == name) {
        write_integer(out, LITERAL, 4, place + 1);
    } else {
        out.push(LITERAL);
        write_integer(out, 0, 7, name.len());
        out.extend_from_slice(name.as_bytes());
    }
}

/// Appends a value that `fill` appends, whatever its length.
pub(crate) fn write_value(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.push(0);
    fill(out);
    let length = out.len() - start - 1;
    if length < 127 {
        out[start] = length as u8;
        return;
    }
    // The length takes more bytes: from the end to before the value, without another buffer.
    let end = out.len();
    write_integer(out, 0, 7, length);
    let digits = out.len() - end;
    out[start + 1..].rotate_right(digits);
    out.remove(start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http2::hpack::tests::fields_of;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_written_as_the_rfc_shows() {
        // RFC 7541, appendix C.1.
        for (prefix, number, bytes) in
            [(5, 10, &[0x0a][..]), (5, 1337, &[0x1f, 0x9a, 0x0a]), (8, 42, &[0x2a])]
        {
            let mut out = Vec::new();
            write_integer(&mut out, 0, prefix, number);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn a_plain_request_is_short() {
        let mut out = Vec::new();
        for (name, value) in [(":method", "GET"), (":scheme", "http"), (":path", "/")] {
            write_field(&mut out, name, value.as_bytes());
        }
        assert_eq!(out, [0x82, 0x86, 0x84]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            fields in proptest::collection::vec(("[a-z-]{1,200}", "[ -~]{0,300}"), 0..8),
        ) {
            let (mut one, mut two) = (Vec::new(), Vec::new());
            for (name, value) in &fields {
                write_field(&mut one, name, value.as_bytes());
                write_name(&mut two, name);
                write_value(&mut two, |out| out.extend_from_slice(value.as_bytes()));
            }
            prop_assert_eq!(fields_of(&one), Ok(fields.clone()));
            prop_assert_eq!(fields_of(&two), Ok(fields));
        }
    }
}
