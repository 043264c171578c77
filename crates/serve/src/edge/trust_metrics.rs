//! How many nodes stand how with their proofs, and the steps between.

use super::model::EdgeModel;
use crate::metrics::from_zero;
use paceline_model::edge::{TrustState, TrustTrigger};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Nodes by state, and steps by kind.
#[derive(Clone, Default)]
pub(super) struct TrustMetrics {
    nodes: Family<ByState, Gauge>,
    steps: Family<ByStep, Counter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum State {
    Unverified,
    Proved,
    Stale,
    Failed,
    Contested,
}

impl ByState {
    fn of(state: TrustState) -> Self {
        let state = match state {
            TrustState::Unverified => State::Unverified,
            TrustState::Proved => State::Proved,
            TrustState::Stale => State::Stale,
            TrustState::Failed => State::Failed,
            TrustState::Contested => State::Contested,
        };
        Self { state }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStep {
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Step {
    Prove,
    Lapse,
    Fail,
    Contest,
    Readmit,
}

impl TrustMetrics {
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("nodes_by_trust", "Nodes, by where they stand with their proofs", self.nodes.clone());
        // From zero, so that a region without nodes shows them.
        TrustState::ALL
            .into_iter()
            .for_each(|state| _ = self.nodes.get_or_create(&ByState::of(state)).set(0));
        r.register("trust_steps", "Steps of nodes between trust and distrust", self.steps.clone());
        let steps = [Step::Prove, Step::Lapse, Step::Fail, Step::Contest, Step::Readmit];
        from_zero(&self.steps, steps.map(|step| ByStep { step }));
    }

    /// A node went a step.
    pub(super) fn stepped(&self, trigger: TrustTrigger) {
        let step = match trigger {
            TrustTrigger::Prove(_) => Step::Prove,
            TrustTrigger::Lapse => Step::Lapse,
            TrustTrigger::Fail => Step::Fail,
            TrustTrigger::Contest => Step::Contest,
            TrustTrigger::Readmit => Step::Readmit,
        };
        self.steps.get_or_create(&ByStep { step }).inc();
    }

    /// Counts them anew.
    pub(super) fn count(&self, model: &EdgeModel) {
        for state in TrustState::ALL {
            let nodes = model.nodes.values().filter(|row| row.trust.state == state).count();
            self.nodes.get_or_create(&ByState::of(state)).set(nodes as i64);
        }
    }
}
