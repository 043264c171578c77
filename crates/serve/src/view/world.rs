//! The world in a few numbers, and a checksum of all of it: the region gives its numbers and a checkpoint, which share what they are
//! of with the world; the checksum is worked out on a thread of its own.

use crate::kind::Kind;
use crate::problem::Problem;
use paceline_api as api;
use paceline_engine::{Checkpoint, Fleet, Ledger};
use paceline_supervise::sync::{mpsc, oneshot};
use paceline_supervise::{Spawner, Until};
use std::convert::Infallible;

/// Checksums that may wait: of a large world each takes some tenths of a second.
const WAITING_MAX: usize = 4;

/// What a checksum is asked for by.
type Asked<W> = (Checkpoint<W>, oneshot::Sender<u64>);

/// The world at one version.
pub(crate) struct Numbers {
    checkpoint: Checkpoint<Fleet>,
    vehicles: usize,
    orders: usize,
    open_orders: usize,
    chargers: usize,
}

impl Numbers {
    /// Takes as long as the world has pages of rows.
    pub(crate) fn of(ledger: &Ledger<Fleet>) -> Self {
        let world = ledger.world();
        Self {
            checkpoint: ledger.checkpoint(),
            vehicles: world.vehicle_count(),
            orders: world.order_count(),
            open_orders: world.open_orders(),
            chargers: world.charger_count(),
        }
    }
}

/// The way to the thread.
pub(crate) struct Digests<W: Kind>(mpsc::Sender<Asked<W>>);

impl<W: Kind> Digests<W> {
    /// Starts the thread. It ends when nobody is left who could ask it.
    pub(crate) fn start(scope: &Spawner) -> Self {
        let (asks, mut asked) = mpsc::channel::<Asked<W>>("the next checksum", WAITING_MAX);
        scope.spawn_blocking("digests", Until::Owner, move |_| {
            while let Some((checkpoint, caller)) = asked.blocking_recv() {
                // A caller that has gone away does not need its answer.
                _ = caller.send(checkpoint.digest());
            }
            Ok::<(), Infallible>(())
        });
        Self(asks)
    }

    /// The checksum of a world. Errors: too many wait; the server ends.
    pub(crate) async fn of(&self, checkpoint: Checkpoint<W>) -> Result<String, Problem> {
        let (caller, digest) = oneshot::channel("the checksum");
        let busy = |_| Problem::busy("Too many ask for the world's checksum.");
        self.0.try_send((checkpoint, caller)).map_err(busy)?;
        let digest = digest.recv().await.map_err(|_| Problem::draining())?;
        Ok(format!("{digest:016x}"))
    }
}

impl Digests<Fleet> {
    /// A fleet's world in a few numbers, with its checksum. Errors: as [`Self::of`].
    pub(crate) async fn world(&self, of: Numbers) -> Result<api::WorldView, Problem> {
        let Numbers { checkpoint, vehicles, orders, open_orders, chargers } = of;
        Ok(api::WorldView {
            version: checkpoint.version().0,
            digest: self.of(checkpoint).await?,
            vehicles: vehicles as u64,
            orders: orders as u64,
            open_orders: open_orders as u64,
            chargers: chargers as u64,
        })
    }
}
