//! The binary: one command for each thing that one does with a dispatch engine.

mod client;
mod commands;
mod config;
mod export;
mod heard;
mod inventory;
mod journal_at;
mod journaled;
mod operate;
mod values;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Rounds and simulated days make many small things and drop them soon: a fourteenth of a day's processor time is saved. Heap
/// profiles need the other one.
#[cfg(not(feature = "profiles"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Serve a simulated city and watch it being dispatched in the browser
    Demo(commands::demo::DemoArgs),
    /// Serve a region over HTTP
    Serve(commands::serve::ServeArgs),
    /// Simulate a day in virtual time and print what came of it
    Sim(commands::sim::SimArgs),
    /// Solve a routing instance: pick-up and delivery, time windows, ride times, batteries
    Solve(commands::solve::SolveArgs),
    /// Make a folder for a city of your own: its streets, a day for the simulator, settings for a server
    #[command(subcommand)]
    City(commands::city::CityCommand),
    /// Look at a cluster of servers and move its regions
    #[command(subcommand)]
    Cluster(commands::cluster::ClusterCommand),
    /// Import, inspect and query road networks
    #[command(subcommand)]
    Road(commands::road::RoadCommand),
    /// Look at an edge region, place workloads, ask why, drain nodes
    #[command(subcommand)]
    Edge(commands::edge::EdgeCommand),
    /// Look at a bikes region, its feeds and its trip files: stations, hotspots, vans, work orders, and why
    #[command(subcommand)]
    Bikes(commands::bikes::BikesCommand),
    /// Run on an edge node: report it, run what is placed there, answer inferences
    Agent(commands::agent::AgentArgs),
    /// Schedule the pods of a Kubernetes cluster, ask why one waits, check who stands where the rules forbid it
    #[cfg(feature = "kubernetes")]
    #[command(subcommand)]
    Kubernetes(commands::kubernetes::KubernetesCommand),
    /// Say whether a new release of any service may stay, by what it and the old one count
    Gate(commands::gate::GateArgs),
    /// Sign models, hand them to a server, fetch and check them
    #[command(subcommand)]
    Artefacts(commands::artefacts::ArtefactsCommand),
    /// The process that one model runs in
    #[cfg(feature = "onnx")]
    #[command(hide = true)]
    RunModel(commands::run_model::RunModelArgs),
    /// Verify, print and export journals
    #[command(subcommand)]
    Journal(commands::journal::JournalCommand),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(commands::keys::KeysCommand),
    /// Follow the tasks of a running server in a terminal
    Top(commands::top::TopArgs),
    /// Say in words what is wrong with a running server, or with one that was dumped
    Doctor(commands::doctor::DoctorArgs),
    /// Check a configuration without serving it
    #[command(subcommand)]
    Config(commands::config::ConfigCommand),
}

fn main() -> ExitCode {
    let arguments = commands::road::guarded(std::env::args_os());
    let result = match Cli::parse_from(arguments).command {
        Command::Demo(args) => commands::demo::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Sim(args) => commands::sim::run(args),
        Command::Solve(args) => commands::solve::run(args),
        Command::City(command) => commands::city::run(command),
        Command::Cluster(command) => commands::cluster::run(command),
        Command::Road(command) => commands::road::run(command),
        Command::Edge(command) => commands::edge::run(command),
        Command::Bikes(command) => commands::bikes::run(command),
        Command::Agent(args) => commands::agent::run(args),
        #[cfg(feature = "kubernetes")]
        Command::Kubernetes(command) => commands::kubernetes::run(command),
        Command::Gate(args) => return commands::gate::run(args),
        Command::Artefacts(command) => commands::artefacts::run(command),
        #[cfg(feature = "onnx")]
        Command::RunModel(args) => commands::run_model::run(&args),
        Command::Journal(command) => commands::journal::run(command),
        Command::Keys(command) => commands::keys::run(command),
        Command::Top(args) => commands::top::run(args),
        Command::Doctor(args) => return commands::doctor::run(&args),
        Command::Config(command) => commands::config::run(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
