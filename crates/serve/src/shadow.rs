//! The shadow's thread: solves the rounds of the live policy again by the shadow policy, after the live plan is on its
//! way, and adds up what it would have done otherwise. It has no way to the region: nothing of it can be committed.
//!
//! At most one round waits for it. A round that finds no room is skipped and counted: the shadow is never in the way.

use paceline_api::ShadowView;
use paceline_plan::shadow::{Difference, Given};
use paceline_plan::{Budget, Policies, Snapshot};
use paceline_road::{Roads, Search};
use paceline_supervise::sync::mpsc;
use paceline_supervise::{Spawner, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::metrics::from_zero;
use crate::view;

/// Rounds that may wait.
const WAITING_MAX: usize = 1;

/// A round that the live policy has solved.
pub(crate) struct Solved {
    pub(crate) snapshot: Box<Snapshot>,
    pub(crate) roads: Arc<Roads>,
    pub(crate) live: Given,
}

/// The way to the shadow, and its account.
pub(crate) struct ShadowHandle {
    rounds: mpsc::Sender<Solved>,
    pub(crate) book: Arc<ShadowBook>,
}

impl ShadowHandle {
    /// Has a round solved again, if the one before it is done with.
    pub(crate) fn offer(&self, solved: Solved) {
        if self.rounds.try_send(solved).is_err() {
            self.book.skip();
        }
    }
}

/// Starts the shadow, with as much time for a round as the live solver has.
pub(crate) fn start(
    scope: &Spawner,
    roads: Arc<Roads>,
    budget: Duration,
    registry: &mut Registry,
) -> ShadowHandle {
    let (rounds, waiting) = mpsc::channel("a round to shadow", WAITING_MAX);
    let book = Arc::<ShadowBook>::default();
    book.register(registry);
    let counted = book.clone();
    scope.spawn_blocking("shadow", Until::Owner, move |_| run(&roads, budget, waiting, &counted));
    ShadowHandle { rounds, book }
}

/// Runs until the solver ends.
fn run(
    roads: &Arc<Roads>,
    budget: Duration,
    mut rounds: mpsc::Receiver<Solved>,
    book: &ShadowBook,
) -> Result<(), Infallible> {
    let mut search = Search::new(roads);
    while let Some(round) = rounds.blocking_recv() {
        let Some(policies) = round.snapshot.shadow.clone() else { continue };
        let since = Stopwatch::start();
        let mut budget = Budget::within(move || since.elapsed().div_duration_f64(budget));
        let solved = catch_unwind(AssertUnwindSafe(|| {
            paceline_plan::solve(&round.roads, &mut search, &round.snapshot, &policies, &mut budget)
        }));
        match solved {
            Ok(plan) => book.add(&policies, Difference::between(&round.live, &Given::of(&plan))),
            Err(_) => {
                tracing::error!("the shadow policy's solver panicked: this round is not compared");
                search = Search::new(&round.roads);
                book.skip();
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Verdict {
    Same,
    OtherVehicle,
    LiveOnly,
    ShadowOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByVerdict {
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Side {
    Live,
    Shadow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySide {
    side: Side,
}

/// What the shadow would have done, for metrics and for whoever asks.
#[derive(Default)]
pub(crate) struct ShadowBook {
    rounds: Counter,
    skipped: Counter,
    orders: Family<ByVerdict, Counter>,
    pickup_seconds: Family<BySide, Counter<f64, AtomicU64>>,
    pickup_metres: Family<BySide, Counter<f64, AtomicU64>>,
    since_change: Mutex<Option<Account>>,
}

/// What has come together since the shadow policy was set.
struct Account {
    policies: Arc<Policies>,
    rounds: u64,
    total: Difference,
    last: Difference,
}

impl ShadowBook {
    fn register(&self, r: &mut Registry) {
        r.register("shadow_rounds", "Rounds solved again by the shadow policy", self.rounds.clone());
        let skipped = "Rounds that the shadow had no time for";
        r.register("shadow_rounds_skipped", skipped, self.skipped.clone());
        let orders = "Orders by what live and shadow policy do with them, once a round";
        r.register("shadow_orders", orders, self.orders.clone());
        let seconds = "Predicted time to the pick-ups of orders given away";
        r.register("shadow_pickup_seconds", seconds, self.pickup_seconds.clone());
        let metres = "Predicted distance to the pick-ups of orders given away";
        r.register("shadow_pickup_metres", metres, self.pickup_metres.clone());
        let verdicts = [Verdict::Same, Verdict::OtherVehicle, Verdict::LiveOnly, Verdict::ShadowOnly];
        from_zero(&self.orders, verdicts.map(|verdict| ByVerdict { verdict }));
        for side in [Side::Live, Side::Shadow] {
            _ = self.pickup_seconds.get_or_create(&BySide { side });
            _ = self.pickup_metres.get_or_create(&BySide { side });
        }
    }

    /// A round that is not compared.
    fn skip(&self) {
        self.skipped.inc();
    }

    fn add(&self, policies: &Arc<Policies>, difference: Difference) {
        self.rounds.inc();
        let verdicts = [
            (Verdict::Same, difference.same),
            (Verdict::OtherVehicle, difference.other_vehicle),
            (Verdict::LiveOnly, difference.live_only),
            (Verdict::ShadowOnly, difference.shadow_only),
        ];
        for (verdict, orders) in verdicts {
            self.orders.get_or_create(&ByVerdict { verdict }).inc_by(orders);
        }
        for (side, predicted) in [(Side::Live, difference.live), (Side::Shadow, difference.shadow)] {
            let (seconds, metres) = (predicted.pickup_ms as f64 / 1e3, predicted.pickup_cm as f64 / 1e2);
            self.pickup_seconds.get_or_create(&BySide { side }).inc_by(seconds);
            self.pickup_metres.get_or_create(&BySide { side }).inc_by(metres);
        }
        let mut account = self.account();
        let same = account.as_ref().is_some_and(|account| account.policies == *policies);
        if !same {
            let (total, last) = (Difference::default(), Difference::default());
            *account = Some(Account { policies: policies.clone(), rounds: 0, total, last });
        }
        if let Some(account) = &mut *account {
            account.rounds += 1;
            account.total += difference;
            account.last = difference;
        }
    }

    /// What it has come to since the shadow policy was set; nothing before its first round.
    pub(crate) fn shown(&self, shadow: Option<&Policies>) -> Option<ShadowView> {
        let account = self.account();
        let account = account.as_ref().filter(|account| Some(&*account.policies) == shadow)?;
        Some(ShadowView {
            policy: account.policies.names()[0].clone(),
            rounds: account.rounds,
            total: view::difference(&account.total),
            last: view::difference(&account.last),
        })
    }

    fn account(&self) -> MutexGuard<'_, Option<Account>> {
        self.since_change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
