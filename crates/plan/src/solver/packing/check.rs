//! Does a selection keep the rules? Written from the rules and not from the solver.

use super::problem::{PackingProblem, Selection};

/// A rule that a selection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackingViolation {
    /// There must be one entry per group.
    #[error("{entries} entries for {groups} groups")]
    Shape {
        /// Entries of the selection.
        entries: usize,
        /// Groups of the problem.
        groups: u32,
    },
    /// The column does not exist.
    #[error("group {group} takes column {column}, which does not exist")]
    NoColumn {
        /// The group.
        group: u32,
        /// What it takes.
        column: u32,
    },
    /// The column is another group's.
    #[error("group {group} takes column {column}, which is another group's")]
    NotOwn {
        /// The group.
        group: u32,
        /// What it takes.
        column: u32,
    },
    /// A row is in two taken columns.
    #[error("row {row} is covered twice, by group {group} too")]
    Twice {
        /// The row.
        row: u32,
        /// The second group that covers it.
        group: u32,
    },
}

/// Checks a selection against its problem. Empty if all rules are kept.
pub fn check(problem: &PackingProblem, selection: &Selection) -> Vec<PackingViolation> {
    let (groups, entries) = (problem.groups, selection.column_of.len());
    let mut violations = Vec::new();
    if entries != groups as usize {
        violations.push(PackingViolation::Shape { entries, groups });
    }
    let mut covered = vec![false; problem.unassigned_cost.len()];
    for (group, column) in (0..).zip(&selection.column_of) {
        let Some(column) = *column else { continue };
        if column as usize >= problem.columns.len() {
            violations.push(PackingViolation::NoColumn { group, column });
            continue;
        }
        let own = problem.columns.get(column);
        if own.group != group {
            violations.push(PackingViolation::NotOwn { group, column });
        }
        for &row in own.rows {
            if std::mem::replace(&mut covered[row as usize], true) {
                violations.push(PackingViolation::Twice { row, group });
            }
        }
    }
    violations
}
