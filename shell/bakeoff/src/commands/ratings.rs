//! `bakeoff ratings`: what people think, asked one by one and apart from the results.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use bakeoff_decision::ratings::{RATINGS_SCHEMA, RatedCriterion, Ratings, ScaleLevel, Sheet};
use bakeoff_experiment::criterion::Evidence;
use bakeoff_experiment::experiment::{Candidate, Experiment};
use bakeoff_experiment::metric::metric;
use bakeoff_report::date::utc;
use bakeoff_runner::control::Signals;
use bakeoff_store::write_atomic;
use bakeoff_units::Unit;

use crate::asking::{self, Question};
use crate::beside::{problems, read_ratings};
use crate::commands::run::now_unix;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listening::Listening;
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
    New(NewArgs),
    Rate(RateArgs),
    Merge(MergeArgs),
    Check(CheckArgs),
}

/// Write a ratings file with a question for each criterion, to be put into words
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Ratings file to write; it must not be there yet
    file: PathBuf,

    /// Criteria that people rate, by the names that the manifest gives them
    #[arg(required = true, num_args = 1.., value_name = "CRITERION")]
    criteria: Vec<String>,
}

/// Ask one person for scores and reasons, and write them down
#[derive(Debug, clap::Args)]
struct RateArgs {
    /// Ratings file with the questions
    file: PathBuf,

    /// Who answers
    #[arg(long, value_name = "NAME")]
    rater: String,

    /// Rate each candidate, or each language once for all its candidates
    #[arg(long, value_enum, default_value = "candidate")]
    by: By,

    /// Ask for swing points of every criterion of the manifest too: this person's own weights
    #[arg(long)]
    weights: bool,

    /// Rate the candidates of this manifest [default: beside FILE]
    #[arg(long, value_name = "DIR|FILE")]
    manifest: Option<PathBuf>,

    /// Write this person's ratings to a file of their own instead of adding to FILE
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

/// What is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Every candidate
    Candidate,
    /// Every language
    Language,
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
            What::New(args) => args.exec(),
            What::Rate(args) => {
                let unheard = |why: std::io::Error| {
                    let why = anyhow::Error::new(why).context("cannot listen for answers");
                    Failure::new(Exit::NotStarted, why)
                };
                let signals = Signals::install().map_err(unheard)?;
                let listening = Listening::new(&signals).map_err(unheard)?;
                let kept = args.exec(&mut BufReader::new(listening))?;
                match (kept, signals.ending()) {
                    (Kept::All, _) => Ok(Exit::Done),
                    (Kept::Some(said), None) => Err(Failure::usage(said)),
                    (Kept::Some(said), Some(ending)) => {
                        talk::line(&said);
                        Ok(Exit::of_signal(ending))
                    }
                }
            }
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

impl NewArgs {
    fn exec(self) -> Result<Exit, Failure> {
        if self.file.exists() {
            let file = self.file.display();
            return Err(Failure::usage(format!("`{file}` is there already; edit it")));
        }
        // Five levels; what they mean is for the team to say.
        let means = ["the worst that matters", "poor", "so-so", "good", "as good as it matters"];
        let levels: Vec<ScaleLevel> = (1..)
            .map(f64::from)
            .zip(means)
            .map(|(level, means)| ScaleLevel { level, means: means.to_owned() })
            .collect();
        let criterion = |name: &String| RatedCriterion {
            name: name.clone(),
            question: Some(format!("How good is the {name}?")),
            levels: levels.clone(),
        };
        let ratings = Ratings {
            schema: RATINGS_SCHEMA.to_owned(),
            example: false,
            criteria: self.criteria.iter().map(criterion).collect(),
            ratings: Vec::new(),
        };
        let found = ratings.problems();
        if !found.is_empty() {
            return Err(problems(&self.file, &found));
        }
        write(&self.file, &ratings)?;
        let file = self.file.display();
        talk::line("now say in it what each question asks and each level means, then");
        talk::line(&format!("  bakeoff ratings rate {file} --rater NAME"));
        Ok(Exit::Done)
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

/// How much of what was asked has been answered and written.
enum Kept {
    All,
    /// In words.
    Some(String),
}

impl Kept {
    fn some(path: &Path, answered: usize, all: usize) -> Self {
        let file = path.display();
        let kept = if answered == all {
            format!("the scores are kept in `{file}`, swing points are not")
        } else {
            format!(
                "{answered} of {all} are kept in `{file}`; the same command asks for the others"
            )
        };
        Self::Some(format!("the answers ended early: {kept}"))
    }
}

fn is_answered(sheet: &Sheet, question: &Question<'_>) -> bool {
    let scores = sheet.scores.get(&question.criterion.name);
    scores.is_some_and(|scores| scores.contains_key(question.subject))
}

impl RateArgs {
    fn exec(self, input: &mut dyn BufRead) -> Result<Kept, Failure> {
        let mut ratings = read_ratings(&self.file)?;
        if self.output.is_none() && ratings.example {
            let file = self.file.display();
            let hint = "`-o mine.toml` asks its questions and writes a file of your own";
            return Err(Failure::usage(format!("the ratings in `{file}` are made up; {hint}")));
        }
        let beside = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let manifest =
            self.manifest.clone().unwrap_or_else(|| beside.unwrap_or(Path::new(".")).to_owned());
        let experiment = load(&manifest)?.experiment;
        let subjects = subjects(&experiment, self.by);
        let mut sheet = self.begun(&mut ratings)?;
        let criteria = ratings.criteria.clone();
        let all: Vec<Question<'_>> = criteria
            .iter()
            .flat_map(|criterion| {
                subjects.iter().map(move |subject| Question { criterion, subject })
            })
            .collect();
        let open: Vec<Question<'_>> =
            all.iter().filter(|question| !is_answered(&sheet, question)).copied().collect();
        let unweighed = self.weights && sheet.weights.is_empty();
        if open.is_empty() && !unweighed {
            let rater = &self.rater;
            return Err(Failure::usage(format!("`{rater}` has rated already; edit the file")));
        }
        if open.len() < all.len() {
            let before = talk::plural(all.len() - open.len(), "answer");
            talk::line(&format!("going on: {before} kept"));
        }
        asking::explain();
        let asked = asking::scores(&open, input)?;
        for (question, answer) in open.iter().zip(asked.given) {
            let given = sheet.scores.entry(question.criterion.name.clone()).or_default();
            given.extend(answer.map(|score| (question.subject.to_owned(), score)));
        }
        let mut ended = asked.ended;
        if unweighed && !ended {
            (sheet.weights, ended) = weights(&experiment, &ratings, input)?;
        }
        let missing = all.iter().filter(|question| !is_answered(&sheet, question)).count();
        if ended && missing == open.len() {
            return Ok(Kept::Some("the answers ended early; nothing was written".to_owned()));
        }
        sheet.date = Some(utc(now_unix()).split(' ').next().unwrap_or_default().to_owned());
        ratings.ratings.push(sheet);
        let path = self.output.unwrap_or(self.file);
        let found = ratings.problems();
        if !found.is_empty() {
            return Err(problems(&path, &found));
        }
        write(&path, &ratings)?;
        Ok(if ended { Kept::some(&path, all.len() - missing, all.len()) } else { Kept::All })
    }

    /// What this person has answered before, taken out of `ratings`, which are then those that the answers are added to.
    fn begun(&self, ratings: &mut Ratings) -> Result<Sheet, Failure> {
        if let Some(output) = &self.output {
            // Blind: the file handed on holds one person's answers only.
            ratings.ratings.clear();
            ratings.example = false;
            if output.exists() {
                ratings.ratings = read_ratings(output)?.ratings;
                if ratings.ratings.iter().any(|sheet| sheet.rater != self.rater) {
                    let file = output.display();
                    return Err(Failure::usage(format!(
                        "`{file}` is there already, with the ratings of somebody else"
                    )));
                }
            }
        }
        let place = ratings.ratings.iter().position(|sheet| sheet.rater == self.rater);
        let begun = place.map(|place| ratings.ratings.remove(place));
        Ok(begun.unwrap_or_else(|| Sheet { rater: self.rater.clone(), ..Sheet::default() }))
    }
}

/// What is rated: the candidates, or their languages, each once.
fn subjects(experiment: &Experiment, by: By) -> Vec<&str> {
    fn name(candidate: &Candidate, by: By) -> &str {
        match by {
            By::Candidate => &candidate.name,
            By::Language => &candidate.language,
        }
    }
    let mut subjects: Vec<&str> = Vec::new();
    for subject in experiment.candidates.iter().map(|candidate| name(candidate, by)) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

/// One person's swing points, asked for with the way from worst to best in sight (METHODS.md B3), and whether the answers
/// ended before there were any.
fn weights(
    experiment: &Experiment,
    ratings: &Ratings,
    input: &mut dyn BufRead,
) -> Result<(BTreeMap<String, f64>, bool), Failure> {
    let described: Vec<String> = experiment
        .criteria
        .iter()
        .map(|criterion| {
            let way = match &criterion.evidence {
                Evidence::Measured { cell, best, worst, .. } => {
                    let unit = metric(&cell.metric).map_or(Unit::Count, |metric| metric.unit);
                    let (best, worst) = (unit.format(*best), unit.format(*worst));
                    format!("{} from {worst} to {best}", cell.metric)
                }
                Evidence::Rated { .. } => ratings.rated(&criterion.name).map_or_else(
                    || "from the lowest level to the highest".to_owned(),
                    |rated| {
                        let means = |level: Option<&ScaleLevel>| {
                            level.map_or(String::new(), |level| level.means.clone())
                        };
                        let levels = &rated.levels;
                        format!("from `{}` to `{}`", means(levels.first()), means(levels.last()))
                    },
                ),
                Evidence::Cited { .. } | Evidence::Unknown => "from worst to best".to_owned(),
            };
            format!("{}, {way}", criterion.name)
        })
        .collect();
    let points = asking::points(&described, input)?;
    let names = experiment.criteria.iter().map(|criterion| criterion.name.clone());
    Ok((names.zip(points.given).collect(), points.ended))
}

fn write(path: &Path, ratings: &Ratings) -> Result<Exit, Failure> {
    let text = ratings.to_toml().map_err(|why| Failure::new(Exit::Bug, why))?;
    write_atomic(path, text.as_bytes())?;
    talk::line(&format!("wrote {}", path.display()));
    Ok(Exit::Done)
}
