//! What a node says of the replicas that it runs, or tries to: as measured there, never as ordered.

use super::artefact::ArtefactDigest;
use super::id::ReplicaId;
use super::model::VariantRef;
use crate::Millis;
use serde::{Deserialize, Serialize};

/// Where a variant of a replica stands on its node.
///
/// `Fetching -> Fetched -> Loading -> Running`; what fails too often is `Failed`, and tried again only on a new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaState {
    /// Its artefact is on its way.
    Fetching,
    /// Its artefact is whole and verified on the node. What ran before runs on.
    Fetched,
    /// It is being loaded in place of what ran before: what runs is unknown.
    Loading,
    /// It is loaded, its digest was measured, and it has answered a probe.
    Running,
    /// The node has given it up after its tries.
    Failed,
}

/// The newest probe inference with known outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaProbe {
    /// Whether the outputs were right.
    pub right: bool,
    /// How long the answer took; `None`: there was none.
    pub latency: Option<Millis>,
}

/// What a variant has served since it was loaded there. What is no count, or was not said, is unknown and not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests.
    pub requests: Option<u64>,
    /// Of these, those that were not answered as they should.
    pub errors: Option<u64>,
    /// The latency that 99 of a hundred keep to, in milliseconds, of what it has served lately.
    pub p99: Option<Millis>,
    /// Requests answered within so long, for rising times: what a histogram counts, cumulative as Prometheus has it.
    pub within: Vec<(Millis, u64)>,
}

/// A variant of a replica on a node. There may be two of a replica: what it runs, and what it is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaReport {
    /// Which replica.
    pub replica: ReplicaId,
    /// Which variant of its model.
    pub variant: VariantRef,
    /// Of what is loaded, or to be, as measured.
    pub artefact: Option<ArtefactDigest>,
    /// Where it stands.
    pub state: ReplicaState,
    /// How often it was tried since it was ordered.
    pub tries: u32,
    /// The last error, in the words of the node.
    pub error: Option<String>,
    /// The newest probe.
    pub probe: Option<ReplicaProbe>,
    /// What it has served.
    pub served: Option<Served>,
}
