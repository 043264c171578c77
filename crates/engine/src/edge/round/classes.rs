//! Nodes that the rules treat alike share a class: the solver is told a verdict for each class, and not for each node. Of labels only
//! those count that a workload of the round asks about. Classes are numbered by their first nodes, whatever was before: a restart numbers them alike.

use super::present::Present;
use crate::edge::row::NodeRow;
use paceline_model::Tag;
use paceline_model::edge::{Condition, LabelKey, Release, Taint};
use paceline_plan::edge::placement::ClassRow;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of nodes that a round tells apart: a class is 16 bits wide to the solver. What is beyond has the last class, which nobody judges.
const CLASSES_MAX: usize = u16::MAX as usize;

/// How a node is, as far as rules go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Health {
    silent: bool,
    trusted: bool,
    cordoned: bool,
    hot: bool,
    heating: bool,
    low: bool,
}

impl Health {
    pub(super) fn of(node: &NodeRow) -> Self {
        Self {
            silent: node.is_silent(),
            trusted: node.is_trusted(),
            cordoned: node.cordoned,
            hot: node.is_hot(),
            heating: node.is_heating(),
            low: node.conditions.contains(&Condition::LowBattery),
        }
    }
}

/// What a node is, as far as rules go by it, and what it has.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind<'a> {
    architecture: &'a Tag,
    cuda: Option<Release>,
    taints: &'a [Taint],
    labels: Vec<Option<&'a str>>,
    /// Which variants that the round asks for it has already.
    has: &'a [u16],
}

/// Kinds of nodes, numbered.
pub(super) struct Kinds<'a> {
    keys: &'a BTreeSet<&'a LabelKey>,
    present: &'a Present<'a>,
    known: BTreeMap<Kind<'a>, u32>,
}

impl<'a> Kinds<'a> {
    /// Tells nodes apart by these labels and by what they have already, among other things.
    pub(super) fn by(keys: &'a BTreeSet<&'a LabelKey>, present: &'a Present<'a>) -> Self {
        Self { keys, present, known: BTreeMap::new() }
    }

    /// The kind of a node.
    pub(super) fn of(&mut self, node: &'a NodeRow) -> u32 {
        let kind = Kind {
            architecture: &node.spec.fingerprint.architecture,
            cuda: node.spec.fingerprint.cuda,
            taints: &node.spec.taints,
            labels: self.keys.iter().map(|key| node.spec.label(key.as_str())).collect(),
            has: self.present.of(&node.spec.id),
        };
        let next = self.known.len() as u32;
        *self.known.entry(kind).or_insert(next)
    }
}

/// Classes of nodes: those of one kind that are well or unwell alike.
#[derive(Debug, Default)]
pub(super) struct Classes {
    known: BTreeMap<(u32, Health), u16>,
    /// The nodes of each, by their rows.
    members: Vec<BTreeSet<u32>>,
}

impl Classes {
    /// Puts a node into its class.
    pub(super) fn join(&mut self, kind: u32, health: Health, row: u32) -> ClassRow {
        let next = self.members.len();
        let class = match self.known.get(&(kind, health)) {
            Some(class) => *class,
            None if next >= CLASSES_MAX => return ClassRow(u16::MAX),
            None => {
                self.known.insert((kind, health), next as u16);
                self.members.push(BTreeSet::new());
                next as u16
            }
        };
        self.members[usize::from(class)].insert(row);
        ClassRow(class)
    }

    /// Takes a node out of its class.
    pub(super) fn leave(&mut self, ClassRow(class): ClassRow, row: u32) {
        if let Some(members) = self.members.get_mut(usize::from(class)) {
            members.remove(&row);
        }
    }

    /// A node of each class. `None`: a class is empty, or they are not in the order of their first nodes.
    pub(super) fn examples(&self) -> Option<Vec<u32>> {
        let examples: Vec<u32> = self.members.iter().map_while(|rows| rows.first().copied()).collect();
        (examples.len() == self.members.len() && examples.is_sorted()).then_some(examples)
    }
}
