//! `paceline keys`: makes, lists and revokes the API keys of a server, in the file that `[auth] keys_file` names.

use super::region;
use anyhow::Context as _;
use paceline_api::Role;
use paceline_model::edge::NodeId;
use paceline_model::{Millis, RegionId, VehicleId};
use paceline_serve::Clock;
use paceline_serve::keys::{KeyRecord, Keys};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Make, list and revoke API keys. A running server reads their file again within a second.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline keys new --file keys.toml --name 'rider app' --role rider
  paceline keys new --file keys.toml --name 'car 42' --role vehicle --vehicle v42 --days 365
  paceline keys new --file keys.toml --name 'box 3' --role node --node box-3
  paceline keys list --file keys.toml
  paceline keys revoke --file keys.toml 9f86d081884c")]
pub(crate) enum KeysCommand {
    /// Make a key and print it: once, for it is kept nowhere
    New(NewArgs),
    /// Print all keys, without their secrets
    List(FileArgs),
    /// Take a key out of the file
    Revoke(RevokeArgs),
}

/// Which file.
#[derive(Debug, clap::Args)]
pub(crate) struct FileArgs {
    /// The file of keys, as `[auth] keys_file` names it; `new` makes it if absent
    #[arg(long, env = "PACELINE_AUTH__KEYS_FILE")]
    file: PathBuf,
}

/// What a new key is for.
#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    #[command(flatten)]
    file: FileArgs,
    /// What people call it: who bears it
    #[arg(long)]
    name: String,
    /// What its bearer may ask: rider, vehicle, operator, auditor, admin, node
    #[arg(long)]
    role: Role,
    /// A region that it may ask, and no other; may be given several times
    #[arg(long = "region", value_parser = region)]
    regions: Vec<RegionId>,
    /// The vehicle that it speaks for; with role vehicle only
    #[arg(long, value_parser = vehicle)]
    vehicle: Option<VehicleId>,
    /// The edge node that it speaks for; with role node only
    #[arg(long, value_parser = node)]
    node: Option<NodeId>,
    /// Days until it expires
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    days: u32,
    /// Requests a second, if not as many as `[auth] requests_per_second` gives each
    #[arg(long, value_name = "RATE")]
    requests_per_second: Option<u32>,
}

/// Which key.
#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The key's id: its middle part, as `list` shows it
    id: String,
}

fn node(text: &str) -> Result<NodeId, String> {
    NodeId::new(text).map_err(|invalid| invalid.to_string())
}

fn vehicle(text: &str) -> Result<VehicleId, String> {
    VehicleId::new(text).map_err(|invalid| invalid.to_string())
}

/// Runs the command.
pub(crate) fn run(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::New(args) => new(args),
        KeysCommand::List(args) => list(&Keys::read(&args.file)?),
        KeysCommand::Revoke(args) => revoke(&args),
    }
}

fn new(args: NewArgs) -> anyhow::Result<()> {
    let file = args.file.file;
    let _alone = alone(&file)?;
    let mut keys = if file.exists() { Keys::read(&file)? } else { Keys::default() };
    let created = Clock::Real.now();
    let expires = (0..args.days).fold(created, |at, _| at + Millis::from_secs(24 * 3_600));
    let key = keys.add(KeyRecord {
        id: String::new(),
        name: args.name,
        role: args.role,
        regions: args.regions,
        vehicle: args.vehicle,
        node: args.node,
        requests_per_second: args.requests_per_second,
        sha256: String::new(),
        created,
        expires,
    })?;
    keys.write(&file)?;
    eprintln!("This key is shown once. It expires at {expires}; `paceline keys revoke` ends it sooner.");
    println!("{}", key.reveal());
    Ok(())
}

fn list(keys: &Keys) -> anyhow::Result<()> {
    println!("{:<12}  {:<8}  {:<24}  {:<24}  {:<12}  NAME", "ID", "ROLE", "EXPIRES", "BOUND TO", "RATE");
    for key in keys.iter() {
        let regions = key.regions.iter().map(|region| format!("region {region}"));
        let vehicle = key.vehicle.iter().map(|vehicle| format!("vehicle {vehicle}"));
        let node = key.node.iter().map(|node| format!("node {node}"));
        let bound: Vec<String> = regions.chain(vehicle).chain(node).collect();
        let bound = if bound.is_empty() { "-".to_owned() } else { bound.join(", ") };
        let rate = key.requests_per_second.map_or("-".to_owned(), |rate| format!("{rate} a second"));
        let expired = if key.expires <= Clock::Real.now() { " (expired)" } else { "" };
        println!(
            "{:<12}  {:<8}  {:<24}  {bound:<24}  {rate:<12}  {}{expired}",
            key.id,
            key.role.as_str(),
            key.expires.to_string(),
            key.name
        );
    }
    Ok(())
}

fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    let file = &args.file.file;
    let _alone = alone(file)?;
    let mut keys = Keys::read(file)?;
    anyhow::ensure!(keys.remove(&args.id), "{} has no key of id {}", file.display(), args.id);
    keys.write(file)?;
    eprintln!("revoked; a running server stops taking it within a second");
    Ok(())
}

/// Waits until no other `paceline keys` changes the file. The lock ends with the value.
fn alone(file: &Path) -> anyhow::Result<File> {
    let lock = file.with_extension("lock");
    let held = File::create(&lock).with_context(|| format!("making {}", lock.display()))?;
    held.lock().with_context(|| format!("locking {}", lock.display()))?;
    Ok(held)
}
