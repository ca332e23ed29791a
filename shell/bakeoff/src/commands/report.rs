//! `bakeoff report`: a run as a document.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use bakeoff_report::terminal::Layout;
use bakeoff_report::{csv, html, json, junit, markdown, terminal};
use bakeoff_store::write_atomic;

use crate::beside::FilesNow;
use crate::conclusion::Conclusion;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;
use crate::talk;

/// Print what a run says, or write it as HTML, Markdown, JSON, CSV or XML
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// Run to report on: an id or its beginning, `latest`, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    run: String,

    /// Format [default: by the name of FILE, else text]
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    weights: Weights,
}

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The summary for a terminal
    Text,
    /// One self-contained page
    Html,
    /// For a pull request
    Md,
    /// `bakeoff.report/1`
    Json,
    /// The comparisons as a table
    Csv,
    /// For CI systems
    Junit,
}

impl ReportArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let format = self.format()?;
        let store = context.read(&self.run)?;
        let conclusion = Conclusion::weighed(&store, &self.weights, FilesNow::default())?;
        let report = conclusion.report();
        let text = match format {
            Format::Text => terminal::render(&report, &self.layout()),
            Format::Html => html::render(&report).map_err(|why| Failure::new(Exit::Bug, why))?,
            Format::Md => markdown::render(&report, None),
            Format::Json => json::render(&report)?,
            Format::Csv => csv::render(&report),
            Format::Junit => junit::render(&report),
        };
        match &self.output {
            None => context.out.write_all(text.as_bytes())?,
            Some(path) => {
                write_atomic(path, text.as_bytes())?;
                talk::line(&format!("wrote {}", path.display()));
            }
        }
        Ok(Exit::Done)
    }

    /// As wide and as colourful as the terminal; what goes elsewhere is the same everywhere.
    fn layout(&self) -> Layout<'static> {
        if self.output.is_some() || !std::io::stdout().is_terminal() {
            return Layout::default();
        }
        Layout { width: talk::width(), colour: talk::is_stdout_coloured(), ..Layout::default() }
    }

    fn format(&self) -> Result<Format, Failure> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let Some(path) = &self.output else { return Ok(Format::Text) };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html" | "htm") => Ok(Format::Html),
            Some("md") => Ok(Format::Md),
            Some("json") => Ok(Format::Json),
            Some("csv") => Ok(Format::Csv),
            Some("xml") => Ok(Format::Junit),
            Some("txt") => Ok(Format::Text),
            Some(_) | None => Err(Failure::usage(format!(
                "`{}` does not tell its format; give --format",
                path.display()
            ))),
        }
    }
}
