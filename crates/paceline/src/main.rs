//! The binary: one command for each thing that one does with a dispatch engine.

mod commands;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A real-time dispatch engine: who should serve what, now?
///
/// Begin with `paceline demo`: a day in Manhattan, dispatched before your eyes.
#[derive(Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Simulate a day in virtual time and print what came of it
    Sim(commands::sim::SimArgs),
    /// Import, inspect and query road networks
    #[command(subcommand)]
    Road(commands::road::RoadCommand),
    /// Verify and print journals
    #[command(subcommand)]
    Journal(commands::journal::JournalCommand),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sim(args) => commands::sim::run(args),
        Command::Road(command) => commands::road::run(command),
        Command::Journal(command) => commands::journal::run(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
