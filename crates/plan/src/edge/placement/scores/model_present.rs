//! Fetch little.

use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::task::Verdict;

/// More than this no link brings within a rollout's time, in MiB: 100,000.
const MOST_MIB: u32 = 100_000;

/// *Model present*: what need not be fetched, since the model is there. Points: MiB, 0 (it is not there) to 100,000. Work: one look-up. Source: ours, after
/// Kubernetes' `ImageLocality`, which scales by sizes that it fixes.
///
/// Known gaps: a model is there where it runs; what else lies on a node's disk is not known. Replicas of one round do not see each other's.
pub struct ModelPresent;

impl Score for ModelPresent {
    fn points(&self, step: &Step<'_>) -> i32 {
        match step.task.verdict(step.profile.class) {
            Some(Verdict::Present(mib)) => mib.min(MOST_MIB) as i32,
            Some(Verdict::Allowed | Verdict::Refused(_)) | None => 0,
        }
    }
}
