//! `bakeoff completions`: what a shell needs to complete our command line; and the man page.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bakeoff", &mut script);
        context.out.write_all(&script)?;
        Ok(Exit::Done)
    }
}

/// Prints the man page.
pub(crate) fn man(context: &mut Context) -> Result<Exit, Failure> {
    let page = clap_mangen::Man::new(Cli::command());
    page.render(&mut context.out)?;
    Ok(Exit::Done)
}
