//! Edge regions, as the shell that all kinds of regions share serves them: what of it is theirs alone.

mod assigned;
mod capacity;
mod memory;
mod model;
mod moves;
mod questions;
mod rollouts;
mod scrape;
mod setup;
mod shadow;
mod shell;
mod standing;
mod telemetry;
mod trust_metrics;
mod twins;
mod verifier;
mod views;

pub(crate) use capacity::capacity;
pub(crate) use memory::Memory;
pub(crate) use model::EdgeModel;
pub(crate) use moves::{defragmentation, planned};
pub(crate) use questions::Questions;
pub(crate) use rollouts::{planned as rollout_planned, rollout, rollouts};
pub(crate) use setup::EdgeSetup;
pub use setup::EdgeSpec;
pub(crate) use shadow::ShadowBook;
pub(crate) use shell::EdgeShell;
pub(crate) use telemetry::NodeReports;
pub(crate) use twins::{Speaker, Twins};
pub(crate) use verifier::{Judged, Verifier, timestamp};
pub(crate) use views::{explained, node, placement, workload};

use crate::kind::Kind;
use crate::problem::Problem;
use crate::region::matters::Matters;
use crate::stream::Wire;
use paceline_api::edge::{EdgeChange, EdgeEvent};
use paceline_api::operation as op;
use paceline_api::{Operation, RegionKind};
use paceline_engine::Ledger;
use paceline_engine::edge::{Change, Edge, EdgeOptions, Recorded};
use paceline_engine::ledger::Entry;
use paceline_model::edge::{Command, Refusal};
use paceline_model::limits::{MODELS_MAX, NODES_MAX, WORKLOADS_MAX};
use std::sync::Arc;

/// What handlers of an edge region alone can reach.
pub(crate) struct EdgeOwn {
    pub(crate) reports: Arc<NodeReports>,
    pub(crate) shadow: Arc<ShadowBook>,
    pub(crate) questions: Questions,
    pub(crate) verifier: Verifier,
    pub(crate) twins: Arc<Twins>,
    pub(crate) memory: Memory,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        paceline_api::Problem::from(&refusal).into()
    }
}

impl Wire for Recorded {
    type View = EdgeChange;
    fn view(of: &Change) -> EdgeChange {
        let event = match &of.event {
            Entry::Event(event) => EdgeEvent::from(event),
            Entry::Reply(reply) => EdgeEvent::Remembered { key: reply.key.to_string() },
        };
        EdgeChange { version: of.version.0, at: of.at, event }
    }
}

impl Kind for Edge {
    const KIND: RegionKind = RegionKind::Edge;
    type Shell = EdgeShell;
    type Model = EdgeModel;
    type Own = EdgeOwn;
    const LISTS: &'static [&'static Operation] =
        &[&op::LIST_NODES, &op::LIST_MODELS, &op::LIST_WORKLOADS, &op::LIST_PLACEMENTS];

    fn matters(command: &Command) -> Matters {
        match command {
            Command::PutNode(_)
            | Command::PutModel(_)
            | Command::PutWorkload(_)
            | Command::StartDefragmentation(_)
            | Command::StartRollout(_)
            | Command::EnrolKey { .. } => Matters::New,
            Command::RemoveNode(_) | Command::RemoveModel(_) | Command::RemoveWorkload(_) => {
                Matters::Accepted
            }
            Command::Cordon(_)
            | Command::Drain(_)
            | Command::Uncordon(_)
            | Command::AdmitDevice(..)
            | Command::StopDefragmentation
            | Command::SteerRollout(..)
            | Command::Prove(..)
            | Command::FailProof(..)
            | Command::ContestNode(..)
            | Command::Readmit(_) => Matters::Trip,
        }
    }

    fn asks_for_more(command: &Command) -> bool {
        matches!(command, Command::PutWorkload(_))
    }

    fn full(&self, command: &Command) -> Option<(&'static str, usize)> {
        let (what, known, count, most) = match command {
            Command::PutNode(spec) => ("nodes", self.node(&spec.id).is_some(), self.node_count(), NODES_MAX),
            Command::PutModel(spec) => {
                ("models", self.model(&spec.id).is_some(), self.models().len(), MODELS_MAX)
            }
            Command::PutWorkload(spec) => {
                ("workloads", self.workload(&spec.id).is_some(), self.workload_count(), WORKLOADS_MAX)
            }
            _ => return None,
        };
        (!known && count >= most).then_some((what, most))
    }

    fn alters(ledger: &Ledger<Self>, options: &EdgeOptions) -> bool {
        options != ledger.options()
    }
}
