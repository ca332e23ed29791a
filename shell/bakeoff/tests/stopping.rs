//! A run on a terminal that somebody stops: Ctrl-C once and twice, Ctrl-Z and on, the terminal gone
//! (FAILURES.md F23, F24).

mod support;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bakeoff_experiment::observation::Blame;
use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Record, TrialOutcome};
use bakeoff_runner::mark::Mark;
use bakeoff_store::RunStore;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use support::{BAKEOFF, alone, candidate, left_of, manifest, only_run};

/// How long anything that is waited for may take: far more than it does.
const PATIENCE: Duration = Duration::from_mins(1);

const CTRL_C: u8 = 0x03;
const CTRL_Z: u8 = 0x1a;

/// A run on a terminal of its own.
struct Terminal {
    folder: tempfile::TempDir,
    keys: File,
    screen: Arc<Mutex<String>>,
    child: Child,
    gone: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a run whose trials measure for `seconds`.
    fn run(seconds: &str, rounds: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path(), seconds);
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let side = || File::options().read(true).write(true).open(&name).unwrap();
        // A session that the terminal controls, so that keys become signals and its end a hang-up.
        let mut command = Command::new("setsid");
        command.args(["--ctty", BAKEOFF, "run", ".", "--seed", "2", "--rounds", rounds]);
        command.current_dir(folder.path()).env("BAKEOFF_STORE", folder.path().join("runs"));
        command.env_remove("CI").stdin(side()).stdout(side()).stderr(side());
        let child = command.spawn().expect("setsid is part of util-linux");
        let keys = File::from(master);
        let screen: Arc<Mutex<String>> = Arc::default();
        let (mut shown, text) = (keys.try_clone().unwrap(), Arc::clone(&screen));
        let gone = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&gone);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            let pause = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
            while !told.load(Ordering::SeqCst) {
                match poll(&mut [PollFd::new(&shown, PollFlags::IN)], Some(&pause)) {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => continue,
                }
                // An error: nobody has the other side open any more.
                let Ok(count @ 1..) = shown.read(&mut bytes) else { return };
                text.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { folder, keys, screen, child, gone, reader }
    }

    fn shown(&self) -> String {
        self.screen.lock().unwrap().clone()
    }

    fn wait_for(&mut self, words: &str) {
        wait_until(&format!("`{words}` on the screen"), || {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.shown());
            self.shown().contains(words)
        });
    }

    fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
    }

    /// How it ended; nothing of it is left.
    fn end(&mut self) -> (Option<i32>, String, Vec<Record>) {
        wait_until("its end", || self.child.try_wait().unwrap().is_some());
        let code = self.child.wait().unwrap().code();
        let run = only_run(self.folder.path()).expect("there is a run");
        assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
        (code, self.shown(), records(&run))
    }
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn records(run: &Path) -> Vec<Record> {
    RunStore::open_read_only(run).unwrap().records().unwrap()
}

fn write_manifest(folder: &Path, seconds: &str) {
    let candidates = ["one", "two"].map(|name| candidate(name, r#""--mode", "honest""#));
    let workload = format!(
        r#"
[contract]
requests = 0

[workloads.plain]
requests = [{{ get = "/plaintext" }}]
closed = 2
warm-up = "50ms"
measure = "{seconds}"
"#
    );
    manifest(folder, "one", &format!("{}{workload}", candidates.join("")));
}

/// Reason and blame of each void trial, and how many were sealed.
fn trials(records: &[Record]) -> (Vec<(String, Blame)>, usize) {
    let outcomes = records.iter().filter_map(|record| match record {
        Record::Trial(trial) => Some(&trial.outcome),
        _ => None,
    });
    let (mut void, mut sealed) = (Vec::new(), 0);
    for outcome in outcomes {
        match outcome {
            TrialOutcome::Sealed(_) => sealed += 1,
            TrialOutcome::Void { reason, blame, .. } => void.push((reason.clone(), *blame)),
        }
    }
    (void, sealed)
}

/// The state of a process as the kernel gives it: `T` is stopped.
fn state(pid: i32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rfind(')').map_or("", |end| &text[end + 1..]);
    after.split_whitespace().next().unwrap_or("gone").to_owned()
}

#[test]
fn ctrl_c_once_keeps_the_trial_and_says_how_to_go_on() {
    let _alone = alone();
    let mut terminal = Terminal::run("1s", "4");
    terminal.wait_for("measure 1");
    terminal.press(CTRL_C);
    let (code, shown, records) = terminal.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("finishing this trial; once more to stop now"), "{shown}");
    assert!(shown.contains("resume     bakeoff resume "), "{shown}");
    assert_eq!(trials(&records), (Vec::new(), 1), "{shown}");
    assert!(matches!(records.last(), Some(Record::Interrupted(_))));
}

#[test]
fn ctrl_c_twice_ends_a_trial_of_an_hour_at_once() {
    let _alone = alone();
    let mut terminal = Terminal::run("1h", "4");
    terminal.wait_for("measure 1");
    terminal.press(CTRL_C);
    terminal.wait_for("finishing this trial");
    terminal.press(CTRL_C);
    // That it ends within the patience of this test, a minute of the hour, is the point.
    let (code, shown, records) = terminal.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("stopping now"), "{shown}");
    let (void, sealed) = trials(&records);
    assert_eq!(void, [("cut short by SIGINT".to_owned(), Blame::User)], "{shown}");
    assert_eq!(sealed, 0);
    let charged: u32 = Progress::of(&records).trials().iter().map(|trial| trial.charged).sum();
    assert_eq!(charged, 0, "what a person did is no try of the candidate's");
}

#[test]
fn ctrl_z_stops_the_candidate_too_and_the_trial_is_repeated_after_fg() {
    let _alone = alone();
    let mut terminal = Terminal::run("2s", "2");
    terminal.wait_for("measure 2");
    let bakeoff = terminal.child.id() as i32;
    let run = only_run(terminal.folder.path()).unwrap();
    let id = run.file_name().unwrap().to_str().unwrap().to_owned();
    let candidates = Mark::Run(&id).carriers();
    assert_eq!(candidates.len(), 1);
    terminal.press(CTRL_Z);
    for pid in [bakeoff, candidates[0]] {
        wait_until(&format!("{pid} to stop, it is {}", state(pid)), || state(pid) == "T");
    }
    // What `fg` does.
    kill_process(Pid::from_child(&terminal.child), Signal::CONT).unwrap();
    let (code, shown, records) = terminal.end();
    assert!([Some(0), Some(23)].contains(&code), "{code:?} {shown}");
    let (void, sealed) = trials(&records);
    assert_eq!(void.len(), 1, "{void:?} {shown}");
    assert!(void[0].0.contains("(Ctrl-Z)") && void[0].1 == Blame::User, "{void:?}");
    // Two rounds of the two and the reference's twin, none missing.
    assert_eq!(sealed, 6, "{shown}");
}

#[test]
fn a_terminal_that_goes_away_ends_it_and_resume_finishes_it() {
    let _alone = alone();
    let mut terminal = Terminal::run("1s", "2");
    terminal.wait_for("measure 1");
    let Terminal { folder, keys, mut child, gone, reader, .. } = terminal;
    gone.store(true, Ordering::SeqCst);
    reader.join().unwrap();
    // The last descriptor of it: the kernel sends the hang-up, and nobody reads what is said.
    drop(keys);
    wait_until("its end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(129));
    let run: PathBuf = only_run(folder.path()).unwrap();
    assert_eq!(left_of(run.file_name().unwrap().to_str().unwrap()), Vec::<String>::new());
    let status = support::bakeoff(folder.path(), &["resume"]).output().unwrap().status;
    assert!([Some(0), Some(23)].contains(&status.code()));
    assert_eq!(Progress::of(&records(&run)).finished(), Some("rounds done"));
}
