//! The world in a few numbers.

use paceline_api as api;
use paceline_engine::{Fleet, Ledger};

pub(crate) fn world(of: &Ledger<Fleet>) -> api::WorldView {
    let world = of.world();
    api::WorldView {
        version: of.version().0,
        digest: format!("{:016x}", of.checkpoint().digest()),
        vehicles: world.vehicles().count() as u64,
        orders: world.orders().count() as u64,
        open_orders: world.open_orders() as u64,
        chargers: world.chargers().count() as u64,
    }
}
