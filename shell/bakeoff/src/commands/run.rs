//! `bakeoff run`: from a manifest to sealed trials and an answer.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use bakeoff_experiment::lock::Lock;
use bakeoff_experiment::plan::Plan;
use bakeoff_experiment::record::Opened;
use bakeoff_store::{RunStore, new_run_id};

use crate::beside;
use crate::context::Context;
use crate::execution::{Budget, execute};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::{Loaded, Shape, load};
use crate::talk;

/// Build the candidates, hold them to the contract, measure them side by side, and answer
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Manifest, or the folder of a bakeoff.toml
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    shape: Shape,

    #[command(flatten)]
    budget: Budget,
}

impl RunArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let loaded = load(&self.path)?;
        talk::problems(&loaded.warnings);
        let opened = opened(loaded, &self.shape)?;
        let store = RunStore::create(&context.store, &opened)?;
        talk::line(&format!("bakeoff    {}", opened.version));
        talk::line(&format!("question   {}", opened.experiment.title));
        talk::line(&format!("run        {}", opened.run));
        talk::line(&format!("seed       {}", opened.plan.seed));
        talk::line(&format!("lock       {}", &opened.lock[..16]));
        talk::line(&format!("store      {}", store.folder().display()));
        talk::unawaited(&opened.experiment);
        execute(store, &opened, &self.budget, context)
    }
}

/// How the run begins: everything that is fixed before the first trial.
fn opened(loaded: Loaded, shape: &Shape) -> Result<Opened, Failure> {
    let place = loaded.place();
    let (experiment, seed) = shape.apply(loaded.experiment)?;
    let plan = Plan::draw(&experiment, seed);
    let files = beside::texts(&experiment, &loaded.folder)?;
    let lock = Lock::of(&experiment, &files, seed).hash();
    Ok(Opened {
        run: new_run_id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at_unix: now_unix(),
        command: std::env::args().collect(),
        place,
        folder: loaded.folder.to_string_lossy().into_owned(),
        manifest: loaded.text,
        files,
        experiment,
        plan,
        lock,
    })
}

/// Now, in seconds since the Unix epoch. For people.
pub(crate) fn now_unix() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
