//! Rollouts: a workload goes from one version to another, a few nodes at a time. What is asked for is planned when it is asked (`plan`); in each
//! turn what nodes say is taken in (`heard`), the gate is asked (`turn`), and replicas are switched where they are (`ordering`). All that decides
//! is in the world (`state`), so that a restart goes on where it was. Where replicas run stays the round's: it places the stable version alone.

mod fit;
mod heard;
mod options;
mod ordering;
mod plan;
mod state;
mod status;
mod turn;

pub(super) use fit::suits;
pub(super) use heard::heard;
pub use options::{RolloutOptions, StepApproval};
pub(super) use ordering::{reconciled, stepped};
pub(super) use plan::plan;
pub use state::{Member, Rollout};
pub use status::{MemberStatus, RolloutStatus};
pub(super) use turn::turned;
