//! Random rounds: the batch costs what trying everything costs, keeps every rule, repeats exactly, and is feasible
//! wherever the budget ends.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, describe};
use paceline_model::Instant;
use paceline_plan::{Budget, Demand, Plan, Policy, PolicySpec, Supply};
use paceline_road::Leg;
use proptest::prelude::*;

/// Scripts of a few vehicles, orders, sites and low vehicles, with constraints strewn in.
fn scripts() -> impl Strategy<Value = String> {
    let corner =
        || (0..8_u8, 1..=8_u8).prop_map(|(column, row)| format!("{}{row}", char::from(b'A' + column)));
    let extra_vehicle =
        prop::sample::select(vec!["", "seats 2", "charge 2", "charge 3", "offers wheelchair"]);
    let extra_order = prop::sample::select(vec![
        "",
        "party 3",
        "asks wheelchair",
        "within 30",
        "waited 120",
        "failures 1",
        "declined v1",
        "inside centre",
        "ahead 60",
    ]);
    let vehicles = prop::collection::vec((corner(), extra_vehicle), 0..6);
    let orders = prop::collection::vec((corner(), corner(), extra_order), 0..6);
    let low = prop::collection::vec((corner(), 0..6_u8), 0..4);
    let sites = prop::collection::vec((corner(), 1..3_u8), 0..3);
    (vehicles, orders, low, sites).prop_map(|(vehicles, orders, low, sites)| {
        let mut script = String::from("area centre A1 E1 E5 A5\n");
        for (n, (at, extra)) in vehicles.iter().enumerate() {
            script += &format!("vehicle v{n} at {at} {extra}\n");
        }
        for (n, (from, to, extra)) in orders.iter().enumerate() {
            script += &format!("order r{n} from {from} to {to} {extra}\n");
        }
        for (n, (at, charge)) in low.iter().enumerate() {
            script += &format!("low w{n} at {at} charge {charge}\n");
        }
        for (n, (at, free)) in sites.iter().enumerate() {
            script += &format!("site s{n} at {at} free {free}\n");
        }
        script
    })
}

fn policies() -> impl Strategy<Value = PolicySpec> {
    prop::sample::select(vec!["nearest", "least-wait", "low-carbon", "weighted"])
        .prop_map(|name| PolicySpec::parse(name).unwrap())
}

/// The rules in one breath, for the oracle.
fn may_serve(town: &Town, order: &Demand, vehicle: &Supply, pickup: Leg) -> bool {
    let needed = |leg: Leg| if leg.is_reachable() { leg.effort.0 } else { 0 };
    let effort =
        u64::from(pickup.effort.0) + u64::from(order.ride.effort.0) + u64::from(needed(order.onward));
    let energy = effort * u64::from(vehicle.spec.powertrain.consumption.0) / 100_000;
    let areas = &town.snapshot.geofences;
    let inside = |id| areas.iter().any(|area| area.id() == id && area.contains(vehicle.reading.position));
    vehicle.spec.seats >= order.spec.party
        && order.spec.attributes.is_subset(&vehicle.spec.attributes)
        && order.spec.geofence.as_ref().is_none_or(inside)
        && !order.declined.contains(&vehicle.idx)
        && pickup.time <= town.snapshot.policies.usual().pickup_time_max
        && town.snapshot.at + pickup.time <= order.spec.latest_pickup
        && energy + u64::from(town.snapshot.reserve.0) <= u64::from(vehicle.energy.0)
}

/// The least cost over all ways to serve the orders, by trying them all. `None`: the pair may not be.
fn least(prices: &[Vec<Option<i64>>], outside: &[i64], from: usize, taken: u32) -> i64 {
    let Some(row) = prices.get(from) else { return 0 };
    let mut best = outside[from] + least(prices, outside, from + 1, taken);
    for (vehicle, price) in row.iter().enumerate() {
        if let Some(price) = price
            && taken >> vehicle & 1 == 0
        {
            best = best.min(price + least(prices, outside, from + 1, taken | 1 << vehicle));
        }
    }
    best
}

fn cheapest(town: &mut Town) -> i64 {
    let (orders, vehicles) = (town.snapshot.orders.clone(), town.snapshot.vehicles.clone());
    let mut prices = Vec::new();
    for order in &orders {
        let mut row = Vec::new();
        for vehicle in &vehicles {
            let pickup = town.leg(vehicle.place, order.pickup);
            let price = town.snapshot.policies.usual().total(town.snapshot.at, order, vehicle, pickup);
            row.push(may_serve(town, order, vehicle, pickup).then_some(price));
        }
        prices.push(row);
    }
    least(&prices, &unserved(town, town.snapshot.at), 0, 0)
}

fn unserved(town: &Town, at: Instant) -> Vec<i64> {
    town.snapshot.orders.iter().map(|order| town.snapshot.policies.usual().unserved(at, order)).collect()
}

fn cost(town: &Town, plan: &Plan) -> i64 {
    let price = |order: &Demand| {
        let given = plan.assignments.iter().find(|assignment| assignment.order == order.idx)?;
        given.weighing.candidates.iter().find(|one| one.passed_over.is_none()).map(|one| one.total())
    };
    let outside = unserved(town, town.snapshot.at);
    town.snapshot.orders.iter().zip(outside).map(|(order, outside)| price(order).unwrap_or(outside)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn a_round_costs_what_trying_everything_costs(script in scripts(), policy in policies()) {
        let mut town = Town::new(&script).with(policy);
        let plan = town.solve(Budget::unlimited());
        prop_assert_eq!(&plan.report.degraded, &[]);
        prop_assert_eq!(cost(&town, &plan), cheapest(&mut town));
    }

    #[test]
    fn wherever_the_budget_ends_the_plan_keeps_the_rules_and_repeats(script in scripts(), steps in 0_u64..600) {
        let plan = Town::new(&script).solve(Budget::steps(steps));
        let again = Town::new(&script).solve(Budget::steps(steps));
        prop_assert_eq!(describe(&plan), describe(&again));
        prop_assert_eq!(plan, again);
    }

    #[test]
    fn every_order_is_in_at_most_one_list_and_every_reason_holds(script in scripts()) {
        let plan = Town::new(&script).solve(Budget::unlimited());
        let mut orders: Vec<_> = plan.assignments.iter().map(|assignment| &assignment.order).collect();
        orders.extend(plan.report.undispatched.iter().map(|(order, _)| order));
        let count = orders.len();
        orders.sort();
        orders.dedup();
        prop_assert_eq!(orders.len(), count);
        for (_, weighing) in &plan.report.undispatched {
            prop_assert!(weighing.candidates.iter().all(|candidate| candidate.passed_over.is_some()));
            prop_assert!(weighing.feasible > 0 || !weighing.excluded.is_empty());
        }
    }
}
