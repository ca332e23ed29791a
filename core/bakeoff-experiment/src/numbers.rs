//! The numbers of one trial by metric, kept small: files hold millions of them.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::metric::metric;

/// One number a metric, in the order of the names: a fraction of what a tree of so few would take.
#[derive(Clone, Default, PartialEq)]
pub struct Numbers(Vec<(Name, f64)>);

/// The name of a metric: one that the program knows takes no memory of its own.
#[derive(Clone)]
enum Name {
    Known(&'static str),
    Other(Box<str>),
}

impl Name {
    fn of(name: &str) -> Self {
        match metric(name) {
            Some(metric) => Self::Known(metric.name),
            None => Self::Other(name.into()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Other(name) => name,
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a metric")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name::of(name))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl Numbers {
    fn place(&self, metric: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| name.text().cmp(metric))
    }

    /// The number of that metric.
    pub fn get(&self, metric: &str) -> Option<f64> {
        self.place(metric).ok().map(|place| self.0[place].1)
    }

    /// Whether there is a number of that metric.
    pub fn has(&self, metric: &str) -> bool {
        self.place(metric).is_ok()
    }

    /// Sets the number of a metric.
    pub fn set(&mut self, metric: &str, value: f64) {
        match self.place(metric) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (Name::of(metric), value)),
        }
    }

    /// Metrics and numbers, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.text(), *value))
    }

    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: AsRef<str>> FromIterator<(N, f64)> for Numbers {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(numbers: I) -> Self {
        let mut all = Self::default();
        for (metric, value) in numbers {
            all.set(metric.as_ref(), value);
        }
        all
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("numbers by metric")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
                let mut entries: Vec<(Name, f64)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    if entries.is_empty() {
                        // Most trials of a file have as many numbers as the first: two or more.
                        entries.reserve_exact(2);
                    }
                    entries.push(entry);
                }
                if entries.is_sorted_by(|a, b| a.0.text() < b.0.text()) {
                    return Ok(Numbers(entries));
                }
                // Of a name that is there twice the last counts, as in any JSON map.
                entries.sort_by(|a, b| a.0.text().cmp(b.0.text()));
                entries.reverse();
                entries.dedup_by(|later, earlier| later.0 == earlier.0);
                entries.reverse();
                Ok(Numbers(entries))
            }
        }

        deserializer.deserialize_map(Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_the_last_of_two_counts() {
        let numbers: Numbers = serde_json::from_str(r#"{"b":1.0,"a":2.0,"b":3.0}"#).unwrap();
        assert_eq!(numbers.iter().collect::<Vec<_>>(), [("a", 2.0), ("b", 3.0)]);
        assert_eq!((numbers.get("b"), numbers.has("c")), (Some(3.0), false));
        assert_eq!(serde_json::to_string(&numbers).unwrap(), r#"{"a":2.0,"b":3.0}"#);
    }
}
