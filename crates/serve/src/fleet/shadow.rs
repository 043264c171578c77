//! A fleet's shadow: which orders it would have given to whom.

use crate::clock::Stopwatch;
use crate::metrics::from_zero;
use crate::shadow::{self, BySide, Figures, Side};
use crate::view;
use paceline_api::ShadowView;
use paceline_plan::shadow::{Difference, Given};
use paceline_plan::{Policies, Snapshot};
use paceline_road::{Roads, Search};
use paceline_supervise::Spawner;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// The way to a fleet's shadow, and its account.
pub(crate) type ShadowHandle = shadow::ShadowHandle<Solved, OrderFigures>;
/// The account of a fleet's shadow.
pub(crate) type ShadowBook = shadow::ShadowBook<OrderFigures>;

/// A round that the live policy has solved.
pub(crate) struct Solved {
    pub(crate) snapshot: Box<Snapshot>,
    pub(crate) roads: Arc<Roads>,
    pub(crate) live: Given,
}

/// Starts the shadow, with as much time for a round as the live solver has.
pub(crate) fn start(
    scope: &Spawner,
    roads: &Arc<Roads>,
    budget: Duration,
    registry: &mut Registry,
) -> ShadowHandle {
    let mut kept = Some(Search::new(roads));
    shadow::start(scope, registry, move |Solved { snapshot, roads, live }: Solved| {
        let policies = snapshot.shadow.clone()?;
        let mut budget = Stopwatch::start().budget(budget);
        // One that panics leaves its search half-written: it is not kept.
        let mut search = kept.take().unwrap_or_else(|| Search::new(&roads));
        let plan = paceline_plan::solve(&roads, &mut search, &snapshot, &policies, &mut budget);
        kept = Some(search);
        Some((policies, Difference::between(&live, &Given::of(&plan))))
    })
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

/// Orders and the drives to them.
#[derive(Default)]
pub(crate) struct OrderFigures {
    orders: Family<ByVerdict, Counter>,
    pickup_seconds: Family<BySide, Counter<f64, AtomicU64>>,
    pickup_metres: Family<BySide, Counter<f64, AtomicU64>>,
}

impl Figures for OrderFigures {
    type Policies = Policies;
    type Difference = Difference;

    fn register(&self, r: &mut Registry) {
        let orders = "Orders by what live and shadow policy do with them, once a round";
        r.register("shadow_orders", orders, self.orders.clone());
        let seconds = "Predicted time to the pick-ups of orders given away";
        r.register("shadow_pickup_seconds", seconds, self.pickup_seconds.clone());
        let metres = "Predicted distance to the pick-ups of orders given away";
        r.register("shadow_pickup_metres", metres, self.pickup_metres.clone());
        let verdicts = [Verdict::Same, Verdict::OtherVehicle, Verdict::LiveOnly, Verdict::ShadowOnly];
        from_zero(&self.orders, verdicts.map(|verdict| ByVerdict { verdict }));
        from_zero(&self.pickup_seconds, BySide::BOTH);
        from_zero(&self.pickup_metres, BySide::BOTH);
    }

    fn add(&self, difference: &Difference) {
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
    }
}

impl ShadowBook {
    /// What it has come to since the shadow policy was set; nothing before its first round.
    pub(crate) fn shown(&self, shadow: Option<&Policies>) -> Option<ShadowView> {
        let account = self.since_set(shadow)?;
        Some(ShadowView {
            policy: account.policies.names()[0].clone(),
            rounds: account.rounds,
            total: view::difference(&account.total),
            last: view::difference(&account.last),
        })
    }
}
