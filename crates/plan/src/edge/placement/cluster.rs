//! What nodes have and what is taken. Nodes in the same state are one to the solver: a score is worked out once for a state, not
//! once for each node in it, and stays until the last node leaves it.

use super::amounts::Amounts;
use super::filter::lacking_storage;
use super::profile::Profile;
use super::readings::Readings;
use super::rows::{Devices, Node, NodeRow, Placement, PolicyRow};
use super::slices;
use super::task::{File, Task};
use crate::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Changes that are remembered at least. Who has read none of the last so many begins anew, which costs about as much.
const CHANGES_MIN: usize = 4096;

/// States without a node that are kept for their scores, beside one for each node: work that comes and goes meets the same ones again.
const EMPTY_STATES_MAX: usize = 16_384;

/// The row of a state in [`Cluster`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StateRow(pub(super) u32);

/// Nodes of one profile with the same amounts free.
pub(super) struct State {
    pub(super) profile: u32,
    pub(super) free: Amounts,
    /// By rank, so that the first is the one to take.
    pub(super) members: BTreeSet<(u32, NodeRow)>,
}

struct Slot {
    rank: u32,
    profile: u32,
    used: Amounts,
    /// What is on its disk, with how many need it there.
    files: BTreeMap<File, u32>,
    /// `None` when it is out of service.
    state: Option<StateRow>,
}

/// A reservation that a node does not hold any more: find another placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node row {} has no room left for the task on these devices", node.0)]
pub struct Overcommitted {
    /// The node that was asked.
    pub node: NodeRow,
}

/// Nodes, what is free on them, and which states they are in.
#[derive(Default)]
pub struct Cluster {
    profiles: Vec<Profile>,
    profile_rows: BTreeMap<Profile, u32>,
    nodes: Vec<Slot>,
    states: Vec<State>,
    state_rows: BTreeMap<(u32, Amounts), StateRow>,
    /// States whose members changed, oldest first; `changes_before` were forgotten.
    changes: Vec<StateRow>,
    changes_before: u64,
    in_service: u32,
}

impl Cluster {
    /// Without nodes; ties go to the node that was added first.
    pub fn new() -> Self {
        Self::default()
    }
    /// With `nodes` in rows from 0, and ties by one random order that `seed` fixes. Nodes added later come last in it.
    pub fn shuffled(nodes: impl IntoIterator<Item = Node>, seed: u64) -> Self {
        let nodes: Vec<Node> = nodes.into_iter().collect();
        let mut ranks: Vec<u32> = (0..nodes.len() as u32).collect();
        Rng::of(seed, "node order").shuffle(&mut ranks);
        let mut cluster = Self::new();
        for (node, rank) in nodes.into_iter().zip(ranks) {
            cluster.add_ranked(node, rank);
        }
        cluster
    }
    /// Adds a node with nothing on it. Panics if it has more than [`paceline_model::limits::NODE_DEVICES_MAX`] devices.
    pub fn add(&mut self, node: Node) -> NodeRow {
        let rank = self.nodes.len() as u32;
        self.add_ranked(node, rank)
    }
    /// Adds a node with what is known of it and taken on it; that may be more than it has by now.
    pub(in crate::edge) fn lay(&mut self, profile: Profile, taken: Amounts) -> NodeRow {
        let rank = self.nodes.len() as u32;
        self.push(profile, taken, rank)
    }
    /// Changes what a node has, or puts it back into service; what is taken on it stays taken, even where it is more than there is now.
    /// What it reports and which weights hold there stay as they were.
    pub fn update(&mut self, row: NodeRow, node: Node) {
        let known = self.profile(row);
        let profile = self.profile_row(Profile {
            policy: known.policy,
            readings: known.readings,
            ..Profile::from(&node)
        });
        self.leave(row);
        self.nodes[row.0 as usize].profile = profile;
        self.show_files(row);
        self.enter(row);
    }
    /// Sets which weights hold on a node, and what it reports of itself.
    pub fn inform(&mut self, row: NodeRow, policy: PolicyRow, readings: Readings) {
        let known = self.profile(row);
        if (known.policy, known.readings) == (policy, readings) {
            return;
        }
        let profile = self.profile_row(Profile { policy, readings, ..known.clone() });
        let in_service = self.leave(row);
        self.nodes[row.0 as usize].profile = profile;
        if in_service {
            self.enter(row);
        }
    }
    /// Takes a node out of service: nothing is placed there until [`Self::update`]. What runs there stays taken.
    pub fn remove(&mut self, row: NodeRow) {
        self.leave(row);
    }
    /// Reserves what `task` asks for where `placement` says: all of it or nothing.
    ///
    /// Errors: [`Overcommitted`] if the node is out of service or any amount is short.
    pub fn take(&mut self, task: &Task, placement: &Placement) -> Result<(), Overcommitted> {
        let row = placement.node;
        let taken = Amounts::of(task, placement.devices);
        let whole = placement.devices.count() == usize::from(task.devices);
        match self.free(row) {
            Some(free)
                if whole
                    && free.holds(&taken)
                    && has_slots(free, task, placement.devices)
                    && lacking_storage(self.profile(row), free, task) == 0 =>
            {
                self.leave(row);
                self.force(task, placement);
                self.enter(row);
                Ok(())
            }
            _ => Err(Overcommitted { node: row }),
        }
    }
    /// Gives back what [`Self::take`] reserved.
    pub fn give_back(&mut self, task: &Task, placement: &Placement) {
        let row = placement.node;
        let in_service = self.leave(row);
        let slot = &mut self.nodes[row.0 as usize];
        slot.used = slot.used.less(&Amounts::of(task, placement.devices));
        self.store(row, task.file, |replicas| replicas.saturating_sub(1));
        if in_service {
            self.enter(row);
        }
    }
    /// Undoes [`Self::give_back`], also where a node has lost what it gave: what ran there is taken again.
    pub(in crate::edge) fn restore(&mut self, task: &Task, placement: &Placement) {
        let in_service = self.leave(placement.node);
        self.force(task, placement);
        if in_service {
            self.enter(placement.node);
        }
    }
    /// Notes a file that is on a node's disk, for so many that are not told of otherwise.
    pub(in crate::edge) fn keep(&mut self, row: NodeRow, file: File, replicas: u32) {
        let in_service = self.leave(row);
        self.store(row, file, |known| known + replicas);
        if in_service {
            self.enter(row);
        }
    }
    /// Room on a node's disk for the file of `task` once some have gone from there; `u32::MAX` where it then still is, or is not counted.
    pub(super) fn storage_without<'t>(
        &self,
        row: NodeRow,
        task: &Task,
        gone: impl Iterator<Item = &'t Task> + Clone,
    ) -> u32 {
        let (slot, all) = (&self.nodes[row.0 as usize], self.profile(row).capacity);
        if task.file.mib == 0 || !all.counts_storage() {
            return u32::MAX;
        }
        let stays = |file: &File, replicas: u32| {
            gone.clone().filter(|task| task.file == *file).count() < replicas as usize
        };
        let left = slot.files.iter().filter(|(file, replicas)| stays(file, **replicas)).map(|(file, _)| file);
        let (mut is_there, mut taken) = (false, 0_u32);
        for file in left {
            is_there |= file.number == task.file.number;
            taken = taken.saturating_add(file.mib);
        }
        if is_there { u32::MAX } else { all.storage_mib.saturating_sub(taken) }
    }
    /// What is free on a node; `None` when it is out of service.
    pub fn free(&self, row: NodeRow) -> Option<&Amounts> {
        let state = self.nodes.get(row.0 as usize)?.state?;
        Some(&self.state(state).free)
    }
    /// What a node has, as [`Self::add`] was told.
    pub fn describe(&self, row: NodeRow) -> Node {
        self.profile(row).describe()
    }
    /// What stays of a node.
    pub fn profile(&self, row: NodeRow) -> &Profile {
        &self.profiles[self.nodes[row.0 as usize].profile as usize]
    }
    /// Rows of all nodes that are in service, ascending.
    pub fn rows(&self) -> impl Iterator<Item = NodeRow> {
        let live = self.nodes.iter().enumerate().filter(|(_, slot)| slot.state.is_some());
        live.map(|(row, _)| NodeRow(row as u32))
    }
    /// Nodes in service.
    pub fn in_service(&self) -> u32 {
        self.in_service
    }
    /// Its place in the order of ties.
    pub fn rank(&self, row: NodeRow) -> u32 {
        self.nodes[row.0 as usize].rank
    }

    /// All states, those without nodes too.
    pub(super) fn states(&self) -> &[State] {
        &self.states
    }
    pub(super) fn state(&self, row: StateRow) -> &State {
        &self.states[row.0 as usize]
    }
    pub(super) fn state_of(&self, row: NodeRow) -> Option<StateRow> {
        self.nodes[row.0 as usize].state
    }
    pub(super) fn profile_at(&self, profile: u32) -> &Profile {
        &self.profiles[profile as usize]
    }
    /// The states changed since `seen` changes, and how many there are now; `None` if the oldest of them is forgotten.
    pub(super) fn changes_since(&self, seen: u64) -> Option<(&[StateRow], u64)> {
        let from = seen.checked_sub(self.changes_before)?;
        Some((self.changes.get(from as usize..)?, self.changes_now()))
    }
    pub(super) fn changes_now(&self) -> u64 {
        self.changes_before + self.changes.len() as u64
    }

    fn add_ranked(&mut self, node: Node, rank: u32) -> NodeRow {
        self.push(Profile::from(&node), Amounts::default(), rank)
    }
    fn push(&mut self, profile: Profile, used: Amounts, rank: u32) -> NodeRow {
        let row = NodeRow(self.nodes.len() as u32);
        let profile = self.profile_row(profile);
        self.nodes.push(Slot { rank, profile, used, files: BTreeMap::new(), state: None });
        self.enter(row);
        row
    }
    fn profile_row(&mut self, profile: Profile) -> u32 {
        let next = self.profiles.len() as u32;
        *self.profile_rows.entry(profile).or_insert_with_key(|profile| {
            self.profiles.push(profile.clone());
            next
        })
    }
    fn force(&mut self, task: &Task, placement: &Placement) {
        let slot = &mut self.nodes[placement.node.0 as usize];
        slot.used = slot.used.plus(&Amounts::of(task, placement.devices));
        self.store(placement.node, task.file, |replicas| replicas + 1);
    }
    /// Changes how many need a file on a node that is in no state: it comes with the first and goes with the last.
    fn store(&mut self, row: NodeRow, file: File, count: impl Fn(u32) -> u32) {
        if file.mib == 0 {
            return;
        }
        let files = &mut self.nodes[row.0 as usize].files;
        let replicas = files.entry(file).or_default();
        let before = *replicas;
        *replicas = count(before);
        if *replicas == 0 {
            files.remove(&file);
        }
        if (before == 0) != (count(before) == 0) {
            self.show_files(row);
        }
    }
    /// Lets the profile of a node that is in no state say which files are there.
    fn show_files(&mut self, row: NodeRow) {
        let (slot, known) = (&self.nodes[row.0 as usize], self.profile(row));
        if !known.capacity.counts_storage() {
            return;
        }
        let files = slot.files.keys().map(|file| file.number).collect();
        let profile = Profile { files, ..known.clone() };
        self.nodes[row.0 as usize].profile = self.profile_row(profile);
    }
    /// Puts a node that is in no state into the one that it is in now.
    fn enter(&mut self, row: NodeRow) {
        let slot = &self.nodes[row.0 as usize];
        let (profile, rank) = (slot.profile, slot.rank);
        let capacity = &self.profiles[profile as usize].capacity;
        let mut free = capacity.less(&slot.used);
        if capacity.counts_storage() {
            let taken = slot.files.keys().fold(0, |sum: u32, file| sum.saturating_add(file.mib));
            free.storage_mib = capacity.storage_mib.saturating_sub(taken);
        }
        self.forget_empty();
        let next = StateRow(self.states.len() as u32);
        let state = *self.state_rows.entry((profile, free)).or_insert_with(|| {
            self.states.push(State { profile, free, members: BTreeSet::new() });
            next
        });
        self.states[state.0 as usize].members.insert((rank, row));
        self.nodes[row.0 as usize].state = Some(state);
        self.in_service += 1;
        self.note(state);
    }
    /// Takes a node out of its state; `false` if it was in none.
    fn leave(&mut self, row: NodeRow) -> bool {
        let slot = &mut self.nodes[row.0 as usize];
        let rank = slot.rank;
        let Some(state) = slot.state.take() else { return false };
        self.states[state.0 as usize].members.remove(&(rank, row));
        self.in_service -= 1;
        self.note(state);
        true
    }
    /// Drops all states without a node once there are too many. Rows of states change: who reads changes begins anew.
    fn forget_empty(&mut self) {
        if self.states.len() < 2 * self.nodes.len() + EMPTY_STATES_MAX {
            return;
        }
        self.state_rows.clear();
        self.states.retain(|state| !state.members.is_empty());
        for (row, state) in self.states.iter().enumerate() {
            let row = StateRow(row as u32);
            self.state_rows.insert((state.profile, state.free), row);
            for (_, node) in &state.members {
                self.nodes[node.0 as usize].state = Some(row);
            }
        }
        self.changes_before = self.changes_now() + 1;
        self.changes.clear();
    }
    fn note(&mut self, state: StateRow) {
        let most = CHANGES_MIN.max(self.states.len());
        if self.changes.len() >= 2 * most {
            let forgotten = self.changes.len() - most;
            self.changes.drain(..forgotten);
            self.changes_before += forgotten as u64;
        }
        self.changes.push(state);
    }
}

/// Whether the slots that `task` is to have are free, if it is to have any.
fn has_slots(free: &Amounts, task: &Task, devices: Devices) -> bool {
    let wanted = devices.slots();
    if wanted == 0 {
        return task.slice.is_none();
    }
    task.slice.is_some() && devices.iter().all(|device| slices::slots(free, device) & wanted == wanted)
}
