//! The assignment solver by itself: cheapest against brute force and against known optima, feasible wherever it stops.

mod instances;
mod oracle;

use paceline_plan::Budget;
use paceline_plan::solver::assignment::{AssignmentProblem, Matching, Pair, assign};
use proptest::prelude::*;

fn cost(problem: &AssignmentProblem, matching: &Matching) -> i128 {
    problem.cost(matching).expect("the matching takes existing pairs, each column once")
}

/// The least cost over all ways to serve rows `from..`, by trying them all.
fn brute_force(problem: &AssignmentProblem, from: usize, taken: &mut Vec<bool>) -> i128 {
    let Some(&unassigned_cost) = problem.unassigned_cost.get(from) else { return 0 };
    let mut least = i128::from(unassigned_cost) + brute_force(problem, from + 1, taken);
    for pair in problem.pairs.iter().filter(|pair| pair.row as usize == from) {
        if !std::mem::replace(&mut taken[pair.column as usize], true) {
            least = least.min(i128::from(pair.cost) + brute_force(problem, from + 1, taken));
            taken[pair.column as usize] = false;
        }
    }
    least
}

fn check_exact(problem: &AssignmentProblem) {
    let matching = assign(problem, &mut Budget::unlimited());
    let least = brute_force(problem, 0, &mut vec![false; problem.columns]);
    assert!(matching.exact);
    assert_eq!(oracle::least_cost(problem), least, "the oracle of the tests on ticks: {problem:?}");
    assert_eq!(cost(problem, &matching), least, "{problem:?} {matching:?}");
}

/// No row is open beside a free column that costs less than leaving it.
fn check_nothing_left(problem: &AssignmentProblem, matching: &Matching) {
    let busy: Vec<u32> = matching.column_of.iter().flatten().copied().collect();
    for pair in &problem.pairs {
        let open = matching.column_of[pair.row as usize].is_none();
        let gainful = pair.cost < problem.unassigned_cost[pair.row as usize];
        assert!(!(open && gainful && !busy.contains(&pair.column)), "{pair:?} was left");
    }
}

fn problems(size: usize, cost_max: i64) -> impl Strategy<Value = AssignmentProblem> {
    (1..=size, 1..=size).prop_flat_map(move |(rows, columns)| {
        let pair = (0..rows as u32, 0..columns as u32, 0..=cost_max);
        let pairs = prop::collection::vec(pair, 0..=rows * columns);
        let unassigned_cost = prop::collection::vec(0..=cost_max * 2, rows);
        (pairs, unassigned_cost).prop_map(move |(pairs, unassigned_cost)| AssignmentProblem {
            unassigned_cost,
            columns,
            pairs: pairs.into_iter().map(|(row, column, cost)| Pair { row, column, cost }).collect(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn it_is_as_cheap_as_trying_everything(problem in problems(6, 100)) {
        check_exact(&problem);
    }

    /// Few costs: nearly everything is a tie.
    #[test]
    fn ties_do_not_mislead_it(problem in problems(6, 3)) {
        check_exact(&problem);
    }

    #[test]
    fn wherever_it_is_stopped_the_answer_is_feasible_and_complete(problem in problems(12, 50), steps in 0_u64..200) {
        let matching = assign(&problem, &mut Budget::steps(steps));
        prop_assert!(problem.cost(&matching).is_some());
        check_nothing_left(&problem, &matching);
    }
}

#[test]
fn a_row_dearer_to_assign_than_to_leave_is_left() {
    let pairs = vec![Pair { row: 0, column: 0, cost: 10 }];
    let problem = AssignmentProblem { unassigned_cost: vec![9], columns: 1, pairs };
    assert_eq!(assign(&problem, &mut Budget::unlimited()).column_of, [None]);
}

#[test]
fn the_last_column_goes_where_leaving_hurts_most() {
    let pairs = [(0, 5), (1, 6), (2, 4)].map(|(row, cost)| Pair { row, column: 0, cost });
    let problem = AssignmentProblem { unassigned_cost: vec![20, 40, 30], columns: 1, pairs: pairs.into() };
    assert_eq!(assign(&problem, &mut Budget::unlimited()).column_of, [None, Some(0), None]);
}

#[test]
fn an_empty_problem_has_an_empty_answer() {
    let matching = assign(&AssignmentProblem::default(), &mut Budget::steps(0));
    assert_eq!(matching, Matching { column_of: Vec::new(), exact: true, gap: 0 });
}

#[test]
fn city_instances_are_solved_to_their_known_optimum() {
    let Some(instances) = instances::load() else {
        eprintln!("skipped: the assignment instances are not beside this checkout");
        return;
    };
    for (name, problem, optimum) in instances {
        let matching = assign(&problem, &mut Budget::unlimited());
        assert_eq!(cost(&problem, &matching), optimum, "{name}");
    }
}

/// Reading, sorting, both passes and every search: each step is the last one once. Vehicles are scarce, so that it turns
/// the pairs round.
#[test]
fn stopped_at_any_step_it_is_feasible_and_complete_and_repeats() {
    let pairs = (0..60_u32).flat_map(|row| {
        let columns = (0..12).map(move |look| (row * 7 + look * look) % 25);
        columns.map(move |column| Pair { row, column, cost: i64::from((row * 37 + column * 101) % 5_003) })
    });
    let problem = AssignmentProblem { unassigned_cost: vec![9_000; 60], columns: 25, pairs: pairs.collect() };
    let mut whole = Budget::unlimited();
    let best = assign(&problem, &mut whole);
    assert!(best.exact && whole.used() > 700, "{} steps", whole.used());
    for steps in 0..=whole.used() + 1 {
        let matching = assign(&problem, &mut Budget::steps(steps));
        let above = cost(&problem, &matching) - cost(&problem, &best);
        assert!((0..=matching.gap).contains(&above), "{steps} steps: {above} of {}", matching.gap);
        check_nothing_left(&problem, &matching);
        assert_eq!(assign(&problem, &mut Budget::steps(steps)), matching, "{steps} steps");
    }
    assert_eq!(assign(&problem, &mut Budget::steps(whole.used() + 1)), best);
}

/// More rows are open than are taken strictly by falling gain.
#[test]
fn stopped_at_once_with_very_many_rows_it_is_feasible_and_complete() {
    let pairs = (0..40_000_u32).flat_map(|row| {
        let columns =
            (0..6_u32).map(move |look| row.wrapping_mul(2_654_435_761).rotate_left(5 * look) % 9_000);
        columns.map(move |column| Pair { row, column, cost: i64::from((row ^ column) % 977) })
    });
    let problem =
        AssignmentProblem { unassigned_cost: vec![1_000; 40_000], columns: 9_000, pairs: pairs.collect() };
    let matching = assign(&problem, &mut Budget::steps(0));
    assert!(!matching.exact && problem.cost(&matching).is_some());
    check_nothing_left(&problem, &matching);
}

#[test]
fn the_greedy_answer_is_dearer_but_not_absurd() {
    let Some(instances) = instances::load() else { return };
    for (name, problem, optimum) in instances {
        let greedy = assign(&problem, &mut Budget::steps(1));
        let cost = cost(&problem, &greedy);
        assert!(
            !greedy.exact && cost > optimum && cost < optimum * 3 / 2,
            "{name}: {cost} against {optimum}"
        );
    }
}
