//! A table of the manifest with its known keys: typed reads that note every problem and go on.

use std::ops::Range;

use bakeoff_units::{Bytes, Ratio, parse_span};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::keys::Key;
use super::problem::{Collector, did_you_mean};

/// A value with its place.
pub(crate) type Value<'i> = Spanned<DeValue<'i>>;

/// What reading a file needs everywhere.
#[derive(Debug)]
pub(crate) struct Context<'t> {
    pub(crate) collector: Collector<'t>,
    /// The file did not parse: what is missing may only be unread.
    pub(crate) broken: bool,
}

/// A table with its known keys.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a, 'i, 'c> {
    pub(crate) cx: &'c Context<'c>,
    /// How people would name it: `candidates.rust-axum`.
    pub(crate) path: String,
    pub(crate) span: Range<usize>,
    pub(crate) table: &'a DeTable<'i>,
    keys: &'static [Key],
}

/// What a value is, for messages.
pub(crate) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// The finite number that a value says.
pub(crate) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok()? as f64
        }
        DeValue::Float(float) => float.as_str().parse().ok()?,
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// The whole number that a value says.
pub(crate) fn integer_of(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

impl Context<'_> {
    /// Notes that `value` is not what it should be.
    pub(crate) fn wrong(&self, value: &Value<'_>, path: &str, wanted: &str) {
        let mut found = kind_of(value.get_ref()).to_owned();
        if let DeValue::Float(float) = value.get_ref()
            && !float.as_str().parse::<f64>().is_ok_and(f64::is_finite)
        {
            "not a finite number".clone_into(&mut found);
        }
        self.collector.error(
            value.span(),
            format!("`{path}` must be {wanted}"),
            format!("this is {found}"),
            None,
        );
    }

    /// The text that `value` must be.
    pub(crate) fn text(&self, value: &Value<'_>, path: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(value, path, "a text");
        }
        text
    }

    /// The texts that `value` must be: one, or an array of them.
    pub(crate) fn texts(&self, value: &Value<'_>, path: &str) -> Vec<String> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| self.text(item, path)).collect()
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => self.text(value, path).into_iter().collect(),
        }
    }

    /// The share that `value` must be.
    pub(crate) fn share(&self, value: &Value<'_>, path: &str) -> Option<f64> {
        let ratio = match value.get_ref().as_str() {
            Some(text) => text.parse::<Ratio>().ok(),
            None => number_of(value.get_ref()).and_then(|number| Ratio::new(number).ok()),
        };
        if ratio.is_none() {
            self.wrong(value, path, "a share such as \"5%\" or 0.05");
        }
        ratio.map(Ratio::as_fraction)
    }

    /// The whole number from `min` to `max` that `value` must be.
    pub(crate) fn count(&self, value: &Value<'_>, path: &str, min: u32, max: u32) -> Option<u32> {
        let number = integer_of(value.get_ref())
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| (min..=max).contains(n));
        if number.is_none() {
            self.wrong(value, path, &format!("a whole number from {min} to {max}"));
        }
        number
    }
}

impl<'a, 'i, 'c> Section<'a, 'i, 'c> {
    /// The table that `value` must be; keys outside `keys` are problems.
    pub(crate) fn open(
        cx: &'c Context<'c>,
        path: impl Into<String>,
        value: &'a Value<'i>,
        keys: &'static [Key],
    ) -> Option<Self> {
        let section = Self::open_with_others(cx, path, value, keys)?;
        section.refuse_others(&[]);
        Some(section)
    }

    /// The same, leaving other keys to the caller.
    pub(crate) fn open_with_others(
        cx: &'c Context<'c>,
        path: impl Into<String>,
        value: &'a Value<'i>,
        keys: &'static [Key],
    ) -> Option<Self> {
        let path = path.into();
        let Some(table) = value.get_ref().as_table() else {
            cx.wrong(value, &path, "a table");
            return None;
        };
        let section = Self { cx, path, span: value.span(), table, keys };
        if !cx.broken {
            for key in keys.iter().filter(|key| key.required && !table.contains_key(key.name)) {
                section.missing(key.name);
            }
        }
        Some(section)
    }

    /// Notes every key that is neither known nor one of `others`.
    pub(crate) fn refuse_others(&self, others: &[&str]) {
        for (key, _) in self.others() {
            let name: &str = key.get_ref();
            if others.contains(&name) {
                continue;
            }
            if self.cx.collector.is_full() {
                self.cx.collector.error(0..0, "", "", None);
                continue;
            }
            let known = self.keys.iter().map(|key| key.name).chain(others.iter().copied());
            let help = did_you_mean(name, known.clone()).or_else(|| {
                let list: Vec<&str> = known.collect();
                (list.len() <= 24).then(|| format!("known here: {}", list.join(", ")))
            });
            let place =
                if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
            let shown: String = name.chars().take(60).collect();
            self.cx.collector.error(
                key.span(),
                format!("unknown key `{shown}`{place}"),
                "nothing reads this",
                help,
            );
        }
    }

    /// The entries under names that are not known keys.
    pub(crate) fn others(&self) -> Vec<(&'a Spanned<std::borrow::Cow<'i, str>>, &'a Value<'i>)> {
        let known = |name: &str| self.keys.iter().any(|key| key.name == name);
        let mut entries: Vec<_> =
            self.table.iter().filter(|(key, _)| !known(key.get_ref())).collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// Notes that a key should be here.
    pub(crate) fn missing(&self, key: &str) {
        let owner = if self.path.is_empty() {
            "the manifest".to_owned()
        } else {
            format!("`{}`", self.path)
        };
        self.cx.collector.error(
            self.span.start..self.span.start.max(self.span.end.min(self.span.start + 1)),
            format!("{owner} has no `{key}`"),
            format!("`{key}` is missing here"),
            self.keys.iter().find(|k| k.name == key).map(|k| k.doc.to_owned()),
        );
    }

    /// The value of a known key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value<'i>> {
        debug_assert!(
            self.keys.iter().any(|k| k.name == key),
            "`{key}` is not in the table of keys"
        );
        self.table.get(key)
    }

    /// How people would name a key of this table.
    pub(crate) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.cx.text(self.get(key)?, &self.name(key))
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(|value| self.cx.texts(value, &self.name(key))).unwrap_or_default()
    }

    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.cx.wrong(value, &self.name(key), "true or false");
        }
        found
    }

    pub(crate) fn count(&self, key: &str, min: u32, max: u32) -> Option<u32> {
        self.cx.count(self.get(key)?, &self.name(key), min, max)
    }

    /// A finite number within the bounds.
    pub(crate) fn number(&self, key: &str, least: f64, most: f64) -> Option<f64> {
        let value = self.get(key)?;
        let number = number_of(value.get_ref()).filter(|n| (least..=most).contains(n));
        if number.is_none() {
            self.cx.wrong(value, &self.name(key), &format!("a number from {least} to {most}"));
        }
        number
    }

    pub(crate) fn share(&self, key: &str) -> Option<f64> {
        self.cx.share(self.get(key)?, &self.name(key))
    }

    /// A length of time in seconds, above zero unless `zero` is allowed, at most a day.
    pub(crate) fn span(&self, key: &str, zero: bool) -> Option<f64> {
        let value = self.get(key)?;
        let seconds = value.get_ref().as_str().and_then(|text| parse_span(text).ok());
        let seconds = seconds.map(|span| span.as_secs_f64());
        let fits = seconds.filter(|s| *s <= 86400.0 && (zero || *s > 0.0));
        if fits.is_none() {
            let wanted = if seconds.is_some() {
                "a length of time above zero, at most a day"
            } else {
                "a length of time such as \"250ms\" or \"10s\""
            };
            self.cx.wrong(value, &self.name(key), wanted);
        }
        fits
    }

    /// An amount of bytes above zero.
    pub(crate) fn bytes(&self, key: &str) -> Option<u64> {
        let value = self.get(key)?;
        let bytes = match value.get_ref().as_str() {
            Some(text) => text.parse::<Bytes>().ok().map(Bytes::as_u64),
            None => integer_of(value.get_ref()).and_then(|n| u64::try_from(n).ok()),
        };
        let bytes = bytes.filter(|bytes| *bytes > 0);
        if bytes.is_none() {
            self.cx.wrong(value, &self.name(key), "an amount of memory such as \"512MiB\"");
        }
        bytes
    }

    /// Words of a closed list: one or an array.
    pub(crate) fn words(&self, key: &str, known: &'static [&'static str]) -> Vec<&'static str> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let items: Vec<&Value<'_>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => vec![value],
        };
        items.into_iter().filter_map(|item| self.word(item, key, known)).collect()
    }

    fn word(
        &self,
        value: &Value<'_>,
        key: &str,
        known: &'static [&'static str],
    ) -> Option<&'static str> {
        let text = self.cx.text(value, &self.name(key))?;
        let word = known.iter().find(|word| **word == text).copied();
        if word.is_none() {
            self.cx.collector.error(
                value.span(),
                format!("`{}` cannot be `{text}`", self.name(key)),
                "not one of the words known here",
                did_you_mean(&text, known.iter().copied())
                    .or_else(|| Some(format!("write one of: {}", known.join(", ")))),
            );
        }
        word
    }

    /// A table of texts.
    pub(crate) fn text_map(&self, key: &str) -> std::collections::BTreeMap<String, String> {
        let Some(value) = self.get(key) else { return std::collections::BTreeMap::default() };
        let Some(table) = value.get_ref().as_table() else {
            self.cx.wrong(value, &self.name(key), "a table of texts");
            return std::collections::BTreeMap::default();
        };
        table
            .iter()
            .filter_map(|(name, value)| {
                let text =
                    self.cx.text(value, &format!("{}.{}", self.name(key), name.get_ref()))?;
                Some((name.get_ref().to_string(), text))
            })
            .collect()
    }

    /// The array that the value of `key` must be.
    pub(crate) fn array(&self, key: &str) -> Option<&'a DeArray<'i>> {
        let value = self.get(key)?;
        let array = value.get_ref().as_array();
        if array.is_none() {
            self.cx.wrong(value, &self.name(key), "an array");
        }
        array
    }

    /// The named tables under `key`, in the order of the file.
    pub(crate) fn named(&self, key: &str) -> Vec<(Spanned<String>, &'a Value<'i>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.cx.wrong(value, &self.name(key), "a table of tables");
            return Vec::new();
        };
        in_order(table)
    }

    /// A command: an array of texts, or with `shell` one text for `sh -c`.
    pub(crate) fn command(&self, key: &str, shell: bool) -> Vec<String> {
        self.get(key).and_then(|value| self.one_command(value, key, shell)).unwrap_or_default()
    }

    /// One command or several.
    pub(crate) fn commands(&self, key: &str, shell: bool) -> Vec<Vec<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(items) if items.iter().any(|item| item.get_ref().is_array()) => {
                items.iter().filter_map(|item| self.one_command(item, key, shell)).collect()
            }
            Some(_) | None => self.one_command(value, key, shell).into_iter().collect(),
        }
    }

    fn one_command(&self, value: &Value<'_>, key: &str, shell: bool) -> Option<Vec<String>> {
        let name = self.name(key);
        if let Some(text) = value.get_ref().as_str() {
            if shell {
                return Some(vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()]);
            }
            let words: Vec<String> = text.split_whitespace().map(|w| format!("{w:?}")).collect();
            self.cx.collector.error(
                value.span(),
                format!("`{name}` must be an array of arguments"),
                "this is one text, and no shell takes it apart",
                Some(format!("write [{}], or set `shell = true`", words.join(", "))),
            );
            return None;
        }
        let Some(items) = value.get_ref().as_array() else {
            self.cx.wrong(value, &name, "an array of arguments");
            return None;
        };
        let command: Vec<String> = items.iter().filter_map(|i| self.cx.text(i, &name)).collect();
        if command.first().is_none_or(String::is_empty) {
            self.cx.wrong(value, &name, "an array of arguments that begins with a program");
            return None;
        }
        Some(command)
    }
}

/// The entries of a table in the order of the file.
pub(crate) fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(Spanned<String>, &'a Value<'i>)> {
    let mut entries: Vec<(Spanned<String>, &Value<'_>)> = table
        .iter()
        .map(|(key, value)| (Spanned::new(key.span(), key.get_ref().to_string()), value))
        .collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A value as JSON; `None` for dates and numbers that JSON cannot say.
pub(crate) fn json_of(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => serde_json::Value::String(text.to_string()),
        DeValue::Integer(_) => integer_of(value)?.into(),
        DeValue::Float(_) => serde_json::Number::from_f64(number_of(value)?)?.into(),
        DeValue::Boolean(yes) => (*yes).into(),
        DeValue::Datetime(_) => return None,
        DeValue::Array(items) => {
            items.iter().map(|item| json_of(item.get_ref())).collect::<Option<Vec<_>>>()?.into()
        }
        DeValue::Table(table) => serde_json::Value::Object(
            in_order(table)
                .into_iter()
                .map(|(key, value)| Some((key.into_inner(), json_of(value.get_ref())?)))
                .collect::<Option<serde_json::Map<_, _>>>()?,
        ),
    })
}
