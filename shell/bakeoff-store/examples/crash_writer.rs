//! Writes a run and says what is done, for the tests that kill it: `crash_writer RUNS ID TRIALS`.
//!
//! Goes on where the run of that id stands. Prints `sealed N` once trial N is on disk.

use std::io::Write;
use std::path::Path;

use bakeoff_store::{RunStore, run_dir};

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, runs, id, trials] = args.as_slice() else { panic!("crash_writer RUNS ID TRIALS") };
    let runs = Path::new(runs);
    let opened = support::opened(id, trials.parse().expect("a number of trials"));
    let folder = run_dir(runs, id);
    let mut store = if folder.join("run.db").exists() {
        RunStore::open(&folder).expect("the run opens")
    } else {
        // Killed before it could be seen: what is left is not a run yet.
        let _ = std::fs::remove_dir_all(&folder);
        RunStore::create(runs, &opened).expect("the run can be made")
    };
    let ended = store.records().expect("records are sound");
    let out = &mut std::io::stdout();
    for planned in &opened.plan.trials {
        let tries: Vec<_> = ended
            .iter()
            .filter_map(|record| match record {
                bakeoff_experiment::record::Record::Trial(trial) => Some(trial),
                _ => None,
            })
            .filter(|trial| trial.planned.id == planned.id)
            .collect();
        if tries.iter().any(|trial| support::counts(trial)) {
            continue;
        }
        let mut trial = support::sealed(&opened, planned.id, f64::from(planned.id));
        trial.attempt = tries.len() as u32 + 1;
        store.start_trial(planned.id, trial.attempt).expect("the disk is sound");
        store.seal_trial(&trial, &support::blobs(planned.id)).expect("the disk is sound");
        writeln!(out, "sealed {}", planned.id).expect("somebody reads");
        out.flush().expect("somebody reads");
    }
}
