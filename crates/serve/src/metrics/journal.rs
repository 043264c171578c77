//! How the journal goes.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What a journal's thread measures.
#[derive(Clone, Default)]
pub(crate) struct JournalMetrics {
    failures: Counter,
    snapshots_written: Counter,
    snapshots_failed: Counter,
    pub(crate) health: Gauge,
}

impl JournalMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("journal_failures", "Times that the journal could not be written", self.failures.clone());
        r.register("snapshots_written", "Snapshots written", self.snapshots_written.clone());
        let failed = self.snapshots_failed.clone();
        r.register("snapshots_failed", "Snapshots that failed, and are tried again", failed);
        let health = "0: well; 1: full, new orders are refused; 2: nothing can be written";
        r.register("journal_health", health, self.health.clone());
    }

    /// A write, and a snapshot if one was tried.
    pub(crate) fn count(&self, failed: bool, snapshot: Option<bool>) {
        self.failures.inc_by(u64::from(failed));
        self.snapshots_written.inc_by(u64::from(snapshot == Some(true)));
        self.snapshots_failed.inc_by(u64::from(snapshot == Some(false)));
    }
}
