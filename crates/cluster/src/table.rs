//! The table of owners, as a server has read it.

use paceline_model::{FormatLevel, RegionId, ServerId};
use std::collections::BTreeMap;

/// How often a region has changed hands: each change is made by whoever names the term before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u64);

impl Term {
    /// The one that follows.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Which process it is that runs under a server's name: a later one takes the place of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub u64);

/// A server, as it says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerRow {
    /// Which process says so.
    pub incarnation: Incarnation,
    /// Counts its signs of life. Who reads it compares it with what it read before, so that no two clocks need agree.
    pub beat: u64,
    /// Where other servers reach it, such as `http://10.0.0.7:8080`.
    pub url: String,
    /// How many regions it is to have beside others: one of 2.0 has twice as many as one of 1.0.
    pub weight: f64,
    /// An operator said that it is to have none: its regions move away.
    pub draining: bool,
    /// Its process is about to end, and gives its regions away.
    pub leaving: bool,
    /// The program's version.
    pub version: String,
    /// Up to which level it reads.
    pub reads: FormatLevel,
}

/// A region, as whoever changed it last left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionRow {
    /// How often it has changed hands.
    pub term: Term,
    /// Who runs it. `None`: it was given up.
    pub owner: Option<ServerId>,
    /// Who is to run it whatever its rank, as long as it lives.
    pub pinned: Option<ServerId>,
    /// Who has replayed it, in this term, and is ready to go on.
    pub follower: Option<ServerId>,
}

/// All servers and regions of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Up to which level anything is written.
    pub level: FormatLevel,
    /// Servers by name.
    pub servers: BTreeMap<ServerId, ServerRow>,
    /// Regions by name. One that is not there has never run.
    pub regions: BTreeMap<RegionId, RegionRow>,
}

impl Table {
    /// The highest level that all servers read. `None`: there are none.
    pub fn read_by_all(&self) -> Option<FormatLevel> {
        self.servers.values().map(|row| row.reads).min()
    }
    /// A region, as it is or as it begins.
    pub fn region(&self, name: &RegionId) -> RegionRow {
        self.regions.get(name).cloned().unwrap_or_default()
    }
}
