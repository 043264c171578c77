//! What runs, by node and by group: whom a search for room may touch.

use super::check::Running;
use super::rows::{NodeRow, Placement};
use super::task::Task;
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

/// One that runs on a node, with what every search looks at: kept node by node, so that a pass over all of them reads memory in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here {
    /// Its place in the list.
    pub(super) at: usize,
    /// A number for all of equal tasks.
    pub(super) kind: usize,
    pub(super) priority: i32,
    pub(super) ran: u64,
    pub(super) held: bool,
}

/// Replicas by their place in the list, which stays theirs.
#[derive(Clone, Debug, Default)]
pub struct Replicas {
    rows: Vec<Replica>,
    by_node: Vec<Vec<Here>>,
    kinds: BTreeMap<Task, usize>,
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
        let node = replica.running.node;
        self.know(&replica.running.task);
        if let Some((_, members)) = replica.group.and_then(|group| self.groups.get_mut(group as usize)) {
            members.push(at);
        }
        self.rows.push(replica);
        let here = self.here(at);
        self.on(node).push(here);
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
        let node = self.rows[at].running.node;
        self.on(node).iter_mut().filter(|here| here.at == at).for_each(|here| here.held = held);
    }
    /// One runs elsewhere now.
    pub fn moved(&mut self, at: usize, to: &Placement) {
        let running = &mut self.rows[at].running;
        let from = std::mem::replace(&mut running.node, to.node);
        running.devices = to.devices;
        let there = self.on(from);
        if let Some(known) = there.iter().position(|here| here.at == at) {
            let here = there.remove(known);
            self.on(to.node).push(here);
        }
    }
    /// So many fewer of a group may be evicted, or more again.
    pub fn spend(&mut self, group: u32, evictions: u32, back: bool) {
        if let Some((group, _)) = self.groups.get_mut(group as usize) {
            let left = group.evictions_left;
            group.evictions_left =
                if back { left.saturating_add(evictions) } else { left.saturating_sub(evictions) };
        }
    }

    /// One, as a search looks at it.
    pub(super) fn here(&self, at: usize) -> Here {
        let Replica { running, priority, ran, held, .. } = &self.rows[at];
        Here { at, kind: self.kinds[&running.task], priority: *priority, ran: *ran, held: *held }
    }
    /// How many kinds of task there are.
    pub(super) fn kinds(&self) -> usize {
        self.kinds.len()
    }
    /// Nodes with those that run there.
    pub(super) fn by_node(&self) -> impl Iterator<Item = (NodeRow, &[Here])> {
        let nodes = self.by_node.iter().zip(0..).filter(|(here, _)| !here.is_empty());
        nodes.map(|(here, node)| (NodeRow(node), here.as_slice()))
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

    fn on(&mut self, node: NodeRow) -> &mut Vec<Here> {
        let row = node.0 as usize;
        if row >= self.by_node.len() {
            self.by_node.resize_with(row + 1, Vec::new);
        }
        &mut self.by_node[row]
    }
    fn know(&mut self, task: &Task) {
        if !self.kinds.contains_key(task) {
            self.kinds.insert(task.clone(), self.kinds.len());
        }
    }
}
