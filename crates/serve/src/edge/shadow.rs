//! The shadow of an edge region: which replicas it would have put where.

use crate::clock::Stopwatch;
use crate::metrics::from_zero;
use crate::shadow::{self, BySide, Figures, Side};
use paceline_api::edge as api;
use paceline_plan::edge::policy::PlacementPolicies;
use paceline_plan::edge::round::shadow::{Difference, Given, Predicted};
use paceline_plan::edge::round::{Plan, Problem, solve};
use paceline_supervise::Spawner;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The way to an edge region's shadow, and its account.
pub(crate) type ShadowHandle = shadow::ShadowHandle<Solved, ReplicaFigures>;
/// The account of an edge region's shadow.
pub(crate) type ShadowBook = shadow::ShadowBook<ReplicaFigures>;

/// A round that the live weights have solved.
pub(crate) struct Solved {
    pub(crate) problem: Box<Problem>,
    pub(crate) live: Plan,
}

/// Starts the shadow, with as much time for a round as the live solver has.
pub(super) fn start(scope: &Spawner, budget: Duration, registry: &mut Registry) -> ShadowHandle {
    shadow::start(scope, registry, move |Solved { problem, live }: Solved| {
        let policies = problem.shadow.clone()?;
        let mut budget = Stopwatch::start().budget(budget);
        let plan = solve(&problem, &mut problem.placer_by(&policies), &mut budget);
        Some((policies, Difference::between(&Given::of(&problem, &live), &Given::of(&problem, &plan))))
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Verdict {
    Same,
    OtherNode,
    LiveOnly,
    ShadowOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByVerdict {
    verdict: Verdict,
}

/// Replicas, and what nodes draw for them.
#[derive(Default)]
pub(crate) struct ReplicaFigures {
    replicas: Family<ByVerdict, Counter>,
    downgraded: Family<BySide, Counter>,
    watts: Family<BySide, Counter>,
}

impl Figures for ReplicaFigures {
    type Policies = PlacementPolicies;
    type Difference = Difference;

    fn register(&self, r: &mut Registry) {
        let replicas = "Replicas by what live and shadow weights do with them, once a round";
        r.register("shadow_replicas", replicas, self.replicas.clone());
        let downgraded = "Replicas that are given a node as another variant than the one wanted most";
        r.register("shadow_downgraded", downgraded, self.downgraded.clone());
        let watts = "Predicted watts that nodes draw more for the replicas that they are given";
        r.register("shadow_watts", watts, self.watts.clone());
        let verdicts = [Verdict::Same, Verdict::OtherNode, Verdict::LiveOnly, Verdict::ShadowOnly];
        from_zero(&self.replicas, verdicts.map(|verdict| ByVerdict { verdict }));
        from_zero(&self.downgraded, BySide::BOTH);
        from_zero(&self.watts, BySide::BOTH);
    }

    fn add(&self, difference: &Difference) {
        let verdicts = [
            (Verdict::Same, difference.same),
            (Verdict::OtherNode, difference.other_node),
            (Verdict::LiveOnly, difference.live_only),
            (Verdict::ShadowOnly, difference.shadow_only),
        ];
        for (verdict, replicas) in verdicts {
            self.replicas.get_or_create(&ByVerdict { verdict }).inc_by(replicas);
        }
        for (side, predicted) in [(Side::Live, difference.live), (Side::Shadow, difference.shadow)] {
            self.downgraded.get_or_create(&BySide { side }).inc_by(predicted.downgraded);
            self.watts.get_or_create(&BySide { side }).inc_by(predicted.watts);
        }
    }
}

impl ShadowBook {
    /// What it has come to since the shadow's weights were set; nothing before its first round.
    pub(crate) fn shown(&self, shadow: Option<&PlacementPolicies>) -> Option<api::PlacementShadowView> {
        let account = self.since_set(shadow)?;
        Some(api::PlacementShadowView {
            weights: account.policies.names().concat(),
            rounds: account.rounds,
            total: difference(&account.total),
            last: difference(&account.last),
        })
    }
}

fn difference(of: &Difference) -> api::PlacementDifference {
    api::PlacementDifference {
        same: of.same,
        other_node: of.other_node,
        live_only: of.live_only,
        shadow_only: of.shadow_only,
        live: predicted(&of.live),
        shadow: predicted(&of.shadow),
    }
}

fn predicted(of: &Predicted) -> api::PlacementPredicted {
    let Predicted { replicas, downgraded, watts } = *of;
    api::PlacementPredicted { replicas, downgraded, watts }
}
