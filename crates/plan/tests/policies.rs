//! Prices in numbers: what each policy charges for a pair, what it charges for leaving an order, what it refuses.

#![allow(clippy::unwrap_used, reason = "a name that does not parse is a broken test")]

mod common;

use common::{NOW, Town};
use expect_test::{Expect, expect};
use paceline_model::{Millis, Tag};
use paceline_plan::policy::{PolicyKind, Weights};
use paceline_plan::{Policy, PolicySpec};

const NAMES: [&str; 4] = ["nearest", "least-wait", "low-carbon", "weighted"];

fn check_prices(order: &str, expected: Expect) {
    let mut town = Town::new(&format!("vehicle v1 at E1\norder r1 from A1 to A5 {order}"));
    let (order, vehicle) = (town.snapshot.orders[0].clone(), town.snapshot.vehicles[0].clone());
    let pickup = town.leg(vehicle.place, order.pickup);
    let mut text = String::new();
    for name in NAMES {
        let policy = PolicySpec::parse(name).unwrap();
        let parts = policy.price(NOW, &order, &vehicle, pickup);
        let parts: Vec<String> =
            parts.iter().map(|part| format!("{:?} {}", part.kind, part.amount)).collect();
        text += &format!("{name}: {}; left {}\n", parts.join(", "), policy.unserved(NOW, &order));
    }
    expected.assert_eq(&text);
}

#[test]
fn prices_of_a_drive_of_four_blocks() {
    check_prices(
        "",
        expect![[r#"
        nearest: EmptyDistance 40000; left 1000000000
        least-wait: Waiting 40000; left 86400000
        low-carbon: Carbon 30547; left 10000000000
        weighted: EmptyDistance 12000, Waiting 20000, Carbon 305, VehicleTime 66666; left 5443200000
    "#]],
    );
}

#[test]
fn waiting_counts_from_the_order_and_makes_leaving_dearer() {
    check_prices(
        "waited 60",
        expect![[r#"
        nearest: EmptyDistance 40000; left 1000010000
        least-wait: Waiting 100000; left 86475000
        low-carbon: Carbon 30547; left 10000008000
        weighted: EmptyDistance 12000, Waiting 50000, Carbon 305, VehicleTime 66666; left 5443237500
    "#]],
    );
}

#[test]
fn a_failure_makes_leaving_half_as_dear_again() {
    check_prices(
        "failures 1",
        expect![[r#"
        nearest: EmptyDistance 40000; left 1500000000
        least-wait: Waiting 40000; left 129600000
        low-carbon: Carbon 30547; left 15000000000
        weighted: EmptyDistance 12000, Waiting 20000, Carbon 305, VehicleTime 66666; left 8164800000
    "#]],
    );
}

#[test]
fn a_vehicle_that_comes_early_makes_nobody_wait() {
    check_prices(
        "ahead 30",
        expect![[r#"
        nearest: EmptyDistance 40000; left 1000000000
        least-wait: Waiting 10000; left 86400000
        low-carbon: Carbon 30547; left 10000000000
        weighted: EmptyDistance 12000, Waiting 5000, Carbon 305, VehicleTime 66666; left 5443200000
    "#]],
    );
}

#[test]
fn priority_adds_its_percent_to_the_base() {
    let town = Town::new("order r1 from A1 to A5 tag medical tag child");
    let percent = [("medical", 50), ("child", 20), ("vip", 900)];
    let policy = PolicySpec {
        priority_percent: percent.map(|(tag, percent)| (Tag::new(tag).unwrap(), percent)).into(),
        ..PolicySpec::default()
    };
    let left = |policy: &PolicySpec| policy.unserved(NOW, &town.snapshot.orders[0]);
    assert_eq!(left(&policy) * 100, left(&PolicySpec::default()) * 170);
}

#[test]
fn each_policy_is_found_by_its_name_and_written_by_it() {
    for kind in PolicyKind::ALL {
        let policy = PolicySpec::parse(kind.as_str()).unwrap();
        assert_eq!((policy.kind, policy.name()), (kind, kind.as_str()));
        let written = serde_json::to_value(kind).unwrap();
        assert_eq!(written, kind.to_string());
        assert_eq!(serde_json::from_value::<PolicyKind>(written).unwrap(), kind);
    }
}

fn check_refused(policy: PolicySpec, expected: Expect) {
    expected.assert_eq(&policy.validate().unwrap_err().to_string());
}

#[test]
fn what_cannot_be_meant_is_refused_with_field_value_and_rule() {
    let usual = PolicySpec::default;
    for name in ["fastest", "least_wait", "Nearest", ""] {
        let said = PolicySpec::parse(name).unwrap_err().to_string();
        let names = "nearest, least-wait, low-carbon, weighted, pooled";
        assert_eq!(said, format!("policy is {name}: must be one of {names}"));
    }
    check_refused(
        PolicySpec { candidates: 0, ..usual() },
        expect!["policy.candidates is 0: must lie within 1 and 200"],
    );
    check_refused(
        PolicySpec { pickup_time_max: Millis::MAX, ..usual() },
        expect!["policy.pickup_time_max is 4294967295 ms: must lie within 1 ms and 2 h"],
    );
    let percent = [(Tag::new("vip").unwrap(), 10_001)].into();
    check_refused(
        PolicySpec { priority_percent: percent, ..usual() },
        expect!["policy.priority_percent.vip is 10001: must lie within 0 and 10000"],
    );
    let heavy = Weights { empty_km: 1_000_001, ..Weights::default() };
    check_refused(
        PolicySpec { weights: heavy, ..usual() },
        expect!["policy.weights.empty_km is 1000001: must lie within 0 and 1000000"],
    );
    let none = Weights { empty_km: 0, waiting_min: 0, carbon_g: 0, vehicle_min: 0 };
    check_refused(
        PolicySpec { weights: none, ..usual() },
        expect!["policy.weights is all zero: must hold one that is not"],
    );
    assert_eq!(usual().validate(), Ok(usual()));
}
