//! The packing that the search holds: what each group takes, what covers each row, and what it gives away.

use super::column_table::ColumnTable;
use super::dual::Dual;
use crate::budget::Budget;

/// Columns that are sorted at once at first: some 0.2 ms. Twice as many each time.
const SORTED_AT_ONCE: usize = 4_096;
/// Keys moved per step of [`Budget`].
const KEYS_PER_STEP: u64 = 4;

/// A feasible packing, always.
#[derive(Clone)]
pub(super) struct PackingState {
    /// Per group, its column.
    pub(super) column_of: Vec<Option<u32>>,
    /// Per row, the group that covers it.
    pub(super) covered_by: Vec<Option<u32>>,
}

impl PackingState {
    pub(super) fn idle(table: &ColumnTable) -> Self {
        Self { column_of: vec![None; table.groups()], covered_by: vec![None; table.rows] }
    }
    /// Takes what of `wanted` can be taken together, in order of the groups.
    pub(super) fn from(table: &ColumnTable, wanted: &[Option<u32>]) -> Self {
        let mut state = Self::idle(table);
        for (group, column) in wanted.iter().enumerate() {
            if let Some(column) = column.filter(|&column| state.fits(table, column as usize)) {
                state.take(table, group, Some(column));
            }
        }
        state
    }
    /// Takes columns by ascending key wherever group and rows are still free; whether it saw them all. They are sorted a
    /// part at a time, least keys first, so that it can end soon after its budget. The first part is always taken.
    pub(super) fn greedy<K: Ord + Copy>(
        table: &ColumnTable,
        key: impl Fn(usize) -> K,
        budget: &mut Budget,
    ) -> (Self, bool) {
        let mut state = Self::idle(table);
        let mut keys: Vec<(K, u32)> =
            (0..table.columns()).map(|column| (key(column), column as u32)).collect();
        let (mut rest, mut part) = (&mut keys[..], SORTED_AT_ONCE);
        while !rest.is_empty() {
            let count = part.min(rest.len());
            let goes_on = budget.spend((rest.len() + 4 * count) as u64 / KEYS_PER_STEP + 1);
            if count < rest.len() {
                rest.select_nth_unstable(count);
            }
            let (now, later) = rest.split_at_mut(count);
            now.sort_unstable();
            for &mut (_, column) in now {
                let group = table.group_of[column as usize] as usize;
                if state.column_of[group].is_none() && state.fits(table, column as usize) {
                    state.take(table, group, Some(column));
                }
            }
            if !goes_on && !later.is_empty() {
                return (state, false);
            }
            (rest, part) = (later, 2 * part);
        }
        (state, true)
    }
    fn fits(&self, table: &ColumnTable, column: usize) -> bool {
        table.rows_of(column).iter().all(|&row| self.covered_by[row as usize].is_none())
    }
    /// Gives the group this column instead of its own. The column's rows must be free or its own.
    pub(super) fn take(&mut self, table: &ColumnTable, group: usize, column: Option<u32>) {
        if let Some(old) = std::mem::replace(&mut self.column_of[group], column) {
            table.rows_of(old as usize).iter().for_each(|&r| self.covered_by[r as usize] = None);
        }
        if let Some(new) = column {
            for &row in table.rows_of(new as usize) {
                debug_assert!(self.covered_by[row as usize].is_none());
                self.covered_by[row as usize] = Some(group as u32);
            }
        }
    }
    /// What it saves against doing nothing.
    pub(super) fn saved(&self, table: &ColumnTable) -> i64 {
        self.column_of.iter().flatten().map(|&column| table.gain[column as usize]).sum()
    }
    /// What the group gives away.
    pub(super) fn regret(&self, dual: &Dual, group: usize) -> i64 {
        self.column_of[group].map_or(dual.idle[group], |column| dual.regret[column as usize])
    }
}
