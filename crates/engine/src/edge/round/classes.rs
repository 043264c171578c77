//! Nodes that the rules treat alike share a class: the solver is told a verdict for each class, and not for each node. Of labels only
//! those count that a workload of the round asks about.

use super::present::Present;
use crate::edge::row::NodeRow;
use paceline_model::Tag;
use paceline_model::edge::{Condition, LabelKey, Release, Taint, Trust};
use paceline_plan::edge::placement::ClassRow;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of nodes that a round tells apart: a class is 16 bits wide to the solver. What is beyond has the last class, which nobody judges.
const CLASSES_MAX: usize = u16::MAX as usize;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind<'a> {
    silent: bool,
    cordoned: bool,
    untrusted: bool,
    hot: bool,
    heating: bool,
    low: bool,
    architecture: &'a Tag,
    cuda: Option<Release>,
    taints: &'a [Taint],
    labels: Vec<Option<&'a str>>,
    /// Which variants that the round asks for it has already.
    has: &'a [u16],
}

/// The classes of a round, each with a node that stands for it.
pub(super) struct Classes<'a> {
    keys: BTreeSet<&'a LabelKey>,
    present: &'a Present<'a>,
    known: BTreeMap<Kind<'a>, u16>,
    pub(super) examples: Vec<&'a NodeRow>,
}

impl<'a> Classes<'a> {
    /// Tells nodes apart by these labels and by what they have already, among other things.
    pub(super) fn by(keys: BTreeSet<&'a LabelKey>, present: &'a Present<'a>) -> Self {
        Self { keys, present, known: BTreeMap::new(), examples: Vec::new() }
    }

    /// The class of a node.
    pub(super) fn of(&mut self, node: &'a NodeRow) -> ClassRow {
        let kind = Kind {
            silent: node.is_silent(),
            cordoned: node.cordoned,
            untrusted: node.spec.trust == Trust::Untrusted,
            hot: node.is_hot(),
            heating: node.is_heating(),
            low: node.conditions.contains(&Condition::LowBattery),
            architecture: &node.spec.fingerprint.architecture,
            cuda: node.spec.fingerprint.cuda,
            taints: &node.spec.taints,
            labels: self.keys.iter().map(|key| node.spec.label(key.as_str())).collect(),
            has: self.present.of(&node.spec.id),
        };
        let next = self.examples.len();
        if let Some(class) = self.known.get(&kind) {
            return ClassRow(*class);
        }
        if next >= CLASSES_MAX {
            return ClassRow(u16::MAX);
        }
        self.examples.push(node);
        self.known.insert(kind, next as u16);
        ClassRow(next as u16)
    }
}
