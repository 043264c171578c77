//! Which rows have changed since somebody last asked, by name. A federation has some thousand rows: all of them fit a list.

use paceline_model::edge::WorkloadId;
use paceline_model::federation::ClusterId;
use std::collections::BTreeSet;

/// Rows that have changed. What is named and no longer there was removed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Clusters of which something else is true.
    pub clusters: BTreeSet<ClusterId>,
    /// Workloads.
    pub workloads: BTreeSet<WorkloadId>,
    /// Clusters that said something of themselves.
    pub heard: BTreeSet<ClusterId>,
}
