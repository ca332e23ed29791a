//! The database that candidates keep their data in, and what each request costs it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::experiment::{Candidate, Experiment};
use crate::workload::Workload;

/// Where the URL of a start's own database is filled in, in a candidate's `run` and `env`.
pub const DATABASE_HOLE: &str = "{database}";

/// Where the number of connections is filled in that it may hold.
pub const POOL_HOLE: &str = "{pool}";

/// The PostgreSQL server that candidates keep their data in. Each start of a candidate gets a
/// database of its own there, which is dropped when it has stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Database {
    /// The server, and the database from which others are made and its counters are read.
    pub url: DatabaseUrl,
    /// Connections that a candidate may hold.
    pub pool: u32,
    /// SQL that fills a fresh database before the candidate starts; empty if it begins empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prepare: String,
    /// What to tell someone who has no such server.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// What one request costs the database, as the server counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DatabaseCost {
    /// Statements executed.
    pub queries: u32,
    /// Rows they gave or changed; `None` if nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

/// A database of a PostgreSQL server on this machine: `postgres://USER[:PASSWORD]@HOST[:PORT]/NAME`,
/// with or without parameters behind a `?`. Its host is a loopback address or `localhost`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseUrl {
    login: String,
    host: String,
    port: u16,
    name: String,
    parameters: String,
}

/// PostgreSQL's port (its documentation, `port`).
const PORT: u16 = 5432;

/// Why a text is not the URL of a database that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// It has another form.
    #[error("a database is named as \"postgres://user@127.0.0.1:5432/name\"")]
    Form,
    /// It is elsewhere.
    #[error("only a server on this machine may be loaded: 127.0.0.1, [::1] or localhost")]
    Host,
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = InvalidDatabaseUrl::Form;
        let sound = text.chars().all(|c| c.is_ascii_graphic());
        let rest = ["postgres://", "postgresql://"].iter().find_map(|s| text.strip_prefix(s));
        let rest = rest.filter(|_| sound).ok_or(form)?;
        let (rest, parameters) = match rest.split_once('?') {
            Some((rest, parameters)) => (rest, parameters),
            None => (rest, ""),
        };
        let (authority, name) = rest.split_once('/').ok_or(form)?;
        let (login, place) = authority.rsplit_once('@').ok_or(form)?;
        // The port follows the last colon, unless that is one of an IPv6 address in brackets.
        let (host, port) = match place.rsplit_once(':').filter(|_| !place.ends_with(']')) {
            Some((host, port)) => (host, port.parse().map_err(|_| form)?),
            None => (place, PORT),
        };
        if login.is_empty() || name.is_empty() || name.contains('/') || port == 0 {
            return Err(form);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let here = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        // A parameter could name another host.
        let elsewhere = parameters.split('&').any(|one| one.starts_with("host"));
        if !(here || host == "localhost") || elsewhere {
            return Err(InvalidDatabaseUrl::Host);
        }
        Ok(Self {
            login: login.to_owned(),
            host: host.to_owned(),
            port,
            name: name.to_owned(),
            parameters: parameters.to_owned(),
        })
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = InvalidDatabaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DatabaseUrl> for String {
    fn from(url: DatabaseUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for DatabaseUrl {
    /// The whole URL, with the password if it has one: for programs. For people:
    /// [`DatabaseUrl::place`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@{}:{}/{}", self.login, self.host, self.port, self.name)?;
        if self.parameters.is_empty() { Ok(()) } else { write!(f, "?{}", self.parameters) }
    }
}

impl DatabaseUrl {
    /// Another database of the same server.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// Where the server listens, for people.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Database {
    /// What it is, for people.
    pub fn describe(&self) -> String {
        format!("PostgreSQL at {}, {} connections a candidate", self.url.place(), self.pool)
    }
}

impl Experiment {
    /// The workloads whose requests say what they cost the database.
    pub fn counted_workloads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|workload| workload.is_counted())
    }
}

impl Workload {
    /// Whether its requests say what they cost the database.
    pub fn is_counted(&self) -> bool {
        self.requests.iter().any(|request| request.cost.is_some())
    }
}

impl Candidate {
    /// Whether it is told of a database.
    pub fn uses_database(&self) -> bool {
        self.run.iter().chain(self.env.values()).any(|text| text.contains(DATABASE_HOLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_as_it_is_written_and_names_databases_of_its_server() {
        for text in [
            "postgres://me@127.0.0.1:54329/postgres",
            "postgres://me:p@ss@localhost:5432/x?sslmode=disable",
            "postgres://me@[::1]:5433/x",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
            let other = url.named("other");
            assert_eq!(other.place(), url.place());
            assert_eq!(other.to_string().parse(), Ok(other));
        }
        let short: DatabaseUrl = "postgresql://me@[::1]/x".parse().unwrap();
        assert_eq!(short.to_string(), "postgres://me@[::1]:5432/x");
        let url: DatabaseUrl = "postgres://me:secret@127.0.0.1/x".parse().unwrap();
        assert!(!url.place().contains("secret"), "people are not shown it");
    }

    #[test]
    fn only_a_database_on_this_machine_is_one() {
        use InvalidDatabaseUrl::{Form, Host};
        for (text, why) in [
            ("mysql://me@127.0.0.1/x", Form),
            ("postgres://127.0.0.1/x", Form),
            ("postgres://me@127.0.0.1", Form),
            ("postgres://me@127.0.0.1/", Form),
            ("postgres://me@127.0.0.1/x/y", Form),
            ("postgres://me@127.0.0.1:0/x", Form),
            ("postgres://me@127.0.0.1:many/x", Form),
            ("postgres://me@127.0.0.1/x y", Form),
            ("postgres://me@db.example.com/x", Host),
            ("postgres://me@10.0.0.1/x", Host),
            ("postgres://me@127.0.0.1.example.com/x", Host),
            ("postgres://me@127.0.0.1/x?host=10.0.0.1", Host),
            ("postgres://me@127.0.0.1/x?a=b&hostaddr=10.0.0.1", Host),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(why), "{text}");
        }
    }
}
