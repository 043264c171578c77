//! What would Paceline have done with the pods of a cluster? A record of it, played by the scheduler's own decisions, beside what happened.
//!
//! `record` reads the file and `lives` what became of each pod in it. `replay` plays it: nodes, claims and pods come and go as they did, pods run as
//! long as they ran, and who goes where is decided by `paceline_kubernetes::decide`, in rounds as `paceline kubernetes run` has them. `recorded`
//! follows what happened, for the same figures. `stage` is the cluster of either, and holds each binding against the checker.

mod kpis;
mod lives;
mod pictures;
mod policy;
mod record;
mod recorded;
mod replay;
pub mod report;
mod stage;
mod tally;

pub use kpis::{KubernetesKpis, Worst};
pub use policy::KubernetesPolicy;
pub use record::ClusterRecord;
pub use tally::KubernetesOutcome;

use crate::error::SimError;

/// Plays a record by a policy. `show` is told how far it is, as a share of 1.
///
/// Errors: decisions that never come to rest, which is a bug.
pub fn play(
    record: &ClusterRecord,
    policy: KubernetesPolicy,
    show: &mut dyn FnMut(f64),
) -> Result<KubernetesOutcome, SimError> {
    match policy {
        KubernetesPolicy::Recorded => Ok(recorded::follow(record, show)),
        KubernetesPolicy::Paceline => replay::replay(record, show),
    }
}
