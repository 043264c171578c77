//! The world of a federation: clusters, workloads that are spread over them, and how many replicas each cluster is to have.
//!
//! `admit` judges commands, `observe` takes in what clusters say of themselves, `silence` says which cannot be reached, `round/` what is to be decided and
//! what of a plan still holds, `apply` folds events in. What a cluster is told on the way from what runs there to what it is to have is `standing`'s.

mod admit;
mod apply;
mod changes;
mod in_ledger;
mod observe;
mod options;
mod round;
mod row;
mod silence;
mod standing;
mod stored;
mod world;

pub use changes::Changes;
pub use observe::ClusterReport;
pub use options::FederationOptions;
pub use round::RoundSummary;
pub use row::{ClusterRow, FederatedRow, HeardOfCluster};
pub use standing::Told;
pub use stored::{record_layout, snapshot_layout};
pub use world::Federation;

use crate::ledger::{self, Entry};
use paceline_model::federation::{Event, Refusal};

/// What a federation writes down and publishes.
pub type Recorded = Entry<Event, Refusal>;
/// A durable change of a federation.
pub type Change = ledger::Change<Recorded>;
