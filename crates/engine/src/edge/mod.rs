//! The world of edge nodes: which node runs which replica of which workload, on which of its GPUs.
//!
//! `admit/` judges commands, `observe` what nodes report, `shed/` what should leave nodes that are not well and come back, `defragment/` what moves for its own sake, `round/` says what
//! is to be solved and what of a plan still holds, `trust/` who has proved what it is, `apply/` folds events in. What nodes report is kept beside the world: of it only what is of consequence (a device lost, a node hot or silent,
//! a battery below its reserve) becomes an event.

mod admit;
mod apply;
mod changes;
mod defragment;
mod explain;
mod in_ledger;
mod node_table;
mod observe;
mod options;
mod rollout;
mod round;
mod row;
mod shed;
mod stored;
mod timers;
mod trust;
mod world;

pub use changes::Changes;
pub use defragment::{
    Defragmentation, DefragmentationOptions, DefragmentationPlan, MoveRow, PricedMove, Survey,
};
pub use explain::Explanation;
pub use options::{EdgeOptions, UserSite};
pub use rollout::{Member, MemberStatus, Rollout, RolloutOptions, RolloutStatus, StepApproval};
pub use round::{Question, RoundSummary};
pub use row::{DeviceRow, Files, Heard, NodeRow, Preemption, Replica, StoredFile, Trail, Used, WorkloadRow};
pub use shed::ShedOptions;
pub use stored::{record_layout, snapshot_layout};
pub use trust::{AttestationOptions, NodeTrust, TrustStep};
pub use world::Edge;

use crate::ledger::{self, Entry};
use paceline_model::edge::{Event, Refusal};

/// What an edge region writes down and publishes.
pub type Recorded = Entry<Event, Refusal>;
/// A durable change of an edge region.
pub type Change = ledger::Change<Recorded>;
