//! The world of an edge region: what it is a fold of is applied in `apply/`, what derives from it is kept up here.

use super::changes::Changes;
use super::defragment::Defragmentation;
use super::node_table::NodeTable;
use super::options::EdgeOptions;
use super::rollout::Rollout;
use super::round::Layout;
use super::row::{Files, NodeRow, Replica, WorkloadRow};
use super::timers::Timers;
use paceline_model::edge::{
    Bound, ModelId, ModelSpec, NodeId, NodeIdx, ReplicaId, ReplicaPhase, WhenUnreachable, WorkloadId,
    WorkloadIdx,
};
use paceline_model::{Instant, Table};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A replica's place in the queue: higher priority first, then who has waited longest, then by row.
pub(super) type Place = (Reverse<i32>, Instant, WorkloadIdx, u32);

/// Replicas that are not where, or not as, they are wanted in the end.
#[derive(Default)]
pub(super) struct Astray {
    /// Those that have left a node for its health, or come back.
    pub(super) trailing: BTreeSet<(WorkloadIdx, u32)>,
    /// Those at less than the precision that is wanted.
    pub(super) lowered: BTreeSet<(WorkloadIdx, u32)>,
    /// Nodes that run something which may have to leave.
    pub(super) leaving: BTreeSet<NodeIdx>,
}

/// An edge region's world.
#[derive(Default)]
pub struct Edge {
    pub(super) options: EdgeOptions,
    pub(super) nodes: NodeTable,
    pub(super) workloads: Table<WorkloadRow>,
    pub(super) models: BTreeMap<ModelId, Arc<ModelSpec>>,
    /// When replicas gave way, oldest first: as many as may within the longest span.
    pub(super) gave_way_at: VecDeque<Instant>,
    /// Moves for their own sake that were asked for last.
    pub(super) defragmentation: Option<Defragmentation>,
    /// The last rollout of each workload that had one.
    pub(super) rollouts: BTreeMap<WorkloadId, Rollout>,
    /// Replicas without a node. Derived, as all that follows.
    pub(super) waiting: BTreeSet<Place>,
    /// How often room has been made: what found none is tried again only then.
    pub(super) room_made: u64,
    pub(super) astray: Astray,
    /// The nodes as the last round's solver knew them.
    pub(super) layout: Layout,
    pub(super) timers: Timers,
    pub(super) began: Option<Instant>,
    pub(super) now: Instant,
    pub(super) changes: Changes,
}

impl Edge {
    /// An empty world.
    pub fn new(options: EdgeOptions) -> Self {
        Self { options, ..Self::default() }
    }
    /// How it is run.
    pub fn options(&self) -> &EdgeOptions {
        &self.options
    }
    /// The node of that name.
    pub fn node(&self, id: &NodeId) -> Option<&NodeRow> {
        self.nodes.get(self.nodes.find(id)?)
    }
    /// All nodes, by row.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeRow> {
        self.nodes.rows()
    }
    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
    /// The workload of that name.
    pub fn workload(&self, id: &WorkloadId) -> Option<&WorkloadRow> {
        self.workloads.get(self.workloads.find(id)?)
    }
    /// All workloads, by row.
    pub fn workloads(&self) -> impl Iterator<Item = &WorkloadRow> {
        self.workloads.rows()
    }
    /// How many workloads there are.
    pub fn workload_count(&self) -> usize {
        self.workloads.len()
    }
    /// The model of that name.
    pub fn model(&self, id: &ModelId) -> Option<&Arc<ModelSpec>> {
        self.models.get(id)
    }
    /// All models, by name.
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Arc<ModelSpec>> {
        self.models.values()
    }
    /// A replica.
    pub fn replica(&self, id: &ReplicaId) -> Option<&Replica> {
        let replica = self.workload(&id.workload)?.replicas.get(id.ordinal as usize);
        replica.filter(|replica| replica.phase != ReplicaPhase::Ended)
    }
    /// The defragmentation that runs, or the last one that did.
    pub fn defragmentation(&self) -> Option<&Defragmentation> {
        self.defragmentation.as_ref()
    }
    /// Replicas without a node.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn replica_mut(&mut self, workload: WorkloadIdx, ordinal: u32) -> Option<&mut Replica> {
        self.workloads.get_mut(workload)?.replicas.get_mut(ordinal as usize)
    }

    /// When those gave way who count still: how many more may is what is left.
    fn counted(&self) -> impl Iterator<Item = Instant> {
        let counts = |at: &Instant| self.now.since(*at) < self.options.preemptions_per;
        self.gave_way_at.iter().copied().filter(counts)
    }
    /// How many replicas may give way now.
    pub(super) fn victims_left(&self) -> u32 {
        self.options.preemptions_max.saturating_sub(self.counted().count() as u32)
    }
    /// When more may give way than now; `None`: none has lately.
    pub(super) fn more_victims_at(&self) -> Option<Instant> {
        self.counted().next().map(|oldest| oldest + self.options.preemptions_per)
    }

    /// Notes that nodes may have more room than before.
    pub(super) fn made_room(&mut self) {
        self.room_made += 1;
    }

    /// Whether a replica was not looked at since room was last made, or more may give way to it by now.
    pub(super) fn is_new(&self, workload: WorkloadIdx, ordinal: u32) -> bool {
        self.replica_at(workload, ordinal).is_some_and(|(_, replica)| {
            let finding = &replica.finding;
            finding.tried_at != Some(self.room_made) || finding.again_at.is_some_and(|at| at <= self.now)
        })
    }

    /// A replica by where it stands, with its workload.
    pub(super) fn replica_at(&self, workload: WorkloadIdx, ordinal: u32) -> Option<(&WorkloadRow, &Replica)> {
        let row = self.workloads.get(workload)?;
        Some((row, row.replicas.get(ordinal as usize)?))
    }

    /// Follows where a replica came from, and as what it runs.
    pub(super) fn follow(&mut self, workload: WorkloadIdx, ordinal: u32) {
        let replica = self.replica_at(workload, ordinal);
        let (trails, lowered) =
            replica.map_or((false, false), |(row, one)| (one.trail.is_some(), one.is_lowered(&row.spec)));
        for (set, is) in [(&mut self.astray.trailing, trails), (&mut self.astray.lowered, lowered)] {
            match is {
                true => _ = set.insert((workload, ordinal)),
                false => _ = set.remove(&(workload, ordinal)),
            }
        }
    }

    /// Follows whether what runs on a node may have to leave.
    pub(super) fn watch(&mut self, node: NodeIdx) {
        let replaced = |(workload, _): &(WorkloadIdx, u32)| {
            let rule = self.workloads.get(*workload).map(|row| row.spec.when_unreachable);
            rule.is_some_and(|rule| rule != WhenUnreachable::Leave)
        };
        let leaves = self.nodes.get(node).is_some_and(|row| {
            row.running() > 0
                && (row.may_lose_work() || row.is_silent() && row.derived.runs.iter().any(replaced))
        });
        if leaves {
            self.astray.leaving.insert(node);
        } else {
            self.astray.leaving.remove(&node);
        }
    }

    /// Puts a replica into the queue, or takes it out, by its phase.
    pub(super) fn queue(&mut self, workload: WorkloadIdx, ordinal: u32, waits: bool) {
        let Some((row, replica)) = self.replica_at(workload, ordinal) else { return };
        let place = (Reverse(row.spec.priority), replica.since, workload, ordinal);
        if waits {
            self.waiting.insert(place);
        } else {
            self.waiting.remove(&place);
        }
    }

    /// Reserves, or gives back, what a replica takes where it is bound.
    pub(super) fn reserve(&mut self, workload: WorkloadIdx, ordinal: u32, bound: &Bound, takes: bool) {
        let Some(spec) = self.workloads.get(workload).map(|row| row.spec.clone()) else { return };
        let Some(node) = self.nodes.find(&bound.node) else { return };
        if let Some(row) = self.nodes.get_mut(node) {
            match takes {
                true => row.take((workload, ordinal), &spec, bound),
                false => row.give_back((workload, ordinal), &spec, bound),
            }
        }
        if !takes {
            self.made_room();
        }
        self.watch(node);
        self.changes.node(&bound.node);
    }

    /// The files that what runs on a node needs, whether or not room for them is counted.
    pub(super) fn files(&self, node: &NodeRow) -> Files {
        let mut files = Files::default();
        for (workload, ordinal) in &node.derived.runs {
            let replica = self.replica_at(*workload, *ordinal);
            if let Some((row, bound)) = replica.and_then(|(row, one)| Some((row, one.bound.as_ref()?))) {
                files.add(&row.spec, bound);
            }
        }
        files
    }

    /// Follows whether room for files is counted on a node, which may be another than before.
    pub(super) fn count_files(&mut self, node: NodeIdx) {
        let counted = |row: &&NodeRow| row.spec.allocatable.storage.is_some();
        let files = self.nodes.get(node).filter(counted).map(|row| self.files(row));
        self.nodes.stores(node, files.is_some());
        if let Some(row) = self.nodes.get_mut(node) {
            row.derived.used.files = files.unwrap_or_default();
        }
    }

    /// Has every node know whether work is given only to whoever has proved itself.
    pub(super) fn require_proofs(&mut self) {
        let required = self.options.attestation.required;
        let nodes: Vec<NodeIdx> = self.nodes.iter().map(|(idx, _)| idx).collect();
        for node in nodes {
            let row = self.nodes.get_mut(node);
            if let Some(row) = row.filter(|row| row.derived.provable.required != required) {
                row.derived.provable.required = required;
                let id = row.spec.id.clone();
                self.changes.node(&id);
            }
        }
        self.made_room();
    }

    /// Works out anew what follows from the rows, after they were read back.
    pub(super) fn derive(&mut self) {
        (self.waiting, self.astray.leaving) = (BTreeSet::new(), BTreeSet::new());
        (self.astray.trailing, self.astray.lowered) = (BTreeSet::new(), BTreeSet::new());
        let replicas: Vec<(WorkloadIdx, u32, Option<Arc<Bound>>, ReplicaPhase)> = self
            .workloads
            .iter()
            .flat_map(|(idx, row)| {
                let numbered = (0..).zip(&row.replicas);
                numbered.map(move |(ordinal, replica)| (idx, ordinal, replica.bound.clone(), replica.phase))
            })
            .collect();
        for (workload, ordinal, bound, phase) in replicas {
            if let Some(bound) = bound {
                self.reserve(workload, ordinal, &bound, true);
            }
            self.queue(workload, ordinal, phase == ReplicaPhase::Pending);
            self.follow(workload, ordinal);
        }
        self.timers = Timers::default();
        self.require_proofs();
    }
}
