//! Tells other regions of the vehicles that left for them, until they say that they have them.
//!
//! ```text
//!   what is pending? --> tell each region the first of its own --> note what it has --> wait, until more leaves or for a second
//! ```

use super::exchange::Exchange;
use super::metrics::{HandOverMetrics, Told};
use crate::http::App;
use futures_util::future::join_all;
use paceline_engine::Fleet;
use paceline_model::{Command, HandOver, RegionId, Request};
use paceline_supervise::sync::watch;
use paceline_supervise::{NamedExt as _, Scope, Until};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time after which a region is told again that did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What tells other regions.
pub(crate) struct Delivery {
    pub(crate) from: RegionId,
    pub(crate) app: App,
    pub(crate) exchange: Exchange,
    /// Changes when a vehicle has left.
    pub(crate) woken: watch::Receiver<u64>,
    pub(crate) metrics: HandOverMetrics,
}

impl Delivery {
    /// Starts the task that tells others. It ends when the region begins to.
    pub(crate) fn start(self, scope: &Scope) {
        let closing = self.app.region.closing.clone();
        scope.spawn("hand-overs", Until::Owner, async move {
            // While its region runs, it has no end of its own.
            _ = closing.run_until_cancelled(self.run()).await;
        });
    }

    async fn run(mut self) {
        loop {
            self.woken.borrow_and_update();
            let looked = self.app.region.look(|fleet| pending(fleet)).await;
            if let Ok((count, firsts)) = &looked {
                self.metrics.pending(*count);
                let told = join_all(firsts.iter().map(|given| self.tell(given))).await;
                // Whoever has its first is told its second at once.
                if told.contains(&true) {
                    continue;
                }
            }
            let woken = self.woken.changed();
            match looked {
                // Nothing is on its way: nobody is asked until a vehicle leaves. A region that has ended wakes nobody.
                Ok((0, _)) => {
                    if woken.named("a vehicle that leaves").await.is_err() {
                        return;
                    }
                }
                // A region that is busy is asked again, and one that did not answer is told again.
                _ => _ = tokio::time::timeout(AGAIN_AFTER, woken).named("time to tell again").await,
            }
        }
    }

    /// Returns whether the other region has it, and this one has noted that.
    async fn tell(&self, given: &HandOver) -> bool {
        let (vehicle, to) = (&given.vehicle.id, &given.to);
        if let Err(error) = self.exchange.give(&self.from, given).await {
            self.metrics.told(Told::Unanswered);
            tracing::warn!(%vehicle, %to, %error, "a region was not told of a vehicle that left for it");
            return false;
        }
        self.metrics.told(Told::Taken);
        let command = Command::AcknowledgeHandOver(to.clone(), given.number);
        self.app.region.command(Request { command, key: None }).await.is_ok()
    }
}

/// How many are pending, and the first of each region: the others count only after it.
fn pending(fleet: &Fleet) -> (usize, Vec<HandOver>) {
    let pending = fleet.world().hand_overs().pending();
    let (count, mut firsts) = (pending.len(), BTreeMap::new());
    for given in pending {
        firsts.entry(&given.to).or_insert(given);
    }
    (count, firsts.into_values().cloned().collect())
}
