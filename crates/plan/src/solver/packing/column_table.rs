//! The problem laid out for the solver as compressed sparse rows: columns by group, worthless ones dropped, members flat.

use super::problem::{PackingProblem, Selection};
use crate::budget::Budget;

/// Columns by group. Only those that are cheaper than leaving their rows uncovered are kept.
pub(super) struct ColumnTable {
    /// Group `g` owns the columns `first[g]..first[g + 1]`.
    pub(super) first: Vec<u32>,
    /// Per column, its group.
    pub(super) group_of: Vec<u32>,
    /// Per column, its place in [`PackingProblem::columns`].
    pub(super) place: Vec<u32>,
    /// Per column, what it saves.
    pub(super) gain: Vec<i64>,
    /// Column `c` covers `members[starts[c]..starts[c + 1]]`.
    pub(super) starts: Vec<u32>,
    pub(super) members: Vec<u32>,
    /// How many rows there are.
    pub(super) rows: usize,
}

/// Members read per step of [`Budget`].
const READ_PER_STEP: u64 = 32;

impl ColumnTable {
    /// Lays the problem out: passes over all columns and no sorting, paid for and not stopped, for without them nothing is
    /// known of the problem. Ends with a look at the clock.
    pub(super) fn new(problem: &PackingProblem, budget: &mut Budget) -> Self {
        let gains: Vec<i64> = problem.columns.iter().map(|column| problem.gain(column)).collect();
        let worth = |place: u32| gains[place as usize] > 0 && !problem.columns.get(place).rows.is_empty();
        let kept = || (0..gains.len() as u32).filter(|&place| worth(place));
        let mut first = vec![0; problem.groups as usize + 1];
        kept().for_each(|place| first[problem.columns.get(place).group as usize + 1] += 1);
        (0..problem.groups as usize).for_each(|group| first[group + 1] += first[group]);
        let mut next = first.clone();
        let mut places = vec![0; next[problem.groups as usize] as usize];
        for place in kept() {
            let next = &mut next[problem.columns.get(place).group as usize];
            places[*next as usize] = place;
            *next += 1;
        }
        let group_of = places.iter().map(|&place| problem.columns.get(place).group).collect();
        let mut table = Self {
            first,
            group_of,
            gain: places.iter().map(|&place| gains[place as usize]).collect(),
            starts: Vec::with_capacity(places.len() + 1),
            members: Vec::with_capacity(problem.columns.members()),
            rows: problem.unassigned_cost.len(),
            place: places,
        };
        table.starts.push(0);
        for &place in &table.place {
            table.members.extend_from_slice(problem.columns.get(place).rows);
            table.starts.push(table.members.len() as u32);
        }
        budget.spend((problem.columns.members() + problem.columns.len()) as u64 / READ_PER_STEP + 1);
        table
    }
    pub(super) fn groups(&self) -> usize {
        self.first.len() - 1
    }
    pub(super) fn columns(&self) -> usize {
        self.place.len()
    }
    /// The columns of a group.
    pub(super) fn own(&self, group: usize) -> std::ops::Range<usize> {
        self.first[group] as usize..self.first[group + 1] as usize
    }
    /// The rows of a column.
    pub(super) fn rows_of(&self, column: usize) -> &[u32] {
        &self.members[self.starts[column] as usize..self.starts[column + 1] as usize]
    }
    /// A selection of the problem as columns here; columns that were dropped count as none.
    pub(super) fn read(&self, selection: &Selection) -> Vec<Option<u32>> {
        let find = |(group, place): (usize, &Option<u32>)| {
            let wanted = (*place)?;
            self.own(group).find(|&column| self.place[column] == wanted).map(|column| column as u32)
        };
        selection.column_of.iter().enumerate().map(find).collect()
    }
    /// Columns here as a selection of the problem.
    pub(super) fn write(&self, column_of: &[Option<u32>]) -> Selection {
        let place = |column: &Option<u32>| column.map(|column| self.place[column as usize]);
        Selection { column_of: column_of.iter().map(place).collect() }
    }
}
