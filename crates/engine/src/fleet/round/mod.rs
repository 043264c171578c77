//! What happens by the clock: deadlines pass, silence is noticed, charging ends, a round is solved and adopted.

mod adopt;
mod cuts;
mod expire;
mod moves;
mod pool;
mod reposition;
mod routes;
mod rows;
mod snapshot;
mod soon_available;
mod sweep;
mod waiting;

pub(super) use adopt::{charge, order, stand};
pub(super) use cuts::cuts;
pub(super) use expire::expire;
pub(super) use moves::moves;
pub(super) use routes::routes;
pub(super) use rows::free;
pub(super) use snapshot::{low, snapshot};
pub(super) use sweep::{sweep, watch, watch_all};
pub(super) use waiting::{park, unpark};
