//! A cluster as whoever looks at its table sees it.

use anyhow::bail;
use paceline_cluster::{Store, Table, placement};
use paceline_model::{RegionId, ServerId};
use std::fmt::Write as _;
use std::time::Duration;

/// Time between two looks that tell who lives: some signs of life.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The table, and who gave a sign of life while it was looked at twice.
#[derive(Default)]
pub(crate) struct Seen {
    before: Table,
    pub(crate) table: Table,
}

impl Seen {
    /// Looks at the table twice.
    pub(crate) fn look(store: &mut dyn Store) -> anyhow::Result<Self> {
        let before = store.read()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing else runs here: the command waits for signs of life"
        )]
        std::thread::sleep(LOOK_AGAIN);
        Ok(Self { before, table: store.read()? })
    }

    /// The table as it stands now, after the one that was seen.
    #[cfg(feature = "postgres")]
    pub(crate) fn then(self, table: Table) -> Self {
        Self { before: self.table, table }
    }

    /// Whether a server gave a sign of life in between.
    pub(crate) fn lives(&self, server: &ServerId) -> bool {
        let sign = |table: &Table| table.servers.get(server).map(|row| (row.incarnation, row.beat));
        sign(&self.before) != sign(&self.table)
    }

    /// How a server stands.
    pub(crate) fn state(&self, server: &ServerId) -> &'static str {
        match self.table.servers.get(server) {
            _ if !self.lives(server) => "silent",
            Some(row) if row.leaving => "leaving",
            Some(row) if row.draining => "draining",
            _ => "alive",
        }
    }

    /// The regions that a server runs.
    #[cfg(feature = "postgres")]
    pub(crate) fn regions(&self, server: &ServerId) -> impl Iterator<Item = &RegionId> {
        let of = self.table.regions.iter().filter(move |(_, row)| row.owner.as_ref() == Some(server));
        of.map(|(region, _)| region)
    }

    /// All servers and regions.
    pub(crate) fn status(&self) -> String {
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

    /// Why a region runs where it does. Errors: it is not known.
    pub(crate) fn why(&self, region: &RegionId) -> anyhow::Result<String> {
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
