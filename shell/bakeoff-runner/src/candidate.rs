//! A running candidate: started, awaited, looked after, stopped.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bakeoff_experiment::database::{DATABASE_HOLE, POOL_HOLE};
use bakeoff_experiment::experiment::{Candidate, Source};
use bakeoff_experiment::observation::Blame;
use bakeoff_experiment::upstream::UPSTREAM_HOLE;
use bakeoff_units::Unit;
use rustix::process::Pid;

use crate::control::{Guarded, Signals};
use crate::database::{DatabaseError, Fresh, Server};
use crate::environment::Environment;
use crate::launch::{self, EXIT_NOT_EXECUTED, SpawnError, Spec, describe};
use crate::limits::{Group, Tree, Wanted};
use crate::mark::Marks;
use crate::output::Output;
use crate::reaper::group_prefix;
use crate::upstream::{Beside, NOBODY};
use crate::{proc_fs, ready};

/// Ports tried for candidates: below those that the kernel gives to outgoing connections, ours to
/// the candidate among them.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// What to start, and what it gets.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Where.
    pub environment: &'a Environment,
    /// Control groups of this machine.
    pub tree: &'a Tree,
    /// What.
    pub candidate: &'a Candidate,
    /// Its artifact, as the build's receipt names it; empty if it has none.
    pub artifact: &'a Path,
    /// Which limits and processors.
    pub wanted: &'a Wanted,
    /// Unique among the starts of the run: `trial-12-1`, `contract-rust-axum`.
    pub name: &'a str,
    /// What is started beside it first, if it calls one.
    pub upstream: Option<&'a Beside>,
    /// Where a database is made for it first, if it uses one.
    pub database: Option<&'a Server>,
    /// Whom to stop for.
    pub signals: &'a Signals,
}

/// A candidate that answers.
#[derive(Debug)]
pub struct Running {
    /// Where it answers.
    pub address: SocketAddr,
    /// From exec to the first correct answer, in seconds; `None` if it ran before.
    pub start_seconds: Option<f64>,
    process: Option<Process>,
    upstream: Option<Box<Running>>,
    /// Dropped last, when nobody uses it any more.
    database: Option<Fresh>,
}

/// The processes of a candidate that we started.
#[derive(Debug)]
pub struct Process {
    pub(crate) child: Child,
    pub(crate) leader: i32,
    pub(crate) group: Group,
    pub(crate) start: String,
    pub(crate) output: Output,
    pub(crate) status: Option<ExitStatus>,
    tmp: PathBuf,
    /// It is stopped and continued with us.
    _guarded: Option<Guarded>,
}

/// Why a candidate never got as far as answering.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// We could not even try.
    #[error("could not be started")]
    Spawn(#[from] SpawnError),
    /// Something around it failed.
    #[error("could not prepare to start it")]
    Prepare(#[from] io::Error),
    /// Its address is not one that we may load.
    #[error("`{url}` is not an address on this machine")]
    Address {
        /// The address as given.
        url: String,
    },
    /// It ended instead.
    #[error("ended {seconds:.2} s after its start with {status}{hint}{}", quoted(tail))]
    Exited {
        /// How it ended, in words.
        status: String,
        /// How soon, in seconds.
        seconds: f64,
        /// What it printed last, escaped.
        tail: String,
        /// What to do, or empty.
        hint: String,
    },
    /// It runs, but the ready request is not answered as it should be.
    #[error("not ready within {seconds} s: `{probe}` {last}{}", quoted(tail))]
    NotReady {
        /// What was asked.
        probe: String,
        /// What came of it last.
        last: String,
        /// The time given, in seconds.
        seconds: f64,
        /// What it printed last, escaped.
        tail: String,
    },
    /// Somebody else answers at its address.
    #[error("the socket that answers at {address} belongs to {holder}, not to the candidate")]
    Foreign {
        /// Where.
        address: SocketAddr,
        /// Who, as far as can be seen.
        holder: String,
    },
    /// What it calls could not be started beside it.
    #[error("the upstream beside it")]
    Upstream {
        /// Why not.
        source: Box<StartError>,
    },
    /// There is no database for it.
    #[error("no database could be made for it")]
    Database(#[from] DatabaseError),
    /// A signal came meanwhile.
    #[error("stopped by a signal")]
    Stopped,
}

fn quoted(tail: &str) -> String {
    if tail.is_empty() { String::new() } else { format!("; its last output:\n{tail}") }
}

impl StartError {
    /// Whose fault it is.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Spawn(_)
            | Self::Prepare(_)
            | Self::Foreign { .. }
            | Self::Upstream { .. }
            | Self::Database(_) => Blame::Host,
            Self::Exited { .. } | Self::NotReady { .. } | Self::Address { .. } => Blame::Candidate,
            Self::Stopped => Blame::User,
        }
    }
}

/// Addresses that a candidate is told.
#[derive(Clone, Copy, Debug)]
struct Addresses<'a> {
    /// Where it is to listen.
    own: SocketAddr,
    /// Where its upstream listens, if one does.
    asked: Option<SocketAddr>,
    /// Its database, if it uses one.
    database: Option<&'a Fresh>,
}

/// The folder of a candidate's source.
pub fn source_dir(environment: &Environment, candidate: &Candidate) -> PathBuf {
    match &candidate.source {
        Source::Dir(dir) => environment.manifest_dir.join(dir),
        Source::Git { dir, .. } => {
            environment.cache_dir.join("checkouts").join(&candidate.name).join(dir)
        }
        Source::Url(_) => environment.manifest_dir.clone(),
    }
}

impl Start<'_> {
    /// Starts the candidate and returns once it answers the ready request as it should.
    ///
    /// # Errors
    ///
    /// [`StartError`]; then nothing of it is left running.
    pub fn run(&self) -> Result<Running, StartError> {
        if let Source::Url(url) = &self.candidate.source {
            let address = loopback(url).ok_or_else(|| StartError::Address { url: url.clone() })?;
            let mut running = Running::at(address);
            ready::wait(&mut running, self, None)?;
            return Ok(running);
        }
        let upstream = self.upstream.filter(|_| self.candidate.calls_upstream());
        let upstream = upstream.map(|beside| beside.start(self)).transpose()?;
        let server = self.database.filter(|_| self.candidate.uses_database());
        let database = server.map(|server| server.fresh(self.name)).transpose()?;
        let port = free_port(self.name)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let name = format!("{}{}", group_prefix(&self.environment.run), self.name);
        let tmp = self.environment.run_dir.join("tmp").join(self.name);
        fs::create_dir_all(&tmp)?;
        let group = Group::create(self.tree, &name, self.wanted);
        let note = tmp.join(".launched");
        let began = launch::monotonic_nanos();
        let (out_reader, out_writer) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(io::Error::from)?;
        let (error_reader, error_writer) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(io::Error::from)?;
        let asked = upstream.as_ref().map(|running| running.address);
        let addresses = Addresses { own: address, asked, database: database.as_ref() };
        let spec = self.spec(addresses, &group, &name, &tmp, &note);
        let stdio = |writer: OwnedFd| Stdio::from(writer);
        let exe = &self.environment.exe;
        let child = launch::spawn(exe, spec, stdio(out_writer), stdio(error_writer));
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                let _ = group.remove();
                return Err(error.into());
            }
        };
        let leader = child.id() as i32;
        let guarded = Pid::from_raw(leader).map(|leader| self.signals.guard(leader));
        let output = Output::drain(out_reader, error_reader)?;
        let process = Process {
            child,
            leader,
            group,
            start: name,
            output,
            status: None,
            tmp,
            _guarded: guarded,
        };
        let upstream = upstream.map(Box::new);
        let process = Some(process);
        let mut running = Running { process, upstream, database, ..Running::at(address) };
        // Dropping what runs, here on an error, kills it.
        ready::wait(&mut running, self, Some((&note, began)))?;
        Ok(running)
    }

    fn spec(
        &self,
        addresses: Addresses<'_>,
        group: &Group,
        name: &str,
        tmp: &Path,
        note: &Path,
    ) -> Spec {
        let dir = source_dir(self.environment, self.candidate);
        let Addresses { own, asked, database } = addresses;
        let asked = asked.map_or(NOBODY.to_owned(), |address| address.to_string());
        let url = database.map(Fresh::url).unwrap_or_default();
        let pool = database.map_or(0, Fresh::pool).to_string();
        let fill = |text: &String| {
            text.replace("{artifact}", &self.artifact.to_string_lossy())
                .replace("{address}", &own.to_string())
                .replace("{port}", &own.port().to_string())
                .replace("{dir}", &dir.to_string_lossy())
                .replace(UPSTREAM_HOLE, &asked)
                .replace(DATABASE_HOLE, &url)
                .replace(POOL_HOLE, &pool)
        };
        let env = self.candidate.env.iter().map(|(key, value)| (key.clone(), fill(value)));
        Spec {
            argv: self.candidate.run.iter().map(fill).collect(),
            env: env.collect(),
            tmp: tmp.to_owned(),
            cpus: self.wanted.cpus.clone(),
            join: group.join_files(),
            note: note.to_owned(),
            marks: Marks::new(&self.environment.run, Some(name)),
            parent: 0,
            dir,
        }
    }
}

impl Running {
    /// Something that answers there and is not ours.
    fn at(address: SocketAddr) -> Self {
        Self { address, start_seconds: None, process: None, upstream: None, database: None }
    }

    /// The database that was made for it.
    pub(crate) fn database(&self) -> Option<&Fresh> {
        self.database.as_ref()
    }

    /// Its processes, if we started it.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    pub(crate) fn process_mut(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    pub(crate) fn take_process(&mut self) -> Option<Process> {
        self.process.take()
    }

    pub(crate) fn take_upstream(&mut self) -> Option<Box<Self>> {
        self.upstream.take()
    }

    /// What was started beside it for it to call.
    pub fn upstream(&self) -> Option<&Self> {
        self.upstream.as_deref()
    }

    /// How its upstream ended, in words, if it did.
    pub fn upstream_ended(&mut self) -> Option<String> {
        self.upstream.as_mut()?.ended()
    }

    /// What it printed last, escaped.
    pub fn tail(&self) -> String {
        self.process.as_ref().map(|process| process.output.tail()).unwrap_or_default()
    }

    /// How it ended, in words, if it did.
    pub fn ended(&mut self) -> Option<String> {
        let process = self.process.as_mut()?;
        process.ended().map(|status| process.describe(status))
    }

    /// Limits really in force, in words by name.
    pub fn limits(&self) -> BTreeMap<String, String> {
        let held = self.process.as_ref().map(|process| process.group.in_force());
        held.into_iter().flatten().map(|(name, held)| (name.clone(), held.describe())).collect()
    }
}

impl Process {
    /// The live processes of it: those in its control group, or else its descendants.
    pub fn pids(&self) -> Vec<i32> {
        if self.group.exists() {
            let pids = self.group.pids();
            return pids.into_iter().filter(|&pid| proc_fs::alive(pid)).collect();
        }
        let mut pids = proc_fs::descendants(self.leader);
        if proc_fs::alive(self.leader) {
            pids.insert(0, self.leader);
        }
        pids
    }

    /// The process that was started.
    pub fn leader(&self) -> i32 {
        self.leader
    }

    /// Its control group.
    pub fn group(&self) -> &Group {
        &self.group
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// How it ended, in words, with what the control group knows of it.
    pub(crate) fn describe(&self, status: ExitStatus) -> String {
        if 0 < self.group.oom_kills() {
            let peak = self
                .group
                .memory_peak()
                .map_or(String::new(), |peak| format!(" at {}", Unit::Bytes.format(peak as f64)));
            return format!("{}: OOM-killed{peak}, the memory limit", describe(status));
        }
        if 0 < self.group.pids_refused() {
            return format!("{}, after the pids limit refused it a process", describe(status));
        }
        describe(status)
    }

    pub(crate) fn clean_up(&self) {
        // What cannot be removed is found and reported when the run is taken up again.
        let _ = self.group.remove();
        let _ = fs::remove_dir_all(&self.tmp);
    }
}

/// What to do about a candidate that ended at once.
pub(crate) fn exit_hint(status: ExitStatus, tail: &str) -> String {
    let lower = tail.to_ascii_lowercase();
    if status.code() == Some(EXIT_NOT_EXECUTED) {
        return " (its command could not be executed: see `run` in the manifest)".to_owned();
    }
    if lower.contains("address already in use") || lower.contains("eaddrinuse") {
        return " (its port is taken: does it listen on the address it is given?)".to_owned();
    }
    String::new()
}

/// A port on which nobody listens. Every search starts at a place of its own, so that two starts
/// at the same time do not find the same one, and one in TIME-WAIT is not met at once.
fn free_port(name: &str) -> io::Result<u16> {
    static STARTS: AtomicU64 = AtomicU64::new(0);
    let span = usize::from(PORTS.end - PORTS.start);
    let start = STARTS.fetch_add(1, Ordering::Relaxed);
    let hash = blake3::hash(format!("{name} {} {start}", std::process::id()).as_bytes());
    let [low, high, ..] = hash.as_bytes();
    let first = usize::from(u16::from_le_bytes([*low, *high])) % span;
    (0..span)
        .map(|step| PORTS.start + ((first + step) % span) as u16)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no free port for the candidate"))
}

/// The address of a URL on this machine; nothing else is loaded (FAILURES.md, "Whom we may load").
fn loopback(url: &str) -> Option<SocketAddr> {
    let authority = url.strip_prefix("http://")?.split('/').next()?;
    let authority = authority.replace("localhost", "127.0.0.1");
    let address: SocketAddr =
        authority.parse().or_else(|_| format!("{authority}:80").parse()).ok()?;
    address.ip().is_loopback().then_some(address)
}

/// How long stopping waits when we are in a hurry.
pub(crate) const HURRY: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded() {
        let taken = ["http://127.0.0.1:80/x", "http://localhost:8080", "http://[::1]:90/"];
        assert!(taken.iter().all(|url| loopback(url).is_some()));
        let refused = [
            "http://10.0.0.1:80/",
            "http://example.com/",
            "https://127.0.0.1:80/",
            "http://127.0.0.1.example.com:80/",
            "http://[::ffff:10.0.0.1]:80/",
        ];
        assert!(refused.iter().all(|url| loopback(url).is_none()));
    }
}
