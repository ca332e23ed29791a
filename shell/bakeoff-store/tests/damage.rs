//! Files that are not what was written (F07, F08), and disks that fail (F06).

use std::fs;
use std::path::Path;

use bakeoff_experiment::record::{Extended, Record};
use bakeoff_store::{OpenError, RunStore, WriteError, list_runs, run_dir, select_run};
use rand_core::Rng;
use rand_pcg::Pcg64;

mod support;

const RUN: &str = "01JD4Y0000000000000000TEST";

/// A closed run of three trials, one of them void, in one file.
fn written(runs: &Path, id: &str) -> Vec<Record> {
    let opened = support::opened(id, 3);
    let mut store = RunStore::create(runs, &opened).unwrap();
    for id in [1, 2] {
        store.start_trial(id, 1).unwrap();
        store.seal_trial(&support::sealed(&opened, id, 0.1), &support::blobs(id)).unwrap();
    }
    store.start_trial(3, 1).unwrap();
    store.seal_trial(&support::void(&opened, 3), &[]).unwrap();
    let records = store.records().unwrap();
    assert_eq!(records.len(), 4);
    assert_eq!(records[0], Record::Opened(Box::new(opened)));
    records
}

/// The message of opening the file, which must be left as it was.
fn refusal(file: &Path) -> String {
    let before = fs::read(file).ok();
    let error = RunStore::open(file).map(|_| ()).unwrap_err();
    assert_eq!(fs::read(file).ok(), before, "nothing is overwritten");
    assert!(RunStore::open_read_only(file).is_err(), "reading is as careful as writing");
    error.to_string()
}

#[test]
fn what_is_not_a_sound_run_is_refused_with_file_and_check() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), RUN);
    let file = run_dir(folder.path(), RUN).join("run.db");
    let whole = fs::read(&file).unwrap();
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&2_i32.to_be_bytes());
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(&[0; 4]);
    for (bytes, said) in [
        (Vec::new(), "is empty"),
        (b"PK\x03\x04 not a database at all".repeat(300), "no SQLite header"),
        (foreign, "application_id is 0x00000000"),
        (newer, "format version 2, this program reads up to 1"),
        (whole[..whole.len() / 2].to_vec(), "is damaged"),
    ] {
        fs::write(&file, bytes).unwrap();
        let text = refusal(&file);
        assert!(text.contains(said) && text.contains("run.db"), "{text}");
    }
    fs::remove_file(&file).unwrap();
    assert!(refusal(&file).contains("cannot read the run"));
}

#[test]
fn a_flipped_bit_is_noticed_or_makes_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), RUN);
    let file = run_dir(folder.path(), RUN).join("run.db");
    let whole = fs::read(&file).unwrap();
    let mut random = Pcg64::new(0x5eed, 3);
    let mut noticed = 0;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        let place = (random.next_u64() % bytes.len() as u64) as usize;
        bytes[place] ^= 1 << (random.next_u32() % 8);
        fs::write(&file, bytes).unwrap();
        let Ok(store) = RunStore::open_read_only(&file) else {
            noticed += 1;
            continue;
        };
        assert_eq!(store.records().unwrap(), records, "byte {place}");
        let blobs = support::blobs(1).into_iter().chain(support::blobs(2));
        for (index, (name, bytes)) in blobs.enumerate() {
            match store.blob(1 + index as u32 / 2, 1, &name) {
                Ok(read) => assert_eq!(read, Some(bytes), "byte {place}"),
                Err(_) => noticed += 1,
            }
        }
    }
    assert!(100 < noticed, "only {noticed} of 300 flips were noticed");
}

#[test]
fn one_damaged_run_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let other = "01JD4Y0000000000000000ZZZZ";
    written(folder.path(), RUN);
    written(folder.path(), other);
    fs::write(run_dir(folder.path(), RUN).join("run.db"), "rubbish").unwrap();
    let runs = list_runs(folder.path()).unwrap();
    assert!(matches!(runs[0].state, Err(OpenError::Foreign { .. })));
    let state = runs[1].state.as_ref().unwrap();
    assert_eq!((state.planned, state.sealed, state.void, state.alive), (3, 2, 1, false));
    assert_eq!(select_run(folder.path(), "latest").unwrap(), run_dir(folder.path(), other));
    assert_eq!(
        select_run(folder.path(), "01jd4y0000000000000000t").unwrap(),
        run_dir(folder.path(), RUN)
    );
    assert!(select_run(folder.path(), "01").unwrap_err().to_string().contains("fits 2 runs"));
    assert!(select_run(folder.path(), "").is_err());
}

#[test]
fn a_trial_found_running_is_void_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let opened = support::opened(RUN, 2);
    let mut store = RunStore::create(folder.path(), &opened).unwrap();
    store.start_trial(1, 1).unwrap();
    drop(store);
    let mut store = RunStore::open(&run_dir(folder.path(), RUN)).unwrap();
    let [found] = store.found_running() else { panic!("one trial was running") };
    assert!(!support::counts(found) && found.planned.id == 1 && found.attempt == 1);
    let mut again = support::sealed(&opened, 1, 0.5);
    again.attempt = 2;
    store.start_trial(1, 2).unwrap();
    store.seal_trial(&again, &support::blobs(1)).unwrap();
    assert_eq!(store.records().unwrap().len(), 3);
    drop(store);
    assert!(RunStore::open(&run_dir(folder.path(), RUN)).unwrap().found_running().is_empty());
}

#[test]
fn a_number_without_a_spelling_is_refused_before_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let opened = support::opened(RUN, 1);
    let mut store = RunStore::create(folder.path(), &opened).unwrap();
    store.start_trial(1, 1).unwrap();
    let nan = support::sealed(&opened, 1, f64::NAN);
    assert!(matches!(store.seal_trial(&nan, &[]), Err(WriteError::Unspeakable { .. })));
    let third = support::sealed(&opened, 1, 1.0 / 3.0);
    store.seal_trial(&third, &[]).unwrap();
    assert_eq!(store.records().unwrap()[1], Record::Trial(Box::new(third)), "to the last bit");
}

#[test]
fn the_journal_is_read_while_it_is_written_and_not_written_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::create(folder.path(), &support::opened(RUN, 1)).unwrap();
    let reader = RunStore::open_read_only(store.folder()).unwrap();
    let added = Record::Extended(Extended { trials: Vec::new(), reason: "look again".to_owned() });
    store.append(&added).unwrap();
    assert_eq!(reader.records().unwrap()[1], added);
    assert!(matches!(RunStore::open(store.folder()), Err(OpenError::Lock(_))));
}

#[test]
fn reading_a_run_at_rest_works_without_the_right_to_write_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), RUN);
    let run = run_dir(folder.path(), RUN);
    fs::set_permissions(&run, fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(RunStore::open_read_only(&run).unwrap().records().unwrap(), records);
    assert_eq!(fs::read_dir(&run).unwrap().count(), 2, "run.db and the lock, nothing else");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
}
