//! A slow and simple judge of assignments: cheapest augmentations one after the other, by Bellman and Ford. It shares
//! nothing with the solver, knows no prices of nodes, and is itself checked against trying everything.

use paceline_plan::solver::assignment::AssignmentProblem;

/// The least cost of `problem`.
///
/// Each round finds the alternating walk that gains most, over all rows at once, and takes it; when none gains, the
/// matching is cheapest.
pub(crate) fn least_cost(problem: &AssignmentProblem) -> i128 {
    let (rows, columns) = (problem.unassigned_cost.len(), problem.columns);
    let mut costs = vec![vec![None; columns]; rows];
    for pair in &problem.pairs {
        let cell: &mut Option<i128> = &mut costs[pair.row as usize][pair.column as usize];
        *cell = Some(cell.map_or(i128::from(pair.cost), |known| known.min(i128::from(pair.cost))));
    }
    let mut row_of = vec![None; columns];
    while improve(problem, &costs, &mut row_of) {}
    let mut sum: i128 = problem.unassigned_cost.iter().map(|&cost| i128::from(cost)).sum();
    for (column, &row) in row_of.iter().enumerate() {
        if let Some(row) = row {
            let row: usize = row;
            sum +=
                costs[row][column].expect("a taken pair exists") - i128::from(problem.unassigned_cost[row]);
        }
    }
    sum
}

/// Takes the walk from an open row to a free column that gains most; `false` if none gains. The best matching of so
/// many pairs becomes the best one of one pair more, so no row that has a column ever needs to be left out again.
fn improve(problem: &AssignmentProblem, costs: &[Vec<Option<i128>>], row_of: &mut [Option<usize>]) -> bool {
    let columns = row_of.len();
    let column_of = |row: usize, row_of: &[Option<usize>]| row_of.iter().position(|&at| at == Some(row));
    let gain = |row: usize, column: usize| {
        costs[row][column].map(|cost| i128::from(problem.unassigned_cost[row]) - cost)
    };
    // Best gain of a walk that ends with each column, and the row that takes it on that walk.
    let mut best: Vec<Option<(i128, usize)>> = vec![None; columns];
    for row in (0..costs.len()).filter(|&row| column_of(row, row_of).is_none()) {
        for (column, best) in best.iter_mut().enumerate() {
            if let Some(gain) = gain(row, column)
                && best.is_none_or(|(known, _)| gain > known)
            {
                *best = Some((gain, row));
            }
        }
    }
    for _ in 0..columns {
        for from in 0..columns {
            let (Some((so_far, _)), Some(row)) = (best[from], row_of[from]) else { continue };
            let given_up = gain(row, from).expect("a taken pair exists");
            for to in (0..columns).filter(|&to| to != from) {
                if let Some(gain) = gain(row, to) {
                    let walk = so_far - given_up + gain;
                    if best[to].is_none_or(|(known, _)| walk > known) {
                        best[to] = Some((walk, row));
                    }
                }
            }
        }
    }
    take(&best, row_of)
}

fn take(best: &[Option<(i128, usize)>], row_of: &mut [Option<usize>]) -> bool {
    let ends = (0..best.len()).filter(|&column| row_of[column].is_none());
    let gain = |column: usize| best[column].map_or(0, |(gain, _)| gain);
    let Some(end) = ends.max_by_key(|&column| gain(column)).filter(|&column| gain(column) > 0) else {
        return false;
    };
    let mut column = end;
    loop {
        let row = best[column].expect("the walk came this way").1;
        let left = row_of.iter().position(|&at| at == Some(row));
        row_of[column] = Some(row);
        let Some(left) = left else { return true };
        row_of[left] = None;
        column = left;
    }
}
