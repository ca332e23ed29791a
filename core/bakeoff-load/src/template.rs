//! Text with seeded holes: `/orders/{range:1..1000}`.
//!
//! `{range:A..B}` (both ends included), `{choice:a,b,c}`, `{sequence}` or `{sequence:A}`, `{uuid}`,
//! or `{name}` for a value that the request defines, which is then the same wherever the request
//! uses the name. `{{` and `}}` stand for braces.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::notes::Notes;
use crate::random::{Purpose, Random};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generator {
    /// A whole number from `first` to `last`, both included, all equally likely.
    Range {
        /// Smallest number.
        first: i64,
        /// Largest number; not below `first`.
        last: i64,
    },
    /// One of several texts, all equally likely (also: the lines of a file).
    Choice {
        /// The texts; not empty.
        of: Vec<String>,
    },
    /// `first` plus the number of the request: never the same twice in a run.
    Sequence {
        /// The first number.
        first: i64,
    },
    /// A random UUID (RFC 9562 §5.4), never the same twice in a run.
    Uuid,
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`.
    #[error("`{{` at byte {at} is never closed; write `{{{{` for a brace")]
    Unclosed {
        /// Where it stands.
        at: usize,
    },
    /// `}` without `{`.
    #[error("`}}` at byte {at} closes nothing; write `}}}}` for a brace")]
    Unopened {
        /// Where it stands.
        at: usize,
    },
    /// A hole that names nothing known.
    #[error(
        "`{{{hole}}}` is not a generator (range:1..9, choice:a,b, sequence, uuid) nor a value this request defines"
    )]
    Unknown {
        /// What stands between the braces.
        hole: String,
    },
    /// A range that is not two numbers in order.
    #[error("`{{{hole}}}` is not a range; write for example `{{range:1..1000}}`")]
    Range {
        /// What stands between the braces.
        hole: String,
    },
}

/// The values of one request, by number; those with a name are shared by all its templates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// What earlier steps of a scenario captured, by slot.
    pub(crate) captured: Vec<String>,
    names: BTreeMap<String, usize>,
    generators: Vec<Generator>,
}

/// A text with holes, each the number of a value in [`Values`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<[u8]>),
    Hole(usize),
    Captured(usize),
}

impl Values {
    pub(crate) fn new(defined: &BTreeMap<String, Generator>) -> Self {
        let names = defined.keys().cloned().enumerate().map(|(i, name)| (name, i)).collect();
        Self { captured: Vec::new(), names, generators: defined.values().cloned().collect() }
    }

    /// Whether every rendering is always the same.
    pub(crate) fn is_empty(&self) -> bool {
        self.generators.is_empty() && self.captured.is_empty()
    }

    /// Whether no two requests may be the same, so that none can be rendered in advance.
    pub(crate) fn is_unique(&self) -> bool {
        self.generators
            .iter()
            .any(|generator| matches!(generator, Generator::Sequence { .. } | Generator::Uuid))
    }

    fn resolve(&mut self, hole: &str) -> Result<Piece, TemplateError> {
        if let Some(&known) = self.names.get(hole) {
            return Ok(Piece::Hole(known));
        }
        if let Some(slot) = self.captured.iter().position(|name| name == hole) {
            return Ok(Piece::Captured(slot));
        }
        let (kind, argument) = hole.split_once(':').unwrap_or((hole, ""));
        let range_error = || TemplateError::Range { hole: hole.to_owned() };
        let generator = match kind {
            "range" => {
                let (first, last) = argument.split_once("..").ok_or_else(range_error)?;
                let first = first.trim().parse().map_err(|_| range_error())?;
                let last = last.trim().parse().map_err(|_| range_error())?;
                if last < first {
                    return Err(range_error());
                }
                Generator::Range { first, last }
            }
            "choice" if !argument.is_empty() => {
                Generator::Choice { of: argument.split(',').map(str::to_owned).collect() }
            }
            "sequence" if argument.is_empty() => Generator::Sequence { first: 0 },
            "sequence" => {
                Generator::Sequence { first: argument.trim().parse().map_err(|_| range_error())? }
            }
            "uuid" if argument.is_empty() => Generator::Uuid,
            _ => return Err(TemplateError::Unknown { hole: hole.to_owned() }),
        };
        self.generators.push(generator);
        Ok(Piece::Hole(self.generators.len() - 1))
    }
}

impl Template {
    /// Reads `text`, adding the generators written in it to `values`.
    pub(crate) fn parse(text: &str, values: &mut Values) -> Result<Self, TemplateError> {
        let bytes = text.as_bytes();
        let mut pieces = Vec::new();
        let mut plain = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            match (bytes[at], bytes.get(at + 1)) {
                (b'{', Some(b'{')) | (b'}', Some(b'}')) => {
                    plain.push(bytes[at]);
                    at += 2;
                }
                (b'{', _) => {
                    let length = text[at..].find('}').ok_or(TemplateError::Unclosed { at })?;
                    let hole = values.resolve(text[at + 1..at + length].trim())?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                    }
                    pieces.push(hole);
                    at += length + 1;
                }
                (b'}', _) => return Err(TemplateError::Unopened { at }),
                (byte, _) => {
                    plain.push(byte);
                    at += 1;
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        Ok(Self { pieces })
    }

    /// Text without holes, braces and all.
    pub(crate) fn literal(text: &[u8]) -> Self {
        Self { pieces: vec![Piece::Text(text.into())] }
    }

    /// The text, if there are no holes in it.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        match &self.pieces[..] {
            [] => Some(b""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends the text of request `number` to `out`; allocates only if `out` has no room.
    pub(crate) fn render(
        &self,
        values: &Values,
        seed: u64,
        number: u64,
        notes: &Notes,
        out: &mut Vec<u8>,
    ) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Captured(slot) => out.extend_from_slice(notes.captured(*slot)),
                Piece::Hole(hole) => {
                    let index = number.wrapping_mul(64).wrapping_add(*hole as u64);
                    let random = Random::at(seed, Purpose::Value, index);
                    values.generators[*hole].write(random, number, out);
                }
            }
        }
    }
}

impl Generator {
    fn write(&self, mut random: Random, number: u64, out: &mut Vec<u8>) {
        let written = match self {
            Self::Range { first, last } => {
                let span = last.abs_diff(*first);
                let offset = if span == u64::MAX { random.bits() } else { random.below(span + 1) };
                write!(out, "{}", first.wrapping_add_unsigned(offset))
            }
            Self::Choice { of } => {
                let chosen = &of[random.below(of.len() as u64) as usize];
                out.extend_from_slice(chosen.as_bytes());
                Ok(())
            }
            Self::Sequence { first } => write!(out, "{}", first.wrapping_add_unsigned(number)),
            Self::Uuid => {
                let high = random.bits() & 0xffff_ffff_ffff_0fff | 0x4000;
                let low = random.bits() >> 2 | 0x8000_0000_0000_0000;
                write!(
                    out,
                    "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                    high >> 32,
                    high >> 16 & 0xffff,
                    high & 0xffff,
                    low >> 48,
                    low & 0xffff_ffff_ffff
                )
            }
        };
        written.expect("writing to a vector does not fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn render(text: &str, number: u64) -> Result<String, TemplateError> {
        let defined =
            BTreeMap::from([("id".to_owned(), Generator::Range { first: 1, last: 1_000_000 })]);
        let mut values = Values::new(&defined);
        let template = Template::parse(text, &mut values)?;
        let mut out = Vec::new();
        template.render(&values, 7, number, Notes::NONE, &mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_named_value_is_the_same_wherever_it_is_used() {
        let text = render("{id} {id}", 3).unwrap();
        let (one, two) = text.split_once(' ').unwrap();
        assert_eq!(one, two);
        assert_ne!(render("{id}", 3), render("{id}", 4));
        assert_eq!(render("{id}", 3), render("{id}", 3));
    }

    #[test]
    fn every_generator_writes_its_form() {
        assert_eq!(render("a{{b}}c", 0).unwrap(), "a{b}c");
        assert_eq!(render("/x/{sequence:10}", 5).unwrap(), "/x/15");
        assert!(["a", "b"].contains(&render("{choice:a,b}", 1).unwrap().as_str()));
        let uuid = render("{uuid}", 9).unwrap();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
        assert!("89ab".contains(&uuid[19..20]));
        let number: i64 = render("{range:-5..5}", 2).unwrap().parse().unwrap();
        assert!((-5..=5).contains(&number));
    }

    #[test]
    fn a_wrong_template_says_what_is_wrong() {
        let errors: Vec<String> = ["/{", "/}", "/{nope}", "{range:9..1}", "{range:x}"]
            .iter()
            .map(|text| render(text, 0).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(errors.join("\n"), @r"
        `{` at byte 1 is never closed; write `{{` for a brace
        `}` at byte 1 closes nothing; write `}}` for a brace
        `{nope}` is not a generator (range:1..9, choice:a,b, sequence, uuid) nor a value this request defines
        `{range:9..1}` is not a range; write for example `{range:1..1000}`
        `{range:x}` is not a range; write for example `{range:1..1000}`
        ");
    }

    proptest! {
        #[test]
        fn any_text_either_parses_and_renders_or_says_why(text in ".{0,60}", number: u64) {
            if let Ok(out) = render(&text, number) {
                let may_vanish = !text.contains('{') || text.contains("choice:");
                prop_assert!(may_vanish || !out.is_empty());
            }
        }
    }
}
