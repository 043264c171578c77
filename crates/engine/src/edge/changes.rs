//! Which rows have changed since somebody last asked, by name: for whoever keeps a copy of the world to answer from.

use paceline_model::edge::{ModelId, NodeId, WorkloadId};
use std::collections::BTreeSet;

/// Most rows that are listed. Beyond, reading all of them anew costs no more.
const LISTED_MAX: usize = 1 << 16;

/// Rows that have changed. What is named and no longer there was removed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Nodes of which something else is true.
    pub nodes: BTreeSet<NodeId>,
    /// Workloads, with their replicas.
    pub workloads: BTreeSet<WorkloadId>,
    /// Models.
    pub models: BTreeSet<ModelId>,
    /// Nodes that spoke.
    pub heard: BTreeSet<NodeId>,
    /// Anything may have changed: there was too much to list.
    pub everything: bool,
}

impl Changes {
    pub(super) fn node(&mut self, id: &NodeId) {
        if self.has_room() {
            self.nodes.insert(id.clone());
        }
    }
    pub(super) fn workload(&mut self, id: &WorkloadId) {
        if self.has_room() {
            self.workloads.insert(id.clone());
        }
    }
    pub(super) fn model(&mut self, id: &ModelId) {
        if self.has_room() {
            self.models.insert(id.clone());
        }
    }
    pub(super) fn heard(&mut self, id: &NodeId) {
        if self.has_room() {
            self.heard.insert(id.clone());
        }
    }

    fn has_room(&mut self) -> bool {
        let listed = self.nodes.len() + self.workloads.len() + self.models.len() + self.heard.len();
        if !self.everything && listed >= LISTED_MAX {
            *self = Self { everything: true, ..Self::default() };
        }
        !self.everything
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_to_list_is_everything_and_takes_no_room() {
        let mut changes = Changes::default();
        (0..=LISTED_MAX)
            .for_each(|number| changes.heard(&NodeId::new(&format!("n{number}")).expect("a name")));
        assert!(changes.everything && changes.heard.is_empty());
    }
}
