//! How an edge region's records and snapshots are written down: formats of its own, which no other kind of region reads. Postcard
//! gives the bytes: fields in the order in which they stand in the types, a variant by its place in its list. The golden bytes in
//! `tests/edge/golden.txt` refuse what would change the meaning of a journal.

use super::Recorded;
use super::defragment::Defragmentation;
use super::rollout::Rollout;
use super::row::{DeviceRow, NodeDerived, NodeRow, Preemption, Replica, Trail, WorkloadRow};
use super::trust::NodeTrust;
use super::world::Edge;
use crate::ledger::{Head, Record};
use crate::record::{
    Encoded, Kind, RecordError, StoredTable, append, append_table, from_bytes, table, to_bytes,
};
use paceline_model::edge::{
    Condition, ModelId, ModelSpec, NodeId, NodeSpec, Refusal, ReplicaId, WorkloadId, WorkloadSpec,
};
use paceline_model::{Instant, Slots, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The newest layout of records, and the one that is written.
const RECORD_LAYOUT: u8 = 1;
/// The same of snapshots: layout 2 ends with where replicas came from and who gave way to whom, layout 3 with moves for their own sake, layout 4
/// with rollouts, layout 5 with where nodes stand with their proofs.
const SNAPSHOT_LAYOUT: u8 = 5;

/// The layout of a record's format. Errors: one that this program does not read.
pub fn record_layout(format: u16) -> Result<u8, RecordError> {
    Kind::EDGE.layout(format, RECORD_LAYOUT)
}

/// The layout of a snapshot's format. Errors: one that this program does not read.
pub fn snapshot_layout(format: u16) -> Result<u8, RecordError> {
    Kind::EDGE.layout(format, SNAPSHOT_LAYOUT)
}

/// A record as it is to be stored.
pub(super) fn encode(record: &Record<Recorded>) -> Encoded {
    Encoded { format: Kind::EDGE.format(RECORD_LAYOUT), bytes: to_bytes(record) }
}

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
    record_layout(format)?;
    from_bytes(bytes)
}

/// What of an edge world outlives a restart, sharing its pages with the world that goes on.
pub struct Saved {
    nodes: Slots<NodeRow>,
    workloads: Slots<WorkloadRow>,
    models: BTreeMap<ModelId, Arc<ModelSpec>>,
    gave_way_at: VecDeque<Instant>,
    defragmentation: Option<Defragmentation>,
    rollouts: Vec<Rollout>,
}

/// What snapshots have had since their second layout.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Later {
    pub(super) gave_way_at: VecDeque<Instant>,
    pub(super) preemptions: Vec<(ReplicaId, Preemption)>,
}

impl Saved {
    pub(super) fn of(world: &Edge) -> Self {
        Self {
            nodes: world.nodes.slots().clone(),
            workloads: world.workloads.slots().clone(),
            models: world.models.clone(),
            gave_way_at: world.gave_way_at.clone(),
            defragmentation: world.defragmentation.clone(),
            rollouts: world.rollouts.values().cloned().collect(),
        }
    }
}

impl Saved {
    fn later(&self) -> Later {
        let rows = self.workloads.tenants().filter_map(|(_, row)| row);
        let told = rows.flat_map(|row| {
            let told = (0..).zip(&row.replicas).filter(|(_, one)| one.preemption != Preemption::default());
            told.map(|(ordinal, one)| {
                (ReplicaId { workload: row.spec.id.clone(), ordinal }, one.preemption.clone())
            })
        });
        Later { gave_way_at: self.gave_way_at.clone(), preemptions: told.collect() }
    }
}

/// A node as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredNode {
    spec: Arc<NodeSpec>,
    cordoned: bool,
    draining: bool,
    conditions: BTreeSet<Condition>,
    devices: Vec<DeviceRow>,
}

/// A workload as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredWorkload {
    spec: Arc<WorkloadSpec>,
    put_at: Instant,
    replicas: Vec<Replica>,
}

impl From<&NodeRow> for StoredNode {
    fn from(row: &NodeRow) -> Self {
        let NodeRow { spec, cordoned, draining, conditions, devices, trust: _, derived: _ } = row.clone();
        Self { spec, cordoned, draining, conditions, devices }
    }
}

impl From<StoredNode> for NodeRow {
    fn from(stored: StoredNode) -> Self {
        let StoredNode { spec, cordoned, draining, conditions, devices } = stored;
        let (trust, derived) = (NodeTrust::default(), NodeDerived::default());
        Self { spec, cordoned, draining, conditions, devices, trust, derived }
    }
}

impl From<&WorkloadRow> for StoredWorkload {
    fn from(row: &WorkloadRow) -> Self {
        let WorkloadRow { spec, put_at, replicas } = row.clone();
        Self { spec, put_at, replicas }
    }
}

impl From<StoredWorkload> for WorkloadRow {
    fn from(StoredWorkload { spec, put_at, replicas }: StoredWorkload) -> Self {
        Self { spec, put_at, replicas }
    }
}

/// A snapshot as it is to be stored.
pub(super) fn encode_snapshot(saved: &Saved, head: &Head<Refusal>) -> Encoded {
    let mut bytes = to_bytes(head);
    append_table::<_, StoredNode>(&mut bytes, &saved.nodes);
    append_table::<_, StoredWorkload>(&mut bytes, &saved.workloads);
    let models: Vec<&ModelSpec> = saved.models.values().map(AsRef::as_ref).collect();
    append(&mut bytes, &models);
    append(&mut bytes, &(trails(&saved.workloads), saved.later(), &saved.defragmentation, &saved.rollouts));
    append(&mut bytes, &trusts(&saved.nodes));
    Encoded { format: Kind::EDGE.format(SNAPSHOT_LAYOUT), bytes }
}

/// Where the replicas of workloads came from, by ordinal.
type Trails = Vec<(WorkloadId, Vec<(u32, Trail)>)>;

fn trails(workloads: &Slots<WorkloadRow>) -> Trails {
    let of = |row: &WorkloadRow| -> Vec<(u32, Trail)> {
        let numbered = (0..).zip(&row.replicas);
        numbered.filter_map(|(ordinal, replica)| Some((ordinal, replica.trail.clone()?))).collect()
    };
    let rows = workloads.tenants().filter_map(|(_, row)| row);
    rows.map(|row| (row.spec.id.clone(), of(row))).filter(|(_, trails)| !trails.is_empty()).collect()
}

fn follow(workloads: &mut Table<WorkloadRow>, trails: Trails) {
    for (workload, trails) in trails {
        let row = workloads.find(&workload).and_then(|idx| workloads.get_mut(idx));
        let Some(row) = row else { continue };
        for (ordinal, trail) in trails {
            if let Some(replica) = row.replicas.get_mut(ordinal as usize) {
                replica.trail = Some(trail);
            }
        }
    }
}

/// Where nodes stand with their proofs, those alone that were ever asked.
type Trusts = Vec<(NodeId, NodeTrust)>;

fn trusts(nodes: &Slots<NodeRow>) -> Trusts {
    let rows = nodes.tenants().filter_map(|(_, row)| row).filter(|row| row.trust != NodeTrust::default());
    rows.map(|row| (row.spec.id.clone(), row.trust.clone())).collect()
}

fn trust(nodes: &mut Table<NodeRow>, trusts: Trusts) {
    for (node, trust) in trusts {
        if let Some(row) = nodes.find(&node).and_then(|idx| nodes.get_mut(idx)) {
            row.trust = trust;
        }
    }
}

/// What a snapshot gives back.
pub(super) struct Restored {
    pub(super) head: Head<Refusal>,
    pub(super) nodes: Table<NodeRow>,
    pub(super) workloads: Table<WorkloadRow>,
    pub(super) models: BTreeMap<ModelId, Arc<ModelSpec>>,
    pub(super) later: Later,
    pub(super) defragmentation: Option<Defragmentation>,
    pub(super) rollouts: Vec<Rollout>,
}

// Each layout is the one before it with more at its end.
type First = (Head<Refusal>, StoredTable<StoredNode>, StoredTable<StoredWorkload>, Vec<Arc<ModelSpec>>);
type Second = (First, Trails, Later);
type Third = (First, Trails, Later, Option<Defragmentation>);
type Fourth = (First, Trails, Later, Option<Defragmentation>, Vec<Rollout>);
type Fifth = (Fourth, Trusts);

/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode_snapshot(format: u16, bytes: &[u8]) -> Result<Restored, RecordError> {
    let fourth = match snapshot_layout(format)? {
        1 => (from_bytes(bytes)?, Trails::new(), Later::default(), None, Vec::new()),
        2 => {
            let (first, trails, later): Second = from_bytes(bytes)?;
            (first, trails, later, None, Vec::new())
        }
        3 => {
            let (first, trails, later, defragmentation): Third = from_bytes(bytes)?;
            (first, trails, later, defragmentation, Vec::new())
        }
        4 => from_bytes(bytes)?,
        _ => {
            let (fourth, trusts): Fifth = from_bytes(bytes)?;
            return restored(fourth, trusts);
        }
    };
    restored(fourth, Trusts::new())
}

fn restored(
    ((head, nodes, workloads, models), trails, later, defragmentation, rollouts): Fourth,
    trusts: Trusts,
) -> Result<Restored, RecordError> {
    let models = models.into_iter().map(|spec| (spec.id.clone(), spec)).collect();
    let mut workloads = table(workloads)?;
    follow(&mut workloads, trails);
    let mut nodes = table(nodes)?;
    trust(&mut nodes, trusts);
    Ok(Restored { head, nodes, workloads, models, later, defragmentation, rollouts })
}
