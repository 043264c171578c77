//! What nodes have said since the last look, on its way to the region.

use paceline_model::edge::NodeReport;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::sync::{Mutex, PoisonError};

/// Most reports that can wait: one of each node of a large fleet.
const REPORTS_MAX: usize = 200_000;

/// Reports on their way to the region.
#[derive(Debug, Default)]
pub(crate) struct NodeReports {
    waiting: Mutex<Vec<NodeReport>>,
    taken: Counter,
}

impl NodeReports {
    /// Nothing waits yet.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let reports = Self::default();
        registry.register("node_reports", "Reports of nodes taken", reports.taken.clone());
        reports
    }

    /// Takes a batch in, all of it or nothing. Returns whether there was room.
    pub(crate) fn put(&self, batch: Vec<NodeReport>) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + batch.len() > REPORTS_MAX {
            return false;
        }
        self.taken.inc_by(batch.len() as u64);
        waiting.extend(batch);
        true
    }

    /// Takes everything out, oldest first.
    pub(crate) fn take(&self) -> Vec<NodeReport> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
