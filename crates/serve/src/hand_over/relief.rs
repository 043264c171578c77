//! Orders that another region's vehicle is nearer to: what this region hears of those around it, and what of it is its own part.
//! [`paceline_engine::relieve`] is the rule; each region works it out from the same words and hands over its own vehicles alone.
//!
//! ```text
//!   what each needs --nobody needs anything--> nothing
//!          |
//!          +--> what each can spare --> relieve --+--> a vehicle of ours:  HandOver
//!                                                 +--> an order of ours:   nobody else is asked for it meanwhile
//! ```
//! Words that are late or lost cost a vehicle that is not needed where it comes to, and nothing else.

use super::metrics::{HandOverMetrics, Relieved};
use super::options::ReliefOptions;
use super::outlook::{heard, outlook};
use crate::http::App;
use crate::road_service::Effort;
use futures_util::future::join_all;
use paceline_engine::{Outlook, Relief, ReliefRules, relieve};
use paceline_model::{Command, Instant, RegionId, Request};
use paceline_supervise::{NamedExt as _, Scope, Until};
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Longest that another region may take to say what it needs: it is asked again at the next look.
const ANSWER_MAX: Duration = Duration::from_secs(1);

/// What looks for vehicles beyond the border, and gives those that are nearer there.
pub(super) struct Reliever {
    pub(super) app: App,
    pub(super) options: ReliefOptions,
    pub(super) metrics: HandOverMetrics,
}

impl Reliever {
    /// Starts the task that looks. It ends when the region begins to.
    pub(super) fn start(self, scope: &Scope) {
        let closing = self.app.region.closing.clone();
        scope.spawn("relief", Until::Owner, async move {
            let mut looks = tokio::time::interval(self.options.every.into());
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while closing.run_until_cancelled(looks.tick().named("the next look around")).await.is_some() {
                _ = closing.run_until_cancelled(self.look()).await;
            }
        });
    }

    /// Does this region's part of one look; nothing where it is not answered itself, as while it is behind.
    async fn look(&self) {
        // What a hand-over writes, all servers must read.
        if !self.app.exchange.is_read_by_all() {
            return;
        }
        let now = self.app.clock.now();
        let Some(needs) = self.all(false).await else { return };
        if needs.iter().all(|outlook| outlook.needs.is_empty()) {
            return;
        }
        let (Some(rules), Some(outlooks)) = (self.rules(now).await, self.all(true).await) else { return };
        let found = self
            .app
            .ask_road(Effort::Survey, move |roads, search| Ok(relieve(&outlooks, rules, roads, search)));
        for relief in found.await.unwrap_or_default() {
            self.part(relief, now).await;
        }
    }

    /// By what vehicles are held against orders.
    async fn rules(&self, now: Instant) -> Option<ReliefRules> {
        let gain_min = self.options.gain_min;
        let looked = self.app.region.look(move |fleet| {
            let options = fleet.options();
            ReliefRules {
                gain_min,
                pickup_time_max: options.policies_at(now).pickup_time_max(),
                snap_m_max: options.snap_m_max,
                at: now,
            }
        });
        looked.await.ok()
    }

    /// What this region and those around say, in an order that is the same for each of them.
    async fn all(&self, spares: bool) -> Option<Vec<Outlook>> {
        let own = outlook(&self.app, spares).await.ok()?;
        let mut all = self.told(spares).await;
        all.push(own);
        all.sort_by(|one, other| one.region.cmp(&other.region));
        Some(all)
    }

    /// What the regions around say; who does not answer takes no part.
    async fn told(&self, spares: bool) -> Vec<Outlook> {
        let one = async |region: &RegionId| {
            let asked = self.app.exchange.outlook(region, spares).named("what another region needs");
            let outlook = match tokio::time::timeout(ANSWER_MAX, asked).await {
                Ok(Ok(view)) => heard(view).ok(),
                Ok(Err(error)) => {
                    tracing::debug!(%region, %error, "a region does not say what it needs");
                    None
                }
                Err(_) => None,
            };
            if outlook.is_none() {
                self.metrics.unheard();
            }
            outlook
        };
        join_all(self.options.with.iter().map(one)).await.into_iter().flatten().collect()
    }

    async fn part(&self, relief: Relief, now: Instant) {
        if relief.to == self.app.name {
            // A word, a hand-over and a round.
            let until = now + self.options.every + self.options.every;
            self.app.awaited.note(relief.order, until);
        } else if relief.from == self.app.name {
            let command = Command::HandOver(relief.vehicle, relief.to);
            let done = self.app.region.command(Request { command, key: None }).await;
            self.metrics.relieved(if done.is_ok() { Relieved::HandedOver } else { Relieved::Refused });
        }
    }
}
