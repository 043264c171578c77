//! Vehicles that carry several orders: what the engine publishes, refuses and remembers while a route is under way.

mod common;

use common::{Bench, order_id, vehicle_id};
use expect_test::{Expect, expect};
use paceline_engine::{Fleet, FleetOptions, Ledger};
use paceline_model::Millis;
use paceline_plan::{PolicyKind, PolicySpec, PoolingSpec};

fn options() -> FleetOptions {
    let spec = PoolingSpec {
        pickup_dwell: Millis::ZERO,
        dropoff_dwell: Millis::ZERO,
        delay_max: Millis::from_secs(300),
        ..PoolingSpec::default()
    };
    FleetOptions {
        policy: PolicySpec { pooling: spec, ..PolicyKind::Pooled.into() },
        ..FleetOptions::default()
    }
}

fn check(script: &str, expected: Expect) -> Bench {
    let mut bench = Bench::new(options());
    bench.script(script);
    expected.assert_eq(&bench.transcript);
    let mut replayed = Ledger::new(Fleet::new(bench.roads.clone(), bench.options.clone()));
    for record in &bench.records {
        replayed.replay(record.clone()).expect("records follow each other");
    }
    assert_eq!(
        replayed.checkpoint().encode(),
        bench.fleet.checkpoint().encode(),
        "the world is the replay of its records"
    );
    bench
}

/// v1 has a from A1 to A7, and b along the way; both are aboard from 40 s on.
const TWO_ABOARD: &str = "
    0 vehicle v1 at A1 automatic
    0 order a from A2 to A7
    10 v1 says A2 80
    10 v1 arrives a
    10 v1 picks-up a
    10 order b from A3 to A6
    20 v1 says A3 80
    20 v1 arrives b
    20 v1 picks-up b
";

#[test]
fn after_a_restart_a_route_takes_up_nobody_before_its_vehicle_has_said_where_it_is() {
    let mut bench = Bench::new(options());
    bench.script(
        "0 vehicle v1 at A1 automatic
         0 order a from A2 to A7
         10 v1 says A2 80
         10 v1 arrives a
         10 v1 picks-up a
         10 restart
         11 order b from A3 to A6
         15 end",
    );
    let holder = |bench: &Bench| bench.fleet.world().order(&order_id("b")).expect("it was placed").vehicle;
    assert_eq!(holder(&bench), None);
    bench.script("15 v1 says A2 80\n 17 end");
    assert_eq!(holder(&bench), bench.fleet.world().vehicle_idx(&vehicle_id("v1")));
}

#[test]
fn two_orders_share_a_vehicle_and_both_get_home() {
    check(
        &format!(
            "{TWO_ABOARD}
            50 v1 drops-off b at A6
            60 v1 drops-off a at A7"
        ),
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   v1 goes +a -a
            10s  v1 at the pick-up of a
            10s  a aboard v1
            10s  b placed
            11s  v1 goes +b -b -a
            20s  v1 at the pick-up of b
            20s  b aboard v1
            50s  b served by v1
            60s  a served by v1
        "#]],
    );
}

#[test]
fn a_fault_with_two_parties_aboard_strands_both_and_another_vehicle_comes() {
    check(
        &format!(
            "{TWO_ABOARD}
            25 v1 faults
            26 vehicle v2 at A8 automatic
            27 tick"
        ),
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   v1 goes +a -a
            10s  v1 at the pick-up of a
            10s  a aboard v1
            10s  b placed
            11s  v1 goes +b -b -a
            20s  v1 at the pick-up of b
            20s  b aboard v1
            25s  b lost v1: Faulted, riders stranded
            25s  a lost v1: Faulted, riders stranded
            25s  v1 faulted
            26s  v2 registered
            26s  v2 started
            27s  v2 goes +b +a -b -a
        "#]],
    );
}

#[test]
fn an_order_called_off_leaves_the_route_and_the_rest_of_it_goes_on() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order a from A2 to A7
         5 order b from A4 to A6
         8 cancel a
         9 cancel b",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   v1 goes +a -a
            5s   b placed
            6s   v1 goes +a +b -b -a
            8s   a cancelled
            9s   b cancelled
        "#]],
    );
}

#[test]
fn a_driver_who_is_asked_is_never_given_a_shared_route() {
    check(
        "0 vehicle v1 at A1
         0 order a from A2 to A7
         5 order b from A3 to A6
         6 v1 accepts a
         7 tick",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   a offered to v1
            5s   b placed
            6s   a accepted by v1
        "#]],
    );
}

#[test]
fn a_vehicle_that_vanishes_keeps_those_aboard_and_loses_those_who_wait() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order a from A2 to A7
         10 v1 arrives a
         10 v1 picks-up a
         11 order b from A5 to A6
         80 tick",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   v1 goes +a -a
            10s  v1 at the pick-up of a
            10s  a aboard v1
            11s  b placed
            12s  v1 goes +b -b -a
            71s  b lost v1: Vanished
            71s  v1 lost
        "#]],
    );
}

#[test]
fn a_late_plan_does_not_give_away_an_order_that_was_called_off() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order a from A2 to A7
         3 hold solver
         4 order b from A3 to A6
         5 tick
         6 cancel b
         7 release solver
         8 tick",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   a placed
            1s   v1 goes +a -a
            4s   b placed
            6s   b cancelled
            7s   stale: b
        "#]],
    );
}

#[test]
fn a_route_is_explained_like_any_other_decision() {
    let bench = check(
        "0 vehicle v1 at A1 automatic
         0 vehicle v2 at A8 automatic
         0 order a from A2 to A7
         2 tick",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            0s   a placed
            1s   v1 goes +a -a
        "#]],
    );
    let explained = bench.fleet.explain(&order_id("a")).expect("known");
    expect![[r#"
        v1 is on its way to the pick-up.
        Policy pooled took v1, 0.2 min and 0.00 km away, for 71.0 s of driving and delay of everybody in it.
        Not v2, 1.0 min and 0.00 km away, for 171.0 s of driving and delay of everybody in it: it costs 100.0 s more."#]].assert_eq(&explained.words.join("\n"));
    let vehicle = bench.fleet.world().vehicle(&vehicle_id("v1")).expect("known");
    assert_eq!(vehicle.job.route().expect("on a route").stops().len(), 2);
}
