//! Files on nodes' disks in numbers. Only where any node counts room for them: otherwise no file is told apart, and what asks for the same is one
//! to the solver.

use super::layout::Rows;
use super::nodes::whole;
use crate::edge::row::StoredFile;
use crate::edge::world::Edge;
use paceline_model::edge::{Mebibytes, VariantRef, WorkloadSpec};
use paceline_plan::edge::placement::{File, NodeRow as Row};
use paceline_plan::edge::round::Stored;
use std::collections::BTreeMap;

/// Files, numbered as they are met, and which of them are on which node for what the problem does not list.
pub(super) struct FileNumbers {
    counts: bool,
    numbers: BTreeMap<StoredFile, u32>,
    on: BTreeMap<(Row, File), u32>,
}

impl FileNumbers {
    /// As nodes have them. Work: the nodes that count room for files.
    pub(super) fn of(world: &Edge, rows: &Rows) -> Self {
        let counts = !world.nodes.storing().is_empty();
        let mut all = Self { counts, numbers: BTreeMap::new(), on: BTreeMap::new() };
        for idx in world.nodes.storing() {
            let (Some(node), Some(row)) = (world.nodes.get(*idx), rows.of(*idx)) else { continue };
            for (file, replicas) in node.used().files.iter() {
                let file = all.numbered(file.clone());
                all.on.insert((row, file), replicas);
            }
        }
        all
    }

    /// What a workload needs to run as a variant of that size.
    pub(super) fn file(&mut self, spec: &WorkloadSpec, variant: &VariantRef, size: Mebibytes) -> File {
        if !self.counts || size.0 == 0 {
            return File::default();
        }
        self.numbered(StoredFile { model: spec.model.clone(), variant: variant.clone(), size })
    }

    /// One of those that need a file on a node is listed by itself.
    pub(super) fn lists(&mut self, node: Row, file: File) {
        if let Some(replicas) = self.on.get_mut(&(node, file)) {
            *replicas = replicas.saturating_sub(1);
        }
    }

    /// What is left for those that are not listed.
    pub(super) fn left(&self) -> Vec<Stored> {
        let left = self.on.iter().filter(|(_, replicas)| **replicas > 0);
        left.map(|((node, file), replicas)| Stored { node: *node, file: *file, replicas: *replicas })
            .collect()
    }

    fn numbered(&mut self, file: StoredFile) -> File {
        let (next, mib) = (self.numbers.len() as u32, whole(file.size.0));
        File { number: *self.numbers.entry(file).or_insert(next), mib }
    }
}
