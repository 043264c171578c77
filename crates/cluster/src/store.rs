//! Where the table of owners is kept. Each change is made at once and by whoever names the term before it, or not at all.

use crate::table::{Incarnation, Table, Term};
use paceline_model::{FormatLevel, RegionId, ServerId};
use std::fmt::Debug;

/// How a server joins.
#[derive(Clone, Debug, PartialEq)]
pub struct Joining {
    /// Its name, which no other server has.
    pub name: ServerId,
    /// Where other servers reach it.
    pub url: String,
    /// How many regions it is to have beside others.
    pub weight: f64,
    /// The program's version.
    pub version: String,
    /// Up to which level it reads. A cluster that begins with it writes up to that.
    pub reads: FormatLevel,
}

/// Why the table could not be asked. Whether what was asked was done is not known.
#[derive(Debug, thiserror::Error)]
#[error("E0617 the table of owners cannot be asked: {reason}")]
pub struct StoreError {
    /// Where it is, without a password, and what was said there, or why nothing was.
    pub reason: String,
}

/// The table of owners. All of it blocks.
pub trait Store: Debug + Send {
    /// Writes this server down under its name, in the place of an earlier process of that name.
    fn join(&mut self, joining: &Joining) -> Result<Incarnation, StoreError>;

    /// One sign of life of this process, unless another has taken its place, and whether it is about to end; then the table as it stands. A
    /// reading is never older than a change that was answered to this server before.
    fn beat(
        &mut self,
        server: &ServerId,
        incarnation: Incarnation,
        leaving: bool,
    ) -> Result<Table, StoreError>;

    /// The table as it stands.
    fn read(&mut self) -> Result<Table, StoreError>;

    /// Takes a region in the term after this one. `None`: it is no longer in this term.
    fn claim(
        &mut self,
        region: &RegionId,
        after: Term,
        server: &ServerId,
    ) -> Result<Option<Term>, StoreError>;

    /// Gives a region up that is in this term, to an heir or to whoever wants it; an heir that is leaving gets nothing. Does nothing in
    /// another term.
    fn release(&mut self, region: &RegionId, term: Term, heir: Option<&ServerId>) -> Result<(), StoreError>;

    /// Says that a server has replayed a region that is in this term. Does nothing in another term.
    fn ready(&mut self, region: &RegionId, term: Term, follower: &ServerId) -> Result<(), StoreError>;

    /// Says who is to run a region, or that its rank says it. Returns whether there is such a region.
    fn pin(&mut self, region: &RegionId, server: Option<&ServerId>) -> Result<bool, StoreError>;

    /// Says whether a server is to have regions. Returns whether there is such a server.
    fn drain(&mut self, server: &ServerId, draining: bool) -> Result<bool, StoreError>;

    /// Lets everything up to a level be written, if all servers read it. Returns whether it may be now.
    fn raise(&mut self, level: FormatLevel) -> Result<bool, StoreError>;

    /// Takes a server out of the table that ended for good. Returns whether it was there.
    fn forget(&mut self, server: &ServerId) -> Result<bool, StoreError>;
}
