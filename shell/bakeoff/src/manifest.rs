//! Manifests on disk: found, read with the files beside them, and bent as the command line asks.

use std::path::{Path, PathBuf};

use bakeoff_experiment::experiment::{Experiment, Stop};
use bakeoff_experiment::manifest::{self, Files, Problems};
use bakeoff_experiment::yields::awaits_anything;

use crate::exit::Exit;
use crate::failure::Failure;

/// The name of a manifest.
pub(crate) const MANIFEST: &str = "bakeoff.toml";

/// A sound manifest.
pub(crate) struct Loaded {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The folder it is in.
    pub(crate) folder: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What it means.
    pub(crate) experiment: Experiment,
    /// What its author should look at all the same.
    pub(crate) warnings: Problems,
}

impl Loaded {
    /// Its folder from the top of its repository down: what a reader elsewhere can look up.
    /// Without a repository, the folder's name.
    pub(crate) fn place(&self) -> String {
        let top = self.folder.ancestors().find(|folder| folder.join(".git").exists());
        let below = top.and_then(|top| self.folder.strip_prefix(top).ok());
        let own_name = self.folder.file_name().map(Path::new);
        let place = below.filter(|below| !below.as_os_str().is_empty()).or(own_name);
        place.unwrap_or(&self.folder).to_string_lossy().into_owned()
    }
}

/// Reads the manifest at `path`, a file or the folder of a `bakeoff.toml`.
pub(crate) fn load(path: &Path) -> Result<Loaded, Failure> {
    let path = if path.is_dir() { path.join(MANIFEST) } else { path.to_owned() };
    let bytes = std::fs::read(&path).map_err(|why| {
        let hint = "name a manifest or its folder, or write one with `bakeoff init`";
        Failure::usage(format!("cannot read `{}`: {why}; {hint}", path.display()))
    })?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = std::path::absolute(parent.unwrap_or(Path::new(".")))
        .map_err(|why| Failure::usage(format!("no folder for `{}`: {why}", path.display())))?;
    let name = path.display().to_string();
    match manifest::read(&name, &bytes, &Beside(&folder)) {
        Ok(sound) => Ok(Loaded {
            path,
            folder,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            experiment: sound.experiment,
            warnings: sound.warnings,
        }),
        Err(problems) => Err(Failure::new(Exit::Usage, problems)),
    }
}

/// The files beside a manifest.
pub(crate) struct Beside<'a>(pub(crate) &'a Path);

impl Files for Beside<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|why| why.to_string())
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }
}

/// How the command line bends an experiment.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Shape {
    /// A quick look: fewer rounds, shorter trials, one open-loop rate
    #[arg(long)]
    pub(crate) quick: bool,

    /// Measure this many rounds, then look once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000), conflicts_with = "until")]
    pub(crate) rounds: Option<u32>,

    /// Measure until every primary verdict is decisive, looking after every round
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<Until>,

    /// Draw the order of trials and all requests from this seed
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Only these candidates, workloads or probes, by name and separated by commas; `battery` for that
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
}

/// When measuring stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Until {
    /// When every primary verdict is decisive.
    Decided,
}

/// First and last look of `--until decided` (METHODS.md, table of defaults).
const DECIDED: Stop = Stop::Decided { rounds_min: 8, rounds_max: 32 };

impl Shape {
    /// The experiment as asked for, and the seed.
    pub(crate) fn apply(&self, experiment: Experiment) -> Result<(Experiment, u64), Failure> {
        let mut experiment = if self.only.is_empty() {
            experiment
        } else {
            experiment.only(&self.only).map_err(Failure::usage)?
        };
        if self.quick {
            experiment = experiment.quickened();
        }
        if let Some(rounds) = self.rounds {
            experiment.judging.stop = Stop::Fixed { rounds };
        }
        match (self.until, &experiment.judging.stop) {
            (None, _) | (Some(Until::Decided), Stop::Decided { .. }) => {}
            (Some(Until::Decided), Stop::Fixed { .. } | Stop::Precision { .. }) => {
                experiment.judging.stop = DECIDED;
            }
        }
        if !awaits_anything(&experiment) {
            let primary = experiment.judging.primary.join(", ");
            return Err(Failure::usage(format!(
                "a run that stops when its verdicts say so would wait for nothing: no workload \
                 yields a primary metric ({primary}); name others in `judging.primary`, or give \
                 it rounds: --rounds N"
            )));
        }
        Ok((experiment, self.seed.unwrap_or_else(new_seed)))
    }
}

/// A seed nobody chose, short enough to be read out.
fn new_seed() -> u64 {
    let mut bytes = [0; 4];
    // On failure (a kernel older than any we run on) the zeroes are as good a seed as any.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    u64::from(u32::from_le_bytes(bytes))
}
