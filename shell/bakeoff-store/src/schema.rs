//! The tables of `run.db`, their version, and the steps from older versions.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, params};

use crate::integrity::record_hash;

/// `PRAGMA application_id` of a run: `bkof`.
pub const APPLICATION_ID: i32 = 0x626b_6f66;

/// `PRAGMA user_version` that this program writes and the newest it reads.
pub const VERSION: i32 = 1;

/// A record's `hash` covers the hash before it and its own body, so that a changed, missing or
/// reordered entry breaks the chain. A trial's `seal` covers its row, its record and the names
/// and hashes of its blobs.
const TABLES: &str = "
CREATE TABLE record (
    seq  INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE trial (
    id      INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('running', 'sealed', 'void')),
    record  INTEGER REFERENCES record (seq),
    seal    BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (id, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE blob (
    trial   INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    name    TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    bytes   BLOB NOT NULL,
    PRIMARY KEY (trial, attempt, name),
    FOREIGN KEY (trial, attempt) REFERENCES trial (id, attempt)
) STRICT;
";

/// A new run id: a ULID, so that ids sort by the time they were made.
pub fn new_run_id() -> String {
    ulid::Ulid::generate().to_string()
}

/// Opens the file with the settings that every connection has.
pub(crate) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    // What was not written by us must not run: no views or triggers, no odd cells.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(db)
}

/// Makes a connection fit to write: write-ahead log, every commit synced.
pub(crate) fn for_writing(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")
}

/// Lays out an empty file with its first record, all in one transaction.
pub(crate) fn lay_out(db: &mut Connection, body: &str) -> rusqlite::Result<()> {
    let step = db.transaction()?;
    step.execute_batch(TABLES)?;
    step.pragma_update(None, "application_id", APPLICATION_ID)?;
    step.pragma_update(None, "user_version", VERSION)?;
    insert_record(&step, (0, [0; 32]), "opened", body)?;
    step.commit()
}

/// Adds a record behind the head of the chain (its place and hash) and yields the new head.
pub(crate) fn insert_record(
    step: &Transaction<'_>,
    (seq, before): (i64, [u8; 32]),
    kind: &str,
    body: &str,
) -> rusqlite::Result<(i64, [u8; 32])> {
    let hash = record_hash(&before, body);
    step.execute(
        "INSERT INTO record (seq, kind, body, hash) VALUES (?1, ?2, ?3, ?4)",
        params![seq + 1, kind, body, hash],
    )?;
    Ok((seq + 1, hash))
}

/// The number in a pragma of the file's header.
pub(crate) fn header(db: &Connection, pragma: &str) -> rusqlite::Result<i32> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}
