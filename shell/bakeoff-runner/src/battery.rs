//! Puts defective programs to the tools of their language and records who noticed, if anyone.

mod judge;
mod language;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{RwLock, mpsc};
use std::thread;
use std::time::Duration;

use bakeoff_experiment::battery::{BatteryOutcome, BatteryRecord, BatteryStep, Defect};

use crate::control::Signals;
use crate::environment::Environment;
use crate::tool::{self, Tool, ToolEnd, ToolError};

use judge::{Finding, Marks};
use language::{Class, Language};

/// How long building or checking one program may take.
const BUILD_WITHIN: Duration = Duration::from_mins(3);
/// How long one program may run; they take milliseconds unless they hang.
const RUN_WITHIN: Duration = Duration::from_secs(5);
/// Most of a program's text that is kept, in bytes.
const SOURCE_BYTES_MAX: usize = 8 * 1024;

/// Why the battery could not be run.
#[derive(Debug, thiserror::Error)]
pub enum BatteryError {
    /// A file of it could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of it does not say what it must.
    #[error("`{}` is not as `suites/README.md` describes it", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// A tool could not be run at all.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Runs every program of `folder` in every language of its `languages.toml`.
///
/// `told` hears of each program as it is judged. Programs are compiled side by side, and each runs
/// with the machine to itself. Ends early, with what it has, once `signals` say stop.
///
/// # Errors
///
/// [`BatteryError`] if the folder cannot be read; a missing toolchain is recorded, not an error.
pub fn run(
    environment: &Environment,
    signals: &Signals,
    folder: &Path,
    told: &mut dyn FnMut(&Defect),
) -> Result<BatteryRecord, BatteryError> {
    let languages = language::read_languages(&folder.join("languages.toml"))?;
    let classes = language::read_classes(folder)?;
    let mut record = BatteryRecord::default();
    for (name, language) in &languages {
        let turn = RwLock::new(());
        let bench = Bench { environment, signals, folder, name, language, turn };
        let version = bench.version()?;
        if let Ok(version) = &version {
            record.tools.push((name.clone(), version.clone()));
        }
        let source = |class: &Class| folder.join(&class.name).join(&language.file);
        let programs: Vec<(&Class, PathBuf)> = classes
            .iter()
            .map(|class| (class, source(class)))
            .filter(|(_, source)| source.exists())
            .collect();
        record.programs.extend(bench.examine_all(&programs, &version, told)?);
        if signals.ending().is_some() {
            return Ok(record);
        }
    }
    record.programs.sort_by(|a, b| (&a.class, &a.language).cmp(&(&b.class, &b.language)));
    Ok(record)
}

/// One language's tools, ready to be used on its programs.
struct Bench<'a> {
    environment: &'a Environment,
    signals: &'a Signals,
    folder: &'a Path,
    name: &'a str,
    language: &'a Language,
    /// Held by all who build, or by one who runs.
    turn: RwLock<()>,
}

/// What may go on while a step is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// Others may compile.
    Others,
    /// Nothing: how threads meet depends on who else computes.
    Nobody,
}

/// One program under examination.
struct Subject<'a> {
    class: &'a Class,
    source: &'a Path,
    marks: Marks,
    scratch: PathBuf,
    steps: Vec<BatteryStep>,
}

impl Bench<'_> {
    /// First line of the toolchain's answer, or why it is missing.
    fn version(&self) -> Result<Result<String, String>, BatteryError> {
        let end = match self.tool(&self.language.version, BUILD_WITHIN, self.name) {
            Ok(end) => end,
            Err(error @ ToolError::Spawn(_)) => return Ok(Err(error.to_string())),
            Err(error @ ToolError::Log { .. }) => return Err(error.into()),
        };
        let first = end.output.lines().next().unwrap_or_default().to_owned();
        let said = format!("`{}`: {}", self.language.version.join(" "), end.words);
        Ok(if end.success() { Ok(first) } else { Err(said) })
    }

    /// Examines as many programs side by side as there are processors: compiling is most of it.
    fn examine_all(
        &self,
        programs: &[(&Class, PathBuf)],
        version: &Result<String, String>,
        told: &mut dyn FnMut(&Defect),
    ) -> Result<Vec<Defect>, BatteryError> {
        let next = AtomicUsize::new(0);
        let (tell, hear) = mpsc::channel();
        let work = |tell: mpsc::Sender<_>| {
            while let Some((class, source)) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let defect = match version {
                    Ok(_) => self.examine(class, source),
                    Err(missing) => self.untested(class, source, missing),
                };
                // Nobody listens any more once one could not be examined at all.
                if tell.send(defect).is_err() || self.signals.ending().is_some() {
                    return;
                }
            }
        };
        thread::scope(|scope| {
            for _ in &self.environment.cpus {
                let tell = tell.clone();
                scope.spawn(|| work(tell));
            }
            drop(tell);
            hear.into_iter().map(|defect| defect.inspect(|defect| told(defect))).collect()
        })
    }

    fn examine(&self, class: &Class, source: &Path) -> Result<Defect, BatteryError> {
        let text = read(source)?;
        let scratch =
            self.environment.run_dir.join("tmp").join("battery").join(&class.name).join(self.name);
        fs::create_dir_all(&scratch)
            .map_err(|source| BatteryError::Read { path: scratch.clone(), source })?;
        let mut subject = Subject {
            class,
            source,
            marks: Marks::of(&text, &self.language.file),
            scratch,
            steps: Vec::new(),
        };
        let finding = self.put_to_the_tools(&mut subject)?;
        // Compilers leave tens of megabytes behind for each program.
        let _ = fs::remove_dir_all(&subject.scratch);
        Ok(self.defect(class, &text, finding, subject.steps))
    }

    /// The tools in the order in which a team would meet them; the first to notice decides.
    fn put_to_the_tools(&self, subject: &mut Subject<'_>) -> Result<Finding, BatteryError> {
        let compiled =
            self.step(Beside::Others, "compile", &self.language.compile, BUILD_WITHIN, subject)?;
        if let Some(finding) = judge::compiled(&compiled, &subject.marks) {
            return Ok(finding);
        }
        for lint in &self.language.lint {
            let linted = self.step(Beside::Others, "lint", lint, BUILD_WITHIN, subject)?;
            if let Some(finding) = judge::linted(&linted, lint, &subject.marks) {
                return Ok(finding);
            }
        }
        let mut worst: Option<Finding> = None;
        for _ in 0..subject.class.runs {
            let ran = self.step(Beside::Nobody, "run", &self.language.run, RUN_WITHIN, subject)?;
            let finding = judge::ran(&ran, &subject.class.expect, &self.language.message);
            if worst.as_ref().is_none_or(|worst| worse(&finding, worst)) {
                worst = Some(finding);
            }
        }
        let worst = worst.unwrap_or_else(|| Finding::new(BatteryOutcome::NotTested, "never run"));
        if worst.outcome == BatteryOutcome::Trapped {
            return Ok(worst);
        }
        for detector in &self.language.detect {
            let built =
                self.step(Beside::Others, "detect", &detector.build, BUILD_WITHIN, subject)?;
            if !built.success() {
                continue;
            }
            let ran =
                self.step(Beside::Nobody, "detect", &detector.run, RUN_WITHIN * 2, subject)?;
            if let Some(finding) = judge::detected(&ran, &detector.name, &worst) {
                return Ok(finding);
            }
        }
        Ok(worst)
    }

    fn step(
        &self,
        beside: Beside,
        step: &str,
        template: &[String],
        within: Duration,
        subject: &mut Subject<'_>,
    ) -> Result<ToolEnd, BatteryError> {
        let fill = |argument: &String| {
            argument
                .replace("{source}", &subject.source.to_string_lossy())
                .replace("{out}", &subject.scratch.join("program").to_string_lossy())
                .replace("{dir}", &subject.scratch.to_string_lossy())
        };
        let argv: Vec<String> = template.iter().map(fill).collect();
        let shared = (beside == Beside::Others).then(|| self.turn.read());
        let own = (beside == Beside::Nobody).then(|| self.turn.write());
        let log = format!("{}-{}", subject.class.name, self.name);
        let mut end = self.tool(&argv, within, &log)?;
        drop((shared, own));
        // Where the suite lies on this machine is nobody's business.
        for folder in [self.folder, &subject.scratch] {
            let folder = format!("{}/", folder.display());
            end.output = end.output.replace(&folder, "");
            end.tail = end.tail.replace(&folder, "");
        }
        // A program that runs ten times alike is shown once.
        let shown = BatteryStep {
            step: step.to_owned(),
            command: template.to_vec(),
            status: end.words.clone(),
            output: end.tail.clone(),
        };
        if subject.steps.last() != Some(&shown) {
            subject.steps.push(shown);
        }
        Ok(end)
    }

    /// Every program has a log of its own: what is appended to one at the same time gets mixed up.
    fn tool(&self, argv: &[String], within: Duration, log: &str) -> Result<ToolEnd, ToolError> {
        let tool = Tool {
            argv: argv.to_vec(),
            dir: self.folder.to_owned(),
            env: self.language.env.clone(),
            within,
            log: self.environment.log_dir().join("battery").join(format!("{log}.log")),
        };
        tool::run(self.environment, self.signals, &tool)
    }

    fn untested(
        &self,
        class: &Class,
        source: &Path,
        missing: &str,
    ) -> Result<Defect, BatteryError> {
        let evidence = format!("{missing}; {}", self.language.hint);
        let finding = Finding::new(BatteryOutcome::NotTested, &evidence);
        Ok(self.defect(class, &read(source)?, finding, Vec::new()))
    }

    fn defect(
        &self,
        class: &Class,
        text: &str,
        finding: Finding,
        steps: Vec<BatteryStep>,
    ) -> Defect {
        let mut source = text.to_owned();
        source.truncate(text.floor_char_boundary(SOURCE_BYTES_MAX));
        Defect {
            class: class.name.clone(),
            title: class.title.clone(),
            language: self.name.to_owned(),
            outcome: finding.outcome,
            evidence: finding.evidence,
            steps,
            source,
        }
    }
}

/// Whether `a` is worse for whoever has the defect than `b`.
fn worse(a: &Finding, b: &Finding) -> bool {
    let badness = |finding: &Finding| match finding.outcome {
        BatteryOutcome::SilentlyWrong => 3,
        BatteryOutcome::Hung => 2,
        BatteryOutcome::Trapped => 1,
        BatteryOutcome::Rejected
        | BatteryOutcome::Flagged
        | BatteryOutcome::DetectorOnly
        | BatteryOutcome::Harmless
        | BatteryOutcome::NotTested => 0,
    };
    badness(a) > badness(b)
}

fn read(path: &Path) -> Result<String, BatteryError> {
    fs::read_to_string(path).map_err(|source| BatteryError::Read { path: path.to_owned(), source })
}
