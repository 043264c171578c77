//! `paceline cluster`: who runs which region, why, and what operators change of that. It asks the table of owners itself, so that it answers
//! while servers do not.

pub(crate) mod seen;
mod upgrade;

use super::region;
use crate::config::store;
use anyhow::bail;
use paceline_cluster::Table;
use paceline_model::{RegionId, ServerId};
use seen::Seen;

/// Look at a cluster and move its regions.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline cluster demo                 (three servers on this machine, with a program built with `--features postgres`)
  paceline cluster status --cluster postgresql://paceline@db/paceline
  paceline cluster why oslo
  paceline cluster move oslo b          (stays there while b lives)
  paceline cluster move oslo --by-rank
  paceline cluster drain a              (before it is taken down for good)
  paceline cluster upgrade-check        (by the program that is to be started; fails if it may not join)
  paceline cluster finish-upgrade       (once every server runs it, and none goes back)

The table's address may stand in PACELINE_CLUSTER__URL.")]
pub(crate) enum ClusterCommand {
    /// Run three servers and a pair of databases on this machine, and lose some of them
    #[cfg(feature = "postgres")]
    Demo(super::cluster_demo::ClusterDemoArgs),
    /// Print all servers and regions
    Status(TableArgs),
    /// Say why a region runs where it does, or does not
    Why(OfRegion),
    /// Have a region run on a server, as long as that lives
    Move(MoveArgs),
    /// Have all regions of a server move away
    Drain(OfServer),
    /// Let a drained server have regions again
    Undrain(OfServer),
    /// Take a server out of the table that ended for good
    Forget(OfServer),
    /// Say what each server reads, whether this program may join, and what the cluster still waits for
    UpgradeCheck(TableArgs),
    /// Let what all servers read by now be written: none of them goes back to an older program after that
    FinishUpgrade(TableArgs),
}

/// Which table.
#[derive(Debug, clap::Args)]
pub(crate) struct TableArgs {
    /// The database of the table of owners
    #[arg(long = "cluster", value_name = "URL", env = "PACELINE_CLUSTER__URL", hide_env_values = true)]
    url: String,
}

/// A region of a cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct OfRegion {
    #[command(flatten)]
    table: TableArgs,
    /// The region's name
    #[arg(value_parser = region)]
    region: RegionId,
}

/// A server of a cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct OfServer {
    #[command(flatten)]
    table: TableArgs,
    /// The server's name
    #[arg(value_parser = server)]
    server: ServerId,
}

/// Where a region is to run.
#[derive(Debug, clap::Args)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    table: TableArgs,
    /// The region's name
    #[arg(value_parser = region)]
    region: RegionId,
    /// The server that is to run it
    #[arg(value_parser = server, required_unless_present = "by_rank", conflicts_with = "by_rank")]
    server: Option<ServerId>,
    /// Wherever its rank says
    #[arg(long)]
    by_rank: bool,
}

fn server(text: &str) -> Result<ServerId, String> {
    ServerId::new(text).map_err(|invalid| invalid.to_string())
}

/// Runs the command.
pub(crate) fn run(command: ClusterCommand) -> anyhow::Result<()> {
    match command {
        #[cfg(feature = "postgres")]
        ClusterCommand::Demo(args) => super::cluster_demo::run(args)?,
        ClusterCommand::Status(args) => {
            let seen = Seen::look(&mut *store(&args.url)?)?;
            print!("{}", seen.status());
        }
        ClusterCommand::Why(args) => {
            let seen = Seen::look(&mut *store(&args.table.url)?)?;
            print!("{}", seen.why(&args.region)?);
        }
        ClusterCommand::Move(args) => move_to(&args)?,
        ClusterCommand::Drain(args) => drain(&args, true)?,
        ClusterCommand::Undrain(args) => drain(&args, false)?,
        ClusterCommand::Forget(args) => forget(&args)?,
        ClusterCommand::UpgradeCheck(args) => upgrade::check(&store(&args.url)?.read()?)?,
        ClusterCommand::FinishUpgrade(args) => upgrade::finish(&mut *store(&args.url)?)?,
    }
    Ok(())
}

fn move_to(args: &MoveArgs) -> anyhow::Result<()> {
    let (region, mut store) = (&args.region, store(&args.table.url)?);
    if let Some(server) = &args.server {
        known(&store.read()?, server)?;
    }
    if !store.pin(region, args.server.as_ref())? {
        bail!("E0201 region {region} is not known: no server has run it yet");
    }
    match &args.server {
        Some(server) => {
            println!("{region} moves to {server} once that has replayed it, and stays while {server} lives")
        }
        None => println!("{region} runs where its rank says"),
    }
    Ok(())
}

fn drain(args: &OfServer, draining: bool) -> anyhow::Result<()> {
    let (server, mut store) = (&args.server, store(&args.table.url)?);
    if !store.drain(server, draining)? {
        bail!("E0201 server {server} is not known");
    }
    println!("{server} {}", if draining { "gives its regions away" } else { "may have regions again" });
    Ok(())
}

fn forget(args: &OfServer) -> anyhow::Result<()> {
    let (server, mut store) = (&args.server, store(&args.table.url)?);
    let seen = Seen::look(&mut *store)?;
    known(&seen.table, server)?;
    if seen.lives(server) {
        bail!("E0501 server {server} lives: end it first");
    }
    store.forget(server)?;
    println!("{server} is forgotten");
    Ok(())
}

/// Errors: no such server.
fn known(table: &Table, server: &ServerId) -> anyhow::Result<()> {
    if table.servers.contains_key(server) {
        return Ok(());
    }
    let names: Vec<&str> = table.servers.keys().map(ServerId::as_str).collect();
    bail!("E0201 server {server} is not known; there are: {}", names.join(", "));
}
