//! The packing solver by itself: near and often at the optimum against brute force, bounded truly, feasible wherever it
//! stops, and the same by seed.

use paceline_plan::solver::packing::{
    ColumnSet, PackingProblem, PackingReport, PackingViolation, Selection, check, solve,
};
use paceline_plan::{Budget, Rng};
use proptest::prelude::*;

/// Solves, and holds the answer and its report to the rules.
fn packed(
    problem: &PackingProblem,
    start: Option<&Selection>,
    budget: &mut Budget,
) -> (Selection, PackingReport) {
    let (selection, report) = solve(problem, start, 7, budget);
    assert_eq!(check(problem, &selection), [], "{problem:?}");
    assert_eq!(problem.cost(&selection), report.cost, "{problem:?}");
    assert!(report.bound <= report.cost, "{report:?} {problem:?}");
    (selection, report)
}

/// The least cost over all ways to choose for groups `from..`, by trying them all.
fn brute_force(problem: &PackingProblem, from: u32, covered: &mut Vec<bool>) -> i64 {
    if from == problem.groups {
        let left = problem.unassigned_cost.iter().zip(&*covered).filter(|(_, covered)| !**covered);
        return left.map(|(unassigned_cost, _)| unassigned_cost).sum();
    }
    let mut least = brute_force(problem, from + 1, covered);
    for column in problem.columns.iter().filter(|column| column.group == from) {
        if column.rows.iter().all(|&row| !covered[row as usize]) {
            column.rows.iter().for_each(|&row| covered[row as usize] = true);
            least = least.min(column.cost + brute_force(problem, from + 1, covered));
            column.rows.iter().for_each(|&row| covered[row as usize] = false);
        }
    }
    least
}

fn problems(
    groups: u32,
    rows: usize,
    columns: usize,
    cost_max: i64,
) -> impl Strategy<Value = PackingProblem> {
    let unassigned_cost = prop::collection::vec(0..=cost_max, rows);
    let trip = prop::collection::btree_set(0..rows as u32, 0..=4.min(rows));
    let columns = prop::collection::vec((0..groups, trip, 0..=cost_max * 2), 0..=columns);
    (unassigned_cost, columns).prop_map(move |(unassigned_cost, rows)| {
        let mut columns = ColumnSet::default();
        for (group, rows, cost) in rows {
            columns.push(group, &rows.into_iter().collect::<Vec<_>>(), cost);
        }
        PackingProblem { groups, unassigned_cost, columns }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// With this few groups one neighbourhood holds them all, and its search is exact.
    #[test]
    fn small_problems_are_packed_at_the_optimum(problem in problems(5, 7, 20, 60)) {
        let (_, report) = packed(&problem, None, &mut Budget::unlimited());
        let least = brute_force(&problem, 0, &mut vec![false; problem.unassigned_cost.len()]);
        prop_assert_eq!(report.cost, least);
        prop_assert!(report.bound <= least && !report.cut_short, "{:?}", report);
    }

    #[test]
    fn ties_and_worthless_columns_do_not_mislead_it(problem in problems(4, 6, 16, 2)) {
        let (_, report) = packed(&problem, None, &mut Budget::unlimited());
        prop_assert_eq!(report.cost, brute_force(&problem, 0, &mut vec![false; problem.unassigned_cost.len()]));
    }

    #[test]
    fn wherever_it_is_stopped_the_answer_is_feasible_and_bounded(
        problem in problems(12, 20, 80, 100),
        steps in 0_u64..3_000,
    ) {
        let (selection, report) = packed(&problem, None, &mut Budget::steps(steps));
        let (_, whole) = packed(&problem, None, &mut Budget::unlimited());
        prop_assert!(report.cut_short || report.cost == whole.cost, "{:?}", report);
        prop_assert_eq!((selection, report), solve(&problem, None, 7, &mut Budget::steps(steps)));
    }

    #[test]
    fn it_is_never_worse_than_its_start(problem in problems(12, 20, 80, 100), steps in 0_u64..300) {
        let (start, before) = packed(&problem, None, &mut Budget::steps(3_000));
        let (_, after) = packed(&problem, Some(&start), &mut Budget::steps(steps));
        prop_assert!(after.cost <= before.cost);
    }
}

/// Many groups with many columns each, so that sorting all of them takes longer than a budget overrun may.
fn large() -> PackingProblem {
    let mut columns = ColumnSet::default();
    let mut rng = Rng::new(5);
    for group in 0..1_000 {
        for _ in 0..40 {
            let mut rows = [0; 3].map(|_| rng.below(1_500) as u32).to_vec();
            rows.sort_unstable();
            rows.dedup();
            columns.push(group, &rows, 1 + rng.below(500) as i64);
        }
    }
    PackingProblem { groups: 1_000, unassigned_cost: vec![1_000; 1_500], columns }
}

/// The clock is first looked at when the problem has been read. It has run out then: one part of the columns is sorted and
/// taken, and nothing else is done but what the report needs.
#[test]
fn a_large_problem_is_not_sorted_whole_when_time_has_run_out_before() {
    let problem = large();
    let (_, report) = packed(&problem, None, &mut Budget::within(|| 1.0));
    assert!(report.cut_short);
    // To sort them all takes twice as many steps as there are columns.
    let columns = problem.columns.len() as u64;
    assert!(report.steps < columns, "{} for {columns} columns", report.steps);
    let (_, whole) = packed(&problem, None, &mut Budget::steps(100_000));
    assert!(whole.cost <= report.cost && report.cost < problem.unassigned_cost.iter().sum::<i64>());
}

fn two_groups_three_rows() -> PackingProblem {
    let mut columns = ColumnSet::default();
    columns.push(0, &[0, 1], 10);
    columns.push(1, &[1, 2], 9);
    columns.push(1, &[2], 8);
    PackingProblem { groups: 2, unassigned_cost: vec![100; 3], columns }
}

#[test]
fn the_cheaper_pair_yields_where_more_are_served() {
    let (selection, report) = packed(&two_groups_three_rows(), None, &mut Budget::unlimited());
    assert_eq!(selection.column_of, [Some(0), Some(2)]);
    assert_eq!((report.cost, report.gap()), (18, 0.0));
}

#[test]
fn nothing_to_do_costs_what_is_left_unserved() {
    let problem = PackingProblem { groups: 1, unassigned_cost: vec![3, 4], columns: ColumnSet::default() };
    let (selection, report) = packed(&problem, None, &mut Budget::steps(0));
    assert_eq!((selection, report.cost, report.bound), (Selection::idle(1), 7, 7));
}

#[test]
fn the_check_names_every_broken_rule() {
    let problem = two_groups_three_rows();
    let violations =
        |column_of: &[Option<u32>]| check(&problem, &Selection { column_of: column_of.to_vec() });
    assert_eq!(violations(&[Some(0), Some(1)]), [PackingViolation::Twice { row: 1, group: 1 }]);
    assert_eq!(violations(&[Some(2), None]), [PackingViolation::NotOwn { group: 0, column: 2 }]);
    assert_eq!(violations(&[None, Some(3)]), [PackingViolation::NoColumn { group: 1, column: 3 }]);
    assert_eq!(violations(&[None]), [PackingViolation::Shape { entries: 1, groups: 2 }]);
}
