//! `paceline cluster`: who runs which region, why, and what operators change of that. It asks the table of owners itself, so that it answers
//! while servers do not.

use super::region;
use crate::config::store;
use anyhow::bail;
use paceline_cluster::{Store, Table, placement};
use paceline_model::{RegionId, ServerId};
use std::fmt::Write as _;
use std::time::Duration;

/// Look at a cluster and move its regions.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline cluster demo                 (three servers on this machine, with a program built with `--features postgres`)
  paceline cluster status --cluster postgresql://paceline@db/paceline
  paceline cluster why oslo
  paceline cluster move oslo b          (stays there while b lives)
  paceline cluster move oslo --by-rank
  paceline cluster drain a              (before it is taken down for good)

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

/// Time between two looks that tell who lives: some signs of life.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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

/// The table, and who gave a sign of life while it was looked at twice.
#[derive(Default)]
pub(super) struct Seen {
    before: Table,
    pub(super) table: Table,
}

impl Seen {
    fn look(store: &mut dyn Store) -> anyhow::Result<Self> {
        let before = store.read()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing else runs here: the command waits for signs of life"
        )]
        std::thread::sleep(LOOK_AGAIN);
        Ok(Self { before, table: store.read()? })
    }

    /// The table as it stands now, after the one that was seen.
    pub(super) fn then(self, table: Table) -> Self {
        Self { before: self.table, table }
    }

    fn lives(&self, server: &ServerId) -> bool {
        let sign = |table: &Table| table.servers.get(server).map(|row| (row.incarnation, row.beat));
        sign(&self.before) != sign(&self.table)
    }

    /// How a server stands.
    pub(super) fn state(&self, server: &ServerId) -> &'static str {
        match self.table.servers.get(server) {
            _ if !self.lives(server) => "silent",
            Some(row) if row.leaving => "leaving",
            Some(row) if row.draining => "draining",
            _ => "alive",
        }
    }

    /// The regions that a server runs.
    pub(super) fn regions(&self, server: &ServerId) -> impl Iterator<Item = &RegionId> {
        let of = self.table.regions.iter().filter(move |(_, row)| row.owner.as_ref() == Some(server));
        of.map(|(region, _)| region)
    }

    fn status(&self) -> String {
        let mut text = format!(
            "{:<20} {:<9} {:>6} {:>8}  {:<10} URL\n",
            "SERVER", "STATE", "WEIGHT", "REGIONS", "VERSION"
        );
        for (name, row) in &self.table.servers {
            let runs =
                self.table.regions.values().filter(|region| region.owner.as_ref() == Some(name)).count();
            let (name, state) = (name.as_str(), self.state(name));
            // Writing to a string cannot fail.
            _ = writeln!(
                text,
                "{name:<20} {state:<9} {:>6} {runs:>8}  {:<10} {}",
                row.weight, row.version, row.url
            );
        }
        _ = writeln!(text, "\n{:<24} {:<20} {:<20} {:<20} TERM", "REGION", "OWNER", "PINNED", "READY");
        for (name, row) in &self.table.regions {
            let said =
                |server: &Option<ServerId>| server.as_ref().map_or("-".to_owned(), ServerId::to_string);
            let owner = match &row.owner {
                Some(owner) if !self.lives(owner) => format!("{owner} (silent)"),
                owner => said(owner),
            };
            let (name, pinned, ready) = (name.as_str(), said(&row.pinned), said(&row.follower));
            _ = writeln!(text, "{name:<24} {owner:<20} {pinned:<20} {ready:<20} {}", row.term.0);
        }
        text
    }

    fn why(&self, region: &RegionId) -> anyhow::Result<String> {
        let Some(row) = self.table.regions.get(region) else {
            bail!("E0201 region {region} is not known: no server has run it yet");
        };
        let owner = match &row.owner {
            None => "nobody: it was given up, and whoever ranks first takes it".to_owned(),
            Some(owner) if self.lives(owner) => owner.to_string(),
            Some(owner) => format!("{owner}, which gives no sign of life: whoever ranks first takes it over"),
        };
        let mut text = format!("{region} is run by {owner} (term {})\n", row.term.0);
        if let Some(pinned) = &row.pinned {
            _ = writeln!(text, "it was moved to {pinned}, and stays there while that lives");
        }
        let servers = self.table.servers.iter().map(|(name, row)| (name, row.weight));
        _ = writeln!(text, "by rank it belongs to, in this order:");
        for server in placement::ranked(region, servers) {
            _ = writeln!(text, "  {server}: {}", self.state(server));
        }
        Ok(text)
    }
}
