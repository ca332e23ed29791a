//! What is said on stderr: for people, never data.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use bakeoff_experiment::experiment::Experiment;
use bakeoff_experiment::manifest::Problems;
use bakeoff_experiment::yields;

use crate::exit::Exit;
use crate::failure::Failure;

/// Whether stderr shows colour.
pub(crate) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Whether somebody watches stderr.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}

/// Whether stdout shows colour.
pub(crate) fn is_stdout_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Columns of the terminal that stdout is; 100 where it is none.
pub(crate) fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stdout())
        .map(|size| usize::from(size.ws_col))
        .ok()
        .filter(|columns| 20 <= *columns)
        .unwrap_or(100)
}

/// One line.
pub(crate) fn line(text: &str) {
    // Nobody may be left to read it; that is no reason to stop.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// One line, unless it was said before: several parts of an answer rest on the same file.
pub(crate) fn line_once(text: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    // What was said stays said, whoever else has panicked.
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.insert(text.to_owned()) {
        line(text);
    }
}

/// Problems of a manifest, with their lines marked.
pub(crate) fn problems(problems: &Problems) {
    let _ = write!(anstream::stderr(), "{}", problems.render(is_coloured()));
}

/// Primary metrics that a run which stops by its verdicts will not wait for, a line each.
pub(crate) fn unawaited(experiment: &Experiment) {
    for metric in yields::unawaited(experiment) {
        line(&format!("warning    {metric}"));
    }
}

/// `1 round`, `2 rounds`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Why a command failed: the chain of causes, the outermost first.
pub(crate) fn failure(failure: &Failure) {
    if let Some(found) = failure.error.downcast_ref::<Problems>() {
        problems(found);
        return;
    }
    let red = anstyle::AnsiColor::Red.on_default().bold();
    line(&format!("{red}error{red:#}: {}", failure.error));
    for cause in failure.error.chain().skip(1) {
        line(&format!("  because: {cause}"));
    }
    if failure.exit == Exit::Bug {
        line("  this is a bug in bakeoff; please report it with the lines above");
    }
}
