//! What a day could have come to, beside what runs of it served, and the days of which that is not said.

mod common;

use common::{RULES, Town};
use expect_test::{Expect, expect};
use paceline_sim::kpi::HourOfOptimum;
use paceline_sim::{Draw, OptimumKpis, Outcome, RunOptions, optimum, run};

/// The town with riders who stay, drivers who agree, and vehicles that work.
fn rules(vehicles: u32) -> String {
    RULES
        .replace("cancel_share = 0.1", "cancel_share = 0.0")
        .replace("automatic = false", "automatic = true")
        .replace("per_vehicle_day = 10.0", "per_vehicle_day = 0.0")
        .replace("vehicles = 20", &format!("vehicles = {vehicles}"))
}

fn with_optimum(rules: &str, seed: u64) -> Result<(Outcome, OptimumKpis), String> {
    let town = Town::with(rules);
    let options = RunOptions { draw: Draw { seed, ..Draw::default() }, ..RunOptions::default() };
    let outcome = run(&town.scenario, &town.roads, &options, &mut |_| {}).expect("it runs");
    let mut runs = [(options, outcome)];
    optimum::add(&town.scenario, &town.roads, &mut runs, &mut |_| {}).map_err(|error| {
        let path = town.dir.path().display().to_string();
        error.to_string().replace(&path, "").trim_start_matches('/').to_owned()
    })?;
    let [(_, outcome)] = runs;
    let optimum = outcome.kpis.optimum.clone().expect("it was asked");
    Ok((outcome, optimum))
}

#[test]
fn a_run_stands_between_nothing_and_the_bound_and_a_plan_near_it() {
    for (vehicles, seed) in [(3, 1), (6, 2), (20, 3)] {
        let (outcome, optimum) = with_optimum(&rules(vehicles), seed).expect("a day that is covered");
        let (served, orders) = (outcome.kpis.served, outcome.kpis.orders);
        let ascend = [served, optimum.served_max, orders];
        assert!(ascend.is_sorted(), "{vehicles} vehicles: {ascend:?}, {optimum:?}");
        let ascend = [optimum.served_uncharged, optimum.planned, optimum.served_max];
        assert!(ascend.is_sorted(), "{vehicles} vehicles: {optimum:?}");
        assert!(optimum.planned * 100 >= optimum.served_max * 93, "{vehicles} vehicles: {optimum:?}");
        let sum = |of: fn(&HourOfOptimum) -> u64| optimum.hours.iter().map(of).sum::<u64>();
        assert_eq!(sum(|hour| hour.orders), orders - outcome.kpis.refused);
        assert_eq!((sum(|hour| hour.served), sum(|hour| hour.planned)), (served, optimum.planned));
    }
}

#[test]
fn one_seed_gives_one_optimum() {
    let once = || with_optimum(&rules(4), 7).expect("a day that is covered").1;
    assert_eq!(once(), once());
}

fn refused(rules: &str, expected: Expect) {
    let error = with_optimum(rules, 1).map(|(_, optimum)| optimum).expect_err("a day that is not covered");
    expected.assert_eq(&error);
}

#[test]
fn days_that_it_does_not_cover_are_refused() {
    let leave = rules(4).replace("cancel_share = 0.0", "cancel_share = 0.2");
    refused(&leave, expect!["town.toml: riders.cancel_share is 0.2: must lie within 0 and 0"]);
    let shared = rules(4).replace("[fleet]", "[fleet.policy]\nkind = \"pooled\"\n\n[fleet]");
    refused(
        &shared,
        expect![
            "town.toml: fleet.policy.kind is pooled: must be one of policies without shared rides, for an optimum"
        ],
    );
}

/// Minutes in a release build: `cargo test --release -p paceline-sim --test optimum -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn the_manhattan_day_is_known_to_a_few_percent() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/manhattan/hive.toml");
    let scenario = paceline_sim::Scenario::load(&file).expect("a scenario");
    let roads = std::sync::Arc::new(scenario.open_roads().expect("its streets"));
    let options = RunOptions::default();
    let outcome = run(&scenario, &roads, &options, &mut |_| {}).expect("it runs");
    let mut runs = [(options, outcome)];
    optimum::add(&scenario, &roads, &mut runs, &mut |_| {}).expect("a day that is covered");
    let [(_, outcome)] = runs;
    let optimum = outcome.kpis.optimum.expect("it was asked");
    println!("{} served, {optimum:?}", outcome.kpis.served);
    assert!(outcome.kpis.served <= optimum.served_max);
    assert!(optimum.planned * 100 >= optimum.served_max * 97, "{optimum:?}");
}
