//! The packing problem by itself: groups, rows and columns with a cost, as numbers.

/// One choice of a group: to cover exactly these rows, at this cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// From 0 to less than [`PackingProblem::groups`].
    pub group: u32,
    /// The rows that it covers, ascending.
    pub rows: &'a [u32],
    /// In the unit of [`PackingProblem::unassigned_cost`].
    pub cost: i64,
}

/// All columns, stored flat. A column is named by its place in the order of [`ColumnSet::push`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnSet {
    heads: Vec<(u32, i64)>,
    ends: Vec<u32>,
    rows: Vec<u32>,
}

/// A set packing problem: at most one column per group, each row in at most one taken column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackingProblem {
    /// How many groups there are.
    pub groups: u32,
    /// Per row, what leaving it uncovered costs; not negative.
    pub unassigned_cost: Vec<i64>,
    /// What the groups may choose from, in any order.
    pub columns: ColumnSet,
}

/// Which column each group takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Per group, its column's place in [`PackingProblem::columns`].
    pub column_of: Vec<Option<u32>>,
}

impl ColumnSet {
    /// Adds a column and gives its place. `rows` are ascending; a column without rows is never taken.
    ///
    /// Errors: none; rows out of order are the caller's bug and panic.
    pub fn push(&mut self, group: u32, rows: &[u32], cost: i64) -> u32 {
        assert!(rows.is_sorted_by(|a, b| a < b), "rows of a column ascend: {rows:?}");
        self.heads.push((group, cost));
        self.rows.extend_from_slice(rows);
        self.ends.push(self.rows.len() as u32);
        self.heads.len() as u32 - 1
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }
    /// How many rows they cover in sum.
    pub(super) fn members(&self) -> usize {
        self.rows.len()
    }
    /// The column at `place`, which must exist.
    pub fn get(&self, place: u32) -> Column<'_> {
        let place = place as usize;
        let (group, cost) = self.heads[place];
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        Column { group, cost, rows: &self.rows[start as usize..self.ends[place] as usize] }
    }
    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = Column<'_>> {
        (0..self.len() as u32).map(|place| self.get(place))
    }
}

impl PackingProblem {
    /// The objective: costs of the taken columns plus the unassigned costs of the rows in none of them.
    /// The selection must keep the rules, see [`super::check`].
    pub fn cost(&self, selection: &Selection) -> i64 {
        let taken = selection.column_of.iter().flatten().map(|&place| self.columns.get(place));
        let all: i64 = self.unassigned_cost.iter().sum();
        all - taken.map(|column| self.gain(column)).sum::<i64>()
    }
    /// What taking the column saves against leaving its rows uncovered.
    pub(super) fn gain(&self, column: Column<'_>) -> i64 {
        column.rows.iter().map(|&row| self.unassigned_cost[row as usize]).sum::<i64>() - column.cost
    }
}

impl Selection {
    /// Nothing is chosen.
    pub fn idle(groups: u32) -> Self {
        Self { column_of: vec![None; groups as usize] }
    }
}
