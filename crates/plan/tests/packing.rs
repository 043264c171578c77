//! The packing solver by itself: near and often at the optimum against brute force, bounded truly, feasible wherever it
//! stops, and the same by seed.

use paceline_plan::solver::packing::{Columns, Note, Problem, Report, Selection, check, solve};
use paceline_plan::{Budget, Rng};
use proptest::prelude::*;

/// Solves, and holds the answer and its report to the rules.
fn packed(problem: &Problem, start: Option<&Selection>, budget: &mut Budget) -> (Selection, Report) {
    let (selection, report) = solve(problem, start, 7, budget);
    assert_eq!(check(problem, &selection), [], "{problem:?}");
    assert_eq!(problem.cost(&selection), report.cost, "{problem:?}");
    assert!(report.bound <= report.cost, "{report:?} {problem:?}");
    (selection, report)
}

/// The least cost over all ways to choose for vehicles `from..`, by trying them all.
fn brute_force(problem: &Problem, from: u32, served: &mut Vec<bool>) -> i64 {
    if from == problem.vehicles {
        let left = problem.outside.iter().zip(&*served).filter(|(_, served)| !**served);
        return left.map(|(outside, _)| outside).sum();
    }
    let mut least = brute_force(problem, from + 1, served);
    for column in problem.columns.iter().filter(|column| column.vehicle == from) {
        if column.requests.iter().all(|&request| !served[request as usize]) {
            column.requests.iter().for_each(|&request| served[request as usize] = true);
            least = least.min(column.cost + brute_force(problem, from + 1, served));
            column.requests.iter().for_each(|&request| served[request as usize] = false);
        }
    }
    least
}

fn problems(vehicles: u32, requests: usize, columns: usize, cost_max: i64) -> impl Strategy<Value = Problem> {
    let outside = prop::collection::vec(0..=cost_max, requests);
    let trip = prop::collection::btree_set(0..requests as u32, 0..=4.min(requests));
    let columns = prop::collection::vec((0..vehicles, trip, 0..=cost_max * 2), 0..=columns);
    (outside, columns).prop_map(move |(outside, rows)| {
        let mut columns = Columns::default();
        for (vehicle, requests, cost) in rows {
            columns.push(vehicle, &requests.into_iter().collect::<Vec<_>>(), cost);
        }
        Problem { vehicles, outside, columns }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// With this few vehicles one neighbourhood holds them all, and its search is exact.
    #[test]
    fn small_problems_are_packed_at_the_optimum(problem in problems(5, 7, 20, 60)) {
        let (_, report) = packed(&problem, None, &mut Budget::unlimited());
        let least = brute_force(&problem, 0, &mut vec![false; problem.outside.len()]);
        prop_assert_eq!(report.cost, least);
        prop_assert!(report.bound <= least && report.degraded.is_none(), "{:?}", report);
    }

    #[test]
    fn ties_and_worthless_columns_do_not_mislead_it(problem in problems(4, 6, 16, 2)) {
        let (_, report) = packed(&problem, None, &mut Budget::unlimited());
        prop_assert_eq!(report.cost, brute_force(&problem, 0, &mut vec![false; problem.outside.len()]));
    }

    #[test]
    fn wherever_it_is_stopped_the_answer_is_feasible_and_bounded(
        problem in problems(12, 20, 80, 100),
        steps in 0_u64..3_000,
    ) {
        let (selection, report) = packed(&problem, None, &mut Budget::steps(steps));
        let (_, whole) = packed(&problem, None, &mut Budget::unlimited());
        prop_assert!(report.degraded.is_some() || report.cost == whole.cost, "{:?}", report);
        prop_assert_eq!((selection, report), solve(&problem, None, 7, &mut Budget::steps(steps)));
    }

    #[test]
    fn it_is_never_worse_than_its_start(problem in problems(12, 20, 80, 100), steps in 0_u64..300) {
        let (start, before) = packed(&problem, None, &mut Budget::steps(3_000));
        let (_, after) = packed(&problem, Some(&start), &mut Budget::steps(steps));
        prop_assert!(after.cost <= before.cost);
    }
}

/// Many vehicles with many columns each, so that sorting all of them takes longer than a budget overrun may.
fn large() -> Problem {
    let mut columns = Columns::default();
    let mut rng = Rng::new(5);
    for vehicle in 0..1_000 {
        for _ in 0..40 {
            let mut requests = [0; 3].map(|_| rng.below(1_500) as u32).to_vec();
            requests.sort_unstable();
            requests.dedup();
            columns.push(vehicle, &requests, 1 + rng.below(500) as i64);
        }
    }
    Problem { vehicles: 1_000, outside: vec![1_000; 1_500], columns }
}

/// The clock is first looked at when the problem has been read. It has run out then: one part of the columns is sorted and
/// taken, and nothing else is done but what the report needs.
#[test]
fn a_large_problem_is_not_sorted_whole_when_time_has_run_out_before() {
    let problem = large();
    let (_, report) = packed(&problem, None, &mut Budget::within(|| 1.0));
    assert!(report.degraded.is_some());
    // To sort them all takes twice as many steps as there are columns.
    let columns = problem.columns.len() as u64;
    assert!(report.steps < columns, "{} for {columns} columns", report.steps);
    let (_, whole) = packed(&problem, None, &mut Budget::steps(100_000));
    assert!(whole.cost <= report.cost && report.cost < problem.outside.iter().sum::<i64>());
}

fn two_vehicles_three_requests() -> Problem {
    let mut columns = Columns::default();
    columns.push(0, &[0, 1], 10);
    columns.push(1, &[1, 2], 9);
    columns.push(1, &[2], 8);
    Problem { vehicles: 2, outside: vec![100; 3], columns }
}

#[test]
fn the_cheaper_pair_yields_where_more_are_served() {
    let (selection, report) = packed(&two_vehicles_three_requests(), None, &mut Budget::unlimited());
    assert_eq!(selection.column_of, [Some(0), Some(2)]);
    assert_eq!((report.cost, report.gap()), (18, 0.0));
}

#[test]
fn nothing_to_do_costs_what_is_left_unserved() {
    let problem = Problem { vehicles: 1, outside: vec![3, 4], columns: Columns::default() };
    let (selection, report) = packed(&problem, None, &mut Budget::steps(0));
    assert_eq!((selection, report.cost, report.bound), (Selection::idle(1), 7, 7));
}

#[test]
fn the_check_names_every_broken_rule() {
    let problem = two_vehicles_three_requests();
    let notes = |column_of: &[Option<u32>]| check(&problem, &Selection { column_of: column_of.to_vec() });
    assert_eq!(notes(&[Some(0), Some(1)]), [Note::Twice { request: 1, vehicle: 1 }]);
    assert_eq!(notes(&[Some(2), None]), [Note::NotOwn { vehicle: 0, column: 2 }]);
    assert_eq!(notes(&[None, Some(3)]), [Note::NoColumn { vehicle: 1, column: 3 }]);
    assert_eq!(notes(&[None]), [Note::Shape { entries: 1, vehicles: 2 }]);
}
