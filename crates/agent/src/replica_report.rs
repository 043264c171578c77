//! What the region is told of the replicas: of each what was ordered, and what serves in its stead where that is another.

use crate::node::slot::Slot;
use crate::replica::{Failure, ProbeAnswer, State, Variant};
use crate::served::Served;
use paceline_client::api::edge::{
    RawReading, ReplicaProbe, ReplicaReport, ReplicaState, Served as ServedReport,
};
use paceline_model::limits::REPLICA_REPORTS_MAX;
use std::sync::Arc;

/// All that this node runs, or tries to, as many as a report may have.
pub(crate) fn replicas(slots: &[Arc<Slot>]) -> Vec<ReplicaReport> {
    slots.iter().flat_map(|slot| of(slot)).take(REPLICA_REPORTS_MAX).collect()
}

fn of(slot: &Slot) -> Vec<ReplicaReport> {
    let stored = slot.stored();
    let (id, replica) = (&stored.placed.replica, &stored.replica);
    // Only what is loaded and has answered its probe is said to run.
    let loaded = slot.loaded().map(|(variant, _)| variant);
    let serves = loaded.filter(|variant| replica.serving() == Some(variant)).map(|variant| {
        let probe = match &replica.state {
            State::Running(probe) | State::WentBack { probe, .. } => Some(right(*probe)),
            _ => None,
        };
        let running = line(id, &variant, ReplicaState::Running);
        ReplicaReport { probe, served: Some(served(slot.served())), ..running }
    });
    let ordered = ordered(id, &replica.order.variant, &replica.state);
    let other = serves
        .as_ref()
        .is_none_or(|serves| serves.version != ordered.version || serves.precision != ordered.precision);
    other.then_some(ordered).into_iter().chain(serves).collect()
}

/// How what was ordered stands. While nothing is loaded it does not run, whatever it did before.
fn ordered(id: &str, variant: &Variant, state: &State) -> ReplicaReport {
    let with = |state, tries, error: Option<&String>| ReplicaReport {
        tries,
        error: error.cloned(),
        ..line(id, variant, state)
    };
    match state {
        State::Fetching { tries, error } => with(ReplicaState::Fetching, *tries, error.as_ref()),
        State::Fetched => with(ReplicaState::Fetched, 0, None),
        State::Loading { tries, error } => with(ReplicaState::Loading, *tries, error.as_ref()),
        State::Running(_) => with(ReplicaState::Loading, 0, None),
        State::GoingBack { failure: Failure { tries, error }, .. }
        | State::WentBack { failure: Failure { tries, error }, .. }
        | State::Failed(Failure { tries, error }) => with(ReplicaState::Failed, *tries, Some(error)),
    }
}

fn line(id: &str, variant: &Variant, state: ReplicaState) -> ReplicaReport {
    ReplicaReport {
        replica: id.into(),
        version: variant.version.clone(),
        precision: variant.precision,
        artefact: variant.artefact.clone(),
        state,
        tries: 0,
        error: None,
        probe: None,
        served: None,
    }
}

fn right(probe: ProbeAnswer) -> ReplicaProbe {
    ReplicaProbe { right: true, latency_ms: Some(probe.latency_ms) }
}

fn served(of: Served) -> ServedReport {
    let number = |count: u64| Some(RawReading::Number(count as f64));
    ServedReport {
        requests: number(of.requests),
        errors: number(of.errors),
        p99_ms: of.p99_ms.and_then(|ms| number(ms.into())),
        within: Vec::new(),
    }
}
