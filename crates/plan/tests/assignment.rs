//! The assignment solver by itself: cheapest against brute force and against known optima, feasible wherever it stops.

mod instances;
mod oracle;

use paceline_plan::Budget;
use paceline_plan::solver::assignment::{Matching, Pair, Problem, assign};
use proptest::prelude::*;

fn cost(problem: &Problem, matching: &Matching) -> i128 {
    problem.cost(matching).expect("the matching takes existing pairs, each vehicle once")
}

/// The least cost over all ways to serve orders `from..`, by trying them all.
fn brute_force(problem: &Problem, from: usize, taken: &mut Vec<bool>) -> i128 {
    let Some(&outside) = problem.outside.get(from) else { return 0 };
    let mut least = i128::from(outside) + brute_force(problem, from + 1, taken);
    for pair in problem.pairs.iter().filter(|pair| pair.order as usize == from) {
        if !std::mem::replace(&mut taken[pair.vehicle as usize], true) {
            least = least.min(i128::from(pair.price) + brute_force(problem, from + 1, taken));
            taken[pair.vehicle as usize] = false;
        }
    }
    least
}

fn check_exact(problem: &Problem) {
    let matching = assign(problem, &mut Budget::unlimited());
    let least = brute_force(problem, 0, &mut vec![false; problem.vehicles]);
    assert!(matching.exact);
    assert_eq!(oracle::least_cost(problem), least, "the oracle of the tests on ticks: {problem:?}");
    assert_eq!(cost(problem, &matching), least, "{problem:?} {matching:?}");
}

/// No order is open beside a free vehicle that costs less than leaving it.
fn check_nothing_left(problem: &Problem, matching: &Matching) {
    let busy: Vec<u32> = matching.vehicle_of.iter().flatten().copied().collect();
    for pair in &problem.pairs {
        let open = matching.vehicle_of[pair.order as usize].is_none();
        let gainful = pair.price < problem.outside[pair.order as usize];
        assert!(!(open && gainful && !busy.contains(&pair.vehicle)), "{pair:?} was left");
    }
}

fn problems(size: usize, price_max: i64) -> impl Strategy<Value = Problem> {
    (1..=size, 1..=size).prop_flat_map(move |(orders, vehicles)| {
        let pair = (0..orders as u32, 0..vehicles as u32, 0..=price_max);
        let pairs = prop::collection::vec(pair, 0..=orders * vehicles);
        let outside = prop::collection::vec(0..=price_max * 2, orders);
        (pairs, outside).prop_map(move |(pairs, outside)| Problem {
            outside,
            vehicles,
            pairs: pairs.into_iter().map(|(order, vehicle, price)| Pair { order, vehicle, price }).collect(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn it_is_as_cheap_as_trying_everything(problem in problems(6, 100)) {
        check_exact(&problem);
    }

    /// Few prices: nearly everything is a tie.
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
fn an_order_dearer_to_serve_than_to_leave_is_left() {
    let pairs = vec![Pair { order: 0, vehicle: 0, price: 10 }];
    let problem = Problem { outside: vec![9], vehicles: 1, pairs };
    assert_eq!(assign(&problem, &mut Budget::unlimited()).vehicle_of, [None]);
}

#[test]
fn the_last_vehicle_goes_where_leaving_hurts_most() {
    let pairs = [(0, 5), (1, 6), (2, 4)].map(|(order, price)| Pair { order, vehicle: 0, price });
    let problem = Problem { outside: vec![20, 40, 30], vehicles: 1, pairs: pairs.into() };
    assert_eq!(assign(&problem, &mut Budget::unlimited()).vehicle_of, [None, Some(0), None]);
}

#[test]
fn an_empty_problem_has_an_empty_answer() {
    let matching = assign(&Problem::default(), &mut Budget::steps(0));
    assert_eq!(matching, Matching { vehicle_of: Vec::new(), exact: true, gap: 0 });
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
    let pairs = (0..60_u32).flat_map(|order| {
        let vehicles = (0..12).map(move |look| (order * 7 + look * look) % 25);
        vehicles.map(move |vehicle| Pair {
            order,
            vehicle,
            price: i64::from((order * 37 + vehicle * 101) % 5_003),
        })
    });
    let problem = Problem { outside: vec![9_000; 60], vehicles: 25, pairs: pairs.collect() };
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

/// More orders are open than are taken strictly by falling gain.
#[test]
fn stopped_at_once_with_very_many_orders_it_is_feasible_and_complete() {
    let pairs = (0..40_000_u32).flat_map(|order| {
        let vehicles =
            (0..6_u32).map(move |look| order.wrapping_mul(2_654_435_761).rotate_left(5 * look) % 9_000);
        vehicles.map(move |vehicle| Pair { order, vehicle, price: i64::from((order ^ vehicle) % 977) })
    });
    let problem = Problem { outside: vec![1_000; 40_000], vehicles: 9_000, pairs: pairs.collect() };
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
