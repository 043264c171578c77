//! Federations, as the shell that all kinds of regions share serves them: what of it is theirs alone. Each cluster is asked and told by a task of its own
//! (`link`), as a client of its server: a cluster is spoken to as any program speaks to it.

mod link;
mod links;
mod model;
mod reports;
mod setup;
mod shell;
mod views;
mod ways;

pub(crate) use model::FederationModel;
pub(crate) use setup::FederationSetup;
pub use setup::FederationSpec;
pub(crate) use shell::FederationShell;
pub(crate) use views::{cluster, explained, workload};

use crate::kind::Kind;
use crate::problem::Problem;
use crate::region::matters::Matters;
use crate::stream::Wire;
use paceline_api::federation::{FederationChange, FederationEvent};
use paceline_api::operation as op;
use paceline_api::{Operation, RegionKind};
use paceline_engine::Ledger;
use paceline_engine::federation::{Change, Federation, FederationOptions, Recorded};
use paceline_engine::ledger::Entry;
use paceline_model::federation::{Command, Refusal};
use paceline_model::limits::{CLUSTERS_MAX, FEDERATED_WORKLOADS_MAX};

/// What handlers of a federation alone can reach.
pub(crate) struct FederationOwn;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        paceline_api::Problem::from(&refusal).into()
    }
}

impl Wire for Recorded {
    type View = FederationChange;
    fn view(of: &Change) -> FederationChange {
        let event = match &of.event {
            Entry::Event(event) => FederationEvent::from(event),
            Entry::Reply(reply) => FederationEvent::Remembered { key: reply.key.to_string() },
        };
        FederationChange { version: of.version.0, at: of.at, event }
    }
}

impl Kind for Federation {
    const KIND: RegionKind = RegionKind::Federation;
    type Shell = FederationShell;
    type Model = FederationModel;
    type Own = FederationOwn;
    const LISTS: &'static [&'static Operation] = &[&op::LIST_CLUSTERS, &op::LIST_FEDERATED_WORKLOADS];

    fn matters(command: &Command) -> Matters {
        match command {
            Command::PutCluster(_) | Command::PutWorkload(_) | Command::Rebalance(_) => Matters::New,
            Command::RemoveCluster(_) | Command::RemoveWorkload(_) => Matters::Accepted,
            Command::CordonCluster(_) | Command::DrainCluster(..) | Command::UncordonCluster(_) => {
                Matters::Trip
            }
        }
    }

    fn asks_for_more(command: &Command) -> bool {
        matches!(command, Command::PutWorkload(_))
    }

    fn full(&self, command: &Command) -> Option<(&'static str, usize)> {
        let (what, known, count, most) = match command {
            Command::PutCluster(spec) => {
                ("clusters", self.cluster(&spec.id).is_some(), self.clusters().len(), CLUSTERS_MAX)
            }
            Command::PutWorkload(spec) => {
                let (known, count) = (self.workload(spec.id()).is_some(), self.workloads().len());
                ("workloads", known, count, FEDERATED_WORKLOADS_MAX)
            }
            _ => return None,
        };
        (!known && count >= most).then_some((what, most))
    }

    fn alters(ledger: &Ledger<Self>, options: &FederationOptions) -> bool {
        options != ledger.options()
    }
}
