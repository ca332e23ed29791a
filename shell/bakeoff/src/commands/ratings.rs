//! `bakeoff ratings`: what people think, asked one by one and apart from the results.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use bakeoff_decision::ratings::{RatedCriterion, Ratings, Score, Sheet};
use bakeoff_report::date::utc;
use bakeoff_store::write_atomic;

use crate::beside::{problems, read_ratings};
use crate::commands::run::now_unix;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::load;
use crate::talk;

/// Collect ratings from people, each blind to the others
#[derive(Debug, clap::Args)]
pub(crate) struct RatingsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Rate(RateArgs),
    Merge(MergeArgs),
    Check(CheckArgs),
}

/// Ask one person for scores and reasons, and write them down
#[derive(Debug, clap::Args)]
struct RateArgs {
    /// Ratings file with the questions
    file: PathBuf,

    /// Who answers
    #[arg(long, value_name = "NAME")]
    rater: String,

    /// Rate the candidates of this manifest [default: beside FILE]
    #[arg(long, value_name = "DIR|FILE")]
    manifest: Option<PathBuf>,

    /// Write this person's ratings to a file of their own instead of adding to FILE
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

/// Put the files of several people together
#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Ratings files with the same questions
    #[arg(required = true, num_args = 1..)]
    files: Vec<PathBuf>,

    /// Where to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// Report every problem of a ratings file
#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// Ratings file
    file: PathBuf,
}

impl RatingsArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        match self.what {
            What::Rate(args) => args.exec(&mut std::io::stdin().lock()),
            What::Merge(args) => args.exec(),
            What::Check(args) => {
                let ratings = read_ratings(&args.file)?;
                let raters: Vec<&str> =
                    ratings.ratings.iter().map(|sheet| sheet.rater.as_str()).collect();
                writeln!(
                    context.out,
                    "{}: sound; {} criteria, rated by {}",
                    args.file.display(),
                    ratings.criteria.len(),
                    if raters.is_empty() { "nobody yet".to_owned() } else { raters.join(", ") }
                )?;
                Ok(Exit::Done)
            }
        }
    }
}

impl MergeArgs {
    fn exec(self) -> Result<Exit, Failure> {
        let mut files = self.files.iter();
        let mut all = match files.next() {
            Some(first) => read_ratings(first)?,
            None => return Err(Failure::usage("name at least one file")),
        };
        for file in files {
            all = all.merged(read_ratings(file)?).map_err(|found| problems(file, &found))?;
        }
        write(&self.output, &all)
    }
}

impl RateArgs {
    fn exec(self, input: &mut dyn BufRead) -> Result<Exit, Failure> {
        let mut ratings = read_ratings(&self.file)?;
        if self.output.is_none() && ratings.ratings.iter().any(|s| s.rater == self.rater) {
            let rater = &self.rater;
            return Err(Failure::usage(format!("`{rater}` has rated already; edit the file")));
        }
        let beside = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let manifest =
            self.manifest.clone().unwrap_or_else(|| beside.unwrap_or(Path::new(".")).to_owned());
        let experiment = load(&manifest)?.experiment;
        let candidates: Vec<&str> = experiment.candidates.iter().map(|c| c.name.as_str()).collect();
        if std::io::stdin().is_terminal() {
            talk::line(
                "Answer with a level and a reason, as in `4 small standard library`; `-` skips.",
            );
        }
        let mut scores = BTreeMap::new();
        for criterion in &ratings.criteria {
            ask_criterion(criterion);
            let mut given = BTreeMap::new();
            for candidate in &candidates {
                if let Some(score) = ask(criterion, candidate, input)? {
                    given.insert((*candidate).to_owned(), score);
                }
            }
            scores.insert(criterion.name.clone(), given);
        }
        let date = Some(utc(now_unix()).split(' ').next().unwrap_or_default().to_owned());
        let sheet = Sheet { rater: self.rater, date, weights: BTreeMap::new(), scores };
        if self.output.is_some() {
            // Blind: the file handed on holds one person's answers only.
            ratings.ratings.clear();
        }
        ratings.ratings.push(sheet);
        let found = ratings.problems();
        let path = self.output.unwrap_or(self.file);
        if !found.is_empty() {
            return Err(problems(&path, &found));
        }
        write(&path, &ratings)
    }
}

fn ask_criterion(criterion: &RatedCriterion) {
    let question = criterion.question.as_deref().unwrap_or("");
    talk::line(&format!("\n{}: {question}", criterion.name));
    for level in &criterion.levels {
        talk::line(&format!("  {}  {}", level.level, level.means));
    }
}

/// One answer; asked again until it is one. `None` if skipped.
fn ask(
    criterion: &RatedCriterion,
    candidate: &str,
    input: &mut dyn BufRead,
) -> Result<Option<Score>, Failure> {
    loop {
        let _ = write!(anstream::stderr(), "{candidate}: ");
        let mut line = String::new();
        let read = input.read_line(&mut line);
        if read.map_err(|why| Failure::usage(format!("cannot read the answer: {why}")))? == 0 {
            return Err(Failure::usage("the answers ended early; nothing was written"));
        }
        let line = line.trim();
        if line == "-" {
            return Ok(None);
        }
        let (level, reason) = line.split_once(' ').unwrap_or((line, ""));
        let known = |score: &f64| criterion.levels.iter().any(|known| known.level == *score);
        match level.parse::<f64>().ok().filter(known) {
            Some(score) if !reason.trim().is_empty() => {
                let reason = reason.trim().to_owned();
                return Ok(Some(Score { score, low: None, high: None, reason }));
            }
            Some(_) => talk::line("  a reason, please"),
            None => talk::line("  one of the levels above, please"),
        }
    }
}

fn write(path: &Path, ratings: &Ratings) -> Result<Exit, Failure> {
    let text = ratings.to_toml().map_err(|why| Failure::new(Exit::Bug, why))?;
    write_atomic(path, text.as_bytes())?;
    talk::line(&format!("wrote {}", path.display()));
    Ok(Exit::Done)
}
