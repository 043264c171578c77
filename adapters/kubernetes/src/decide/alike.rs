//! Pods of which one answer is good for all.

use crate::cluster::{Demand, Labels, Name, Pod};
use crate::rules::Guest;

/// All that the answer to a pod depends on, but for the cluster: pods of one controller are alike in it.
pub(super) type Alike<'c> = (i32, bool, Option<&'c Name>, &'c Name, &'c Labels, &'c Demand);

/// What a refusal of this pod says of others. Nothing where it wants to be near somebody, or evenly spread: a pod that is placed after it may make
/// a place of what was none. Nothing where room is made for it: it alone may have that.
pub(super) fn alike(of: Guest<'_>) -> Option<Alike<'_>> {
    let Pod { demand, labels, priority, preempts, class, nominated, .. } = of.pod;
    let is_alone = !demand.pods.near.is_empty() || !demand.spread.is_empty() || nominated.is_some();
    (!is_alone)
        .then(|| (*priority, *preempts, class.as_ref(), &of.key.namespace, labels.as_ref(), demand.as_ref()))
}
