//! The database that candidates keep their data in.

use super::section::Section;
use super::{Files, file_bytes, keys, requests};
use crate::database::{DATABASE_HOLE, Database, DatabaseCost, DatabaseUrl};
use crate::experiment::Candidate;

/// Connections of a candidate's pool, at most.
const POOL_MAX: u32 = 10_000;

/// Statements that a request may cost, and rows, at most.
const COST_MAX: u32 = 1_000_000;

/// The table `database`.
pub(super) fn database(
    root: &Section<'_, '_, '_>,
    candidates: &[Candidate],
    files: &dyn Files,
) -> Option<Database> {
    let value = root.get("database")?;
    let section = Section::open(root.cx, "database", value, keys::DATABASE)?;
    if !root.cx.broken && !candidates.iter().any(Candidate::uses_database) {
        root.cx.collector.error(
            value.span().start..value.span().start + 1,
            "`database` has no effect",
            format!("no candidate's `run` or `env` names `{DATABASE_HOLE}`"),
            Some(format!("tell those that use it: \"--database\", \"{DATABASE_HOLE}\"")),
        );
    }
    let prepare = file_bytes(&section, "prepare", files)
        .and_then(|(path, bytes)| requests::text_of(&section, "prepare", &path, bytes));
    let pool = section.count("pool", 1, POOL_MAX);
    Some(Database {
        url: url(&section)?,
        pool: pool?,
        prepare: prepare.unwrap_or_default(),
        hint: section.text("hint").unwrap_or_default(),
    })
}

fn url(section: &Section<'_, '_, '_>) -> Option<DatabaseUrl> {
    let text = section.text("url")?;
    let parsed = text.parse::<DatabaseUrl>();
    parsed
        .map_err(|why| {
            if let Some(value) = section.get("url") {
                let title = format!("`{}` is not a database to be used", section.name("url"));
                section.cx.collector.error(value.span(), title, why.to_string(), None);
            }
        })
        .ok()
}

/// What a request costs the database, if it says so.
pub(super) fn cost(section: &Section<'_, '_, '_>) -> Option<DatabaseCost> {
    let rows = section.count("rows", 0, COST_MAX);
    if section.get("rows").is_some() && section.get("queries").is_none() {
        section.missing("queries");
    }
    Some(DatabaseCost { queries: section.count("queries", 0, COST_MAX)?, rows })
}

/// Notes requests of which the sum over a workload cannot be told: the counters are the server's,
/// and it does not know which request a statement is for.
pub(super) fn check_costs(root: &Section<'_, '_, '_>, section: &Section<'_, '_, '_>) {
    let Some(items) = section.get("requests").and_then(|value| value.get_ref().as_array()) else {
        return;
    };
    for key in ["queries", "rows"] {
        let says = |index: usize| {
            items[index].get_ref().as_table().is_some_and(|table| table.contains_key(key))
        };
        let Some(first) = (0..items.len()).find(|index| says(*index)) else { continue };
        for index in (0..items.len()).filter(|index| !says(*index)) {
            section.cx.collector.error(
                items[index].span(),
                format!("`{}.requests[{index}]` does not say its `{key}`", section.path),
                format!("`requests[{first}]` does, and they are counted together"),
                Some(format!("add `{key} = 0` if it costs none")),
            );
        }
        if root.get("database").is_none() && !root.cx.broken {
            section.cx.collector.error(
                items[first].span(),
                format!("`{}.requests[{first}].{key}` has no effect", section.path),
                "nothing counts it without `database`",
                None,
            );
        }
        if let Some(slow) = section.get("slow-clients") {
            section.cx.collector.error(
                slow.span(),
                format!("`{}` cannot stand beside `{key}`", section.name("slow-clients")),
                "what slow clients ask is not counted",
                Some("put them into a workload of their own".to_owned()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::database::DatabaseCost;
    use crate::experiment::Experiment;

    const ARGUMENTS: &str = ", \"{database}\", \"{pool}\"";

    const DATABASE: &str = "[database]\nurl = \"postgres://me@127.0.0.1:54329/postgres\"\npool = 8\n\
        prepare = \"rows.sql\"\nhint = \"start one\"\n";

    /// A candidate that is run with `run`, a workload of `requests`, and `more`; the experiment, or
    /// a line a problem.
    fn read(run: &str, requests: &str, more: &str) -> Result<Experiment, String> {
        let manifest = format!(
            "title = \"t\"\n[candidates.a]\ndir = \"d\"\nrun = [\"./x\"{run}]\n\
             [workloads.w]\nrequests = [{requests}]\n{more}"
        );
        let files = BTreeMap::from([
            ("d/x".to_owned(), Vec::new()),
            ("rows.sql".to_owned(), b"create table t (id int);".to_vec()),
        ]);
        let read = crate::manifest::read("m", manifest.as_bytes(), &files);
        read.map(|sound| sound.experiment).map_err(|problems| {
            problems.list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn it_says_where_how_many_connections_and_what_is_there_and_requests_what_they_cost() {
        let requests =
            "{ get = \"/a\", queries = 1, rows = 21 }, { put = \"/b\", queries = 0, rows = 0 }";
        let experiment = read(ARGUMENTS, requests, DATABASE).unwrap();
        let database = experiment.database.as_ref().unwrap();
        assert_eq!(database.url.place(), "127.0.0.1:54329");
        assert_eq!((database.pool, database.hint.as_str()), (8, "start one"));
        assert_eq!(database.prepare, "create table t (id int);");
        assert!(experiment.candidates[0].uses_database());
        let costs: Vec<_> =
            experiment.workloads[0].requests.iter().map(|request| request.cost).collect();
        let cost = |queries, rows| Some(DatabaseCost { queries, rows: Some(rows) });
        assert_eq!(costs, [cost(1, 21), cost(0, 0)]);
        assert_eq!(experiment.counted_workloads().count(), 1);
        let uncounted = read(ARGUMENTS, "{ get = \"/a\" }", DATABASE).unwrap();
        assert_eq!(uncounted.counted_workloads().count(), 0);
    }

    #[test]
    fn a_run_of_a_manifest_without_a_database_reads_as_it_did() {
        let experiment = read("", "{ get = \"/a\" }", "").unwrap();
        let text = serde_json::to_string(&experiment).unwrap();
        assert!(!text.contains("database") && !text.contains("cost"), "{text}");
        assert_eq!(serde_json::from_str::<Experiment>(&text).unwrap(), experiment);
    }

    #[test]
    fn what_would_have_no_effect_or_could_not_be_counted_is_refused() {
        let counted = "{ get = \"/a\", queries = 1 }";
        let slow = format!("closed = 2\nload = \"50%\"\nslow-clients = 3\n{DATABASE}");
        let elsewhere = DATABASE.replace("127.0.0.1", "db.example.com");
        for (run, requests, more, problem) in [
            (ARGUMENTS, "{ get = \"/\" }", "", "nothing fills `{database}`"),
            ("", "{ get = \"/\" }", DATABASE, "`database` has no effect"),
            ("", counted, "", "`workloads.w.requests[0].queries` has no effect"),
            (
                ARGUMENTS,
                "{ get = \"/a\", queries = 1 }, { get = \"/b\" }",
                DATABASE,
                "`workloads.w.requests[1]` does not say its `queries`",
            ),
            (ARGUMENTS, "{ get = \"/a\", rows = 1 }", DATABASE, "has no `queries`"),
            (ARGUMENTS, counted, &slow, "cannot stand beside `queries`"),
            (ARGUMENTS, counted, &elsewhere, "`database.url` is not a database to be used"),
            (ARGUMENTS, counted, "[database]\npool = 3\n", "`database` has no `url`"),
        ] {
            let problems = read(run, requests, more).unwrap_err();
            assert!(problems.contains(problem), "{problem}: {problems}");
        }
    }
}
