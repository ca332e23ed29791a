//! One run's journal: what is appended, sealed and read back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bakeoff_experiment::observation::Blame;
use bakeoff_experiment::plan::PlannedTrial;
use bakeoff_experiment::record::{Opened, Record, TrialOutcome, TrialRecord};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, params};

use crate::errors::{CreateError, OpenError, WriteError};
use crate::filesystem::refuse_network;
use crate::integrity::{self, Begun, Entry};
use crate::lock::RunLock;
use crate::runs::DATABASE;
use crate::{failpoint, schema};

/// One run, open. Writing needs the run's lock, which this holds until it is dropped.
#[derive(Debug)]
pub struct RunStore {
    db: Connection,
    folder: PathBuf,
    head: (i64, [u8; 32]),
    failed: bool,
    found: Vec<TrialRecord>,
    lock: Option<RunLock>,
}

impl RunStore {
    /// Begins the run `opened.run` in the folder `runs` (made if absent) with its first record.
    ///
    /// # Errors
    ///
    /// [`CreateError`]; a run of that id that exists already is an error of the lock or the write.
    pub fn create(runs: &Path, opened: &Opened) -> Result<Self, CreateError> {
        let folder = runs.join(&opened.run);
        let refused = |source| CreateError::Folder { path: folder.clone(), source };
        fs::create_dir_all(runs).map_err(refused)?;
        refuse_network(runs).map_err(refused)??;
        fs::create_dir(&folder).map_err(refused)?;
        let lock = RunLock::take(&folder)?;
        lay_out(&folder, &spell(&Record::Opened(Box::new(opened.clone())))?)?;
        sync_folder(&folder).and_then(|()| sync_folder(runs)).map_err(refused)?;
        Ok(Self::open_locked(&folder, &folder.join(DATABASE), lock)?)
    }

    /// Opens the run at `path` (its folder or its `run.db`) to go on with it. Everything in it is
    /// checked first. Trials that were running are voided; [`RunStore::found_running`] has them.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; nothing is written to a file that fails a check.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (folder, path) = places(path);
        readable(&path)?;
        let lock = RunLock::take(&folder)?;
        Self::open_locked(&folder, &path, lock)
    }

    fn open_locked(folder: &Path, path: &Path, lock: RunLock) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let db = schema::connect(path, flags).map_err(|why| unreadable(path, &why))?;
        let (entries, running) = check(&db, path)?;
        schema::for_writing(&db).map_err(|why| write_error(path, 4096, &why))?;
        let head = entries.last().map_or((0, [0; 32]), |last| (last.seq, last.hash));
        let restarted = lock.previous.as_ref().is_some_and(crate::Holder::is_of_another_boot);
        let (folder, found, lock) = (folder.to_owned(), Vec::new(), Some(lock));
        let mut store = Self { db, folder, head, failed: false, found, lock };
        for key in running {
            let record = interrupted(&entries, key, restarted).ok_or_else(|| {
                let check = format!("trial {} is running but was never planned", key.0);
                OpenError::Damaged { path: path.to_owned(), check }
            })?;
            store.seal_trial(&record, &[])?;
            store.found.push(record);
        }
        Ok(store)
    }

    /// Opens the run at `path` (its folder or its `run.db`) to read it, also while it goes on.
    ///
    /// # Errors
    ///
    /// [`OpenError`] without its last two variants.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        let (folder, path) = places(path);
        readable(&path)?;
        let db = connect_to_read(&folder, &path).map_err(|why| unreadable(&path, &why))?;
        let (entries, _) = check(&db, &path)?;
        let head = entries.last().map_or((0, [0; 32]), |last| (last.seq, last.hash));
        Ok(Self { db, folder, head, failed: false, found: Vec::new(), lock: None })
    }

    /// The run's folder, where logs lie beside the journal.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The trials that [`RunStore::open`] found running and voided.
    pub fn found_running(&self) -> &[TrialRecord] {
        &self.found
    }

    /// Whether this was opened to write.
    pub fn is_writable(&self) -> bool {
        self.lock.is_some()
    }

    /// Appends a record that is not a trial's end; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    ///
    /// # Panics
    ///
    /// If it is a [`Record::Trial`] (those are sealed) or the run was opened to read.
    pub fn append(&mut self, record: &Record) -> Result<(), WriteError> {
        assert!(!matches!(record, Record::Trial(_)), "a trial's end goes through seal_trial");
        let body = spell(record)?;
        let bytes = body.len() as u64;
        let head = self.transact(bytes, |step, head| {
            failpoint::pass("append.begun").map_err(disk)?;
            let head = schema::insert_record(step, head, integrity::kind(record), &body)?;
            failpoint::pass("append.written").map_err(disk)?;
            Ok(head)
        })?;
        self.head = head;
        Ok(())
    }

    /// Notes that try `attempt` (from 1) of the planned trial `id` begins. If the process ends
    /// before it is sealed, [`RunStore::open`] voids it.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn start_trial(&mut self, id: u32, attempt: u32) -> Result<(), WriteError> {
        let seal = integrity::trial_seal((id, attempt), "running", None, &[]);
        self.transact(4096, |step, head| {
            step.execute(
                "INSERT INTO trial (id, attempt, state, seal) VALUES (?1, ?2, 'running', ?3)",
                params![id, attempt, seal],
            )?;
            Ok(head)
        })?;
        Ok(())
    }

    /// Ends a trial, sealed or void as its outcome says, with what was measured, all in one
    /// transaction. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the trial is then still running on disk.
    ///
    /// # Panics
    ///
    /// If two blobs have one name, the trial has ended before, or the run was opened to read.
    pub fn seal_trial(
        &mut self,
        trial: &TrialRecord,
        blobs: &[(String, Vec<u8>)],
    ) -> Result<(), WriteError> {
        let record = Record::Trial(Box::new(trial.clone()));
        let body = spell(&record)?;
        let key = (trial.planned.id, trial.attempt);
        let state = integrity::state(&trial.outcome);
        let bytes = body.len() + blobs.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        let mut hashes: Vec<(String, [u8; 32])> =
            blobs.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect();
        hashes.sort();
        assert!(hashes.is_sorted_by(|a, b| a.0 < b.0), "one name, one blob");
        let head = self.transact(bytes as u64, |step, head| {
            failpoint::pass("seal.begun").map_err(disk)?;
            let head = schema::insert_record(step, head, "trial", &body)?;
            failpoint::pass("seal.recorded").map_err(disk)?;
            let seal = integrity::trial_seal(key, state, Some(head), &hashes);
            let rows = step.execute(
                "INSERT INTO trial (id, attempt, state, record, seal) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id, attempt) DO UPDATE
                 SET state = excluded.state, record = excluded.record, seal = excluded.seal
                 WHERE state = 'running'",
                params![key.0, key.1, state, head.0, seal],
            )?;
            assert!(rows == 1, "a trial ends once");
            for (name, bytes) in blobs {
                step.execute(
                    "INSERT INTO blob (trial, attempt, name, hash, bytes)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![key.0, key.1, name, hash(bytes), bytes],
                )?;
                failpoint::pass("seal.blob").map_err(disk)?;
            }
            Ok(head)
        })?;
        self.head = head;
        failpoint::pass("seal.committed").map_err(|why| self.io_failed(&why))
    }

    /// All records in order.
    ///
    /// # Errors
    ///
    /// [`OpenError::Damaged`] or [`OpenError::Unreadable`].
    pub fn records(&self) -> Result<Vec<Record>, OpenError> {
        let path = self.folder.join(DATABASE);
        let entries = integrity::read_entries(&self.db).map_err(|why| unreadable(&path, &why))?;
        let entries = entries.map_err(|check| OpenError::Damaged { path, check })?;
        Ok(entries.into_iter().map(|entry| entry.record).collect())
    }

    /// A trial's blob, checked against its hash; `None` if it has none of that name.
    ///
    /// # Errors
    ///
    /// [`OpenError::Damaged`] or [`OpenError::Unreadable`].
    pub fn blob(&self, trial: u32, attempt: u32, name: &str) -> Result<Option<Vec<u8>>, OpenError> {
        let path = self.folder.join(DATABASE);
        let row: Option<(Vec<u8>, [u8; 32])> = self
            .db
            .query_row(
                "SELECT bytes, hash FROM blob WHERE trial = ?1 AND attempt = ?2 AND name = ?3",
                params![trial, attempt, name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|why| unreadable(&path, &why))?;
        match row {
            None => Ok(None),
            Some((bytes, stored)) if hash(&bytes) == stored => Ok(Some(bytes)),
            Some(_) => {
                let check = format!("the hash of `{name}` of trial {trial} does not match");
                Err(OpenError::Damaged { path, check })
            }
        }
    }

    /// Names of a trial's blobs, sorted.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unreadable`].
    pub fn blob_names(&self, trial: u32, attempt: u32) -> Result<Vec<String>, OpenError> {
        let hashes = integrity::blob_hashes(&self.db, (trial, attempt))
            .map_err(|why| unreadable(&self.folder.join(DATABASE), &why))?;
        Ok(hashes.into_iter().map(|(name, _)| name).collect())
    }

    /// Runs `work` on the head of the chain in one transaction and commits it.
    fn transact(
        &mut self,
        bytes: u64,
        work: impl FnOnce(&Transaction<'_>, (i64, [u8; 32])) -> rusqlite::Result<(i64, [u8; 32])>,
    ) -> Result<(i64, [u8; 32]), WriteError> {
        assert!(self.is_writable(), "the run was opened to read");
        let path = self.folder.join(DATABASE);
        if self.failed {
            let reason = "an earlier write failed; resume the run once the disk is sound";
            return Err(WriteError::Failed { path, reason: reason.to_owned() });
        }
        let head = self.head;
        let done = self.db.transaction().and_then(|step| {
            let head = work(&step, head)?;
            step.commit()?;
            Ok(head)
        });
        done.map_err(|why| {
            let error = write_error(&path, bytes, &why);
            self.failed = !matches!(error, WriteError::Full { .. });
            error
        })
    }

    fn io_failed(&mut self, why: &io::Error) -> WriteError {
        self.failed = true;
        WriteError::Failed { path: self.folder.join(DATABASE), reason: why.to_string() }
    }
}

/// The record as JSON, made sure that it reads back: not every float has a spelling.
fn spell(record: &Record) -> Result<String, WriteError> {
    let unspeakable = |why: serde_json::Error| WriteError::Unspeakable { reason: why.to_string() };
    let body = serde_json::to_string(record).map_err(unspeakable)?;
    serde_json::from_str::<Record>(&body).map_err(unspeakable)?;
    Ok(body)
}

/// Makes `run.db` with its first record: under another name until it is whole, so that a run
/// that can be seen has begun.
fn lay_out(folder: &Path, body: &str) -> Result<(), CreateError> {
    let (path, new) = (folder.join(DATABASE), folder.join("run.db.new"));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    schema::connect(&new, flags)
        .and_then(|mut db| {
            schema::lay_out(&mut db, body)?;
            db.close().map_err(|(_, why)| why)
        })
        .map_err(|why| write_error(&path, body.len() as u64, &why))?;
    fs::rename(&new, &path).map_err(|source| CreateError::Folder { path, source })
}

/// The record that voids a trial found running.
fn interrupted(entries: &[Entry], (id, attempt): Begun, restarted: bool) -> Option<TrialRecord> {
    let planned = entries.iter().find_map(|entry| find_planned(&entry.record, id))?;
    let (reason, blame) = if restarted {
        ("the machine restarted while it ran", Blame::Host)
    } else {
        ("bakeoff ended while it ran", Blame::User)
    };
    let outcome = TrialOutcome::Void { reason: reason.to_owned(), blame, observation: None };
    Some(TrialRecord { planned: planned.clone(), attempt, outcome })
}

fn find_planned(record: &Record, id: u32) -> Option<&PlannedTrial> {
    let trials = match record {
        Record::Opened(opened) => &opened.plan.trials,
        Record::Extended(extended) => &extended.trials,
        Record::Host(_)
        | Record::Built(_)
        | Record::Contract(_)
        | Record::Rates(_)
        | Record::Probe(_)
        | Record::Battery(_)
        | Record::Trial(_)
        | Record::Interrupted(_)
        | Record::Resumed(_)
        | Record::Finished(_) => return None,
    };
    trials.iter().find(|trial| trial.id == id)
}

/// A run's folder and file, from either.
fn places(path: &Path) -> (PathBuf, PathBuf) {
    if path.is_dir() {
        return (path.to_owned(), path.join(DATABASE));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    (folder.unwrap_or(Path::new(".")).to_owned(), path.to_owned())
}

/// SQLite reports a missing file no better than a broken one.
fn readable(path: &Path) -> Result<(), OpenError> {
    let unreadable = |source| OpenError::Unreadable { path: path.to_owned(), source };
    let length = fs::File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?.len();
    if length == 0 {
        let check = "the file is empty".to_owned();
        return Err(OpenError::Foreign { path: path.to_owned(), check });
    }
    Ok(())
}

/// A run that nobody writes and that has no write-ahead log is read as a file that does not
/// change: so it can lie in a folder that cannot be written, and nothing is left beside it.
fn connect_to_read(folder: &Path, path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let at_rest = !path.with_extension("db-wal").exists() && !RunLock::is_held(folder);
    match path.to_str().filter(|text| at_rest && !text.contains(['?', '#', '%'])) {
        Some(text) => {
            let uri = format!("file:{text}?immutable=1");
            schema::connect(Path::new(&uri), flags | OpenFlags::SQLITE_OPEN_URI)
        }
        None => schema::connect(path, flags),
    }
}

/// Every check there is, in the order in which later ones can be trusted.
fn check(db: &Connection, path: &Path) -> Result<(Vec<Entry>, Vec<Begun>), OpenError> {
    let damaged = |check| OpenError::Damaged { path: path.to_owned(), check };
    let broken = |why| unreadable(path, &why);
    let application = schema::header(db, "application_id").map_err(broken)?;
    if application != schema::APPLICATION_ID {
        let check = format!("application_id is {application:#010x}");
        return Err(OpenError::Foreign { path: path.to_owned(), check });
    }
    let (found, known) = (schema::header(db, "user_version").map_err(broken)?, schema::VERSION);
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    if found < 1 {
        return Err(damaged(format!("user_version is {found}")));
    }
    integrity::check_pages(db).map_err(broken)?.map_err(damaged)?;
    let entries = integrity::read_entries(db).map_err(broken)?.map_err(damaged)?;
    if !matches!(entries.first().map(|first| &first.record), Some(Record::Opened(_))) {
        return Err(damaged("it has no opening record".to_owned()));
    }
    let running = integrity::check_trials(db, &entries).map_err(broken)?.map_err(damaged)?;
    Ok((entries, running))
}

fn unreadable(path: &Path, why: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match why.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            OpenError::Foreign { path, check: "it has no SQLite header".to_owned() }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure) => {
            OpenError::Unreadable { path, source: io::Error::other(why.to_string()) }
        }
        Some(_) | None => OpenError::Damaged { path, check: why.to_string() },
    }
}

fn write_error(path: &Path, bytes: u64, why: &rusqlite::Error) -> WriteError {
    let path = path.to_owned();
    match why.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => WriteError::Full { path, bytes },
        Some(_) | None => WriteError::Failed { path, reason: why.to_string() },
    }
}

fn disk(why: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(why))
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
