//! Orders that a vehicle is on its way to: when another takes them over, what is never done to them, and that the answer
//! costs the same whatever was kept from earlier rounds.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{NOW, Town, describe};
use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis, OrderIdx};
use paceline_plan::policy::ReassignSpec;
use paceline_plan::{Assignment, Budget, Demand, Plan, Policy, PolicySpec, Stage, Supply};
use paceline_road::{Search, TravelTimes};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn moving() -> PolicySpec {
    let spec = ReassignSpec { switch_worth: Millis::from_secs(25), settled_within: Millis::ZERO };
    PolicySpec { reassign: Some(spec), ..PolicySpec::default() }
}

fn check(script: &str, expected: Expect) {
    let plan = Town::new(script).with(moving()).solve(Budget::unlimited());
    expected.assert_eq(&describe(&plan));
}

#[test]
fn a_free_vehicle_that_is_enough_sooner_takes_over() {
    check(
        "order r1 from A1 to A5 held v1 promised 70
         vehicle v1 at H1
         vehicle v2 at D1",
        expect![[r#"
            r1 -> v2 instead of v1
                v2 in 30 s at 55000: taken
                v1 in 70.001 s at 70001: dearer
        "#]],
    );
}

#[test]
fn a_vehicle_that_is_a_little_sooner_does_not() {
    check(
        "order r1 from A1 to A5 held v1 promised 70
         vehicle v1 at H1
         vehicle v2 at F1",
        expect![[r#""#]],
    );
}

#[test]
fn a_vehicle_is_freed_for_riders_who_are_nearer_to_it() {
    check(
        "order r1 from A1 to A5 held v1 promised 70
         order r2 from H2 to A5
         vehicle v1 at H1
         vehicle v2 at C1",
        expect![[r#"
            r1 -> v2 instead of v1
                v2 in 20 s at 45000: taken
                v1 in 70.001 s at 70001: dearer
            r2 -> v1
                v1 in 10 s at 10000: taken
                v2 in 60 s at 60000: dearer
        "#]],
    );
}

#[test]
fn nobody_is_picked_up_later_than_promised_for_the_good_of_others() {
    check(
        "order r1 from D1 to A5 held v1 promised 20
         order r2 from B2 to A5
         vehicle v1 at B1
         vehicle v2 at H1",
        expect![[r#"
            r2 -> v2
                v1 in 10 s at 10000: serves r1 instead
                v2 in 70 s at 70000: taken
        "#]],
    );
}

#[test]
fn nobody_loses_their_vehicle_to_somebody_more_urgent() {
    check(
        "order r1 from A1 to A5 held v1 promised 70
         order r2 from H2 to A5 failures 9 waited 800
         vehicle v1 at H1",
        expect![[r#"
            r2 stays open
                v1 in 10 s at 810000: serves r1 instead
        "#]],
    );
}

#[test]
fn two_vehicles_swap_when_both_parties_gain() {
    check(
        "order r1 from A1 to A5 held v1 promised 70
         order r2 from H1 to A5 held v2 promised 70
         vehicle v1 at H2
         vehicle v2 at A2",
        expect![[r#"
            r1 -> v2 instead of v1
                v2 in 9.999 s at 34999: taken
                v1 in 79.999 s at 79999: dearer
            r2 -> v1 instead of v2
                v1 in 9.999 s at 34999: taken
                v2 in 79.999 s at 79999: dearer
        "#]],
    );
}

#[test]
fn a_promise_that_cannot_be_kept_any_more_is_kept_as_far_as_possible() {
    check(
        "order r1 from A1 to A5 held v1 promised 10
         vehicle v1 at H8
         vehicle v2 at H4",
        expect![[r#"
            r1 -> v2 instead of v1
                v2 in 99.999 s at 124999: taken
                v1 in 139.999 s at 139999: dearer
        "#]],
    );
}

#[test]
fn a_round_that_is_cut_short_moves_nobody() {
    let script = "order r1 from A1 to A5 held v1 promised 70
                  order r2 from H2 to A5
                  order r3 from C2 to A5
                  vehicle v1 at H1
                  vehicle v2 at C1";
    let mut cut = 0;
    for steps in 1..400 {
        let plan = Town::new(script).with(moving()).solve(Budget::steps(steps));
        let short = plan.report.degraded.iter().any(|degraded| degraded.stage == Stage::Assignment);
        if short {
            cut += 1;
            let moves = |taken: &Assignment| taken.vehicle == common::row("v1") || taken.from.is_some();
            assert!(!plan.assignments.iter().any(moves), "{steps} steps: {}", describe(&plan));
        }
    }
    assert!(cut > 0);
}

/// What a plan costs, with the pairs that it leaves as they are.
fn cost(town: &mut Town, plan: &Plan) -> i64 {
    let mut taken: BTreeMap<OrderIdx, usize> = BTreeMap::new();
    let row = |town: &Town, idx: paceline_model::VehicleIdx| {
        town.snapshot.vehicles.iter().position(|vehicle| vehicle.idx == idx).unwrap()
    };
    for order in &town.snapshot.orders {
        if let Some(held) = &order.held {
            taken.insert(order.idx, row(town, held.by));
        }
    }
    for assignment in &plan.assignments {
        taken.insert(assignment.order, row(town, assignment.vehicle));
    }
    let policies = town.snapshot.policies.clone();
    let orders: Vec<Demand> = town.snapshot.orders.clone();
    let price = |order: &Demand| match taken.get(&order.idx) {
        Some(&row) => {
            let vehicle: &Supply = &town.snapshot.vehicles[row];
            let leg = common::ROADS.leg(&mut town.search, vehicle.place, order.pickup);
            policies.usual().total(NOW, order, vehicle, leg)
        }
        None => policies.usual().unserved(NOW, order),
    };
    orders.iter().map(price).sum()
}

/// Some vehicles are on their way to some orders; who promised what differs.
fn scripts() -> impl Strategy<Value = String> {
    let corner =
        || (0..8_u8, 1..=8_u8).prop_map(|(column, row)| format!("{}{row}", char::from(b'A' + column)));
    let vehicles = prop::collection::vec(corner(), 1..7);
    let orders = prop::collection::vec((corner(), any::<bool>(), 0..200_u32, 0..3_u8), 1..7);
    (vehicles, orders).prop_map(|(vehicles, orders)| {
        let mut script = String::new();
        for (n, at) in vehicles.iter().enumerate() {
            script += &format!("vehicle v{n} at {at}\n");
        }
        for (n, (from, held, promised, failures)) in orders.iter().enumerate() {
            let held = if *held && n < vehicles.len() {
                format!("held v{n} promised {promised}")
            } else {
                format!("failures {failures}")
            };
            script += &format!("order r{n} from {from} to A1 {held}\n");
        }
        script
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn what_was_kept_changes_no_plan(rounds in prop::collection::vec(scripts(), 1..5)) {
        let mut kept = Search::new(&common::ROADS);
        for script in rounds {
            let mut town = Town::new(&script).with(moving());
            let new = town.solve(Budget::unlimited());
            std::mem::swap(&mut town.search, &mut kept);
            let again = town.solve(Budget::unlimited());
            std::mem::swap(&mut town.search, &mut kept);
            prop_assert_eq!(again, new, "{}", script);
        }
    }

    #[test]
    fn no_other_choice_of_moves_is_cheaper(script in scripts()) {
        let mut town = Town::new(&script).with(moving());
        let plan = town.solve(Budget::unlimited());
        let found = cost(&mut town, &plan);
        prop_assert_eq!(found, cheapest(&mut town), "{}", script);
    }
}

/// The cheapest way that keeps all promises, by trying everything.
fn cheapest(town: &mut Town) -> i64 {
    let policies = town.snapshot.policies.clone();
    let (orders, vehicles) = (town.snapshot.orders.clone(), town.snapshot.vehicles.clone());
    let mut rows = Vec::new();
    for order in &orders {
        let mut legs: Vec<_> = vehicles
            .iter()
            .map(|vehicle| common::ROADS.leg(&mut town.search, vehicle.place, order.pickup))
            .collect();
        let own = order.held.as_ref().map(|held| vehicles.iter().position(|v| v.idx == held.by).unwrap());
        let by = own.map(|row| order.held.as_ref().unwrap().promised.max(NOW + legs[row].time));
        let mut options: Vec<(Option<usize>, i64)> = Vec::new();
        for (row, leg) in legs.drain(..).enumerate() {
            let arrival: Instant = NOW + leg.time;
            let allowed = match by {
                Some(by) => own == Some(row) || (arrival <= by && arrival <= order.spec.latest_pickup),
                None => arrival <= order.spec.latest_pickup,
            };
            if allowed {
                options.push((Some(row), policies.usual().total(NOW, order, &vehicles[row], leg)));
            }
        }
        if own.is_none() {
            options.push((None, policies.usual().unserved(NOW, order)));
        }
        rows.push(options);
    }
    fn best(rows: &[Vec<(Option<usize>, i64)>], taken: &mut Vec<usize>) -> Option<i64> {
        let Some((first, rest)) = rows.split_first() else { return Some(0) };
        let mut least: Option<i64> = None;
        for &(row, price) in first {
            if row.is_some_and(|row| taken.contains(&row)) {
                continue;
            }
            taken.extend(row);
            let total = best(rest, taken).map(|rest| rest + price);
            if row.is_some() {
                taken.pop();
            }
            least = match (least, total) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        least
    }
    best(&rows, &mut Vec::new()).unwrap()
}
