//! Which policy holds where and when, what mixing them in one round means, and what is refused.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, describe};
use expect_test::{Expect, expect};
use paceline_model::{GeofenceId, Instant, Tag, UtcOffset};
use paceline_plan::policy::{DayTime, PolicyKind, Weights, policies_at, validate_rules};
use paceline_plan::shadow::{Difference, Given};
use paceline_plan::{Budget, PolicyRule, PolicySpec, Supply};

fn rule(name: &str, from: &str, until: &str, area: &str, kind: &str) -> PolicyRule {
    let time = |text: &str| (!text.is_empty()).then(|| DayTime::parse("time", text).unwrap());
    PolicyRule {
        name: Tag::new(name).unwrap(),
        from: time(from),
        until: time(until),
        pickup_area: (!area.is_empty()).then(|| GeofenceId::new(area).unwrap()),
        policy: PolicySpec::parse(kind).unwrap(),
    }
}

/// The names of the policies that hold at that time of a day in UTC, where the clock is so many hours ahead.
fn names(rules: &[PolicyRule], clock: i8, hours: u64, minutes: u64) -> String {
    let at = Instant((20_000 * 24 * 60 + hours * 60 + minutes) * 60_000);
    let clock = UtcOffset::from_hours(clock).unwrap();
    policies_at(&PolicySpec::default(), rules, clock, at).names().join(" ")
}

#[test]
fn a_rule_holds_from_its_first_minute_until_before_its_last_one() {
    let rules = [rule("rush", "17:00", "19:30", "", "nearest")];
    assert_eq!(names(&rules, 0, 16, 59), "least-wait");
    assert_eq!(names(&rules, 0, 17, 0), "nearest/rush");
    assert_eq!(names(&rules, 0, 19, 29), "nearest/rush");
    assert_eq!(names(&rules, 0, 19, 30), "least-wait");
}

#[test]
fn a_rule_may_hold_over_midnight_and_by_a_clock_of_its_own() {
    let rules = [rule("night", "22:00", "05:00", "", "nearest")];
    assert_eq!(names(&rules, 0, 23, 0), "nearest/night");
    assert_eq!(names(&rules, 0, 4, 59), "nearest/night");
    assert_eq!(names(&rules, 0, 5, 0), "least-wait");
    assert_eq!(names(&rules, -5, 3, 0), "nearest/night", "22:00 in New York");
    assert_eq!(names(&rules, -5, 2, 59), "least-wait");
}

#[test]
fn the_first_rule_that_fits_counts_and_those_behind_one_for_all_are_never_reached() {
    let rules = [
        rule("port", "", "", "harbour", "least-wait"),
        rule("day", "08:00", "20:00", "", "least-wait"),
        rule("fair", "", "", "fairground", "least-wait"),
    ];
    assert_eq!(names(&rules, 0, 12, 0), "least-wait/day least-wait/port");
    assert_eq!(names(&rules, 0, 21, 0), "least-wait least-wait/port least-wait/fair");
}

/// Waiting counts, except in the centre, where only empty kilometres do.
fn centre_counts_kilometres() -> (PolicySpec, PolicyRule) {
    let weighted = |empty_km, waiting_min| PolicySpec {
        kind: PolicyKind::Weighted,
        weights: Weights { empty_km, waiting_min, carbon_g: 0, vehicle_min: 0 },
        ..PolicySpec::default()
    };
    let rule = PolicyRule { policy: weighted(30_000, 0), ..rule("thrift", "", "", "centre", "nearest") };
    (weighted(0, 30_000), rule)
}

#[test]
fn orders_of_one_round_are_priced_by_the_policy_of_where_they_are_picked_up() {
    let (usual, rule) = centre_counts_kilometres();
    let script = "area centre A1 D1 D4 A4
                  order r1 from B2 to A5
                  order r2 from F6 to A5
                  vehicle v1 at B4
                  vehicle v2 at F8";
    let policies = policies_at(&usual, &[rule], UtcOffset::default(), Instant::ZERO);
    let plan = Town::new(script).with(policies).solve(Budget::unlimited());
    let policy_of = |order: &str| {
        plan.assignments
            .iter()
            .find(|taken| taken.order == common::row(order))
            .unwrap()
            .weighing
            .policy
            .clone()
    };
    assert_eq!((policy_of("r1").as_str(), policy_of("r2").as_str()), ("weighted/thrift", "weighted"));
    expect![[r#"
        r1 -> v1
            v1 in 20 s at 6000: taken
            v2 in 100 s at 30000: dearer
        r2 -> v2
            v2 in 20 s at 10000: taken
            v1 in 60 s at 30000: dearer
    "#]]
    .assert_eq(&describe(&plan));
}

#[test]
fn an_area_with_heavier_prices_does_not_take_the_last_vehicle_from_one_who_waits_longer() {
    let weighted = |waiting_min| PolicySpec {
        kind: PolicyKind::Weighted,
        weights: Weights { empty_km: 0, waiting_min, carbon_g: 0, vehicle_min: 0 },
        ..PolicySpec::default()
    };
    let heavy = PolicyRule { policy: weighted(300_000), ..rule("heavy", "", "", "centre", "nearest") };
    let script = "area centre A1 D1 D4 A4
                  order r1 from D4 to A5
                  order r2 from E4 to A5 failures 1
                  vehicle v1 at E5";
    let policies = policies_at(&weighted(30_000), &[heavy], UtcOffset::default(), Instant::ZERO);
    let plan = Town::new(script).with(policies).solve(Budget::unlimited());
    assert_eq!(plan.assignments[0].order, common::row("r2"), "it was failed before");
}

#[test]
fn a_rule_may_let_only_vehicles_of_an_area_serve_its_orders() {
    let policy = PolicySpec { geofence: Some(GeofenceId::new("centre").unwrap()), ..PolicySpec::default() };
    let rule = PolicyRule { policy, ..rule("own", "", "", "centre", "least-wait") };
    let script = "area centre A1 D1 D4 A4
                  order r1 from D2 to A5
                  order r2 from F2 to A5
                  vehicle v1 at E2
                  vehicle v2 at A2";
    for extra in ["", "\norder r3 from H8 to A1\norder r4 from H7 to A1"] {
        let policies = policies_at(
            &PolicySpec::default(),
            std::slice::from_ref(&rule),
            UtcOffset::default(),
            Instant::ZERO,
        );
        let mut town = Town::new(&format!("{script}{extra}")).with(policies);
        let plan = town.solve(Budget::unlimited());
        let to = |supply: &Supply, order: &str| {
            plan.assignments
                .iter()
                .any(|taken| taken.order == common::row(order) && taken.vehicle == supply.idx)
        };
        let [v1, v2] = &town.snapshot.vehicles[..] else { panic!("two vehicles") };
        assert!(to(v2, "r1") && to(v1, "r2"), "{}", describe(&plan));
    }
}

fn refused(usual: &PolicySpec, rules: &[PolicyRule], expected: Expect) {
    expected.assert_eq(&validate_rules(usual, rules).unwrap_err().to_string());
}

#[test]
fn rules_that_cannot_be_meant_are_refused_with_field_value_and_rule() {
    let usual = PolicySpec::default();
    let night = rule("night", "22:00", "05:00", "", "nearest");
    assert_eq!(validate_rules(&usual, std::slice::from_ref(&night)), Ok(()));
    refused(
        &usual,
        &[night.clone(), night.clone()],
        expect!["policy_rules[1].name is night: must be a name that no other rule has"],
    );
    refused(
        &usual,
        &[night.clone(), rule("port", "", "", "harbour", "least-wait")],
        expect![
            "policy_rules[0].policy.kind is nearest: must be least-wait as the usual policy is: a rule names an area, and prices of one round are added up"
        ],
    );
    refused(
        &usual,
        &[rule("port", "", "", "harbour", "pooled")],
        expect!["policy_rules[0].pickup_area is harbour: must be left out where a policy is pooled"],
    );
    let mut nobody = night.clone();
    nobody.policy.candidates = 0;
    refused(&usual, &[nobody], expect!["policy_rules[0].policy.candidates is 0: must lie within 1 and 200"]);
    refused(&usual, &vec![night; 65], expect!["policy_rules is 65 rules: must have between 0 and 64 rules"]);
    expect!["from is 24:00: must be a time of day from 00:00 to 23:59, such as 18:30"]
        .assert_eq(&DayTime::parse("from", "24:00").unwrap_err().to_string());
}

#[test]
fn a_shadow_is_compared_order_by_order_with_what_both_count_on() {
    let script = "order r1 from A1 to A5
                  order r2 from A3 to A5
                  order r3 from H8 to A5
                  vehicle v1 at A2
                  vehicle v2 at A4
                  vehicle v3 at H7";
    let solve = |policy: PolicySpec| Given::of(&Town::new(script).with(policy).solve(Budget::unlimited()));
    let live = solve(PolicySpec::default());
    let thrifty = PolicySpec { pickup_time_max: paceline_model::Millis(5_000), ..PolicySpec::default() };
    let nobody = solve(thrifty);
    let same = Difference::between(&live, &live);
    assert_eq!((same.same, same.other_vehicle, same.live_only, same.shadow_only), (3, 0, 0, 0));
    assert_eq!(same.live, same.shadow);
    assert_eq!(same.live.orders, 3);
    // Three blocks of 100 m and 10 s; corners are rounded to a centimetre.
    assert!((29_990..=30_010).contains(&same.live.pickup_ms), "{same:?}");
    assert!((29_990..=30_010).contains(&same.live.pickup_cm), "{same:?}");
    let mut sum = Difference::between(&live, &nobody);
    assert_eq!((sum.same, sum.live_only, sum.shadow_only), (0, 3, 0));
    sum += Difference::between(&nobody, &live);
    assert_eq!((sum.live_only, sum.shadow_only), (3, 3));
    assert_eq!(sum.live, sum.shadow);
}
