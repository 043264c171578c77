//! `paceline doctor`: says in words what is wrong with a running server, or with one that was dumped.

use crate::operate::Target;
use crate::operate::doctor::{self, Finding, Grade};
use crate::operate::dump::Dump;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Says in words what is wrong with a server and where to look.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline doctor --token-file /run/secrets/paceline-admin
  paceline doctor --save last-night.json
  paceline doctor --dump last-night.json

The exit code is 0 if nothing is wrong, 1 if something is, 2 if the server or the dump cannot be read.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    target: Target,
    /// Judge this dump instead of a running server
    #[arg(long, conflicts_with = "save")]
    dump: Option<PathBuf>,
    /// Keep what the server said
    #[arg(long)]
    save: Option<PathBuf>,
}

/// Most tasks looked at.
const TASKS: usize = 100_000;

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs) -> ExitCode {
    match examine(args) {
        Ok(found) if found.iter().any(|finding| finding.grade == Grade::Wrong) => ExitCode::from(1),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn examine(args: &DoctorArgs) -> anyhow::Result<Vec<Finding>> {
    let text = match &args.dump {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?,
        None => {
            let operator = args.target.operator()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(operator.fetch_text(TASKS))?
        }
    };
    if let Some(file) = &args.save {
        std::fs::write(file, &text).with_context(|| format!("writing {}", file.display()))?;
    }
    let dump: Dump = serde_json::from_str(&text).context("this is no dump of a server")?;
    let found = doctor::examine(&dump);
    print!("{}", doctor::text(&dump, &found));
    Ok(found)
}
