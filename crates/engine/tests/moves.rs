//! Orders that are given to another vehicle before the first has reached them: who is told what, who is left alone, and
//! that no order and no vehicle is lost on the way.

mod common;

use common::{Bench, order_id, reading, vehicle_id};
use expect_test::{Expect, expect};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Fleet, FleetOptions, Ledger};
use paceline_model::{Instant, Millis};
use paceline_plan::PolicySpec;
use paceline_plan::policy::ReassignSpec;

fn options() -> FleetOptions {
    let spec = ReassignSpec { switch_worth: Millis::from_secs(20), settled_within: Millis::from_secs(15) };
    FleetOptions {
        policy: PolicySpec { reassign: Some(spec), ..PolicySpec::default() },
        ..FleetOptions::default()
    }
}

fn run(script: &str) -> Bench {
    let mut bench = Bench::new(options());
    bench.script(script);
    let mut again = Ledger::new(Fleet::new(bench.roads.clone(), options()));
    bench.records.iter().for_each(|record| again.replay(record.clone()).expect("it follows"));
    assert_eq!(
        again.checkpoint().digest(),
        bench.fleet.checkpoint().digest(),
        "a replay comes to the same world"
    );
    bench
}

fn check(script: &str, expected: Expect) {
    expected.assert_eq(&run(script).transcript);
}

#[test]
fn a_nearer_vehicle_takes_over_and_the_first_one_is_free_again() {
    check(
        "0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 vehicle v2 at C1 automatic
         5 v1 arrives o1
         20 v2 arrives o1
         20 v2 picks-up o1
         21 order o2 from H2 to H5
         24 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   v2 registered
            2s   v2 started
            3s   o1 moved from v1 to v2: Better
            5s   refused: E0204 order o1 is not with vehicle v1
            20s  v2 at the pick-up of o1
            20s  o1 aboard v2
            21s  o2 placed
            22s  o2 assigned to v1
        "#]],
    );
}

#[test]
fn a_vehicle_is_freed_for_somebody_who_is_nearer_to_it() {
    check(
        "0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 vehicle v2 at A7 automatic
         5 order o2 from H2 to H5
         7 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   v2 registered
            2s   v2 started
            5s   o2 placed
            6s   o1 moved from v1 to v2: FreesFor(OrderId("o2"))
            6s   o2 assigned to v1
        "#]],
    );
}

#[test]
fn two_vehicles_swap_in_one_record() {
    let bench = run("0 vehicle v1 at A1 automatic
         0 vehicle v2 at H1 automatic
         0 order o1 from C1 to A4
         0 order o2 from F1 to H4
         2 vehicle v3 at D8 automatic
         2 v1 says H1 80
         2 v2 says A1 80
         4 end");
    let last = bench.records.last().expect("there are some");
    assert_eq!(last.events.len(), 2, "{last:?}");
    expect![[r#"
        0s   v1 registered
        0s   v1 started
        0s   v2 registered
        0s   v2 started
        0s   o1 placed
        0s   o2 placed
        1s   o1 assigned to v1
        1s   o2 assigned to v2
        2s   v3 registered
        2s   v3 started
        3s   o1 moved from v1 to v2: Better
        3s   o2 moved from v2 to v1: Better
    "#]]
    .assert_eq(&bench.transcript);
}

#[test]
fn a_driver_who_said_yes_keeps_the_order_and_one_who_would_have_to_is_not_asked() {
    check(
        "0 vehicle v1 at H1
         0 order o1 from A1 to A4
         2 v1 accepts o1
         3 vehicle v2 at C1 automatic
         6 end
         7 vehicle v3 at A8 automatic
         7 order o2 from H8 to H5
         8 vehicle v4 at H7
         12 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 offered to v1
            2s   o1 accepted by v1
            3s   v2 registered
            3s   v2 started
            7s   v3 registered
            7s   v3 started
            7s   o2 placed
            8s   o2 assigned to v3
            8s   v4 registered
            8s   v4 started
        "#]],
    );
}

#[test]
fn a_vehicle_that_is_almost_there_keeps_its_order() {
    check(
        "0 vehicle v1 at E1 automatic
         0 order o1 from A1 to A4
         27 vehicle v2 at A1 automatic
         30 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            27s  v2 registered
            27s  v2 started
        "#]],
    );
}

#[test]
fn a_move_that_the_world_has_overtaken_is_refused_alone() {
    check(
        "0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 hold solver
         3 vehicle v2 at C1 automatic
         4 tick
         5 cancel o1
         6 release solver
         7 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            3s   v2 registered
            3s   v2 started
            5s   o1 cancelled
            6s   stale: o1
        "#]],
    );
}

#[test]
fn a_vehicle_that_breaks_down_before_it_takes_over_changes_nothing() {
    check(
        "0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 hold solver
         3 vehicle v2 at C1 automatic
         4 tick
         5 v2 faults
         6 release solver
         7 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            3s   v2 registered
            3s   v2 started
            5s   v2 faulted
            6s   stale: o1
        "#]],
    );
}

#[test]
fn an_order_that_was_moved_says_from_whom_and_why() {
    let bench = run("0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 vehicle v2 at C1 automatic
         4 end");
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect![[r#"
        v2 is on its way to the pick-up.
        Policy least-wait took v2, 0.3 min and 0.20 km away, for 43.0 s (23.0 s of waiting, 20.0 s of switching).
        Not v1, 1.1 min and 0.70 km away, for 70.0 s of waiting: it costs 27.0 s more."#]].assert_eq(&explanation.words.join("\n"));
}

#[test]
fn without_a_policy_that_says_so_nobody_is_moved() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(
        "0 vehicle v1 at H1 automatic
         0 order o1 from A1 to A4
         2 vehicle v2 at A1 automatic
         9 end",
    );
    let world = bench.fleet.world();
    let known = world.order(&order_id("o1")).expect("it is known");
    assert_eq!(world.vehicle_of(known).map(paceline_model::VehicleId::as_str), Some("v1"));
}

/// Whether an engine that is restored from a snapshot begins a round in the tick that it is restored for, once all have spoken.
fn begins_a_round_after_a_restart(script: &str) -> bool {
    let bench = run(script);
    let state = bench.fleet.checkpoint().encode();
    let empty = Fleet::new(bench.roads.clone(), options());
    let restored = Ledger::restore(empty, state.format, &state.bytes).expect("its own state");
    let driven = RegionOptions { tick: Millis(1_000), snapshot_every: u64::MAX };
    let first = Instant(bench.now.0 + 1_000);
    let mut region = Region::new(restored, driven, first);
    let speaks = |(id, corner)| (vehicle_id(id), reading(corner, 80.0, first));
    region.handle(first, Input::Telemetry([("v1", "H1"), ("v2", "C1")].map(speaks).into()));
    region.handle(first, Input::Elapsed);
    std::iter::from_fn(|| region.poll()).any(|output| matches!(output, Output::Solve(..)))
}

#[test]
fn a_restart_knows_whether_a_vehicle_has_become_free_since_the_round_before_it() {
    let freed = "0 vehicle v1 at H1 automatic
                 0 order o1 from A1 to A4
                 2 vehicle v2 at C1 automatic";
    assert!(begins_a_round_after_a_restart(freed));
    assert!(!begins_a_round_after_a_restart(&format!("{freed}\n 6 end")), "it has been looked at");
}
