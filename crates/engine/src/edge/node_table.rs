//! The table of nodes, which notes what was changed: so that a round looks again at these alone.

use super::row::NodeRow;
use paceline_model::Table;
use paceline_model::edge::NodeIdx;
use std::collections::BTreeSet;
use std::ops::Deref;

/// Nodes, and which of them may be another than when that was last asked. Reading is the table's own.
#[derive(Default)]
pub(super) struct NodeTable {
    table: Table<NodeRow>,
    touched: Touched,
    /// Those where room for files is counted.
    storing: BTreeSet<NodeIdx>,
}

/// What may be another than before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// There are others.
    pub(super) anew: bool,
    /// Rows that were changed in place.
    pub(super) rows: BTreeSet<NodeIdx>,
}

impl From<Table<NodeRow>> for NodeTable {
    fn from(table: Table<NodeRow>) -> Self {
        let counted = |(_, row): &(NodeIdx, &NodeRow)| row.spec.allocatable.storage.is_some();
        let storing = table.iter().filter(counted).map(|(idx, _)| idx).collect();
        Self { table, touched: Touched { anew: true, rows: BTreeSet::new() }, storing }
    }
}

impl Deref for NodeTable {
    type Target = Table<NodeRow>;
    fn deref(&self) -> &Table<NodeRow> {
        &self.table
    }
}

impl NodeTable {
    /// A row, to change it.
    pub(super) fn get_mut(&mut self, idx: NodeIdx) -> Option<&mut NodeRow> {
        self.touched.rows.insert(idx);
        self.table.get_mut(idx)
    }
    /// Adds a row.
    pub(super) fn insert(&mut self, row: NodeRow) -> NodeIdx {
        self.touched.anew = true;
        self.table.insert(row)
    }
    /// Gives a row up.
    pub(super) fn remove(&mut self, idx: NodeIdx) {
        self.touched.anew = true;
        self.storing.remove(&idx);
        self.table.remove(idx);
    }
    /// Notes whether room for files is counted on a node.
    pub(super) fn stores(&mut self, idx: NodeIdx, counted: bool) {
        match counted {
            true => _ = self.storing.insert(idx),
            false => _ = self.storing.remove(&idx),
        }
    }
    /// The nodes where room for files is counted.
    pub(super) fn storing(&self) -> &BTreeSet<NodeIdx> {
        &self.storing
    }
    /// What was changed since this was last asked.
    pub(super) fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }
}
