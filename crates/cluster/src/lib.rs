//! Which server runs which region? One small table says so ([`Table`]), kept where the journals are; each server has a part in changing it
//! ([`Member`]), and each request finds its way by it ([`Door`]).
//!
//! Nothing here is trusted with what a region promises: that a region has one writer is held by its log, which refuses whoever wrote
//! before the last one opened it. The table makes that a server finds its regions, and that a lost one is noticed; were it wrong, two
//! servers would take a region's log from each other, and no record of it would be lost or written twice.
//!
//! `crates/serve/src/cluster` drives it with a database and real servers, `crates/sim/src/cluster` in virtual time.

pub mod door;
mod member;
mod options;
pub mod placement;
#[cfg(feature = "postgres")]
mod postgres;
mod presence;
mod store;
mod table;

pub use door::{Answered, Door, Route, Step};
pub use member::{Input, Member, Output};
pub use options::ClusterOptions;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use store::{Joining, Store, StoreError};
pub use table::{Incarnation, RegionRow, ServerRow, Table, Term};

pub use paceline_model::{FormatLevel, RegionId, ServerId};
