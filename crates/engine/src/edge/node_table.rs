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
        Self { table, touched: Touched { anew: true, rows: BTreeSet::new() } }
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
        self.table.remove(idx);
    }
    /// What was changed since this was last asked.
    pub(super) fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }
}
