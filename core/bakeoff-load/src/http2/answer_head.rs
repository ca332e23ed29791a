//! What the header block of an answer means (RFC 9113 §8.2, §8.3), and as the text that the checks
//! look at, the same as of HTTP/1.1.

use crate::head::{HEAD_FIELDS_MAX, number};
use crate::http2::hpack::{BlockError, BlockReader, Field};
use crate::http2::table::DynamicTable;
use crate::problem::Problem;
use crate::reader::HEAD_BYTES_MAX;

/// First line of the text until the status is known.
const FIRST_LINE: &[u8] = b"HTTP/2 000\r\n";
const STATUS_AT: usize = 7;

/// What a block says of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    pub(crate) status: u16,
    pub(crate) length: Option<u64>,
    /// `content-length` stands there twice, with the same value.
    pub(crate) repeated_length: bool,
}

/// Reads a block to its end, leaving its text in `text`. The inner problem is the answer's alone;
/// after the outer one nothing on the connection can be read.
pub(crate) fn read(
    block: &[u8],
    trailers: bool,
    table: &mut DynamicTable,
    text: &mut Vec<u8>,
) -> Result<Result<AnswerHead, Problem>, Problem> {
    text.clear();
    text.extend_from_slice(FIRST_LINE);
    let mut reader = BlockReader::new(block);
    let mut head = AnswerHead::default();
    let mut wrong = None;
    let (mut fields, mut regular) = (0, trailers);
    loop {
        let field = match reader.next(table, text, HEAD_BYTES_MAX) {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(BlockError::Invalid) => return Err(Problem::HeaderCompression),
            Err(BlockError::TooLarge) => return Err(Problem::HeadTooLarge),
        };
        fields += 1;
        if HEAD_FIELDS_MAX < fields {
            return Err(Problem::TooManyFields);
        }
        if field.name(text).starts_with(b":") {
            let status = (!regular && head.status == 0).then(|| status(field, text)).flatten();
            match status {
                Some(status) => head.status = status,
                None => wrong = wrong.or(Some(Problem::MalformedHead)),
            }
            if let Some(digits) = field.value(text).first_chunk::<3>().copied() {
                text[STATUS_AT..STATUS_AT + 3].copy_from_slice(&digits);
            }
            text.truncate(field.start);
        } else {
            regular = true;
            wrong = wrong.or(regular_field(field, text, &mut head).err());
            text.extend_from_slice(b"\r\n");
        }
    }
    text.extend_from_slice(b"\r\n");
    if head.status == 0 && !trailers {
        wrong = wrong.or(Some(Problem::MalformedHead));
    }
    Ok(wrong.map_or(Ok(head), Err))
}

fn status(field: Field, text: &[u8]) -> Option<u16> {
    let value: [u8; 3] = field.value(text).try_into().ok()?;
    if field.name(text) != b":status" || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let status = value.iter().fold(0, |status, digit| 10 * status + u16::from(digit - b'0'));
    (100 <= status).then_some(status)
}

fn regular_field(field: Field, text: &[u8], head: &mut AnswerHead) -> Result<(), Problem> {
    let (name, value) = (field.name(text), field.value(text));
    let lower = |byte: &u8| (b'!'..=b'~').contains(byte) && !byte.is_ascii_uppercase();
    if name.is_empty() || !name.iter().all(lower) || name.contains(&b':') {
        return Err(Problem::MalformedHead);
    }
    if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err(Problem::MalformedHead);
    }
    match name {
        b"connection" | b"proxy-connection" | b"keep-alive" | b"transfer-encoding" | b"upgrade" => {
            Err(Problem::MalformedHead)
        }
        b"content-length" => {
            let value = number(value)?;
            if head.length.is_some_and(|known| known != value) {
                return Err(Problem::ConflictingLengths);
            }
            head.repeated_length |= head.length.is_some();
            head.length = Some(value);
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http2::block::write_field;

    fn told(fields: &[(&str, &str)]) -> String {
        let (mut block, mut text) = (Vec::new(), Vec::new());
        for (name, value) in fields {
            write_field(&mut block, name, value.as_bytes());
        }
        match read(&block, false, &mut DynamicTable::new(), &mut text) {
            Ok(Ok(head)) => format!("{} {:?} {}", head.status, head.length, text.escape_ascii()),
            Ok(Err(problem)) => format!("answer: {}", problem.name()),
            Err(problem) => format!("connection: {}", problem.name()),
        }
    }

    #[test]
    fn an_answer_is_told_as_text() {
        insta::assert_snapshot!(
            told(&[(":status", "404"), ("content-length", "3"), ("x", "a: b")]),
            @r"404 Some(3) HTTP/2 404\r\ncontent-length: 3\r\nx: a: b\r\n\r\n"
        );
    }

    #[test]
    fn what_an_answer_may_not_say_is_refused() {
        let long = "x".repeat(40_000);
        let many = [("a", "b"); HEAD_FIELDS_MAX + 1];
        let status = (":status", "200");
        let cases: [&[(&str, &str)]; 15] = [
            &[("a", "b")],
            &[status, status],
            &[("a", "b"), status],
            &[status, (":path", "/")],
            &[(":status", "20")],
            &[(":status", "2000")],
            &[(":status", "099")],
            &[status, ("A", "b")],
            &[status, ("a", "b\nc")],
            &[status, ("connection", "close")],
            &[status, ("content-length", "-1")],
            &[status, ("content-length", "1"), ("content-length", "2")],
            &[status, ("a b", "c")],
            &[status, ("a", &long), ("b", &long)],
            &many,
        ];
        let told: Vec<String> = cases.iter().map(|fields| told(fields)).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: malformed-head
        answer: invalid-length
        answer: conflicting-lengths
        answer: malformed-head
        connection: head-too-large
        connection: too-many-fields
        ");
    }
}
