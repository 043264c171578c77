//! What stands around an edge region: what nodes report, and what is counted.

use super::model::EdgeModel;
use super::telemetry::NodeReports;
use super::trust_metrics::TrustMetrics;
use crate::clock::Stopwatch;
use crate::kind::Shell;
use crate::metrics::{RoundMetrics, from_zero};
use crate::stream::Stream;
use crate::view::{Moments, Shown};
use paceline_engine::Ledger;
use paceline_engine::edge::{Change, Edge, RoundSummary};
use paceline_engine::ledger::Entry;
use paceline_model::edge::{
    Event, MoveCause, MoveTrigger, NodeReport, ReplicaPhase, RolloutChange, RolloutTrigger,
};
use paceline_plan::edge::round::Problem;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// What happens in the world of an edge region, and how it stands.
#[derive(Clone, Default)]
pub(crate) struct EdgeMetrics {
    placed: Counter,
    moved: Family<ByCause, Counter>,
    evicted: Counter,
    devices_lost: Counter,
    defragmented: Family<ByOutcome, Counter>,
    gpus_freed: Counter,
    rollouts: Family<ByTurn, Counter>,
    nodes: Gauge,
    pending: Gauge,
    trust: TrustMetrics,
}

impl EdgeMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("replicas_placed", "Times that a replica was given a node", self.placed.clone());
        r.register(
            "replicas_moved",
            "Times that one went to another node, by why it left",
            self.moved.clone(),
        );
        from_zero(&self.moved, MoveCause::ALL.map(ByCause::of));
        r.register("replicas_evicted", "Times that one lost its node", self.evicted.clone());
        let moves = "Planned moves of defragmentations, by what became of them";
        r.register("defragmentation_moves", moves, self.defragmented.clone());
        from_zero(
            &self.defragmented,
            [Outcome::Made, Outcome::PassedOver].map(|outcome| ByOutcome { outcome }),
        );
        let freed = "GPUs that moves of defragmentations have left wholly free";
        r.register("defragmentation_gpus_freed", freed, self.gpus_freed.clone());
        r.register("rollout_turns", "Steps of the lifecycles of rollouts", self.rollouts.clone());
        from_zero(&self.rollouts, Turn::ALL.map(|turn| ByTurn { turn }));
        r.register("devices_lost", "Times that a GPU was lost", self.devices_lost.clone());
        r.register("nodes", "Nodes that are known", self.nodes.clone());
        r.register("replicas_pending", "Replicas without a node", self.pending.clone());
        self.trust.register(r);
    }
}

/// Why a replica moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cause(MoveCause);

impl EncodeLabelValue for Cause {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        use std::fmt::Write as _;
        write!(encoder, "{:?}", self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCause {
    cause: Cause,
}

impl ByCause {
    fn of(cause: MoveCause) -> Self {
        Self { cause: Cause(cause) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Outcome {
    Made,
    PassedOver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: Outcome,
}

/// What has become of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Turn {
    Began,
    Stepped,
    Held,
    Paused,
    Promoted,
    Aborted,
    Failed,
    Done,
    RolledBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByTurn {
    turn: Turn,
}

impl Turn {
    const ALL: [Self; 9] = [
        Self::Began,
        Self::Stepped,
        Self::Held,
        Self::Paused,
        Self::Promoted,
        Self::Aborted,
        Self::Failed,
        Self::Done,
        Self::RolledBack,
    ];

    fn of(change: &RolloutChange) -> Option<Self> {
        Some(match change {
            RolloutChange::Began(_) => Self::Began,
            RolloutChange::Stepped(..) => Self::Stepped,
            RolloutChange::Held(true, _) => Self::Held,
            RolloutChange::Turned(trigger, _) => match trigger {
                RolloutTrigger::Pause(_) => Self::Paused,
                RolloutTrigger::Promote => Self::Promoted,
                RolloutTrigger::Abort => Self::Aborted,
                RolloutTrigger::Fail => Self::Failed,
                RolloutTrigger::Finish => Self::Done,
                RolloutTrigger::Restore => Self::RolledBack,
                RolloutTrigger::Resume => return None,
            },
            RolloutChange::Held(false, _) | RolloutChange::Member(..) | RolloutChange::Counted(_) => {
                return None;
            }
        })
    }
}

impl EdgeMetrics {
    fn stepped(&self, trigger: &MoveTrigger) {
        let outcome = match trigger {
            MoveTrigger::Make(freed) => {
                self.gpus_freed.inc_by(u64::try_from(freed.gpus).unwrap_or(0));
                Outcome::Made
            }
            MoveTrigger::PassOver(_) => Outcome::PassedOver,
        };
        self.defragmented.get_or_create(&ByOutcome { outcome }).inc();
    }
}

/// An edge region's surroundings.
pub(crate) struct EdgeShell {
    pub(crate) reports: Arc<NodeReports>,
    pub(crate) world: EdgeMetrics,
    pub(crate) rounds: RoundMetrics,
}

/// A round to solve.
pub(crate) struct EdgeRound {
    pub(crate) problem: Box<Problem>,
    /// Started when the tick was due.
    pub(crate) since: Stopwatch,
}

impl Shell for EdgeShell {
    type World = Edge;
    type Job = EdgeRound;

    fn take_telemetry(&mut self, _: &Ledger<Edge>) -> Option<Vec<NodeReport>> {
        let reports = self.reports.take();
        (!reports.is_empty()).then_some(reports)
    }

    fn job(&mut self, _: &Ledger<Edge>, problem: Box<Problem>, since: Stopwatch) -> EdgeRound {
        EdgeRound { problem, since }
    }

    fn on_change(&mut self, change: &Arc<Change>) -> Option<Span> {
        match &change.event {
            Entry::Event(Event::ReplicaPlaced { .. }) => _ = self.world.placed.inc(),
            Entry::Event(Event::ReplicaMoved { cause, .. }) => {
                self.world.moved.get_or_create(&ByCause::of(*cause)).inc();
            }
            Entry::Event(Event::DefragmentationStepped { trigger, .. }) => self.world.stepped(trigger),
            Entry::Event(Event::RolloutChanged(_, change)) => {
                if let Some(turn) = Turn::of(change) {
                    self.world.rollouts.get_or_create(&ByTurn { turn }).inc();
                }
            }
            Entry::Event(Event::TrustStepped { trigger, .. }) => self.world.trust.stepped(*trigger),
            Entry::Event(Event::ReplicaEvicted { .. }) => _ = self.world.evicted.inc(),
            Entry::Event(Event::DeviceChanged {
                trigger: paceline_model::edge::DeviceTrigger::Vanish,
                ..
            }) => _ = self.world.devices_lost.inc(),
            Entry::Event(_) | Entry::Reply(_) => {}
        }
        None
    }

    fn on_round(&mut self, round: &RoundSummary, took: Duration) -> bool {
        self.rounds.ended(round.stale.into(), round.ran_short, took);
        round.ran_short
    }
}

/// An edge region tells nothing of the moment beside its changes: what it measures is brought up to date.
pub(crate) struct EdgeMoments(pub(crate) EdgeMetrics);

impl Moments<EdgeModel> for EdgeMoments {
    fn on_change(&self, _: &Change) {}

    fn on_round(&self, _: bool, _: Duration) {}

    fn publish(&self, shown: &Shown<EdgeModel>, _: &Stream) {
        let model = shown.read();
        let replicas = model.workloads.values().flat_map(|row| &row.replicas);
        let pending = replicas.filter(|replica| replica.phase == ReplicaPhase::Pending).count();
        self.0.nodes.set(model.nodes.len() as i64);
        self.0.pending.set(pending as i64);
        self.0.trust.count(&model);
    }
}
