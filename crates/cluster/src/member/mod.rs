//! A server's part in its cluster, without I/O: it is told what the table says and what became of what it asked for, and asks for what is to
//! be done. Each region that it has to do with is in one state:
//!
//! ```text
//!            wanted here, and nobody lives who has it
//!   (none) ------------------------------------------> Claiming --won--> Opening --opened--> Running
//!      ^ ^----------lost the race-------------------------'                 |                 |  |
//!      |                                                                    |cannot be        |  | another term,
//!      |                                                                    v                 |  | or the log is
//!      +--released--------- Releasing <--closed-- Closing(heir) <--the heir is ready----------'  | fenced
//!      +---------------------------------closed-- Closing(nobody's) <----------------------------'
//! ```

mod follow;
mod held;
mod ownership;

use crate::door::Route;
use crate::options::ClusterOptions;
use crate::placement;
use crate::presence::Presence;
use crate::table::{Incarnation, RegionRow, Table, Term};
use held::{Following, Held};
use paceline_model::{Instant, Millis, RegionId, ServerId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a server is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The table was read, behind a sign of life.
    Read(Table),
    /// A region was asked for: the term in which it is this server's, or `None`, somebody else was first or the table cannot be asked.
    Claimed(RegionId, Option<Term>),
    /// A region that was to be opened runs.
    Opened(RegionId),
    /// It cannot be opened.
    Failed(RegionId),
    /// A region that was to be closed takes nothing more, and all that it took is durable or was never promised.
    Closed(RegionId),
    /// A region was given up in the table, or the table could not be asked.
    Released(RegionId),
    /// A region's log was opened by somebody else.
    Fenced(RegionId),
    /// What follows a region has replayed all that there is.
    CaughtUp(RegionId),
    /// The server is to end: it gives all away.
    End,
}

/// What is to be done for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask for a region in the term after this one.
    Claim(RegionId, Term),
    /// Open its log, which fences whoever had it, and run it.
    Open(RegionId),
    /// Take nothing more for it, make durable what was taken, and let go of its log.
    Close(RegionId),
    /// Give it up in this term, to an heir or to whoever wants it.
    Release(RegionId, Term, Option<ServerId>),
    /// Replay what its owner writes.
    Follow(RegionId),
    /// Do so no longer.
    Unfollow(RegionId),
    /// Say that it has been replayed.
    Ready(RegionId, Term),
}

/// Time between two readings of the table while a region changes hands here.
const HAND_OVER_BEAT: Millis = Millis(50);

/// A server's part in its cluster.
#[derive(Debug)]
pub struct Member {
    me: ServerId,
    incarnation: Incarnation,
    options: ClusterOptions,
    /// All regions that there are, as this server is configured.
    regions: BTreeSet<RegionId>,
    presence: Presence,
    table: Table,
    held: BTreeMap<RegionId, Held>,
    /// Regions that are replayed here.
    following: BTreeMap<RegionId, Following>,
    /// When a region that could not be opened may be tried again.
    retry_at: BTreeMap<RegionId, Instant>,
    ending: bool,
    now: Instant,
    outputs: VecDeque<Output>,
}

impl Member {
    /// A server that has joined under this name, and has read nothing yet.
    pub fn new(
        me: ServerId,
        incarnation: Incarnation,
        options: ClusterOptions,
        regions: impl IntoIterator<Item = RegionId>,
    ) -> Self {
        Self {
            me,
            incarnation,
            options,
            regions: regions.into_iter().collect(),
            presence: Presence::default(),
            table: Table::default(),
            held: BTreeMap::new(),
            following: BTreeMap::new(),
            retry_at: BTreeMap::new(),
            ending: false,
            now: Instant::ZERO,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. What it asks for is then polled.
    pub fn handle(&mut self, at: Instant, input: Input) {
        self.now = self.now.max(at);
        match input {
            Input::Read(table) => self.read(table),
            Input::Claimed(region, term) => self.claimed(region, term),
            Input::Opened(region) => self.opened(region),
            Input::Failed(region) => self.failed(region),
            Input::Closed(region) => self.closed(region),
            Input::Released(region) => _ = self.held.remove(&region),
            Input::Fenced(region) => self.fenced(region),
            Input::CaughtUp(region) => self.caught_up(region),
            Input::End => self.ending = true,
        }
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Time until the table should be read again.
    pub fn read_after(&self) -> Millis {
        let changing = self.held.values().any(|held| !matches!(held, Held::Running(_)));
        let awaited = self.following.values().any(|following| following.caught_up && following.to_move);
        if changing || awaited || self.ending {
            HAND_OVER_BEAT.min(self.options.beat)
        } else {
            self.options.beat
        }
    }

    /// Whether this server is to end.
    pub fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether a server that is to end has given all away, and nothing more can be given to it: the table says that it is leaving.
    pub fn is_ended(&self) -> bool {
        let known = self.table.servers.get(&self.me).is_none_or(|row| row.leaving);
        let has_none = || self.table.regions.values().all(|row| row.owner.as_ref() != Some(&self.me));
        self.ending && self.held.is_empty() && (self.is_replaced() || known && has_none())
    }

    /// This server's name.
    pub fn name(&self) -> &ServerId {
        &self.me
    }

    /// Whether it has to do with no region.
    pub fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether this server runs a region.
    pub fn runs(&self, region: &RegionId) -> bool {
        matches!(self.held.get(region), Some(Held::Running(_)))
    }

    /// Regions that it runs.
    pub fn running(&self) -> impl Iterator<Item = &RegionId> {
        self.held.iter().filter(|(_, held)| matches!(held, Held::Running(_))).map(|(region, _)| region)
    }

    /// Regions that it replays beside their owner, and whether all was replayed.
    pub fn following(&self) -> impl Iterator<Item = (&RegionId, bool)> {
        self.following.iter().map(|(region, following)| (region, following.caught_up))
    }

    /// Where a region's requests go, as far as this server knows.
    pub fn route(&self, region: &RegionId) -> Route {
        if self.runs(region) {
            return Route::Here;
        }
        if !self.regions.contains(region) {
            return Route::Unknown;
        }
        let owner = self.table.regions.get(region).and_then(|row| row.owner.as_ref());
        let other = owner.filter(|owner| **owner != self.me && self.is_alive(owner));
        let row = other.and_then(|owner| Some((owner, self.table.servers.get(owner)?)));
        row.map_or(Route::Nowhere, |(owner, row)| Route::At(owner.clone(), row.url.clone()))
    }

    /// The table as it was read last.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Whether a server was heard lately.
    pub fn is_alive(&self, server: &ServerId) -> bool {
        *server == self.me && !self.is_replaced() || self.presence.is_alive(server, &self.options)
    }

    /// Whether another process runs under this server's name.
    pub fn is_replaced(&self) -> bool {
        self.table.servers.get(&self.me).is_some_and(|row| row.incarnation != self.incarnation)
    }

    fn read(&mut self, table: Table) {
        self.presence.read(self.now, &table, &self.options);
        self.table = table;
        for region in self.regions.clone() {
            let row = self.table.region(&region);
            let ranked = self.ranked(&region, &row);
            match self.held.get(&region).cloned() {
                None => self.consider(&region, &row, &ranked),
                Some(Held::Running(term)) => self.reconsider(&region, &row, term, &ranked),
                Some(_) => {}
            }
            self.consider_following(&region, &row, &ranked);
        }
    }

    /// Servers that may run a region, from the one that should on. Whoever it is pinned to is first while it lives.
    fn ranked(&self, region: &RegionId, row: &RegionRow) -> Vec<ServerId> {
        let may = |name: &&ServerId| match *name == &self.me {
            true => !self.ending && !self.is_replaced(),
            false => self.presence.is_alive(name, &self.options),
        };
        let servers = self.table.servers.iter().filter(|(_, row)| !row.draining && !row.leaving);
        let servers = servers.map(|(name, row)| (name, row.weight)).filter(|(name, _)| may(name));
        let mut ranked: Vec<ServerId> = placement::ranked(region, servers).into_iter().cloned().collect();
        if let Some(at) = ranked.iter().position(|name| Some(name) == row.pinned.as_ref()) {
            ranked[..=at].rotate_right(1);
        }
        ranked
    }
}
