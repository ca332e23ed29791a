//! The database of a start: made for it, counted by the server, dropped after it.
//!
//! What is counted is the server's own: `pg_stat_statements`, by the database that a statement ran
//! in. Each start has a database of its own and we read from another one, so that what we ask is
//! never counted as the candidate's (FIELD.md, fairness rule 3).

use std::fs;
use std::str::FromStr;
use std::time::Duration;

use bakeoff_experiment::database::{Database, DatabaseUrl, InvalidDatabaseUrl};
use bakeoff_experiment::experiment::Candidate;
use bakeoff_experiment::record::{BuildOutcome, BuildRecord};
use bakeoff_experiment::workload::Workload;
use bakeoff_load::RequestCount;
use postgres::{Client, Config, NoTls};

use crate::environment::Environment;
use crate::trial::chain;

/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long one statement of ours may take, as the server is told; filling a database is one.
const SETTINGS: &str = "-c statement_timeout=60s -c client_min_messages=warning";

/// The counters of one database, and who is connected to it.
const COUNTERS: &str = "
    select
        coalesce(sum(s.calls), 0)::bigint,
        coalesce(sum(s.rows), 0)::bigint,
        (select count(*) from pg_stat_activity a
         where a.datid = d.oid and a.backend_type = 'client backend')
    from pg_database d left join pg_stat_statements s on s.dbid = d.oid
    where d.datname = $1
    group by d.oid";

/// Why the database could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// `BAKEOFF_DATABASE` does not name one.
    #[error("`BAKEOFF_DATABASE`")]
    Variable(#[from] InvalidDatabaseUrl),
    /// Nobody answers there, or not us.
    #[error("no PostgreSQL for us at {place}")]
    Connect {
        /// Where.
        place: String,
        /// What the client said.
        source: postgres::Error,
    },
    /// It counts no statements.
    #[error(
        "PostgreSQL at {place} counts no statements: it needs \
             `shared_preload_libraries = 'pg_stat_statements'`"
    )]
    Uncounted {
        /// Where.
        place: String,
        /// What the server said.
        source: postgres::Error,
    },
    /// A statement failed.
    #[error("PostgreSQL, {what}")]
    Statement {
        /// What it was for.
        what: &'static str,
        /// What the server said.
        source: postgres::Error,
    },
}

/// The server that a run's candidates keep their data in.
#[derive(Clone, Debug)]
pub struct Server {
    database: Database,
    /// Its URL, or that of `BAKEOFF_DATABASE`.
    url: Result<DatabaseUrl, InvalidDatabaseUrl>,
    /// How the names of this run's databases begin.
    prefix: String,
}

/// A database of its own for one start; dropped with this value.
#[derive(Debug)]
pub struct Fresh {
    url: DatabaseUrl,
    /// Where it was made from, and its counters are read.
    admin: DatabaseUrl,
    name: String,
    pool: u32,
    /// What the server said of itself when it was made.
    about: String,
}

/// What the server counted of one database since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Statements executed.
    pub queries: i64,
    /// Rows they gave or changed.
    pub rows: i64,
    /// Connections that are open now.
    pub connections: i64,
}

/// What a load cost the database, against what its requests say they cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests answered.
    pub answers: u64,
    /// Statements, as the server counted them.
    pub queries: Counted,
    /// Rows, if the requests say how many.
    pub rows: Option<Counted>,
    /// Connections that were open when the load had ended.
    pub connections: u64,
    /// Connections that the candidate may hold.
    pub pool: u64,
}

/// A counter and what it should say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What it says.
    pub seen: i64,
    /// What the answered requests cost.
    pub least: i64,
    /// What all that were sent cost: of one that failed nobody knows how far it got.
    pub most: i64,
}

impl Counted {
    /// Whether the counter says what it should. There is no margin.
    pub fn matches(self) -> bool {
        (self.least..=self.most).contains(&self.seen)
    }
}

impl Server {
    /// The server of a manifest, or the one that `BAKEOFF_DATABASE` names, for the run of this
    /// environment.
    pub fn new(database: &Database, environment: &Environment) -> Self {
        let database = database.clone();
        let url = environment.database.as_ref();
        let url = url.map_or_else(|| Ok(database.url.clone()), |url| url.parse());
        Self { database, url, prefix: format!("bakeoff_{}_", short(&environment.run)) }
    }

    /// Whether it can be used, and counts.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] if not.
    pub fn reach(&self) -> Result<(), DatabaseError> {
        let url = self.url.clone()?;
        let mut client = connect(&url)?;
        let uncounted = |source| DatabaseError::Uncounted { place: url.place(), source };
        client
            .batch_execute("create extension if not exists pg_stat_statements")
            .map_err(uncounted)?;
        client.query("select 1 from pg_stat_statements limit 1", &[]).map_err(uncounted)?;
        Ok(())
    }

    /// Makes a database for the start of this name and fills it.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`]; then none is left.
    pub(crate) fn fresh(&self, start: &str) -> Result<Fresh, DatabaseError> {
        let admin = self.url.clone()?;
        let mut client = connect(&admin)?;
        let name = format!("{}{}", self.prefix, short(start));
        drop_database(&mut client, &name)?;
        let said = |what| move |source| DatabaseError::Statement { what, source };
        // From template0, to which nobody is connected: making one waits for nobody.
        client
            .batch_execute(&format!("create database {name} template template0"))
            .map_err(said("making a database"))?;
        let row = client
            .query_one("select current_setting('server_version'), pg_backend_pid()", &[])
            .map_err(said("asked for its version"))?;
        let (version, backend): (String, i32) = (row.get(0), row.get(1));
        let pool = self.database.pool;
        let about = format!(
            "PostgreSQL {version} at {}{}; {pool} connections, a database a start",
            admin.place(),
            processors_of(backend)
        );
        let fresh = Fresh { url: admin.named(&name), admin, name, pool, about };
        if !self.database.prepare.is_empty() {
            let mut own = connect(&fresh.url)?;
            own.batch_execute(&self.database.prepare).map_err(said("running `prepare`"))?;
        }
        Ok(fresh)
    }
}

fn connect(url: &DatabaseUrl) -> Result<Client, DatabaseError> {
    let failed = |source| DatabaseError::Connect { place: url.place(), source };
    let mut config = Config::from_str(&url.to_string()).map_err(failed)?;
    config.connect_timeout(CONNECT_WITHIN).application_name("bakeoff").options(SETTINGS);
    config.connect(NoTls).map_err(failed)
}

/// Where the server's process of this id may run, as far as it can be seen from here.
fn processors_of(backend: i32) -> String {
    let status = fs::read_to_string(format!("/proc/{backend}/status")).unwrap_or_default();
    let mut lines = status.lines();
    let cpus = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    cpus.map_or(String::new(), |cpus| format!(" on CPU {}", cpus.trim()))
}

/// Drops a database of ours, whoever is connected to it, and what was counted of it.
fn drop_database(client: &mut Client, name: &str) -> Result<(), DatabaseError> {
    let said = |source| DatabaseError::Statement { what: "dropping a database", source };
    let reset = "select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = $1";
    client.execute(reset, &[&name]).map_err(said)?;
    client.batch_execute(&format!("drop database if exists {name} with (force)")).map_err(said)
}

/// Letters and digits that stand for `text` in the name of a database, which has at most 63.
fn short(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
}

impl Fresh {
    /// Its URL, for the candidate.
    pub(crate) fn url(&self) -> String {
        self.url.to_string()
    }

    /// Connections that the candidate may hold.
    pub(crate) fn pool(&self) -> u32 {
        self.pool
    }

    /// What it is and where, for people.
    pub(crate) fn about(&self) -> &str {
        &self.about
    }

    /// What the server has counted so far.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] if it cannot be asked.
    pub(crate) fn counters(&self) -> Result<Counters, DatabaseError> {
        let said = |source| DatabaseError::Statement { what: "asked for its counters", source };
        let mut client = connect(&self.admin)?;
        let row = client.query_one(COUNTERS, &[&self.name]).map_err(said)?;
        Ok(Counters { queries: row.get(0), rows: row.get(1), connections: row.get(2) })
    }

    /// What the requests of `workload` have cost since `before`.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] if the server cannot be asked.
    pub(crate) fn spent(
        &self,
        before: Counters,
        workload: &Workload,
        asked: &[RequestCount],
    ) -> Result<Spent, DatabaseError> {
        Ok(Spent::between(before, self.counters()?, workload, asked, self.pool()))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // One that stays behind is on a server of its own, under a name that the same start drops.
        if let Ok(mut client) = connect(&self.admin) {
            let _ = drop_database(&mut client, &self.name);
        }
    }
}

impl Spent {
    fn between(
        before: Counters,
        after: Counters,
        workload: &Workload,
        asked: &[RequestCount],
        pool: u32,
    ) -> Self {
        let costs = || workload.requests.iter().map(|request| request.cost);
        let sum = |count: fn(&RequestCount) -> u64, cost: &dyn Fn(usize) -> u32| -> i64 {
            let each = asked.iter().enumerate();
            each.map(|(index, asked)| (count(asked) * u64::from(cost(index))) as i64).sum()
        };
        let counted = |seen: i64, each: &[u32]| {
            let cost = |index: usize| each.get(index).copied().unwrap_or(0);
            let (least, most) =
                (sum(|asked| asked.answered, &cost), sum(|asked| asked.sent, &cost));
            Counted { seen, least, most }
        };
        let queries: Vec<u32> = costs().map(|cost| cost.map_or(0, |it| it.queries)).collect();
        let rows: Option<Vec<u32>> = costs().map(|cost| cost?.rows).collect();
        Self {
            answers: asked.iter().map(|asked| asked.answered).sum(),
            queries: counted(after.queries - before.queries, &queries),
            rows: rows.map(|rows| counted(after.rows - before.rows, &rows)),
            connections: after.connections.max(0).cast_unsigned(),
            pool: u64::from(pool),
        }
    }
}

/// Why a candidate cannot be tried here though nothing is wrong with it: it needs a database and
/// there is none.
pub(crate) fn lacking(
    server: Option<&Server>,
    candidate: &Candidate,
    build: u32,
) -> Option<BuildRecord> {
    let server = server.filter(|_| candidate.uses_database())?;
    let reason = chain(&server.reach().err()?);
    let outcome = BuildOutcome::Skipped { reason, hint: server.database.hint.clone() };
    Some(BuildRecord { candidate: candidate.name.clone(), build, outcome })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bakeoff_experiment::manifest;

    use super::*;

    /// A workload of a read that gives 21 rows, a write and a request that the database never sees.
    fn workload(rows: &str) -> Workload {
        let text = format!(
            "title = \"t\"\n[candidates.a]\ndir = \"d\"\nrun = [\"./x\", \"{{database}}\"]\n\
             [database]\nurl = \"postgres://me@127.0.0.1/x\"\npool = 2\n[workloads.w]\nrequests = [\
             {{ get = \"/a\", queries = 1{rows} }}, {{ put = \"/b\", queries = 3{rows} }}, \
             {{ get = \"/c\", queries = 0{rows} }}]\n"
        );
        let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
        let read = manifest::read("m", text.as_bytes(), &files).unwrap();
        read.experiment.workloads.into_iter().next().unwrap()
    }

    fn counts(each: [(u64, u64); 3]) -> Vec<RequestCount> {
        each.map(|(sent, answered)| RequestCount { sent, answered }).to_vec()
    }

    #[test]
    fn the_counters_must_say_what_the_answers_cost_and_of_failures_anything_up_to_all() {
        let (before, after) = (
            Counters { queries: 1_000, rows: 5_000, connections: 0 },
            Counters { queries: 1_220, rows: 5_210, connections: 3 },
        );
        let whole = counts([(100, 100), (40, 40), (7, 7)]);
        let spent = Spent::between(before, after, &workload(", rows = 2"), &whole, 2);
        assert_eq!(spent.queries, Counted { seen: 220, least: 220, most: 220 });
        assert_eq!(spent.rows, Some(Counted { seen: 210, least: 294, most: 294 }));
        assert_eq!((spent.answers, spent.connections, spent.pool), (147, 3, 2));
        let some_failed = counts([(100, 98), (40, 39), (7, 7)]);
        let spent = Spent::between(before, after, &workload(""), &some_failed, 2);
        assert_eq!(spent.queries, Counted { seen: 220, least: 215, most: 220 });
        assert_eq!(spent.rows, None, "nobody says how many");
        for (seen, matches) in [(214, false), (215, true), (220, true), (221, false)] {
            assert_eq!(Counted { seen, least: 215, most: 220 }.matches(), matches, "{seen}");
        }
    }

    #[test]
    fn the_name_of_a_starts_database_is_its_own_and_short_enough_whatever_the_start_is_called() {
        let starts = ["trial-1-1", "trial-1-2", &"contract-x".repeat(20)];
        let names: Vec<String> =
            starts.map(|start| format!("bakeoff_{}_{}", short("run"), short(start))).to_vec();
        assert!(names.iter().all(|name| name.len() <= 63), "{names:?}");
        assert!(names[0] != names[1] && names[1] != names[2]);
    }
}
