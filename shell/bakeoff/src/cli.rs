//! The command line: what can be asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::analyse::AnalyseArgs;
use crate::commands::check::CheckArgs;
use crate::commands::claims::ClaimsArgs;
use crate::commands::clean::CleanArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::decide::DecideArgs;
use crate::commands::doctor::{CalibrateArgs, DoctorArgs};
use crate::commands::export::ExportArgs;
use crate::commands::gate::GateArgs;
use crate::commands::init::InitArgs;
use crate::commands::load::LoadArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::ratings::RatingsArgs;
use crate::commands::reference::ReferenceArgs;
use crate::commands::report::ReportArgs;
use crate::commands::resume::ResumeArgs;
use crate::commands::run::RunArgs;
use crate::commands::runs::RunsArgs;
use crate::commands::schema::SchemaArgs;
use crate::commands::show::ShowArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Choose between implementations of a service on evidence
#[derive(Debug, Parser)]
#[command(name = "bakeoff", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Folder of runs [default: .bakeoff/runs of the repository]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "BAKEOFF_STORE",
        hide_env_values = true,
        display_order = 900
    )]
    pub(crate) store: Option<PathBuf>,

    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        display_order = 901
    )]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "RUN is an id, the beginning of one, `latest`, or a path.
Exit codes: 0 done, 2 usage or manifest, 10 requirement or gate failed, 11 inconclusive,
12 regression, 20 build, 21 contract, 22 start, 23 run invalid, 30 store, 31 locked,
32 cannot write, 129/130/143 interrupted (docs/exit-codes.md).";

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(InitArgs),
    Run(RunArgs),
    Resume(ResumeArgs),
    Check(CheckArgs),
    Plan(PlanArgs),
    Report(ReportArgs),
    Decide(DecideArgs),
    Claims(ClaimsArgs),
    Gate(GateArgs),
    Compare(CompareArgs),
    Runs(RunsArgs),
    Show(ShowArgs),
    Ratings(RatingsArgs),
    Export(ExportArgs),
    Analyse(AnalyseArgs),
    Load(Box<LoadArgs>),
    Doctor(DoctorArgs),
    Calibrate(CalibrateArgs),
    Clean(CleanArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    #[command(name = "__reference", hide = true)]
    Reference(ReferenceArgs),
    /// Print the man page
    #[command(name = "__man", hide = true)]
    Man,
}

impl Command {
    /// Does what was asked.
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        match self {
            Self::Init(args) => args.exec(context),
            Self::Run(args) => args.exec(context),
            Self::Resume(args) => args.exec(context),
            Self::Check(args) => args.exec(context),
            Self::Plan(args) => args.exec(context),
            Self::Report(args) => args.exec(context),
            Self::Decide(args) => args.exec(context),
            Self::Claims(args) => args.exec(context),
            Self::Ratings(args) => args.exec(context),
            Self::Gate(args) => args.exec(context),
            Self::Compare(args) => args.exec(context),
            Self::Runs(args) => args.exec(context),
            Self::Show(args) => args.exec(context),
            Self::Export(args) => args.exec(context),
            Self::Analyse(args) => args.exec(context),
            Self::Load(args) => args.exec(context),
            Self::Doctor(args) => args.exec(context),
            Self::Calibrate(args) => args.exec(context),
            Self::Reference(args) => args.exec(context),
            Self::Clean(args) => args.exec(context),
            Self::Schema(args) => args.exec(context),
            Self::Completions(args) => args.exec(context),
            Self::Man => crate::commands::completions::man(context),
        }
    }
}
