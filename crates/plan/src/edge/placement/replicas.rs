//! What runs, by node and by group: whom a search for room may touch.

use super::check::Running;
use super::rows::{NodeRow, Placement};
use std::collections::BTreeMap;

/// A replica that runs, and what it would cost to lose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// What and where.
    pub running: Running,
    /// Who is of higher priority may evict it.
    pub priority: i32,
    /// How long it has run, in the caller's unit: of equals, who has run shortest gives way.
    pub ran: u64,
    /// Its row among the groups, if it is in one.
    pub group: Option<u32>,
    /// Nobody may touch it.
    pub held: bool,
}

/// Replicas with one budget of disruptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many of it may be evicted.
    pub evictions_left: u32,
    /// All of it is evicted, or none.
    pub gang: bool,
}

/// Replicas by their place in the list, which stays theirs.
#[derive(Clone, Debug, Default)]
pub struct Replicas {
    rows: Vec<Replica>,
    by_node: BTreeMap<NodeRow, Vec<usize>>,
    groups: Vec<(Group, Vec<usize>)>,
}

impl Replicas {
    /// Makes groups known; rows from 0.
    pub fn with_groups(groups: impl IntoIterator<Item = Group>) -> Self {
        let groups = groups.into_iter().map(|group| (group, Vec::new())).collect();
        Self { groups, ..Self::default() }
    }
    /// Adds one that runs; gives its place.
    pub fn add(&mut self, replica: Replica) -> usize {
        let at = self.rows.len();
        self.by_node.entry(replica.running.node).or_default().push(at);
        if let Some((_, members)) = replica.group.and_then(|group| self.groups.get_mut(group as usize)) {
            members.push(at);
        }
        self.rows.push(replica);
        at
    }
    /// The one at a place.
    pub fn get(&self, at: usize) -> &Replica {
        &self.rows[at]
    }
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Replica> {
        self.rows.iter()
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Lets nobody touch one, or somebody again.
    pub fn hold(&mut self, at: usize, held: bool) {
        self.rows[at].held = held;
    }
    /// One runs elsewhere now.
    pub fn moved(&mut self, at: usize, to: &Placement) {
        let running = &mut self.rows[at].running;
        let here = self.by_node.entry(running.node).or_default();
        here.retain(|known| *known != at);
        (running.node, running.devices) = (to.node, to.devices);
        self.by_node.entry(to.node).or_default().push(at);
    }
    /// So many fewer of a group may be evicted, or more again.
    pub fn spend(&mut self, group: u32, evictions: u32, back: bool) {
        if let Some((group, _)) = self.groups.get_mut(group as usize) {
            let left = group.evictions_left;
            group.evictions_left =
                if back { left.saturating_add(evictions) } else { left.saturating_sub(evictions) };
        }
    }

    /// Nodes with those that run there.
    pub(super) fn by_node(&self) -> impl Iterator<Item = (NodeRow, &[usize])> {
        self.by_node.iter().map(|(node, at)| (*node, at.as_slice()))
    }
    /// The group of one.
    pub(super) fn group(&self, at: usize) -> Option<(u32, Group)> {
        let row = self.rows[at].group?;
        Some((row, self.groups.get(row as usize)?.0))
    }
    /// Who is evicted with one: itself, or all of its gang.
    pub(super) fn together(&self, at: usize) -> Vec<usize> {
        match self.rows[at].group.and_then(|row| self.groups.get(row as usize)) {
            Some((group, members)) if group.gang => members.clone(),
            _ => vec![at],
        }
    }
}
