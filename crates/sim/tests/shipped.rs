//! The shipped scenarios decide by the settings that they were measured with: everything that a file comes to, written
//! out and compared with `shipped/NAME.json`. A default that changes shows here, and so does a key that is lost.

use expect_test::expect_file;
use paceline_engine::FleetOptions;
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::{PolicyKind, PolicySpec, PoolingLevel, PoolingSpec};
use paceline_sim::{RunOptions, Scenario};
use serde_json::{Value, json};
use std::path::Path;

fn shipped(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/manhattan").join(name);
    Scenario::load(&file).expect("a shipped scenario is well-formed")
}

fn policy(policy: &PolicySpec) -> Value {
    let weights = (policy.kind == PolicyKind::Weighted).then_some(policy.weights);
    json!({
        "kind": policy.kind.as_str(),
        "weights": weights.map(|w| [w.empty_km, w.waiting_min, w.carbon_g, w.vehicle_min]),
        "candidates": policy.candidates,
        "pickup_time_max_ms": policy.pickup_time_max.0,
        "priority_percent": policy.priority_percent,
        "geofence": policy.geofence,
        "order_worth_ms": policy.look_ahead.map(|ahead| ahead.order_worth.0),
        "hold_ms": policy.hold.map(|hold| [hold.wait_max.0, hold.gain_min.0, hold.dropoff_dwell.0]),
        "reassign_ms": policy.reassign.map(|spec| [spec.switch_worth.0, spec.settled_within.0]),
        "pooling": policy.shared().copied().map(pooling),
    })
}

fn pooling(spec: PoolingSpec) -> Value {
    let level = match spec.level {
        PoolingLevel::Insert => "insert",
        PoolingLevel::Trips => "trips",
        PoolingLevel::Improve => "improve",
    };
    json!({
        "delay_max_ms": spec.delay_max.0,
        "dwells_ms": [spec.pickup_dwell.0, spec.dropoff_dwell.0],
        "promise_slack_ms": spec.promise_slack.map(|slack| slack.0),
        "drive_percent": spec.drive_percent,
        "level": level,
    })
}

fn rebalance(spec: RebalanceSpec) -> Value {
    json!({
        "resolution": spec.resolution,
        "every_ms": spec.every.0,
        "horizon_ms": spec.horizon.0,
        "drive_max_ms": spec.drive_max.0,
        "worth_ms": [spec.worth.0, spec.charge_worth.0],
    })
}

fn fleet(options: &FleetOptions) -> Value {
    json!({
        "policy": policy(&options.policy),
        "policy_rules": options.policy_rules.len(),
        "time_zone": options.time_zone.to_string(),
        "shadow_policy": options.shadow_policy.as_ref().map(policy),
        "offer_timeout_ms": options.offer_timeout.0,
        "silence_max_ms": options.silence_max.0,
        "charge_below_percent": options.charge_below.as_percent(),
        "top_up_below_percent": options.top_up_below.as_percent(),
        "top_up_after_ms": options.top_up_after.0,
        "callable_above_percent": options.callable_above.as_percent(),
        "charge_until_percent": options.charge_until.as_percent(),
        "reserve_mwh": options.reserve.0,
        "auxiliary_w": options.auxiliary_w,
        "snap_m_max": options.snap_m_max,
        "rebalance": options.rebalance.map(rebalance),
        "rescue_wait_ms": options.rescue_wait.0,
        "late_max_ms": options.late_max.0,
    })
}

/// What the scenario says of the city, in milliseconds where it is a time.
fn city(scenario: &Scenario) -> Value {
    let Scenario { drivers, riders, idle, reports, vehicle, engine, .. } = scenario;
    json!({
        "start": scenario.instant(scenario.start),
        "end": scenario.instant(scenario.end),
        "vehicles": scenario.vehicles,
        "far_m_max": scenario.far_m_max,
        "outside": format!("{:?}", scenario.outside),
        "chargers_kw": scenario.chargers.as_ref().map(|chargers| &chargers.kw),
        "areas": scenario.areas.len(),
        "vehicle": {
            "seats": vehicle.seats,
            "powertrain": format!("{:?}", vehicle.powertrain().expect("a battery and a consumption")),
            "idle_kw": vehicle.idle_kw,
            "auxiliary_kw": f64::from(scenario.fleet.auxiliary_w) / 1e3,
            "charge_kw_max": vehicle.charge_kw_max,
        },
        "engine": {
            "tick_ms": engine.tick.0,
            "budget_steps": engine.budget_steps,
            "solver_delay_ms": engine.solver_delay.0,
        },
        "drivers": {
            "automatic": drivers.automatic,
            "accept": drivers.accept,
            "answer_ms_max": f64::from(drivers.answer_max.0),
            "stops_ms": [drivers.pickup_dwell.0, drivers.dropoff_dwell.0],
        },
        "riders": {
            "wait_ms_max": riders.wait_max.0,
            "cancel_share": riders.cancel_share,
            "cancel_after_ms": riders.cancel_after.0,
        },
        "idle": { "ranks": idle.ranks, "after_ms": idle.after.0, "near_ms": idle.near.0 },
        "faults": {
            "per_vehicle_day": scenario.faults.per_vehicle_day,
            "repair_ms": scenario.faults.repair.0,
        },
        "reports_ms": [reports.moving.0, reports.idle.0, reports.charging.0],
    })
}

/// The fleet's settings of a run of the scenario.
fn settings(scenario: &Scenario, options: &RunOptions) -> FleetOptions {
    options.vary(scenario).expect("they keep the rules").fleet
}

/// Whatever the command line may ask of a scenario, by the flag that asks.
fn variants() -> Vec<(String, RunOptions)> {
    let usual = RunOptions::default;
    let mut all: Vec<(String, RunOptions)> = PolicyKind::ALL
        .into_iter()
        .map(|kind| (format!("--policy {}", kind.as_str()), RunOptions { policy: Some(kind), ..usual() }))
        .collect();
    for (word, given) in [("on", Some(true)), ("off", Some(false))] {
        all.push((format!("--hold {word}"), RunOptions { hold: given, ..usual() }));
        all.push((format!("--reassign {word}"), RunOptions { reassign: given, ..usual() }));
        all.push((format!("--rebalance {word}"), RunOptions { rebalance: given, ..usual() }));
    }
    let values = json!({ "resolution": 8, "discount_percent": 90, "elsewhere": [], "cells": {} });
    let values = serde_json::from_value(values).expect("values of nothing");
    all.push(("--values FILE".into(), RunOptions { values: Some(values), ..usual() }));
    let everything = RunOptions { hold: Some(true), reassign: Some(true), rebalance: Some(true), ..usual() };
    for kind in [PolicyKind::Weighted, PolicyKind::Pooled] {
        let name = format!("--policy {} --hold on --reassign on --rebalance on", kind.as_str());
        all.push((name, RunOptions { policy: Some(kind), ..everything.clone() }));
    }
    all
}

fn check(name: &str) {
    let scenario = shipped(name);
    let usual = fleet(&settings(&scenario, &RunOptions::default()));
    let changed = |options: &RunOptions| {
        let mut options = fleet(&settings(&scenario, options));
        let fields = options.as_object_mut().expect("an object");
        fields.retain(|field, value| usual[field] != *value);
        options
    };
    let flags: serde_json::Map<String, Value> =
        variants().into_iter().map(|(flag, options)| (flag, changed(&options))).collect();
    let all = json!({ "city": city(&scenario), "fleet": usual, "changed by": flags });
    let text = serde_json::to_string_pretty(&all).expect("it can be written");
    expect_file![format!("shipped/{}.json", name.trim_end_matches(".toml"))].assert_eq(&(text + "\n"));
}

#[test]
fn the_manhattan_day_runs_by_the_settings_that_it_was_measured_with() {
    check("scenario.toml");
}

#[test]
fn the_day_under_the_rules_of_hive_runs_by_the_settings_that_it_was_measured_with() {
    check("hive.toml");
}

#[test]
fn the_shared_day_runs_by_the_settings_that_it_was_measured_with() {
    check("pooling.toml");
}

#[test]
fn midtown_runs_by_the_settings_that_it_was_measured_with() {
    check("midtown.toml");
}
