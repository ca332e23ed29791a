//! `--check`: what each answer must satisfy, as written on the command line.

use bakeoff_load::Check;

/// Reads a check: `status=200`, `status=200-299`, `length=13`, `body=TEXT`, `blake3=HEX`,
/// `header=Name`, `header=Name: value`, `json=/pointer=VALUE`.
pub(crate) fn parse(text: &str) -> Result<Vec<Check>, String> {
    let (what, value) = text.split_once('=').ok_or_else(|| unknown(text))?;
    match what {
        "status" => status(value).map(|check| vec![check]),
        "length" => {
            let length =
                value.parse().map_err(|_| format!("`{value}` is not a length in bytes"))?;
            Ok(vec![Check::Length(length)])
        }
        "body" => Ok(vec![
            Check::Length(value.len() as u64),
            Check::Blake3(*blake3::hash(value.as_bytes()).as_bytes()),
        ]),
        "blake3" => {
            let hash = blake3::Hash::from_hex(value);
            let hash = hash.map_err(|_| format!("`{value}` is not a BLAKE3 hash in hex"))?;
            Ok(vec![Check::Blake3(*hash.as_bytes())])
        }
        "header" => {
            let (name, wanted) = match value.split_once(':') {
                Some((name, wanted)) => (name, Some(wanted.trim().to_owned())),
                None => (value, None),
            };
            Ok(vec![Check::Header { name: name.trim().to_owned(), value: wanted }])
        }
        "json" => {
            let split = value.split_once('=').filter(|(pointer, _)| pointer.starts_with('/'));
            let (pointer, text) =
                split.ok_or_else(|| format!("`{value}` is not like /items/0/id=42"))?;
            Ok(vec![Check::Json { pointer: pointer.to_owned(), text: text.to_owned() }])
        }
        _ => Err(unknown(text)),
    }
}

fn status(value: &str) -> Result<Check, String> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let number = |text: &str| text.parse::<u16>().ok().filter(|code| (100..600).contains(code));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Check::Status { first, last }),
        _ => Err(format!("`{value}` is not a status like 200 or 200-299")),
    }
}

fn unknown(text: &str) -> String {
    format!(
        "`{text}` is not a check; write status=200, length=13, body=TEXT, blake3=HEX, \
         header=Name: value or json=/pointer=VALUE"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_read_and_others_explained() {
        let header = |value: Option<&str>| Check::Header {
            name: "etag".to_owned(),
            value: value.map(str::to_owned),
        };
        assert_eq!(parse("status=200"), Ok(vec![Check::Status { first: 200, last: 200 }]));
        assert_eq!(parse("status=200-299"), Ok(vec![Check::Status { first: 200, last: 299 }]));
        assert_eq!(parse("header=etag"), Ok(vec![header(None)]));
        assert_eq!(parse("header=etag: x=1"), Ok(vec![header(Some("x=1"))]));
        assert_eq!(
            parse("json=/a/0=\"x=y\""),
            Ok(vec![Check::Json { pointer: "/a/0".into(), text: "\"x=y\"".into() }])
        );
        assert!(parse("body=hi").is_ok_and(|checks| checks[0] == Check::Length(2)));
        for wrong in ["status=9", "status=300-200", "length=x", "json=a=1", "colour=red", "x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
