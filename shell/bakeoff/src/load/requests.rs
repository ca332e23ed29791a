//! `--requests FILE`: several weighted requests, in TOML or as a plain list.

use std::collections::BTreeMap;
use std::path::Path;

use bakeoff_load::{Check, Payload, RequestShape, RequestTemplate, WeightedRequest};
use serde::Deserialize;

use super::checks;
use super::target::Url;
use crate::context::read_text;
use crate::failure::Failure;

/// A file of requests: `[[request]]` tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestFile {
    request: Vec<RequestEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestEntry {
    #[serde(default = "get")]
    method: String,
    path: String,
    #[serde(default = "one")]
    weight: u32,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_file: Option<String>,
    #[serde(default)]
    check: Vec<String>,
}

fn get() -> String {
    "GET".to_owned()
}

const fn one() -> u32 {
    1
}

/// Reads the requests of a file whose name ends in `.toml`, else of a list with lines
/// `METHOD PATH [body-file]`, in which a path may be a whole URL of the target, `authority`. Files
/// named in it lie beside it.
pub(crate) fn read(
    path: &Path,
    authority: &str,
    headers: &[(String, String)],
    checks: &[Check],
) -> Result<Vec<WeightedRequest>, Failure> {
    let text = read_text(path)?;
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let entries = if path.extension().is_some_and(|extension| extension == "toml") {
        toml::from_str::<RequestFile>(&text).map_err(|why| wrong(why.to_string()))?.request
    } else {
        list(&text, authority).map_err(wrong)?
    };
    if entries.is_empty() {
        return Err(wrong("no requests in it".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    entries.into_iter().map(|entry| request(entry, folder, headers, checks)).collect()
}

fn list(text: &str, authority: &str) -> Result<Vec<RequestEntry>, String> {
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (method, path, body_file) = match words.as_slice() {
            [] => continue,
            [first, ..] if first.starts_with('#') => continue,
            [method, path] => (*method, *path, None),
            [method, path, file] => (*method, *path, Some((*file).to_owned())),
            [_] | [_, _, _, ..] => {
                return Err(format!("line {}: write METHOD PATH [body-file]", index + 1));
            }
        };
        let path = path_at(path, authority).map_err(|why| format!("line {}: {why}", index + 1))?;
        entries.push(RequestEntry {
            method: method.to_owned(),
            path,
            weight: 1,
            headers: BTreeMap::new(),
            body: None,
            body_file,
            check: Vec::new(),
        });
    }
    Ok(entries)
}

/// The path of a line, which may be a whole URL of the target.
fn path_at(word: &str, authority: &str) -> Result<String, String> {
    if !word.contains("://") {
        return Ok(word.to_owned());
    }
    let url = Url::parse(word)?;
    if url.authority() == authority {
        return Ok(url.path);
    }
    // All requests go to one target: another's would be measured as if it were this one.
    Err(format!("`{word}` is not at the target {authority}"))
}

fn request(
    entry: RequestEntry,
    folder: &Path,
    headers: &[(String, String)],
    common: &[Check],
) -> Result<WeightedRequest, Failure> {
    let body = match (entry.body, entry.body_file) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage("a request has either `body` or `body_file`"));
        }
        (Some(text), None) => Payload::Template(text),
        (None, Some(file)) => {
            let path = folder.join(file);
            let bytes = std::fs::read(&path);
            Payload::Fixed(bytes.map_err(|why| {
                Failure::usage(format!("cannot read `{}`: {why}", path.display()))
            })?)
        }
        (None, None) => Payload::Empty,
    };
    let mut wanted = common.to_vec();
    for check in &entry.check {
        wanted.extend(checks::parse(check).map_err(Failure::usage)?);
    }
    let method = entry.method.to_ascii_uppercase();
    let mut fields = headers.to_vec();
    fields.extend(entry.headers);
    Ok(WeightedRequest {
        name: format!("{method} {}", entry.path),
        weight: entry.weight,
        shape: RequestShape::Template(RequestTemplate {
            method,
            path: entry.path,
            headers: fields,
            body,
            values: BTreeMap::new(),
        }),
        checks: wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(file: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        match read(&path, "h:1", &[], &[]) {
            Ok(requests) => requests.iter().map(|r| format!("{} x{}", r.name, r.weight)).collect(),
            Err(failure) => vec![failure.error.to_string().replace(path.to_str().unwrap(), "F")],
        }
    }

    #[test]
    fn both_kinds_of_file_are_read() {
        let list = "# two\nGET /a\nget http://h:1/b?c\n\nPOST http://h:1\n";
        assert_eq!(names("urls.txt", list), ["GET /a x1", "GET /b?c x1", "POST / x1"]);
        let toml = "[[request]]\npath = \"/a\"\nweight = 3\n[[request]]\nmethod = \"put\"\npath = \"/b\"\n";
        assert_eq!(names("r.toml", toml), ["GET /a x3", "PUT /b x1"]);
        assert_eq!(names("urls.txt", "GET\n"), ["F: line 1: write METHOD PATH [body-file]"]);
        let other = "GET /a\nGET http://h:12/\n";
        assert_eq!(
            names("urls.txt", other),
            ["F: line 2: `http://h:12/` is not at the target h:1"]
        );
        assert_eq!(names("urls.txt", "# none\n"), ["F: no requests in it"]);
    }
}
