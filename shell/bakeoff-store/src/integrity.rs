//! Whether a run's file is what was written: SQLite's own check, then ours by BLAKE3.

use rusqlite::Connection;

use bakeoff_experiment::record::{Record, TrialOutcome};

/// The hash of a record: that of the one before it (zeroes at first), then its body.
pub(crate) fn record_hash(before: &[u8; 32], body: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before).update(body.as_bytes());
    *hasher.finalize().as_bytes()
}

/// The seal of a trial's row.
pub(crate) fn trial_seal(
    (id, attempt): (u32, u32),
    state: &str,
    record: Option<(i64, [u8; 32])>,
    blobs: &[(String, [u8; 32])],
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{id} {attempt} {state}\n").as_bytes());
    if let Some((seq, hash)) = record {
        hasher.update(&seq.to_le_bytes()).update(&hash);
    }
    for (name, hash) in blobs {
        hasher.update(name.as_bytes()).update(&[0]).update(hash);
    }
    *hasher.finalize().as_bytes()
}

/// The kind of a record, as its `kind` column says.
pub(crate) fn kind(record: &Record) -> &'static str {
    match record {
        Record::Opened(_) => "opened",
        Record::Host(_) => "host",
        Record::Built(_) => "built",
        Record::Contract(_) => "contract",
        Record::Rates(_) => "rates",
        Record::Probe(_) => "probe",
        Record::Battery(_) => "battery",
        Record::Trial(_) => "trial",
        Record::Extended(_) => "extended",
        Record::Interrupted(_) => "interrupted",
        Record::Resumed(_) => "resumed",
        Record::Finished(_) => "finished",
    }
}

/// How a trial's row says that it ended.
pub(crate) fn state(outcome: &TrialOutcome) -> &'static str {
    match outcome {
        TrialOutcome::Sealed(_) => "sealed",
        TrialOutcome::Void { .. } => "void",
    }
}

/// One record as stored, with its place and hash.
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) hash: [u8; 32],
    pub(crate) record: Record,
}

/// A trial that was begun and not ended, as (id, attempt).
pub(crate) type Begun = (u32, u32);

/// What failed, in words, for [`crate::OpenError::Damaged`].
pub(crate) type Failed = String;

/// SQLite's own check of pages, types, NOT NULL and CHECK constraints.
pub(crate) fn check_pages(db: &Connection) -> rusqlite::Result<Result<(), Failed>> {
    let answer: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(if answer == "ok" { Ok(()) } else { Err(format!("quick_check: {answer}")) })
}

/// Reads all records in order, checking the chain of hashes.
pub(crate) fn read_entries(db: &Connection) -> rusqlite::Result<Result<Vec<Entry>, Failed>> {
    let mut statement = db.prepare("SELECT seq, kind, body, hash FROM record ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let body: String = row.get(2)?;
        let before = entries.last().map_or([0; 32], |entry| entry.hash);
        let hash = record_hash(&before, &body);
        if seq != entries.len() as i64 + 1 || row.get::<_, [u8; 32]>(3)? != hash {
            return Ok(Err(format!("the hash of record {seq} does not match")));
        }
        let record: Record = match serde_json::from_str(&body) {
            Ok(record) => record,
            Err(why) => return Ok(Err(format!("record {seq} cannot be read: {why}"))),
        };
        if row.get::<_, String>(1)? != kind(&record) {
            return Ok(Err(format!("record {seq} is not of the kind it claims")));
        }
        entries.push(Entry { seq, hash, record });
    }
    Ok(Ok(entries))
}

/// Checks that the trial rows say what the records say, and yields those still running.
pub(crate) fn check_trials(
    db: &Connection,
    entries: &[Entry],
) -> rusqlite::Result<Result<Vec<Begun>, Failed>> {
    let mut statement =
        db.prepare("SELECT id, attempt, state, record, seal FROM trial ORDER BY id, attempt")?;
    let mut rows = statement.query([])?;
    let mut running = Vec::new();
    let mut ended = 0_usize;
    while let Some(row) = rows.next()? {
        let key = (row.get(0)?, row.get(1)?);
        let state_found: String = row.get(2)?;
        let record: Option<i64> = row.get(3)?;
        let entry = match record {
            None => None,
            Some(seq) => entries.get(usize::try_from(seq - 1).unwrap_or(usize::MAX)),
        };
        let told = entry.and_then(|entry| match &entry.record {
            Record::Trial(trial) => Some(trial),
            Record::Opened(_)
            | Record::Host(_)
            | Record::Built(_)
            | Record::Contract(_)
            | Record::Rates(_)
            | Record::Probe(_)
            | Record::Battery(_)
            | Record::Extended(_)
            | Record::Interrupted(_)
            | Record::Resumed(_)
            | Record::Finished(_) => None,
        });
        let consistent = match told {
            Some(trial) => {
                (trial.planned.id, trial.attempt) == key && state(&trial.outcome) == state_found
            }
            None => record.is_none() && state_found == "running",
        };
        let sealed = entry.map(|entry| (entry.seq, entry.hash));
        let seal = trial_seal(key, &state_found, sealed, &blob_hashes(db, key)?);
        if !consistent || row.get::<_, [u8; 32]>(4)? != seal {
            return Ok(Err(format!("trial {} attempt {} is not what was sealed", key.0, key.1)));
        }
        if told.is_none() {
            running.push(key);
        } else {
            ended += 1;
        }
    }
    let told = entries.iter().filter(|entry| matches!(entry.record, Record::Trial(_))).count();
    if told != ended {
        return Ok(Err(format!("{told} trial records but {ended} trial rows")));
    }
    Ok(Ok(running))
}

/// Names and hashes of a trial's blobs, by name.
pub(crate) fn blob_hashes(
    db: &Connection,
    (id, attempt): Begun,
) -> rusqlite::Result<Vec<(String, [u8; 32])>> {
    let mut statement = db.prepare_cached(
        "SELECT name, hash FROM blob WHERE trial = ?1 AND attempt = ?2 ORDER BY name",
    )?;
    let rows = statement.query_map([id, attempt], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
