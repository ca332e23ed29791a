//! `bakeoff check`: whether a manifest is sound.

use std::path::PathBuf;

use bakeoff_experiment::manifest::Problems;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::load;
use crate::talk::plural;

/// Read a manifest and report every problem in it
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Manifest, or the folder of a bakeoff.toml
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    path: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CheckArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        match load(&self.path) {
            Ok(loaded) if self.json => {
                context.json(&json!({
                    "schema": "bakeoff.check/1",
                    "sound": true,
                    "problems": loaded.warnings.list,
                    "experiment": loaded.experiment,
                }))?;
                Ok(Exit::Done)
            }
            Ok(loaded) => {
                crate::talk::problems(&loaded.warnings);
                let experiment = &loaded.experiment;
                writeln!(
                    context.out,
                    "{}: sound; {}, {}, {}, {}",
                    loaded.path.display(),
                    plural(experiment.candidates.len(), "candidate"),
                    plural(experiment.workloads.len(), "workload"),
                    plural(experiment.probes.len(), "probe"),
                    match experiment.criteria.len() {
                        1 => "1 criterion".to_owned(),
                        many => format!("{many} criteria"),
                    },
                )?;
                Ok(Exit::Done)
            }
            Err(failure) => match failure.error.downcast_ref::<Problems>() {
                Some(problems) if self.json => {
                    context.json(&json!({
                        "schema": "bakeoff.check/1", "sound": false, "problems": problems.list,
                    }))?;
                    Ok(Exit::Usage)
                }
                Some(_) | None => Err(failure),
            },
        }
    }
}
