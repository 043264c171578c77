//! Tells other regions of the vehicles that left for them, until they say that they have them.
//!
//! What is told and when it is told again [`Errands`] says; here it is carried.

use super::metrics::{HandOverMetrics, Told};
use crate::http::App;
use futures_util::future::join_all;
use paceline_engine::fleet::{Errands, Next};
use paceline_model::{HandOver, Request};
use paceline_supervise::sync::watch;
use paceline_supervise::{NamedExt as _, Scope, Until};
use std::time::Duration;

/// What tells other regions.
pub(super) struct Delivery {
    pub(super) app: App,
    /// Changes when a vehicle has left.
    pub(super) woken: watch::Receiver<u64>,
    pub(super) metrics: HandOverMetrics,
}

impl Delivery {
    /// Starts the task that tells others. It ends when the region begins to.
    pub(super) fn start(self, scope: &Scope) {
        let closing = self.app.region.closing.clone();
        scope.spawn("hand-overs", Until::Owner, async move {
            // While its region runs, it has no end of its own.
            _ = closing.run_until_cancelled(self.run()).await;
        });
    }

    async fn run(mut self) {
        loop {
            self.woken.borrow_and_update();
            let looked = self.app.region.look(|fleet| Errands::of(fleet)).await.ok();
            let mut noted = false;
            if let Some(errands) = &looked {
                self.metrics.pending(errands.pending);
                let told = join_all(errands.firsts.iter().map(|given| self.tell(given))).await;
                noted = told.contains(&true);
            }
            let woken = self.woken.changed();
            match Errands::next(looked.as_ref(), noted) {
                Next::Look => {}
                // A region that has ended wakes nobody.
                Next::WhenOneLeaves => {
                    if woken.named("a vehicle that leaves").await.is_err() {
                        return;
                    }
                }
                Next::Within(span) => {
                    _ = tokio::time::timeout(Duration::from(span), woken).named("time to tell again").await;
                }
            }
        }
    }

    /// Returns whether the other region has it, and this one has noted that.
    async fn tell(&self, given: &HandOver) -> bool {
        let (vehicle, to) = (&given.vehicle.id, &given.to);
        if let Err(error) = self.app.exchange.give(&self.app.name, given).await {
            self.metrics.told(Told::Unanswered);
            tracing::warn!(%vehicle, %to, %error, "a region was not told of a vehicle that left for it");
            return false;
        }
        self.metrics.told(Told::Taken);
        let command = Errands::taken(given);
        self.app.region.command(Request { command, key: None }).await.is_ok()
    }
}
