//! How a federation's records and snapshots are written down: formats of its own, which no other kind of region reads. Postcard gives the bytes: fields in
//! the order in which they stand in the types, a variant by its place in its list. The golden bytes in `tests/federation/golden.txt` refuse what would
//! change the meaning of a journal.

use super::Recorded;
use super::row::{ClusterRow, FederatedRow};
use super::world::Federation;
use crate::ledger::{Head, Record};
use crate::record::{Encoded, Kind, RecordError, append, from_bytes, to_bytes};
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{ClusterId, Refusal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The newest layout of records, and the one that is written.
const RECORD_LAYOUT: u8 = 1;
/// The same of snapshots.
const SNAPSHOT_LAYOUT: u8 = 1;

/// The layout of a record's format. Errors: one that this program does not read.
pub fn record_layout(format: u16) -> Result<u8, RecordError> {
    Kind::FEDERATION.layout(format, RECORD_LAYOUT)
}

/// The layout of a snapshot's format. Errors: one that this program does not read.
pub fn snapshot_layout(format: u16) -> Result<u8, RecordError> {
    Kind::FEDERATION.layout(format, SNAPSHOT_LAYOUT)
}

/// A record as it is to be stored.
pub(super) fn encode(record: &Record<Recorded>) -> Encoded {
    Encoded { format: Kind::FEDERATION.format(RECORD_LAYOUT), bytes: to_bytes(record) }
}

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
    record_layout(format)?;
    from_bytes(bytes)
}

/// What of a federation outlives a restart, sharing its rows with the world that goes on.
pub struct Saved {
    clusters: Vec<Arc<ClusterRow>>,
    workloads: Vec<Arc<FederatedRow>>,
}

/// Rows by name.
type Rows = (BTreeMap<ClusterId, Arc<ClusterRow>>, BTreeMap<WorkloadId, Arc<FederatedRow>>);

impl Saved {
    pub(super) fn of(world: &Federation) -> Self {
        Self {
            clusters: world.clusters().cloned().collect(),
            workloads: world.workloads().cloned().collect(),
        }
    }

    pub(super) fn into_rows(self) -> Rows {
        (
            self.clusters.into_iter().map(|row| (row.spec.id.clone(), row)).collect(),
            self.workloads.into_iter().map(|row| (row.spec.id().clone(), row)).collect(),
        )
    }
}

/// A snapshot as it is to be stored.
pub(super) fn encode_snapshot(saved: &Saved, head: &Head<Refusal>) -> Encoded {
    let mut bytes = to_bytes(head);
    append(&mut bytes, &saved.clusters);
    append(&mut bytes, &saved.workloads);
    Encoded { format: Kind::FEDERATION.format(SNAPSHOT_LAYOUT), bytes }
}

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode_snapshot(format: u16, bytes: &[u8]) -> Result<(Head<Refusal>, Saved), RecordError> {
    snapshot_layout(format)?;
    let (head, clusters, workloads) = from_bytes(bytes)?;
    Ok((head, Saved { clusters, workloads }))
}
