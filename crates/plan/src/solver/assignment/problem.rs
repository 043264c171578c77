//! The assignment problem by itself: rows, columns and pairs with a cost, as numbers.

/// A row and a column that could be given to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// From 0 to less than the rows of the problem.
    pub row: u32,
    /// From 0 to less than the columns of the problem.
    pub column: u32,
    /// In the unit of [`AssignmentProblem::unassigned_cost`].
    pub cost: i64,
}

/// A sparse assignment problem in which a row may stay unassigned at a cost of its own.
#[derive(Clone, Debug, Default)]
pub struct AssignmentProblem {
    /// Per row, what leaving it without a column costs.
    pub unassigned_cost: Vec<i64>,
    /// How many columns there are.
    pub columns: usize,
    /// The pairs that may be taken, in any order. Of two equal pairs the cheaper one counts.
    pub pairs: Vec<Pair>,
}

/// Which column each row is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Per row, its column.
    pub column_of: Vec<Option<u32>>,
    /// Whether it is the cheapest one; `false` if the budget ended first.
    pub exact: bool,
    /// At most so much above the cheapest one; 0 if `exact`. Known from the solver's prices, whatever it had to leave.
    pub gap: i128,
}

impl AssignmentProblem {
    /// The objective: costs of the taken pairs plus those of the rows left out.
    /// `None` if the matching takes a pair that does not exist, or a column twice.
    pub fn cost(&self, matching: &Matching) -> Option<i128> {
        let mut taken = vec![false; self.columns];
        let mut cheapest: Vec<Option<i64>> = vec![None; self.unassigned_cost.len()];
        for pair in &self.pairs {
            let cell = &mut cheapest[pair.row as usize];
            if matching.column_of[pair.row as usize] == Some(pair.column) {
                *cell = Some(cell.map_or(pair.cost, |cost| cost.min(pair.cost)));
            }
        }
        let mut sum = 0;
        for (row, &column) in matching.column_of.iter().enumerate() {
            match column {
                Some(column) if std::mem::replace(&mut taken[column as usize], true) => return None,
                Some(_) => sum += i128::from(cheapest[row]?),
                None => sum += i128::from(self.unassigned_cost[row]),
            }
        }
        Some(sum)
    }
}
