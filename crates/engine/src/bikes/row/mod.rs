//! Rows of a bikes world: stations, vans and work orders.

mod order;
mod station;
mod van;

pub(super) use order::Finding;
pub use order::{OrderRow, OrderStep};
pub use station::StationRow;
pub(super) use van::VanDerived;
pub use van::VanRow;
